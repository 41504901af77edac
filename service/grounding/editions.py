"""Editions of a document: of two price lists or policies the newer one holds, unless the question asks for another.

Told by title and name of the file: the same words but for years, versions and words of the trade, each with a year or version.
Minutes, reports, offers and contracts of another date tell of something else, and stay. Knows nothing of generators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from service.reading.gate import GateDecision
from service.reading.reranking import Pair
from youju.records import Document
from youju.text.dates import MONTHS
from youju.text.language import HAN_CHARACTER, query_words
from youju.text.quantities import numbers

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
VERSION = re.compile(
    r"\bv(?:er(?:sion)?)?[. ]*(?P<number>\d+(?:\.\d+)*)|\brev(?:ision)?[. ]*(?P<letter>[a-z]|\d+)\b|"
    r"\b(?P<ordinal>\d+)(?:st|nd|rd|th) ed|第(?P<han>[一二三四五六七八九十\d]+)版",
    re.IGNORECASE,
)
MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b", re.IGNORECASE)
GENERIC = re.compile(
    r"polic(?:y|ies)|\b(?:rules?|guides?|guidelines?|handbook|manual|list|terms|conditions|procedures?|regulations?|version|valid|"
    r"edition|revised|revision|rev|final|signed|draft|copy|new|old|from|effective|spring|summer|autumn|winter)\b|"
    r"管理|规定|办法|制度|政策|手册|条例|规程|细则|准则|须知|汇编|修订|年版|版本?|试行|最新|价目",
    re.IGNORECASE,
)
OF_A_DATE = re.compile(
    r"minutes|meeting|report|figures|review|results|newsletter|release|changelog|invoice|offer|quot(?:e|ation)|order|agreement|"
    r"contract|letter|mail|budget|plan\b|accounts|statement|survey|\blog\b|diary|\bre:|\bfwd?:|\bq[1-4]\b|incident|"
    r"纪要|会议|例会|报告|报表|数据|总结|周报|月报|季度|发票|报价|订单|合同|协议|函|预算|计划|日志|记录|通知|公告|答复|回复",
    re.IGNORECASE,
)
ASKS_FOR_ANOTHER = re.compile(
    r"\b(?:old(?:er)?|earlier|previous(?:ly)?|former(?:ly)?|before|last year|used to|was|were|did|chang\w*|differ\w*|compar\w*|"
    r"versus|vs|than|increas\w*|decreas\w*|newer|since)\b|旧|以前|之前|过去|原来|原先|去年|前年|上一版|新版|变化|变动|变更|改[为成了动]|修改|"
    r"相差|差[别异额多]|相比|对比|比较|比.{1,8}[高低多少贵]|涨|降",
    re.IGNORECASE,
)
ALIKE = 0.6  # share of all words of two names that both have
NEAR = 3  # places that the newer edition may stand behind the older one among the passages, best first


@dataclass(frozen=True)
class Edition:
    """What a document is called, as sets of words, and when, or as the how-manieth, it appeared."""

    names: tuple[frozenset[str], ...]
    year: int
    version: tuple[int, ...]

    def is_before(self, other: Edition) -> bool:
        """Whether it is an earlier edition of the other."""
        alike = any(len(one & two) >= ALIKE * len(one | two) for one in self.names for two in other.names)
        if not alike:
            return False
        if self.year and other.year and self.year != other.year:
            return self.year < other.year
        return bool(self.version and other.version) and self.version < other.version


def edition_of(document: Document) -> Edition | None:
    """None of a document that tells of a date, or of which neither year nor version is known."""
    texts = [document.title, re.sub(r"[_\-]+|\.(?!\d)", " ", PurePosixPath(document.uri).stem)]
    whole = " ".join(texts)
    years = [int(year) for year in YEAR.findall(whole)]
    versions = [found for text in texts for found in VERSION.finditer(text)]
    if OF_A_DATE.search(whole) or not (years or versions):
        return None
    return Edition(
        tuple(name for text in texts if (name := _name(text))), max(years, default=0), _number(versions[0]) if versions else ()
    )


def _name(text: str) -> frozenset[str]:
    bare = MONTH.sub(" ", VERSION.sub(" ", YEAR.sub(" ", text)))
    return _words(GENERIC.sub(" ", bare)) or _words(bare)


def _words(text: str) -> frozenset[str]:
    """Words; of Chinese the characters, since `差旅` and `差旅费` are cut as two words that share nothing."""
    western = (word for word in query_words(HAN_CHARACTER.sub(" ", text)) if not word.isdigit())
    return frozenset([*western, *HAN_CHARACTER.findall(text)])


def _number(found: re.Match[str]) -> tuple[int, ...]:
    if number := found["number"]:
        return tuple(map(int, number.split(".")))
    if han := found["han"]:
        return tuple(int(number) for number in numbers(han)) or (10,)  # `十` alone is read as no number elsewhere
    said = found["letter"] or found["ordinal"]
    return (int(said) if said.isdigit() else ord(said.lower()) - ord("a") + 1,)


def superseded(question: str, read: Sequence[Pair]) -> frozenset[str]:
    """The ids of documents in whose place a newer edition stands, of those that were read, best first: one that was found about
    as well. None where the question asks for another edition, by a year or by what changed."""
    if YEAR.search(question) or VERSION.search(question) or ASKS_FOR_ANOTHER.search(question):
        return frozenset()
    first: dict[str, int] = {}
    editions: dict[str, Edition] = {}
    for place, (passage, _) in enumerate(read):
        document = passage.document
        if document.id not in first and (edition := edition_of(document)):
            editions[document.id] = edition
        first.setdefault(document.id, place)
    return frozenset(
        old
        for old, edition in editions.items()
        if any(edition.is_before(other) and first[new] <= first[old] + NEAR for new, other in editions.items())
    )


def in_force(question: str, decision: GateDecision) -> tuple[GateDecision, list[Pair]]:
    """The decision without the passages of superseded documents, and those, as they were ranked."""
    old = superseded(question, decision.read)
    if not old:
        return decision, []
    read, more = ([pair for pair in pairs if pair[0].document.id not in old] for pairs in (decision.read, decision.more))
    return replace(decision, read=read, more=more), [pair for pair in decision.read if pair[0].document.id in old]
