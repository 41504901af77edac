"""Characters that nobody sees: what they may do in a text, and the text without them.

They part words that read as one, turn the direction of writing so that a text shows otherwise than it is, or carry a second
text that only a machine reads (Unicode tag characters, runs of variation selectors). Knows nothing of files or answers.
"""

from __future__ import annotations

import re

# A terminal's orders: CSI (colours, cursor), OSC (titles, links), and the short ones (ECMA-48, 5.4 and 5.6). First, since
# without the escape character their remains would read as text.
ESCAPES = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)|\x1b[@-Z\\\\^_]")
BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")  # soft breaks of office documents, page breaks, Unicode's own
UNSEEN = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls but tab and line ends
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # the last: tags, selectors
)
EMOJI = (
    "©®\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2934-\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
# Scripts whose letters take another form beside a joiner or non-joiner: Arabic, Syriac, N'Ko, those of India, Mongolian.
JOINING = "\u0620-\u064a\u066e-\u06d3\u0710-\u07ff\u0840-\u08ff\u0900-\u0dff\u1820-\u18aa"
SELECTOR, JOINER, JOINERS = "[\ufe0e\ufe0f]", "\u200d", "[\u200c\u200d]"
# Unseen and yet part of what is seen: in emoji, and between two letters that join (as IDNA's CONTEXTJ, RFC 5892 A.1).
MEANT = (
    f"[{EMOJI}]{SELECTOR}?(?:{JOINER}[{EMOJI}]{SELECTOR}?)+|[{EMOJI}]{SELECTOR}|[#*0-9]\ufe0f\u20e3|"
    f"[{JOINING}]{JOINERS}(?=[{JOINING}])"
)
ANY_UNSEEN = re.compile(f"[{UNSEEN}]")
MEANT_OR_UNSEEN = re.compile(f"({MEANT})|[{UNSEEN}]")


def seen(text: str) -> str:
    """The text without what cannot be seen, with line ends as `\\n`; tabs stay. Done again it changes nothing."""
    text = BREAKS.sub("\n", ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text else text)
    return MEANT_OR_UNSEEN.sub(r"\1", text) if ANY_UNSEEN.search(text) else text
