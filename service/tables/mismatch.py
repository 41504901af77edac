"""What a reading tells that cannot be what is asked for: an amount in other money, the first row where nobody asks for one, all
rows where the question says more of them."""

from __future__ import annotations

import re

from service.tables.features import Seen, taken
from service.tables.reading import Candidate
from youju.text.language import query_words
from youju.text.quantities import ENGLISH_NUMBERS

MONEY = {
    "usd": re.compile(r"\bdollars?\b|\busd\b|\bus\$|(?<![a-z])\$|美元|美金", re.IGNORECASE),
    "eur": re.compile(r"\beuros?\b|\beur\b|€|欧元", re.IGNORECASE),
    "gbp": re.compile(r"\bpounds? sterling\b|\bgbp\b|£|英镑", re.IGNORECASE),
    "cny": re.compile(r"\byuan\b|\brmb\b|\bcny\b|人民币|¥|￥", re.IGNORECASE),
    "jpy": re.compile(r"\byen\b|\bjpy\b|日元", re.IGNORECASE),
}
IN_ORDER = re.compile(
    r"\b(?:first|last|latest|earliest|final|initial|newest|oldest|top|bottom|most recent|next|previous)\b|"
    r"最[早先后近新晚]|第一|首[个次位先]|末",
    re.IGNORECASE,
)
SAYS_LITTLE = frozenset(query_words(f"kind kinds type types sort sorts form forms different {' '.join(ENGLISH_NUMBERS)}"))
MOST_UNSAID = 1  # words of the question that all rows may leave: one may be another word for their column


def is_at_odds(seen: Seen, one: Candidate) -> bool:
    """Whether one of these holds."""
    if one.operation in ("first", "last") and not IN_ORDER.search(seen.question.text):
        return True
    return _is_of_other_money(seen, one) or _leaves_more(seen, one)


def _is_of_other_money(seen: Seen, one: Candidate) -> bool:
    asked = _money(seen.question.text)
    names = " ".join(seen.sheet.names[column] for column in {column for _, column in one.cells})
    told = _money(names) or _money(" ".join(seen.sheet.values[row][column].text for row, column in one.cells))
    return bool(asked and told) and asked.isdisjoint(told)


def _money(text: str) -> set[str]:
    return {name for name, pattern in MONEY.items() if pattern.search(text)}


def _leaves_more(seen: Seen, one: Candidate) -> bool:
    if one.operation != "look_up" or one.selection.kind != "all":
        return False
    if seen.question.head and one.column is not None and seen.question.head.isdisjoint(seen.link.columns.words[one.column]):
        return True  # companies are asked for, services told
    words = taken(seen, one) | seen.title_words | seen.question.head | seen.link.columns.words[seen.sheet.key]
    words |= SAYS_LITTLE
    left = {word for word in seen.question.telling if not any(word in other or other in word for other in words)}
    return len(left) > MOST_UNSAID
