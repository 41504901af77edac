"""Rows of a table that a question does not tell apart: what holds in one case only is said of each case.

"How many days of leave are there?" over a table by years of service: the days of one row, said as the answer, are false for
everybody else. Knows nothing of generators.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.grounding.citations import Supported, cite
from service.grounding.rows import extreme_asked
from youju.records import Language, Passage, Sentence
from youju.text.language import detect_language, query_words, words
from youju.text.quantities import figures
from youju.text.rows import Span, cells, rows

MOST_ROWS = 8  # more are looked through in the table itself
DEPENDS: dict[Language, str] = {"en": "It depends on “{key}”:", "zh": "按“{key}”而不同："}


def alternatives(question: str, passage: Passage, start: int, end: int) -> list[Span]:
    """The rows of the table around characters `start` to `end` of a passage, that one included, if they give different amounts
    and no word of the question tells one from another; else nothing, as where it has numbers, which may lie in a stretch.

    Across languages words cannot be compared, and which case is meant stays with who read both.
    """
    table = _table_around(passage.text, start, end)
    if not 2 <= len(table) <= MOST_ROWS or detect_language(question) != passage.language:
        return []
    if extreme_asked(question):
        return []
    lines = [passage.text[slice(*span)] for span in table]
    columns = [[name for name, _ in cells(line)] for line in lines]
    values = [[value for _, value in cells(line)] for line in lines]
    if not all(columns[0]) or any(names != columns[0] for names in columns):
        return []
    amounts = [column for column in zip(*(row[1:] for row in values), strict=True) if all(map(figures, column))]
    if len({row[0] for row in values}) < len(values) or all(len(set(column)) == 1 for column in amounts):
        return []
    asked = set(query_words(question))
    held = {frozenset(asked & set(words("\n".join(row)))) for row in values}
    return table if len(held) == 1 and not figures(question) else []


def _table_around(text: str, start: int, end: int) -> list[Span]:
    """The rows on the lines directly above and below a row, and it; nothing where it is none, or more than one."""
    spans = rows(text)
    within = [place for place, span in enumerate(spans) if span[0] < end and span[1] > start]
    if len(within) != 1:
        return []
    first = last = within[0]
    while first and spans[first - 1][1] + 1 == spans[first][0]:
        first -= 1
    while last + 1 < len(spans) and spans[last][1] + 1 == spans[last + 1][0]:
        last += 1
    return spans[first : last + 1]


def told_each(passage: Passage, marker: int, spans: Sequence[Span]) -> list[Supported]:
    """All of these rows, each cited, below what they depend on, in the language of the passage."""
    cited = [cite(marker, passage, *span, 1.0) for span in spans]
    key = cells(cited[0].quote)[0][0]
    said = [Supported(Sentence(text=DEPENDS[passage.language].format(key=key), markers=[marker], support=1.0), (cited[0],))]
    return said + [
        Supported(Sentence(text=one.quote, markers=[marker], support=1.0, verbatim=True, block="row"), (one,)) for one in cited
    ]
