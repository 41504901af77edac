"""What to tell the asker when the passages hold no answer: which words none of them holds, and where to look.

Knows nothing of prompts, generators or HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rjieba

from youju.records import Citation, Language, Passage
from youju.text.folding import folded
from youju.text.language import HAN_CHARACTER, STOP_WORDS, TOKEN, detect_language, query_words, simplified, words
from youju.text.quantities import codes, numbers

MOST_NAMED = 5  # words or phrases that no passage holds; more would bury the one that matters
LONGEST_TITLE = 80  # characters
NOT_MENTIONED: dict[Language, str] = {"en": "The passages do not mention: {phrases}.", "zh": "段落里没有提到：{phrases}。"}
BESIDE_THE_POINT: dict[Language, str] = {
    "en": "The passages mention all of this, but none says what was asked.",
    "zh": "问题里的词段落里都有，但没有一段说到所问的内容。",
}
OTHER_LANGUAGE: dict[Language, str] = {
    "en": "The passages are in another language, so their words cannot be compared with the question.",
    "zh": "找到的段落是另一种语言的，无法与问题逐词比较。",
}
NOTHING_NAMED: dict[Language, str] = {"en": "None of the passages says what was asked.", "zh": "没有一段说到所问的内容。"}
NO_PASSAGES: dict[Language, str] = {"en": "There is no passage to answer from.", "zh": "没有可以用来回答的段落。"}
NEAREST: dict[Language, str] = {"en": "Nearest: “{title}”{page}.", "zh": "最接近的是《{title}》{page}。"}
NEAREST_QUOTED: dict[Language, str] = {
    "en": "Nearest, though it may not answer: “{quote}” (“{title}”{page}).",
    "zh": "最接近的原文，未必是答案：“{quote}”（《{title}》{page}）。",
}
PAGE: dict[Language, str] = {"en": " p. {page}", "zh": "第 {page} 页"}

# Words that ask or join and are no stop words of the search, where they may matter.
ASKING = frozenset(
    "please tell explain describe say says mean means happen happens need needs use uses get gets want "
    "告诉 介绍 说明 一下 知道 想 想要 内 外 以内 之内".split()
)
ASKING_CHINESE = re.compile(r"有?多[大长久少厚高重远宽深快]|几|[什怎哪何咋]")
HOW = re.compile(r"\bhow$", re.IGNORECASE)  # `How long`, `how often`: the word behind it asks too
SENTENCE_START = re.compile(r"(?:^|[.?!。？！])$")
NEGATED_VERB = re.compile(r"n['’]t$")
CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m)?$")
NAMES = ("nr", "ns", "nt", "nz")  # jieba's tags: people, places, organisations, others
LIGHT = "vpdcuryf"  # its tags of words that tell little when they have one character: verbs, prepositions, adverbs, …


@dataclass(frozen=True)
class Term:
    """A word of the question that tells something: `question[start:end]`."""

    start: int
    end: int
    text: str
    is_name: bool
    is_code: bool  # or a number


def missing(question: str, language: Language, passages: Sequence[Passage], near: str = "") -> str:
    """What the passages lack and where to look, in `language`: the words that none of them holds, as the asker wrote them,
    those with names, numbers and codes first; or that they hold all of them.

    Args:
        passages: those retrieved, best first.
        near: what says the nearest of their sentences, if one may answer.
    """
    if not passages:
        return NO_PASSAGES[language]
    comparable = detect_language(question) in {passage.language for passage in passages}
    terms = [term for term in _terms(question) if comparable or term.is_code]  # codes are written alike in every language
    held = _Held(passages)
    absent = [term for term in terms if not held.holds(term.text)]
    if phrases := _phrases(question, absent):
        said = NOT_MENTIONED[language].format(phrases=("、" if language == "zh" else ", ").join(phrases))
        if comparable and len(absent) == len(terms) and not near:  # then the nearest passage is no place to look
            return said
    elif near:
        return near
    else:
        said = (OTHER_LANGUAGE if not comparable else BESIDE_THE_POINT if terms and not absent else NOTHING_NAMED)[language]
    return f"{said}{'' if language == 'zh' else ' '}{near or _nearest(passages[0], language)}"


def nearest_quoted(cited: Citation, quote: str, language: Language) -> str:
    """What says the sentences that come nearest to an answer, and where they stand.

    Args:
        cited: the first of them.
        quote: all of them, as a reader sees them.
    """
    page = PAGE[language].format(page=cited.page) if cited.page else ""
    return NEAREST_QUOTED[language].format(quote=quote, title=_short(cited.title or cited.uri), page=page)


def without_nearest(said: str, language: Language) -> str:
    """The same without the words of documents, which are not kept where these may be deleted."""
    begins, *_ = NEAREST_QUOTED[language].partition("“")
    return said.partition(begins)[0].strip()


def _phrases(question: str, absent: Sequence[Term]) -> list[str]:
    """At most `MOST_NAMED`; what stands side by side in the question is one phrase."""
    joined: list[Term] = []
    for term in absent:
        if joined and not question[joined[-1].end : term.start].strip(" "):
            first = joined.pop()
            both = question[first.start : term.end]
            term = Term(first.start, term.end, both, first.is_name or term.is_name, first.is_code or term.is_code)
        joined.append(term)
    telling = [term for term in joined if len(term.text) > 1 or not HAN_CHARACTER.match(term.text)]
    ordered = sorted(telling, key=lambda term: not (term.is_name or term.is_code))
    return list(dict.fromkeys(term.text for term in ordered))[:MOST_NAMED]


class _Held:
    """What passages hold, with their titles and headings."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        texts = [one.context for one in passages]
        self._words = {word for text in texts for word in words(text)}
        self._numbers = {number for text in texts for number in numbers(text)}
        self._plain = "\n".join(_plain(text) for text in texts)

    def holds(self, term: str) -> bool:
        said = numbers(term)
        if said and not codes(term) and said <= self._numbers:
            return True
        if HAN_CHARACTER.search(term):
            return _plain(term) in self._plain
        whole, *parts = words(term)
        return whole in self._words or (bool(parts) and set(parts) <= self._words)


def _terms(question: str) -> Iterator[Term]:
    """The words of a question that tell something, with their places."""
    for match in TOKEN.finditer(question):
        before = question[: match.start()].rstrip()
        if HAN_CHARACTER.match(match.group()):
            yield from _chinese_terms(match.group(), match.start())
        elif _tells(match.group()) and not HOW.search(before):
            text = CLITIC.sub("", match.group())
            if _tells(text):
                is_name = text != text.lower() and not SENTENCE_START.search(before)
                yield Term(match.start(), match.start() + len(text), text, is_name, bool(re.search(r"\d", text)))


def _chinese_terms(run: str, offset: int) -> Iterator[Term]:
    cut = simplified(run)
    if len(cut) != len(run):  # then places in one say nothing of the other
        cut = run
    position = 0
    for word, tag in rjieba.tag(cut):
        start, position = position, position + len(word)
        if not rjieba.has_word(word) and word[-1] in STOP_WORDS:  # a guess of jieba that took one word too many: 假有
            word = word[:-1]
        if word in STOP_WORDS or word in ASKING or ASKING_CHINESE.match(word) or (len(word) == 1 and tag[0] in LIGHT):
            continue
        end = start + len(word)
        yield Term(offset + start, offset + end, run[start:end], tag.startswith(NAMES), tag == "m" and bool(numbers(word)))


def _tells(word: str) -> bool:
    plain = folded(word).lower()
    return plain not in STOP_WORDS and plain not in ASKING and not NEGATED_VERB.search(plain) and bool(query_words(plain))


def _plain(text: str) -> str:
    """Folded, in Simplified Chinese, without white space, which a PDF may put inside words."""
    return "".join(simplified(folded(text).lower()).split())


def _nearest(passage: Passage, language: Language) -> str:
    page = PAGE[language].format(page=passage.page) if passage.page else ""
    return NEAREST[language].format(title=_short(passage.document.title or passage.document.uri), page=page)


def _short(title: str) -> str:
    plain = " ".join(title.split())
    return plain if len(plain) <= LONGEST_TITLE else f"{plain[: LONGEST_TITLE - 1]}…"
