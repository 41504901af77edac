"""Language of a text, its sentences, and its words for lexical search, for Chinese and English.

Knows nothing of documents or indexes. Offsets count characters.
"""

from __future__ import annotations

import functools
import re
import threading

import opencc
import rjieba
import snowballstemmer

from youju.records import Language
from youju.text import folding
from youju.text.forms import forms
from youju.text.quantities import UNITS, also_read_as, is_grouped, number_form
from youju.text.wrapping import is_wrapped

HAN = folding.HAN
HAN_CHARACTER = re.compile(f"[{HAN}]")
HAN_RUN = re.compile(f"[{HAN}]+")
LATIN_WORD = re.compile(r"[A-Za-z]+")

END_MARKS = "。！？!?.；;"
LOWER = re.compile(r"[a-z]")  # a line that begins so goes on with the sentence of the line before
ROW_CELLS = " | "  # parts the cells of a row of a table, as the loaders write it
LONGEST_ROW = 2000  # characters to either side that are looked at for another cell

# A sentence ends behind Chinese end marks, behind Latin ones before white space, or at the end of a line; closing quotes
# and brackets belong to it. A full stop between digits or letters (3.5, e.g., U.S.) or behind a sign (`~.`) ends nothing by
# itself, nor do `!` and `?` within a word (`a != b`, `usb/X?serial=1`, `![icon](x.svg)`), nor does a line that goes on in small
# letters or ends because it was full (hard-wrapped text).
CLOSERS = r"""\"'”’」』）)】》\]"""
SENTENCE_END = re.compile(
    rf"[。！？；…][!?。！？；…]*[{CLOSERS}]*|[!?]+[{CLOSERS}]*(?=\s|$|[{HAN}（“「《【]|\[\d)|(?<![~^&$@=<|\\])\.[{CLOSERS}]*(?=\s)|\n"
)
# What a menu's entry ends with ends no sentence that goes on (`the New Project… command`, 新建工程… 命令).
GOES_ON = re.compile(rf"[ \t]+[a-z{HAN}]|[ \t]*[，、,]")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|etc|approx|fig|figs|no|nos|vol|sec|ch|dr|mr|mrs|ms|prof|st|jr|sr|inc|ltd|co|corp|al|pp|p|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)

# A run of Han characters, or a word or number with the joints that belong inside it: 3.5, T3-B, user@host, v1.2, C++.
TOKEN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[.,:'’_@/+\-][^\W_{HAN}]+)*[+#]*", re.UNICODE)
POWER = re.compile(r"(?<=[\d)\]])\^(?=-?\d)")  # the full text takes no such sign
WITH_UNIT = re.compile(
    rf"(\d+(?:[.,'’]\d+)*)({'|'.join(sorted((u for u in UNITS if u.isascii() and u.isalpha()), key=len, reverse=True))})?"
)
JOINT = re.compile(r"[.,:'’_@/+#\-]+")

# Words that ask or join and say nothing of the subject. Left out of queries only; an index holds every word.
STOP_WORDS = frozenset(
    "a about all also am an and any are as at be been but by can could did do does for from had has have he her his "
    "how i if in into is it its just many may me might more most much must my no not of on one or our shall she "
    "should so some such than that the their them then there these they this those to up us was we were what when "
    "where which while who whom whose why will with would you your 's 的 了 是 在 有 和 与 及 或 也 都 就 而 但 被 把 "
    "对 从 到 为 以 由 于 之 其 所 吗 呢 吧 啊 呀 么 我 你 您 他 她 它 我们 你们 他们 这 那 这个 那个 这些 那些 哪 "
    "哪个 哪些 哪里 哪儿 谁 什么 怎么 怎样 怎么样 如何 为什么 为何 多少 多久 多长 多大 多 几 几个 何 何时 何地 请问 "
    "一个 一共 可以 能 能够 会 要 需要 应该 应 是否 是不是 有没有 没有 不 很 还 又 再 时 时候 上 下 里 中 后 前 个 请 "
    "吗 最 更 将 已 已经 给 让 用 去 来 做 如果 因为 所以 以及 关于 之间 进行".split()
)

# The commonest words that hold English sentences together: about a third of running text, and next to nothing of listings,
# tables, addresses and names. Words that programs and commands use as well (`if`, `for`, `in`, `not`) are left out.
RUNNING_ENGLISH = re.compile(
    r"\b(?:the|of|a|an|and|to|that|this|these|those|which|with|you|your|it|its|are|was|were|be|been|being|have|has|had|can|could"
    r"|will|would|should|may|might|must|by|from|at|or|there|they|their|we|our|what|when|how|than|then|such|any|some|other|also"
    r"|but|because|does|did|more|most|only|about|into|so|is|on|as)\b",
    re.IGNORECASE,
)
WORDS_TO_EACH = 3.0  # words of running English to each of these
HAN_TO_EACH = 1.6  # Han characters to a word that says as much
CLEAR_WORDS = 20  # least words of running text by which a language is known
CLEAR_SHARE = 4  # and how many to each word of running text in the other language

_local = threading.local()


def running_words(text: str) -> dict[Language, float]:
    """About how many words of running text there are in each language. Listings, addresses, names and tables of codes have none
    in English."""
    han = sum(match.end() - match.start() for match in HAN_RUN.finditer(text))
    english = sum(1 for _ in RUNNING_ENGLISH.finditer(text))
    return {"zh": han / HAN_TO_EACH, "en": english * WORDS_TO_EACH}


def prevailing_language(text: str, whole: Language | None = None) -> Language | None:
    """The language that a text is clearly written in.

    Args:
        whole: the language of what it is a part of, which it is in as well where it is short, mixed or no running text.

    Returns:
        None where neither tells: a whole text that mixes both.
    """
    there = running_words(text)
    if there["zh"] >= max(CLEAR_WORDS, CLEAR_SHARE * there["en"]):
        return "zh"
    if there["en"] >= max(CLEAR_WORDS, CLEAR_SHARE * there["zh"]):
        return "en"
    return whole


def whole_language(text: str) -> Language | None:
    """The language that the parts of a document share, None where it mixes both."""
    if max(running_words(text).values()) < CLEAR_WORDS:
        return detect_language(text)
    return prevailing_language(text)


def document_language(text: str) -> Language:
    """The language of a document, for one that mixes both that which carries more of it."""
    return whole_language(text) or detect_language(text)


def part_language(text: str, whole: Language | None) -> Language:
    """The language of a part (a chunk) of something in the language `whole`; where that is mixed, the part's own."""
    return prevailing_language(text, whole) or detect_language(text)


def detect_language(text: str) -> Language:
    """`zh` where Chinese carries the text, else `en`. A Han character weighs as much as half a Latin word."""
    # Counted without lists: of a long text they would take a hundred bytes a character.
    han = sum(match.end() - match.start() for match in HAN_RUN.finditer(text))
    latin = sum(1 for _ in LATIN_WORD.finditer(text))
    return "zh" if han > 2 * latin or (han and han >= latin) else "en"


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences, without white space around them, in order and without overlap. A row of a table is
    one, whatever stands in its cells.

    Every character that is not white space lies in exactly one span.
    """
    spans, start = [], 0
    for match in SENTENCE_END.finditer(text):
        end = match.end()
        if match.group() == "\n":
            goes_on = LOWER.match(text, end) or is_wrapped(text, match.start())
            if goes_on and not _is_between_rows(text, match.start()):
                continue
        elif _is_in_row(text, match.start(), end):
            continue
        if (_is_ellipsis(text, match.start()) or match.group() == "!") and GOES_ON.match(text, end):
            continue  # of a name too: `Eqonomize! supports ...`
        if match.group().startswith(".") and ABBREVIATION.search(text, max(start, end - 12), match.start() + 1):
            continue
        spans.append((start, end))
        start = end
    spans.append((start, len(text)))
    return [trimmed for span in spans if (trimmed := trim(text, *span))]


def _is_ellipsis(text: str, place: int) -> bool:
    """Whether three dots end there, as a name ends; the six of Chinese prose end what is said."""
    return (text[place] == "…" and text[place - 1 : place] != "…" != text[place + 1 : place + 2]) or text[
        max(0, place - 2) : place + 1
    ] == "..."


def _is_between_rows(text: str, line_end: int) -> bool:
    """Whether the line that ends there or the next one is a row of a table: columns may have names in small letters."""
    start, end = text.rfind("\n", 0, line_end) + 1, text.find("\n", line_end + 1)
    before, behind = text[max(start, line_end - LONGEST_ROW) : line_end], text[line_end + 1 : end if end >= 0 else len(text)]
    return ROW_CELLS in before or ROW_CELLS in behind[:LONGEST_ROW]


def _is_in_row(text: str, start: int, end: int) -> bool:
    """Whether the line goes on behind `end` and is a row of a table. Lines are looked at as far as rows are long."""
    line_end = text.find("\n", end)
    rest = text[end : line_end if line_end >= 0 else len(text)]
    if not rest.strip():
        return False
    line_start = text.rfind("\n", 0, start) + 1
    return ROW_CELLS in rest[:LONGEST_ROW] or ROW_CELLS in text[max(line_start, start - LONGEST_ROW) : start]


def trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without white space at its ends; None if nothing remains."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    return (start + left, start + right) if right > left else None


def words(text: str) -> list[str]:
    """Words of a passage for lexical search, in order, with repetitions.

    Folded (`youju.text.folding`, lower case, Simplified Chinese). English words are stemmed (Snowball); a compound such as
    `T3-B` gives itself and its parts, a number one form however it is written. A run of Chinese gives its words (jieba) and
    all its character bigrams.
    """
    found: list[str] = []
    for token in _tokens(text):
        if HAN_CHARACTER.match(token):
            bigrams = _bigrams(token)
            seen = set(bigrams)
            found += bigrams + [word for word in rjieba.cut(token) if word not in seen]
        else:
            found += _western_words(token)
    return found


def query_words(text: str) -> list[str]:
    """Words of a question for lexical search, each once, without those that only ask or join.

    A run of Chinese is split at such words; each rest gives its words and its bigrams, as in a passage.
    """
    found: list[str] = []
    for token in _tokens(text):
        if HAN_CHARACTER.match(token):
            cut = rjieba.cut(token)
            found += [word for word in cut if word not in STOP_WORDS]
            found += [bigram for rest in _rests(cut) for bigram in _bigrams(rest)]
        elif token not in STOP_WORDS:
            found += _western_words(token)
    return list(dict.fromkeys(found))


def _rests(cut: list[str]) -> list[str]:
    """What stands between the stop words."""
    rests = [""]
    for word in cut:
        if word in STOP_WORDS:
            rests.append("")
        else:
            rests[-1] += word
    return rests


def _tokens(text: str) -> list[str]:
    """Folded runs of Chinese, and words, numbers and codes of other scripts."""
    return TOKEN.findall(simplified(POWER.sub("e", folding.folded(text).lower())))


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _western_words(token: str) -> list[str]:
    if token[0].isdigit() and (number := WITH_UNIT.fullmatch(token)):
        unit = [_stem(number[2])] if number[2] else []
        form = number_form(number[1])
        whole = [token] if unit else []
        if is_grouped(number[1]):
            return [*whole, form, *unit]  # its parts are no numbers
        parts = [part for part in re.split("[.,'’]", number[1]) if part]
        other = also_read_as(number[1])
        return [*whole, form, *([other] if other else []), *(parts if len(parts) > 1 else []), *unit]
    parts = [part for part in JOINT.split(token) if part]
    if len(parts) > 1:
        return [token, *(_stem(part) for part in parts)]
    return [_stem(token)]


def passage_terms(text: str) -> list[str]:
    """What a search finds a passage by: its words, and its quantities and dates in one form."""
    return words(text) + forms(text)


def question_terms(text: str) -> tuple[list[str], list[str]]:
    """What a question is searched by: its words, and its quantities and dates in one form."""
    return query_words(text), list(dict.fromkeys(forms(text)))


@functools.lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha():
        return word
    if not hasattr(_local, "stemmer"):
        _local.stemmer = snowballstemmer.stemmer("english")  # holds state: one per thread
    return str(_local.stemmer.stemWord(word))


def simplified(text: str) -> str:
    """The text in Simplified Chinese."""
    return str(_simplifier().convert(text)) if HAN_CHARACTER.search(text) else text


def _simplifier() -> opencc.OpenCC:
    if not hasattr(_local, "simplifier"):
        _local.simplifier = opencc.OpenCC("t2s")
    return _local.simplifier
