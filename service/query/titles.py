"""Which documents a question names: "the Nordwind agreement", 《员工手册》, "in warranty.pdf".

A name is a word for a kind of document with words beside it that stand in its title, or a title that is marked as one. What
fits several documents names none of them. Only titles and names of files are looked at.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import rjieba

from youju.index.protocols import Store
from youju.records import Document, Scope
from youju.text.file_names import readable
from youju.text.folding import folded
from youju.text.language import HAN_CHARACTER, STOP_WORDS, TOKEN, simplified, words

# Kinds of documents; those on one line are used for each other.
KINDS = [
    line.split()
    for line in """
    agreement contract deal 协议 合同 合约 协议书
    handbook manual guide guidebook 手册 指南 说明书 指引 使用说明
    minutes 纪要 会议纪要 记录
    report statement 报告 报告书 报表 年报 月报 季报
    policy policies rules regulation regulations statutes bylaws directive 制度 规章 规定 规则 章程 办法 守则 条例 细则 准则
    plan schedule programme program roadmap 计划 方案 规划 日程 计划书
    terms conditions 条款 条件
    tutorial book textbook brochure leaflet 教程 教材 课本 小册子
    faq 问答 常见问题
    letter email memo newsletter 信 信函 邮件 备忘录 通讯 通知 公告
    presentation slides deck 演示文稿 幻灯片 课件
    spreadsheet workbook sheet 表格 工作表 清单 台账
    proposal offer quote quotation tender 提案 建议书 报价 报价单 标书
    notes readme changelog 笔记 说明
    thesis study paper article 论文 文章 研究
    licence license policy certificate 许可证 证书 保单
    standard specification spec 标准 规格书 规格
    """.strip().splitlines()
]
# What a file of a kind is called, whatever its title.
KINDS_OF_FILES = {
    f".{ending}": kinds
    for endings, kinds in (
        ("xlsx xlsm xlsb xls ods csv tsv", ("sheet",)),
        ("pptx ppt odp", ("slides",)),
        ("eml msg", ("email",)),
    )
    for ending in endings.split()
}
ANY_KIND = frozenset(words("document file pdf")) | {"文档", "文件", "资料"}  # need not stand in the title
MARKED = re.compile(r"《([^《》]{1,80})》")
QUOTED = re.compile(r"[“\"「『]([^“”\"「」『』]{2,80})[”\"」』]")
FILE_NAME = re.compile(
    r"[\w\-.（）()]+\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|odp|txt|md|html?|csv|epub|eml|msg|rtf|tex|json|rst)\b", re.I
)
NAME = re.compile(
    r"(?<=[a-z,] )[A-Z][\w’'-]*"
)  # a capital inside a sentence; of which no title knows, it is of another document
SKIPPED = frozenset({"的"})
JOINED = frozenset("and or versus vs 和 与 跟 及 以及 或".split())
BEFORE, BEHIND = 5, 4  # words of a name in front of the word for its kind, and behind "of", "with", …
LINKS = frozenset("of with for from on about between".split())
ARTICLES = frozenset("the a an our your this that".split())


@dataclass(frozen=True)
class Titles:
    """The documents of one state of the index, by the words of their titles and file names."""

    documents: tuple[Document, ...]
    holders: dict[str, frozenset[int]]
    whole: dict[str, frozenset[int]]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Titles:
        holders: dict[str, set[int]] = {}
        whole: dict[str, set[int]] = {}
        kept = tuple(documents)
        for place, document in enumerate(kept):
            for kind in KINDS_OF_FILES.get(PurePosixPath(readable(document.uri)).suffix.lower(), ()):
                holders.setdefault(_form(kind), set()).add(place)
            for name in {document.title, stem(document.uri)} - {""}:
                for word in split(name):
                    holders.setdefault(word, set()).add(place)
                whole.setdefault(plain(name), set()).add(place)
        return cls(
            kept, {word: frozenset(found) for word, found in holders.items()}, {n: frozenset(f) for n, f in whole.items()}
        )

    def named(self, question: str, scope: Scope) -> tuple[str, ...]:
        """Ids of the documents within a scope that a question names, in the order of their names in it."""
        found: dict[int, None] = {}
        for places in (self._marked(question), self._described(question)):
            for candidates in places:
                within = [place for place in candidates if is_within(self.documents[place], scope)]
                if len(within) == 1:
                    found[within[0]] = None
            if found:  # what is marked needs no guesses beside it
                break
        return tuple(self.documents[place].id for place in found)

    def titled_by(self, names: Iterable[str], scope: Scope) -> tuple[str, ...]:
        """Ids of the documents within a scope whose titles or file names hold one of these words, as `words` gives them."""
        places = frozenset[int]().union(*(self.holders.get(name, frozenset()) for name in names))
        return tuple(self.documents[place].id for place in sorted(places) if is_within(self.documents[place], scope))

    def _marked(self, question: str) -> list[frozenset[int]]:
        """The documents that each marked name may mean."""
        found = [self._called(name) or self._holding(split(name)) for name in MARKED.findall(question)]
        found += [self._called(name) for name in QUOTED.findall(question)]
        return found + [self._called(stem(name)) for name in FILE_NAME.findall(question)]

    def _called(self, name: str) -> frozenset[int]:
        return self.whole.get(plain(name), frozenset()) or self.whole.get(plain(stem(name)), frozenset())

    def _holding(self, given: Iterable[str]) -> frozenset[int]:
        """The documents that hold all of these words."""
        sets = [self.holders.get(word, frozenset()) for word in given]
        return frozenset.intersection(*sets) if sets else frozenset()

    def _described(self, question: str) -> list[frozenset[int]]:
        """The documents that each description may mean."""
        tokens, found = tokenized(question), []
        foreign = {word for name in NAME.findall(question) for word in tokenized(name) if _form(word) not in self.holders}
        for place, token in enumerate(tokens):
            group = kinds_of(token)
            if group is None:
                continue
            of_kind = frozenset().union(*(self.holders.get(kind, frozenset()) for kind in group)) if group else None
            start, narrowed = self._narrowed(of_kind, tokens, range(place - 1, max(-1, place - 1 - BEFORE), -1))
            if narrowed is None:
                narrowed = self._behind(of_kind, tokens, place)
            if narrowed is None and of_kind is not None and place and tokens[place - 1] in ARTICLES:
                narrowed = frozenset(one for one in of_kind if len(split(self.documents[one].title)) <= 1)
            if narrowed and not foreign & set(tokens[max(0, place - BEFORE) : place + 1 + BEHIND]):
                start -= tokens[start - 1 : start] == ["the"]
                if start > 1 and tokens[start - 1] in JOINED:  # "the Nordwind and the Kestrel agreements"
                    other = self._narrowed(of_kind, tokens, range(start - 2, max(-1, start - 2 - BEFORE), -1))[1]
                    found += [other] if other else []
                found.append(narrowed)
        return found

    def _behind(self, of_kind: frozenset[int] | None, tokens: Sequence[str], place: int) -> frozenset[int] | None:
        """The same for "the agreement with Nordwind"."""
        if place + 1 >= len(tokens) or tokens[place + 1] not in LINKS:
            return None
        first = place + 2 + (tokens[place + 2 : place + 3] == ["the"])
        return self._narrowed(of_kind, tokens, range(first, min(len(tokens), first + BEHIND)))[1]

    def _narrowed(
        self, of_kind: frozenset[int] | None, tokens: Sequence[str], places: range
    ) -> tuple[int, frozenset[int] | None]:
        """The documents of a kind whose names hold the words at these places, from the first on as far as any does, and the
        last place that was of use; None where the first word is of none."""
        left, last = of_kind, places.start + (1 if places.step < 0 else -1)
        narrowed = None
        for place in places:
            token = tokens[place]
            if token in SKIPPED or (narrowed is None and HAN_CHARACTER.match(token) and _form(token) not in self.holders):
                continue  # Chinese says of which kind the minutes are, English only that they are minutes
            if token in STOP_WORDS or not token[0].isalnum():
                break
            holders = self.holders.get(_form(token), frozenset())
            both = holders if left is None else left & holders
            if not both:
                break
            left = narrowed = both
            last = place
        return last, narrowed


class TitleIndex:
    """The titles of a store, read anew once its documents have changed. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._state: Hashable = None
        self._titles = Titles.of(())

    def current(self) -> Titles:
        """
        Raises:
            StoreUnusable: the index cannot be read.
        """
        with self._store.snapshot():
            state = (self._store.identity(), self._store.sequence())
            if state == self._state:
                return self._titles
            with self._guard:
                if state != self._state:
                    self._titles, self._state = Titles.of(self._store.documents()), state
                return self._titles

    def within(self, scope: Scope) -> list[Document]:
        """The documents that a question with this scope may see, in the order of the store.

        Raises:
            UnknownCollection: no document is in the collection that it names.
        """
        self._store.limited_to(scope.allowed).require_collection(scope.collection)
        language = scope.language
        return [one for one in self.current().documents if is_within(one, scope) and language in (None, one.language)]


def name_of(document: Document) -> str:
    """What to call a document: its title, or the name of its file."""
    return document.title or re.split(r"[/\\]", document.uri)[-1]


def is_within(document: Document, scope: Scope) -> bool:
    """Whether a question with this scope may see the document at all."""
    return (
        (scope.allowed is None or document.collection in scope.allowed)
        and scope.collection in (None, document.collection)
        and (not scope.document_ids or document.id in scope.document_ids)
        and any(uri.startswith(scope.uri_prefix) for uri in (document.uri, *document.also_at))
    )


def stem(uri: str) -> str:
    """The name of a file as people say it."""
    name = PurePosixPath(readable(uri).replace("\\", "/")).name
    return PurePosixPath(name).stem if FILE_NAME.fullmatch(name.replace(" ", "")) else name


@functools.lru_cache(maxsize=65536)
def plain(name: str) -> str:
    """A name as it is compared: letters and numbers only, folded."""
    return "".join(char for char in simplified(folded(name).lower()) if char.isalnum())


@functools.lru_cache(maxsize=65536)  # with each change of the index all names but one are as they were
def split(name: str) -> frozenset[str]:
    """The words of a name without those that only join."""
    return frozenset(_form(token) for token in tokenized(name) if token not in STOP_WORDS and token[0].isalnum())


def tokenized(text: str) -> list[str]:
    """Words in order, of Chinese those of the dictionary; marks that end a clause stand for themselves."""
    found: list[str] = []
    for token in re.findall(rf"{TOKEN.pattern}|[,，。.;；:：?？!！]", simplified(folded(text).lower())):
        if HAN_CHARACTER.match(token):
            found += rjieba.cut(token)
        else:
            found += [part for part in re.split(r"[_\-/+#]+|(?<=\w)['’]s\b", token) if part]
    return found


def _form(token: str) -> str:
    """A word as the index of titles has it."""
    return token if HAN_CHARACTER.match(token) else words(token)[0] if words(token) else token


_KIND_GROUPS: dict[str, frozenset[str]] = {}
for _group in KINDS:
    for _kind in _group:
        _KIND_GROUPS[_form(_kind)] = _KIND_GROUPS.get(_form(_kind), frozenset()) | {_form(one) for one in _group}


def kinds_of(token: str) -> frozenset[str] | None:
    """The kinds of documents that a word may mean: none (empty) for a document of any kind, None for no such word."""
    form = _form(token)
    return frozenset() if form in ANY_KIND else _KIND_GROUPS.get(form)
