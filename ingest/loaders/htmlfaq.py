"""Questions and answers in HTML: a question is the heading of its answer, whether a table, a list of terms or divisions set
them. What DocBook lists of the questions above each part says nothing more, and goes.
"""

from __future__ import annotations

import re
from collections.abc import Container

from ingest.loaders.htmlshown import HEADINGS, Node

QUESTION = frozenset({"question", "faq-question", "faq__question", "qandaquestion"})
ANSWER = frozenset({"answer", "faq-answer", "faq__answer", "qandaanswer"})
FAQ = re.compile(
    r"\bfaqs?\b|frequently asked|questions? (?:and|&) answers?|\bq ?& ?a\b|常见问题|常見問題|问答|問答", re.IGNORECASE
)
ASKS = ("?", "？")
FEWEST = 3  # terms that end as questions do and make a list of terms one of questions
SHORTEST = 45  # bytes of an answer; what is shorter is a value, as of an author
LAYOUT = frozenset("table thead tbody tfoot tr td th dl dd".split())
LABEL = re.compile(r"\W*(?:[\d.]+|[QA]|问|答)?\W*", re.IGNORECASE)
LOWEST = 6


def mark_questions(root: Node) -> None:
    """Turn questions into headings, one level below the heading above them, and what sets them out into plain blocks."""
    questions = {node for node in root.iter("tr", "div", "dt", "p", "li") if _is_asked(node)}
    for table in {one for node in questions if (one := _table_of(node)) is not None}:
        for row in [row for row in table.iter("tr") if "toc" in _classes(row)]:
            row.getparent().remove(row)
        _flatten(table)
    page = " ".join(" ".join(one.text_content() for one in root.iter("title", "h1")).split())
    is_faq = bool(FAQ.search(page))
    for terms in root.iter("dl"):
        asked = [one for one in terms.iterchildren("dt") if one not in questions]
        if _are_asked(terms, asked, is_faq):
            questions.update(asked)
            terms.tag = "div"
            for one in terms.iterchildren("dd"):
                one.tag = "div"
    if questions:
        _head(root, questions)


def _classes(node: Node) -> frozenset[str]:
    return frozenset(node.get("class", "").lower().split())


def _is_asked(node: Node) -> bool:
    """Whether the classes of an element and of the next one say that they are a question and its answer."""
    if QUESTION.isdisjoint(_classes(node)):
        return False
    after = node.getnext()
    return after is not None and not ANSWER.isdisjoint(_classes(after))


def _table_of(node: Node) -> Node | None:
    return next(node.iterancestors("table"), None) if node.tag == "tr" else None


def _flatten(table: Node) -> None:
    """Make blocks of what stands in a table that only sets it out; cells that only number an answer are left out."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    for row in rows:
        is_question = not QUESTION.isdisjoint(_classes(row))
        for cell in list(row.iterchildren("td", "th")):
            if not is_question and LABEL.fullmatch("".join(cell.text_content().split())):
                row.remove(cell)
            else:
                cell.tag, cell.tail = ("span", " ") if is_question else ("div", None)
        for part in row.iterancestors():
            if part.tag in LAYOUT:
                part.tag = "div"
            if part is table:
                break
        row.tag = "div"


def _are_asked(terms: Node, asked: list[Node], is_faq: bool) -> bool:
    """Whether terms are questions: their answers stand below each, and most ask, or the page says that it is of questions."""
    answered = [one for one in asked if (after := one.getnext()) is not None and after.tag == "dd" and _tells(after)]
    if not asked or 2 * len(answered) <= len(asked) or terms.find(".//dl") is not None:
        return False
    asking = sum("".join(one.itertext()).strip().endswith(ASKS) for one in asked)
    return is_faq or (asking >= FEWEST and 2 * asking > len(asked))


def _tells(answer: Node) -> bool:
    return len(" ".join(answer.text_content().split()).encode()) >= SHORTEST


def _head(root: Node, questions: Container[Node]) -> None:
    """Make headings of questions. What stands in them is one line."""
    level = 1
    for node in root.iter():
        if node.tag in HEADINGS:
            level = int(node.tag[1])
        elif node in questions:
            for inside in node.iterdescendants():
                if inside.tag in ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6"):
                    inside.tag = "span"
                    inside.tail = f" {inside.tail or ''}"
            node.tag = f"h{min(level + 1, LOWEST)}"
