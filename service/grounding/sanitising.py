"""What leaves the service as prose: plain text without anything that a reader's program would carry out.

No Markdown links or images, no HTML, no addresses but those that stand in the passages cited, no markers but our own, no
characters that nobody sees. Citations' quotes and passages are data and stay as the document has them. Knows nothing of how
answers are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from youju.text.invisible import UNSEEN, seen

LEFT_OUT = "…"
# Whatever a program may make a link of: with a scheme, `www.`, e-mail, or a host with a path. Ends where prose goes on.
SIGN = r"[!#-'*+\--;=?-Z^_a-z~()]"  # of ASCII, but what encloses an address: white space, quotes, brackets, < > | \ `
ADDRESS = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{1,20}}://(?:{SIGN}+|[^\s\x00-\x7f，。；！？、“”‘’「」『』（）]+{SIGN}*)"
    rf"|\bwww\.{SIGN}+|\b(?:mailto|javascript|vbscript|tel|xmpp|sms):{SIGN}+|\bdata:[a-z]+/{SIGN}+"
    rf"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[a-z0-9-]+\.)+[a-z]{{2,24}}/{SIGN}+",
    re.IGNORECASE | re.ASCII,
)
TRAILING = ".,;:!?'*_~)"  # what follows an address in a sentence (as GFM's autolinks have it)
SCHEMES = re.compile(r"\b(javascript|vbscript|data(?=:\w+/))\s*:(?=\S)", re.IGNORECASE)
# As CommonMark 0.31 has them: inline links and images, references and their definitions; tags, comments and autolinks.
MARKERS = re.compile(r"[\[［【]\s*(\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)\s*[\]］】]")
IMAGE = re.compile(r"!+(?=\[)")
JOINTS = re.compile(r"\](?=[(\[:])")
TAG = re.compile(r"<(?=[A-Za-z/!?|｜])([^<>]*)>?")
ENTITY = re.compile(r"&(?=#)")


def prose(text: str, allowed: frozenset[str] | None = None) -> str:
    """The text as it may be shown wherever text, Markdown or HTML is.

    Args:
        allowed: addresses that may stay (see `addresses`); None: all of them, as text.
    """
    text = MARKERS.sub(r"(\1)", seen(text))
    text = ENTITY.sub("& ", TAG.sub(r"‹\1›", JOINTS.sub("] ", IMAGE.sub("", text))))
    if allowed is not None:
        text = ADDRESS.sub(lambda match: _kept(match.group(), allowed), text)
    return SCHEMES.sub(r"\1 :", text)


def addresses(*texts: str) -> frozenset[str]:
    """The addresses in the texts, without the signs that only end a clause."""
    return frozenset(match.group().rstrip(TRAILING) for text in texts for match in ADDRESS.finditer(seen(text)))


def _kept(address: str, allowed: Iterable[str]) -> str:
    bare = address.rstrip(TRAILING)
    return address if bare in allowed else LEFT_OUT + address[len(bare) :]


class DraftFilter:
    """`prose` for a draft as it is written: a word is given once it is complete."""

    HELD = re.compile(rf"[!-~{UNSEEN}]+$")  # what cannot be seen parts nothing

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self._held = ""

    def feed(self, piece: str) -> str:
        """What may be given now."""
        text = self._held + piece
        match = self.HELD.search(text)
        cut = match.start() if match else len(text)
        self._held = text[cut:]
        return self._clean(text[:cut])

    def finish(self) -> str:
        """The rest."""
        text, self._held = self._held, ""
        return self._clean(text)

    def _clean(self, text: str) -> str:
        cleaned = ADDRESS.sub(lambda match: _kept(match.group(), self._allowed), seen(text))
        return SCHEMES.sub(r"\1 :", ENTITY.sub("& ", TAG.sub(r"‹\1", JOINTS.sub("] ", IMAGE.sub("", cleaned)))))
