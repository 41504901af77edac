"""The RTF of Outlook's messages, packed as MS-OXRTFCP says."""

from __future__ import annotations

import struct

from youju.errors import UnreadableFile

HEAD = struct.Struct("<IIII")  # packed size, size, kind, checksum
PACKED, PLAIN = 0x75465A4C, 0x414C454D  # "LZFu", "MELA"
WINDOW = 4096
LARGEST = 64 << 20
# What a window holds at the beginning: the words that each RTF begins with.
BEGINNING = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans "
    b"SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def unpacked(data: bytes) -> bytes:
    """
    Raises:
        UnreadableFile: it is damaged, or larger than a message is.
    """
    if len(data) < HEAD.size:
        raise UnreadableFile("damaged message (its text is cut).")
    _, size, kind, _ = HEAD.unpack_from(data)
    if kind == PLAIN:
        return data[HEAD.size : HEAD.size + size]
    if kind != PACKED or size > LARGEST:
        raise UnreadableFile("damaged message (its text is packed in no known way).")
    window = bytearray(BEGINNING.ljust(WINDOW, b"\0"))
    place, out, at = len(BEGINNING), bytearray(), HEAD.size
    while at < len(data) and len(out) < size:
        control, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data) or len(out) >= size:
                break
            if control >> bit & 1:
                reference, at = int.from_bytes(data[at : at + 2], "big"), at + 2
                start = reference >> 4
                if start == place:  # the end
                    return bytes(out)
                taken = [(start + step) % WINDOW for step in range((reference & 15) + 2)]
            else:
                window[place], at = data[at], at + 1
                taken = [place]
                out.append(window[place])
                place = (place + 1) % WINDOW
                continue
            for index in taken:
                out.append(window[index])
                window[place] = window[index]
                place = (place + 1) % WINDOW
    return bytes(out)
