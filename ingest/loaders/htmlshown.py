"""What of a page of HTML is read: what a reader sees, at once or after a click, and not what stands around the text.

Nothing is left out for where it stands alone. Beside a part that holds most of the text, what is named as furniture or is links
for the most part goes; so do headers, footers and asides that are links, and `nav`. The rest is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias, cast

import lxml.html
from lxml import etree

from ingest.loaders.hidden import declarations, has_background, hides, hides_letters, is_white, strikes

Node: TypeAlias = lxml.html.HtmlElement

UNREAD = frozenset(
    "script style noscript template canvas iframe object nav datalist head audio video del s strike rt rp rtc".split()
)
ROLES_UNREAD = frozenset({"navigation", "search", "menu", "menubar", "deletion"})
HEADERS, FOOTERS, ASIDES = frozenset({"banner"}), frozenset({"contentinfo"}), frozenset({"complementary"})
LANDMARKS = HEADERS | FOOTERS | ASIDES
PARTS = ("main", "article", "section")
HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
WHOLE_BLOCKS = frozenset("body main section article div p ul ol li dl dd table tbody tr td form fieldset".split())
MARKED = ("//main", "//*[@role='main']")
MAIN = (*MARKED, "//article")
MAIN_SHARE = 0.5  # of the text of a page, so that what is outside it may be furniture
FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|sidebar|related|recommend\w*|share|sharing|social|cookies?|consent"
    r"|newsletter|subscribe|signup|login|promo\w*|advert\w*|ads?|banner|popup|modal|skip\w*|pagination|pager|toc|footer"
    r"|comments?|widgets?|help|shortcuts|search\w*|toolbar|topbar|overlay|tooltips?|dialog)(?:$|[\s_-])",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright\b|版[权權]所有|all rights reserved|powered by)[^.。\n]{0,120}[.。]?", re.IGNORECASE
)
OPENERS = "//@aria-controls | //@data-target | //@data-bs-target | //@data-tab | //@href[starts-with(., '#')]"
EDGES = ("aside", "header", "footer", "button")
# By the axis of attributes, which takes a quarter of the time of asking each element for them.
SPECIAL = etree.XPath(
    "//@hidden/.. | //@style/.. | //@role/.. | //@aria-hidden/.. "
    "| //@class[contains(., 'strike') or contains(., 'line-through')]/.."
)
CLASSED = etree.XPath("//@class/..")
STRUCK = frozenset({"strike", "strikethrough", "strike-through", "line-through"})  # classes, by any sheet
WORD = re.compile(r"[一-鿿]|[^\W_]+")
CLASS_RULE = re.compile(r"\.([\w-]+)\s*\{([^{}]{0,2000})\}")
RAISES = re.compile(r"super|sub|-?[\d.]")
FEWEST_WORDS = 3  # of a header or footer that says something
MOST_PIECES = 50_000  # that are looked at to tell whether a part is furniture
STYLES = 1 << 20  # characters of style sheets that are looked at


class Shown:
    """Which elements of one page are left out. Made once for a page."""

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        self._rules = _class_rules(tree)
        # Most elements have none of what the closer look is for.
        self.special: set[Node] = {*tree.iter(*EDGES), *_found_by(SPECIAL, tree)}
        if self._rules:
            self.special.update(_found_by(CLASSED, tree))
        self._furniture = set(_outside(tree))
        has_panels = any(node.get("role") == "tabpanel" for node in self.special)
        self.names = _names_of_panels(tree) if has_panels else {}

    @cached_property
    def _opened(self) -> set[str]:
        """The ids of what a link or a button of the page leads to."""
        return {name.removeprefix("#") for value in self._tree.xpath(OPENERS) for name in value.split()}

    def leaves_out(self, node: Node) -> bool:
        tag = node.tag
        return (
            tag in UNREAD or (node in self.special and self._hides(node)) or node in self._furniture or not isinstance(tag, str)
        )

    def _hides(self, node: Node) -> bool:
        role = node.get("role", "")
        if role in ROLES_UNREAD or (role == "tablist" and self.names) or (node.tag == "button" and not _is_heading(node)):
            return True
        style = self.style(node)
        if "class" in node.attrib and not STRUCK.isdisjoint(node.get("class", "").split()):
            return True
        hidden = "hidden" in node.attrib or (node.get("aria-hidden") == "true" and not _is_formula(node))
        if style:
            if strikes(style) or _has_unseen_letters(node, style):
                return True
            hidden = hidden or hides(style)
        return (hidden and not self._opens(node)) or _is_edge(node, role)

    def style(self, node: Node) -> str:
        """The inline style of a node, and what its classes say of lines through the text or its height."""
        style = str(node.get("style", ""))
        if self._rules and (names := node.get("class")):
            style = ";".join([*(self._rules[name] for name in names.split() if name in self._rules), style])
        return style

    def _opens(self, node: Node) -> bool:
        """Whether a click shows what is hidden: tabs, accordions; of what is hidden from screen readers only, whole blocks."""
        seen = "hidden" not in node.attrib and not hides(node.get("style", ""))
        return (
            node.get("role") == "tabpanel"
            or node.get("hidden") == "until-found"
            or node.get("id") in self._opened
            or "mwe-math-mathml" in node.get("class", "")
            or (seen and node.tag in WHOLE_BLOCKS)
        )


def _found_by(path: etree.XPath, tree: Node) -> list[Node]:
    return cast("list[Node]", path(tree))


def _class_rules(tree: Node) -> dict[str, str]:
    """Class -> what style sheets of the page say by it that changes values: struck out, raised, lowered. Word processors write
    it so; what else a rule hides, it may hide on a phone or on paper only."""
    sheets = "".join(node.text or "" for node in tree.iter("style"))[:STYLES]
    found = {}
    for name, body in CLASS_RULE.findall(sheets):
        rules = declarations(body)
        if strikes(body) or RAISES.match(rules.get("vertical-align", "")):
            kept = ("text-decoration", "text-decoration-line", "vertical-align")
            found[name] = ";".join(f"{key}:{rules[key]}" for key in kept if key in rules)
    return found


def _is_formula(node: Node) -> bool:
    """Whether letters that screen readers are not told of are all that there is of a formula: KaTeX without its MathML."""
    parent = node.getparent()
    return node.get("class", "").startswith("katex-html") and (parent is None or parent.find(".//math") is None)


def _is_heading(button: Node) -> bool:
    """Whether a button is the name of what it opens, or all that a heading says."""
    if button.get("aria-expanded") is not None or button.get("role") == "tab":
        return True
    heading = next((one for one in button.iterancestors() if one.tag in HEADINGS or one.tag == "summary"), None)
    return heading is not None and heading.text_content().split() == button.text_content().split()


def _has_unseen_letters(node: Node, style: str) -> bool:
    by = hides_letters(style) or ("color" if is_white(style) and _is_on_paper(node) else "")
    return bool(by) and not any(by in declarations(one.get("style", "")) for one in node.iterdescendants())


def _is_on_paper(node: Node) -> bool:
    """Whether nothing says that something else than white paper is behind the node. A class may."""
    around = [node, *node.iterancestors()]
    return not any(one.get("class") or one.get("bgcolor") or one.get("background") for one in around) and not has_background(
        one.get("style", "") for one in around
    )


def _is_edge(node: Node, role: str) -> bool:
    """Whether a header, footer or aside says nothing of its own. Those of a chapter or article are part of it, and what is
    in one that says something needs no look of its own.
    """
    if not (node.tag in EDGES or role in LANDMARKS) or any(
        one.tag in EDGES or one.get("role") in LANDMARKS for one in node.iterancestors()
    ):
        return False
    if node.tag == "aside" or role in ASIDES:
        own, links, _ = _own_text(node)
        return not _is_note(node, role) and len(own) < links
    is_header, is_footer = node.tag == "header" or role in HEADERS, node.tag == "footer" or role in FOOTERS
    if not (is_header or is_footer) or any(one.tag in PARTS or one.get("role") == "main" for one in node.iterancestors()):
        return False
    own, links, headings = _own_text(node)
    said = COPYRIGHT.sub(" ", own) if is_footer else own
    return not headings and (len(said) < links or len(WORD.findall(said)) < FEWEST_WORDS)


def _is_note(node: Node, role: str) -> bool:
    return role.startswith("doc-") or bool(node.get("epub:type"))


def _own_text(node: Node) -> tuple[str, int, bool]:
    """The text of a node that is neither link nor heading; the letters of its links; whether a heading says something."""
    own: list[str] = []
    links, headings = 0, False
    inside: list[tuple[Node | str, str]] = [(node, "")]
    for _ in range(MOST_PIECES):
        if not inside:
            break
        one, kind = inside.pop()
        if isinstance(one, str):
            if kind == "link":
                links += len("".join(one.split()))
            elif kind == "heading":
                headings = headings or bool(WORD.search(one))
            else:
                own.append(one)
        elif isinstance(one.tag, str) and (one is node or one.tag not in UNREAD):
            kind = kind or ("link" if _leads_away(one) else "heading" if one.tag in HEADINGS else "")
            for child in one.iterchildren(reversed=True):
                inside += [(child.tail or "", kind), (child, kind)]
            inside.append((one.text or "", kind))
    return " ".join(" ".join(own).split()), links, headings


def _leads_away(node: Node) -> bool:
    return node.tag in ("button", "select") or (node.tag == "a" and not node.get("href", "").startswith(("tel:", "mailto:")))


def _outside(tree: Node) -> Iterator[Node]:
    """What stands beside the main part and is furniture, if there is a part that holds most of the text."""
    body = tree.find("body")
    for path in MAIN:
        parts = [one for one in tree.xpath(path) if not any(True for _ in one.iterancestors("main", "article"))]
        weight = sum(map(_weight, parts))
        is_most = body is not None and weight >= MAIN_SHARE * _weight(body)
        # One that is called the main part says that the rest is not, but a menu may be all that stands beside a short one.
        if body is None or not weight or not (is_most or path in MARKED):
            continue
        way = {one for part in parts for one in part.iterancestors()}
        mains = set(parts)
        for around in (one for one in way if one is body or body in one.iterancestors()):
            for child in around:
                if child not in way and child not in mains and isinstance(child.tag, str) and child.tag not in UNREAD:
                    own, links, headings = _own_text(child)
                    named = f"{child.get('id', '')} {child.get('class', '')}"
                    if FURNITURE.search(named) or (is_most and links and len(own) <= links and not headings):
                        yield child
        return


def _weight(node: Node) -> int:
    """Letters of what may be text."""
    unread = sum(_length(one) for one in node.iter("script", "style", "nav"))
    return _length(node) - unread


def _length(node: Node) -> int:
    return int(float(str(_LENGTH(node))))


_LENGTH = etree.XPath("string-length(normalize-space(.))")


def _names_of_panels(tree: Node) -> dict[Node, str]:
    """Panels of tabs -> the names of their tabs: by their labels, or else in their order."""
    panels = tree.xpath("//*[@role='tabpanel']")
    by_id = {node.get("id"): node for node in tree.xpath("//*[@id]")}
    found: dict[Node, str] = {}
    for panel in panels:
        tab = by_id.get(panel.get("aria-labelledby", ""))
        if tab is not None:
            found[panel] = " ".join(tab.text_content().split())
    unnamed = [panel for panel in panels if panel not in found]
    tabs = [tab for bar in tree.xpath("//*[@role='tablist']") for tab in (bar.xpath(".//*[@role='tab']") or list(bar))]
    if len(tabs) == len(unnamed):
        found.update((panel, " ".join(tab.text_content().split())) for panel, tab in zip(unnamed, tabs, strict=True))
    return found
