"""Formulas in Rich Text: the elements of OMML as groups, here made elements again."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from ingest.loaders.omml import M, omml

BEGINS = frozenset({"moMath", "moMathPara"})
VALUES = frozenset({"chr", "begChr", "endChr", "sepChr", "type", "degHide", "show"})  # hold their value as text
DEEPEST = 100


class Formula:
    """A formula while its groups come."""

    def __init__(self) -> None:
        self._root = etree.Element(f"{M}oMath")
        self._open = [self._root]

    def open(self, word: str, then: Callable[[], None]) -> Callable[[], None]:
        """Begin the group of this word. What is given back is to be called at its end; with the last one `then` is."""
        inside = self._open[-1]
        self._open.append(etree.SubElement(inside, M + word.removeprefix("m")) if len(self._open) < DEEPEST else inside)

        def end() -> None:
            self._open.pop()
            if len(self._open) == 1:
                then()

        return end

    def text(self, text: str) -> None:
        element = self._open[-1]
        if element.tag.removeprefix(M) in VALUES:
            element.set(f"{M}val", element.get(f"{M}val", "") + text.strip())
        else:
            etree.SubElement(element, f"{M}t").text = "".join(filter(str.isprintable, text))

    def shown(self) -> str:
        return " ".join(omml(self._root).split())
