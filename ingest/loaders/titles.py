"""Titles that a program put in and nobody wrote, in any format: `untitled`, `Microsoft Word - x.doc`, `文档1`."""

from __future__ import annotations

import re

from youju.records import Extracted

KINDS = "document|presentation|spreadsheet|page|drawing|file|image|workbook|web page|post|note|slide ?show"
OFFICE = "word|excel|powerpoint|publisher|visio|project|onenote|outlook|writer|calc|impress"
KINDS_ZH = "文档|文件|文稿|演示文稿|简报|簡報|工作簿|工作表|电子表格|网页|網頁|幻灯片|投影片|页面|页|标题|標題"
ENDINGS = "docx?|docm|dotx?|pptx?|pptm|xlsx?|xlsm|od[tsp]|indd|qxd|pmd|fm|tex|dvi|ps|rtf|pub|wpd|cdr|ai|vsdx?"
PROGRAMS = re.compile(
    rf"""\W*(?:
    un(?:titled|named|known|specified|defined) (?:[ _-]*(?:{KINDS}))? [ _-]*\d*
    | (?:no|enter|insert|your|add)[ ](?:a[ ])?title (?:[ ]here)? | anonym(?:ous|us) | none | null | n/?a | nan | default
    | (?:document|page)[ ]title | title[ ](?:of|for)[ ](?:the|this)[ ](?:document|page)
    | (?:new[ ])?(?:microsoft[ ])?(?:{OFFICE})[ ]*(?:{KINDS}|演示文稿|簡報|文档) [ ]*\d*
    | microsoft[ ](?:office[ ])?(?:{OFFICE}) (?:[ ]*[-–—][ ]*.*)?
    | (?:new[ ]?)?(?:document|presentation|dokument)[ ]*\d* | (?:doc|book|workbook|sheet|slide|layout|page|drawing)[ ]*\d+
    | new[ ](?:{KINDS})[ ]*\d* | (?:scan|scanned)[ _-]*(?:document|image|page|file)?[ _-]*\d* | about:blank | about:srcdoc
    | (?:无|無)(?:标题|標題|题|題)\s*-?\s*(?:{KINDS_ZH})?\s*\d* | 未命名\s*-?\s*(?:{KINDS_ZH})?\s*\d* | 匿名 | 未知 | 未定义
    | (?:新建\s*)?(?:microsoft\s*)?(?:{OFFICE})?\s*(?:{KINDS_ZH})\s*\d* | 新建文本文档\s*\d*
    | file:/.* | [a-z]:\\.* | \S+\.(?:{ENDINGS})
    )\W*""",
    re.IGNORECASE | re.VERBOSE,
)
LONGEST_TITLE = 150  # characters of a title; a longer one is a paragraph
FEWEST_WORDS, SHORT = 8, 24  # words, and bytes, of a sentence; what is shorter may end in an abbreviation
FIRST_PART = re.compile(r"\W*(?:[01](?:\.\d+)*[.)．]?\s|(?:[1一]|[(（][1一][)）])、|第\s*[1一]\s*[章节条])")
BARS = re.compile(r"[^\s|]\|[^\s|]|\|\s*$")
LONGEST = 200  # characters; a longer one was written by somebody


def is_of_program(title: str) -> bool:
    """Whether a title says what program made the file, or that it has no title."""
    return len(title) <= LONGEST and bool(PROGRAMS.fullmatch(title))


def is_text(title: str) -> bool:
    """Whether a title, or heading, is a sentence or paragraph that only looks like one."""
    title = title.strip()
    full = title.endswith(("。", "；", ";")) or (title.endswith(".") and len(title.split()) >= FEWEST_WORDS)
    return len(title) > LONGEST_TITLE or (full and len(title.encode()) > SHORT)


def title_of(extracted: Extracted) -> str:
    """The title of a document; in place of one that a program put in, or of a whole paragraph, the first of its highest
    headings that is one. None where that is but the first part, by its number: the name of the file says more."""
    title = extracted.title
    headings = [(one.level, one.start, extracted.text[one.start : one.end]) for one in extracted.headings]
    if is_of_program(title) or is_text(title):
        title = next((text for _, _, text in sorted(headings) if not is_of_program(text) and not is_text(text)), "")
    return "" if FIRST_PART.match(title) and any(title == text for _, _, text in headings) else _joined(title)


def _joined(title: str) -> str:
    """A title whose parts a program has joined with bars, as `Album|album-app|`."""
    return " ".join(filter(None, title.split("|"))) if BARS.search(title) else title
