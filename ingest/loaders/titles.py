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
LONGEST = 200  # characters; a longer one was written by somebody


def is_of_program(title: str) -> bool:
    """Whether a title says what program made the file, or that it has no title."""
    return len(title) <= LONGEST and bool(PROGRAMS.fullmatch(title))


def title_of(extracted: Extracted) -> str:
    """The title of a document; in place of one that a program put in, the first of its highest headings, or none."""
    if not is_of_program(extracted.title):
        return extracted.title
    headings = [(one.level, one.start, extracted.text[one.start : one.end]) for one in extracted.headings]
    return next((text for _, _, text in sorted(headings) if not is_of_program(text)), "")
