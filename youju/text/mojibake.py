"""Tells Chinese in the double bytes of GBK and Big5 from other bytes, by how well they hold the characters of everyday use."""

from __future__ import annotations

import re

# The common characters of both sets stand together: in GB 2312 and in Big5 as "level 1", with their signs before them.
LEVEL_1 = {"gb18030": (0xB0A1, 0xD7F9), "big5hkscs": (0xA440, 0xC67E)}
SIGNS = {"gb18030": (0xA1A1, 0xA3FE), "big5hkscs": (0xA140, 0xA3BF)}
SHARE = 0.6
HIGH = re.compile("[^\x00-\x7f]+")


def everyday_share(text: str, encoding: str) -> float:
    """Share of everyday characters among those beyond ASCII, as `text` was read with `encoding`; signs count for neither."""
    counted = good = 0
    for run in HIGH.findall(text):
        for character in run:
            try:
                data = character.encode(encoding)
            except UnicodeEncodeError:
                data = b""
            code = int.from_bytes(data, "big") if len(data) == 2 else 0
            if SIGNS[encoding][0] <= code <= SIGNS[encoding][1]:
                continue
            counted += 1
            good += LEVEL_1[encoding][0] <= code <= LEVEL_1[encoding][1]
    return good / counted if counted else 0.0


def chinese(data: bytes) -> str:
    """The text of these bytes if they are Chinese in GBK or Big5 without doubt, else ""."""
    best, found = SHARE, ""
    for encoding in LEVEL_1:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if (share := everyday_share(text, encoding)) > best:
            best, found = share, text
    return found
