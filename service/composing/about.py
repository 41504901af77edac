"""Questions about the collection itself: how many documents, of which kinds and languages, the newest, the largest, from where.

Told from what the store knows of each document; no text is read, and nothing is cited.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from service.composing.base import Composition, Run, Search, sentence
from service.grounding.citations import Supported
from service.query.titles import TitleIndex, name_of
from service.query.understanding import Understanding
from youju.records import Document, Language

MOST_TITLES = 20
MOST_KINDS = 6  # kinds of files, collections or folders that are named
ASKED = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "added": r"\b(?:added|uploaded|ingested|indexed|uploads?)\b|添加|导入|上传|新增|收录|索引",
        "newest": r"\b(?:newest|latest|most recent\w*|last|recent)\b|最新|最近|最后|上次",
        "oldest": r"\b(?:oldest|first|earliest)\b|最旧|最早|最老",
        "largest": r"\b(?:largest|biggest|longest)\b|最[大长]",
        "smallest": r"\b(?:smallest|shortest)\b|最[小短]",
        "collections": (
            r"\bcollections?\b.*\b(?:exist|are|there|know|search)\b|\b(?:how many|what|which|"
            r"more than one) collections?\b|(?:哪些|几个|多少|什么)集合|集合(?:不止|有几)"
        ),
        "folders": r"\b(?:folders?|director\w+|where|come from|stored|loaded)\b|文件夹|目录|哪[里儿]来|从哪|存在哪",
        "pages": r"\bpages?\b|页",
        "titles": (
            r"\b(?:list|names?|titles?|show|tell me|give me|which (?:files|doc\w*)|what (?:files|doc\w*|material|"
            r"sources|data|do you|is (?:in|available)|can)|what'?s in|everything)\b|列|哪些|清单|标题|名字|名称|文件名|"
            r"什么(?:文件|文档|资料|材料)|有什么|有啥|显示|看看"
        ),
    }.items()
}  # fmt: skip
TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "none": "There are no documents here yet; upload some or run `youju ingest FOLDER`.",
        "overview": "There {are} {count} here: {kinds}; {languages}.",
        "one": "one document", "several": "{count} documents", "zh": "{count} in Chinese", "en": "{count} in English",
        "newest": "The newest is “{title}” ({date}).", "oldest": "The oldest is “{title}” ({date}).",
        "added": "Added last: “{title}” ({date}).",
        "largest": "The longest is “{title}” ({size}).", "smallest": "The shortest is “{title}” ({size}).",
        "characters": "{count:,} characters", "pages": "{count:,} pages",
        "all_pages": "Those with pages have {count:,} in all.",
        "collections": "They are in {count}: {names}.", "collection": "one collection",
        "several_collections": "{count} collections",
        "folders": "They were read from {names}.", "titles": "Their titles", "some": "{shown} of the {count} titles",
        "more": "and {count} more", "join": ", ",
    },
    "zh": {
        "none": "这里还没有文档；请上传，或运行 `youju ingest 文件夹`。",
        "overview": "这里共有 {count}：{kinds}；{languages}。",
        "one": "1 份文档", "several": "{count} 份文档", "zh": "中文 {count} 份", "en": "英文 {count} 份",
        "newest": "最新的是《{title}》（{date}）。", "oldest": "最旧的是《{title}》（{date}）。",
        "added": "最后导入的是《{title}》（{date}）。",
        "largest": "最长的是《{title}》（{size}）。", "smallest": "最短的是《{title}》（{size}）。",
        "characters": "{count:,} 字", "pages": "{count:,} 页", "all_pages": "有页码的文档共 {count:,} 页。",
        "collections": "分在{count}里：{names}。", "collection": "1 个集合", "several_collections": " {count} 个集合",
        "folders": "读自 {names}。", "titles": "文档标题", "some": "{count} 个标题中的 {shown} 个",
        "more": "另有 {count} 个", "join": "、",
    },
}  # fmt: skip


class About:
    """Answers the form `about`."""

    def __init__(self, titles: TitleIndex) -> None:
        self._titles = titles

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if understood.form != "about":
            return None
        documents = await run.step("retrieve", self._titles.within, run.ask.scope)
        return Composition(tuple(told(understood.question, documents, run.language)))


def told(question: str, documents: Sequence[Document], language: Language) -> Iterator[Supported]:
    """What is asked of these documents, after how many there are."""
    text = TEXT[language]
    if not documents:
        yield sentence(text["none"])
        return
    asked = {name for name, pattern in ASKED.items() if pattern.search(question)}
    yield sentence(_overview(documents, language))
    yield from (sentence(one) for one in _extremes(asked, documents, language))
    if "collections" in asked:
        names = Counter(document.collection for document in documents)
        count = text["collection"] if len(names) == 1 else text["several_collections"].format(count=len(names))
        yield sentence(text["collections"].format(count=count, names=_counted(names, language)))
    if "folders" in asked:
        folders = Counter(str(PurePosixPath(document.uri).parent) for document in documents)
        yield sentence(text["folders"].format(names=_counted(folders, language)))
    if "pages" in asked and (pages := sum(len(document.page_starts) for document in documents)):
        yield sentence(text["all_pages"].format(count=pages))
    if "titles" in asked and not asked & {"newest", "oldest", "largest", "smallest", "collections", "folders"}:
        shown = documents[:MOST_TITLES]
        lead = text["titles"] if len(shown) == len(documents) else text["some"]
        yield sentence(lead.format(shown=len(shown), count=len(documents)), block="heading")
        yield from (sentence(name_of(document), block="item") for document in shown)


def _overview(documents: Sequence[Document], language: Language) -> str:
    text = TEXT[language]
    kinds = Counter((PurePosixPath(document.uri).suffix[1:] or document.media_type).upper() for document in documents)
    spoken = Counter(document.language for document in documents)
    return text["overview"].format(
        are="is" if len(documents) == 1 else "are",
        count=text["one"] if len(documents) == 1 else text["several"].format(count=f"{len(documents):,}"),
        kinds=_counted(kinds, language),
        languages=text["join"].join(text[one].format(count=count) for one, count in spoken.most_common()),
    )


def _extremes(asked: set[str], documents: Sequence[Document], language: Language) -> Iterator[str]:
    """Sentences on the newest, oldest, longest and shortest document, as far as they are asked for."""
    text = TEXT[language]
    if "newest" in asked and "added" in asked:
        last = max(documents, key=lambda one: one.ingested_at)
        yield text["added"].format(title=name_of(last), date=last.ingested_at[:10])
    else:
        for name, pick in (("newest", max), ("oldest", min)):
            if name in asked:
                found = pick(documents, key=lambda one: one.modified_ns)
                date = datetime.fromtimestamp(found.modified_ns / 1e9, UTC).date().isoformat()
                yield text[name].format(title=name_of(found), date=date)
    for name, pick in (("largest", max), ("smallest", min)):
        if name in asked:
            found = pick(documents, key=lambda one: one.characters)
            size = text["characters"].format(count=found.characters)
            if found.page_starts:
                size += text["join"] + text["pages"].format(count=len(found.page_starts))
            yield text[name].format(title=name_of(found), size=size)


def _counted(names: Counter[str], language: Language) -> str:
    """Names with how often each occurs, the most frequent first."""
    text = TEXT[language]
    shown = [f"{name} ({count})" if len(names) > 1 else name for name, count in names.most_common(MOST_KINDS)]
    if len(names) > MOST_KINDS:
        shown.append(text["more"].format(count=len(names) - MOST_KINDS))
    return text["join"].join(shown)
