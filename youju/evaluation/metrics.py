"""How good one answer is: pure functions of texts and lists. Knows nothing of runs, averages or files.

Sources: exact match and F1 of SQuAD (Rajpurkar et al. 2016, `evaluate-v1.1.py`) for English, and of CMRC 2018 (Cui et al.
2019, `cmrc2018_evaluate.py`) for Chinese. No answer of one is compared with an answer of the other by different rules: the
accepted answer decides.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from youju.text.folding import folded
from youju.text.language import HAN_CHARACTER, detect_language, query_words, sentences, words
from youju.text.quantities import codes, numbers

ARTICLES = frozenset(("a", "an", "the"))
SUPPORTING = 0.5  # least share of a sentence's words that a quote must hold to support it, as in `service.grounding.verifier`

# A match that begins or ends with a digit must not be a part of a longer number: 308 is not in 1,308, nor 5 in 3.5, nor 16
# in `16 000`.
NOT_IN_NUMBER_BEFORE = r"(?<!\d)(?<!\d[.,])"
NOT_IN_NUMBER_BEHIND = r"(?!\d)(?![.,]\d)(?!\s\d{3}(?!\d))"


def fold(text: str) -> str:
    """NFKC, lower case, no white space."""
    return re.sub(r"\s+", "", folded(text)).lower()


def holds(text: str, accepted: Sequence[str]) -> bool:
    """Whether an accepted answer stands in the text, whatever its width, case and spaces; numbers count as wholes only."""
    # A full-width comma joins no digits, but NFKC would make it one that does.
    plain = folded(text.replace("，", ", ")).lower()
    return any(re.search(pattern, plain) for one in accepted if (pattern := _pattern(one)))


def complete(text: str, parts: Sequence[str | Sequence[str]]) -> float | None:
    """Share of the parts that stand in the text, each in one of its spellings; None without parts."""
    if not parts:
        return None
    return sum(holds(text, [part] if isinstance(part, str) else part) for part in parts) / len(parts)


def says(text: str) -> str | None:
    """Whether an answer begins with `yes` or `no`; None where it does not."""
    found = re.match(r"\W*(?:(yes\b|是的?(?:$|\W))|(no\b|否(?:$|\W)|不(?:是|能|可以)?(?:$|\W)))", text.lower())
    return None if found is None else "yes" if found[1] else "no"


def _pattern(accepted: str) -> str:
    wanted = fold(accepted)
    if not wanted:
        return ""
    before = NOT_IN_NUMBER_BEFORE if wanted[0].isdecimal() else ""
    behind = NOT_IN_NUMBER_BEHIND if wanted[-1].isdecimal() else ""
    return before + r"\s*".join(map(re.escape, wanted)) + behind


def tokens(text: str) -> list[str]:
    """Tokens to compare short answers by: NFKC, lower case, no punctuation, no English articles; each Han character alone."""
    plain = folded(text).lower()
    bare = "".join(character for character in plain if not _is_punctuation(character))
    spaced = HAN_CHARACTER.sub(lambda match: f" {match.group()} ", bare)
    return [token for token in spaced.split() if token not in ARTICLES]


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """1.0 if the tokens of the answer are those of an accepted one, else 0.0."""
    given = tokens(answer)
    return float(any(given == tokens(one) for one in accepted))


def f1(answer: str, accepted: Sequence[str]) -> float:
    """The best F1 against an accepted answer, 0 to 1.

    Common to both are: for an accepted answer with Han characters the longest run of tokens (CMRC 2018), else the tokens in
    any order (SQuAD). Two answers without tokens are equal.
    """
    return max((_f1(tokens(answer), tokens(one)) for one in accepted), default=0.0)


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    if not given or not wanted:
        return float(given == wanted)
    in_order = any(HAN_CHARACTER.match(token) for token in wanted)
    common = longest_common_run(given, wanted) if in_order else (Counter(given) & Counter(wanted)).total()
    return 2 * common / (len(given) + len(wanted))  # = 2PR / (P + R)


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest run of tokens that both hold."""
    best, row = 0, [0] * (len(second) + 1)
    for token in first:
        row = [0] + [row[i] + 1 if token == other else 0 for i, other in enumerate(second)]
        best = max(best, *row)
    return best


def same_document(uri: str, named: str) -> bool:
    """Whether a uri is the document that a question names: equal, or one of the two ends with the other's whole path.

    So a file of questions stays valid when the folder that it was ingested from has moved.
    """
    longer, shorter = sorted((uri, named), key=len, reverse=True)
    return longer == shorter or longer.endswith("/" + shorter)


def ranks(found: Sequence[str], gold: Sequence[str]) -> list[int | None]:
    """Rank (from 1) of each gold document among the different documents found, best first; None where it is absent."""
    documents = list(dict.fromkeys(found))
    return [
        next((rank for rank, uri in enumerate(documents, start=1) if same_document(uri, one)), None)
        for one in dict.fromkeys(gold)
    ]


def recall_at(k: int, found: Sequence[str], gold: Sequence[str]) -> float | None:
    """Share of the gold documents among the first `k` different documents found; None without gold documents."""
    known = ranks(found, gold)
    return sum(rank is not None and rank <= k for rank in known) / len(known) if known else None


def reciprocal_rank(found: Sequence[str], gold: Sequence[str]) -> float | None:
    """1 over the rank of the first gold document, 0.0 if none was found; None without gold documents."""
    known = ranks(found, gold)
    return max((1 / rank for rank in known if rank), default=0.0) if known else None


def widened(passage: str, start: int, end: int) -> str:
    """The sentences of a passage that the span `passage[start:end]` touches."""
    touched = [(left, right) for left, right in sentences(passage) if left < end and right > start]
    return passage[touched[0][0] : touched[-1][1]] if touched else passage[start:end]


def supports(sentence: str, quote: str, accepted: Sequence[str]) -> bool | None:
    """Whether a quote (widened to whole sentences) bears out a sentence of the answer; None where it cannot be told.

    A sentence that holds an accepted answer needs a quote that holds one. Any other needs at least half of its content words
    and numbers in the quote. Across languages words cannot be compared: there only an accepted answer in the quote tells, or
    else what is written alike in both (numbers, codes, Latin words in a Chinese text).
    """
    if holds(sentence, accepted):
        return holds(quote, accepted)
    across = detect_language(sentence) != detect_language(quote)
    if across and holds(quote, accepted):
        return True
    said = _written_alike(sentence) if across else set(query_words(sentence)) | numbers(sentence)
    if not said:
        return None
    there = set(words(quote)) | numbers(quote) | codes(quote)
    return len(said & there) / len(said) >= SUPPORTING


def _written_alike(sentence: str) -> set[str]:
    """What of a sentence another language writes alike."""
    alike = numbers(sentence) | codes(sentence)
    if detect_language(sentence) == "zh":
        alike |= {word for word in query_words(sentence) if word.isascii()}
    return alike


def citation_precision(support: Sequence[Sequence[bool | None]]) -> float | None:
    """Share of the citations that support a sentence which cites them. `support[c][s]`: citation c, its sentence s.

    Those that cannot be told are left out; None where none remains.
    """
    judged = [any(one) for told in support if (one := [value for value in told if value is not None])]
    return sum(judged) / len(judged) if judged else None


def citation_recall(support: Sequence[Sequence[bool | None]]) -> float | None:
    """Share of the sentences that a citation supports. `support[s][c]`: sentence s, its citation c.

    A sentence without citations counts as not supported; one of which nothing can be told is left out.
    """
    judged = [any(told) for told in support if not told or any(value is not None for value in told)]
    return sum(judged) / len(judged) if judged else None
