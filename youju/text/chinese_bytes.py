"""Bytes that may be Chinese -> GB18030 or Big5, by how well either gives the characters of everyday use; "" for neither."""

from __future__ import annotations

import re
from itertools import chain

# GB18030 and Big5 share most of their byte pairs, so both often decode the same bytes; only one gives ordinary words.
# These are the most frequent characters of modern Chinese in both scripts, with its punctuation.
COMMON = frozenset(
    "的一是不了在人有我他这这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發后後作里裡用道行所然家种種"
    "事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日军軍者意无無力它与與长長把机機十民第公此"
    "已工使情明性知全三又关關点點正业業外将將两兩高间間由问問很最重并並物手应應战戰向头頭文体體政美相见見被利什二等产產或新己制身果加西斯月话話合回特代内內信"
    "表化老给給世位次度门門任常先海通教儿兒原东東声聲提立及比员員解水名真论論处處走义義各入几幾口认認条條平系气氣题題活尔爾更别別打女变變四神总總何电電数數安少报報才"
    "，。、；：？！（）《》「」“”…"
)

# The characters of everyday use stand together in both sets, behind their signs: GB 2312 and Big5 call them "level 1".
LEVEL_1 = {"gb18030": (0xB0A1, 0xD7F9), "big5hkscs": (0xA440, 0xC67E)}
SIGNS = {"gb18030": (0xA1A1, 0xA3FE), "big5hkscs": (0xA140, 0xA3BF)}
ORDINARY = 0.08  # share of the most frequent characters in any text
EVERYDAY = 0.45  # share of everyday ones in a list of names, which has hardly any of the most frequent
FEWEST = 2  # of them; a pair of capital letters of Latin may be one by chance
FAR_MORE = 2  # frequent characters that the rarer set gives more, so that it is not chance in a few words
# Signs of Latin (windows-1252) that hardly any text has beside accented letters or each other.
ODD_LATIN = re.compile(
    rb"[\x80-\xff][\x81-\x84\x86-\x90\x98-\x9f\xa1\xa2\xa4-\xa6\xa8\xaa\xac\xad\xaf\xb4\xb6\xb8-\xba\xbc-\xbe]"
)
HIGH = re.compile("[^\x00-\x7f]+")


def chinese_encoding(sample: bytes) -> str:
    """Which of the two it is. A sample may be cut within its last character."""
    texts = {encoding: sample.decode(encoding, errors="replace") for encoding in LEVEL_1}
    frequent = {encoding: sum(map(COMMON.__contains__, text)) for encoding, text in texts.items()}
    shares = {encoding: _share(text, frequent[encoding]) for encoding, text in texts.items()}
    best = max(shares, key=lambda encoding: shares[encoding])
    by_chance = best == "big5hkscs" and frequent[best] < frequent["gb18030"] + FAR_MORE
    if shares[best] > ORDINARY and not by_chance:
        return best
    fewest = 1 if ODD_LATIN.search(sample) else FEWEST
    everyday = {encoding: _everyday_share(text, encoding, fewest) for encoding, text in texts.items()}
    if by_chance:
        return "gb18030" if everyday["gb18030"] > EVERYDAY else best
    best = max(everyday, key=lambda encoding: everyday[encoding])
    return best if everyday[best] > EVERYDAY else ""


def chinese(data: bytes) -> str:
    """The text of these bytes if they are Chinese without doubt, else ""."""
    encoding = chinese_encoding(data)
    try:
        return data.decode(encoding) if encoding else ""
    except UnicodeDecodeError:
        return ""


def share_of_common(sample: bytes, encoding: str) -> float:
    """Share of the most frequent Chinese characters among those beyond ASCII; broken bytes count against it."""
    text = sample.decode(encoding, errors="replace")
    return _share(text, sum(map(COMMON.__contains__, text)))


def _share(text: str, frequent: int) -> float:
    wide = sum(map(len, HIGH.findall(text)))
    return (frequent - 5 * text.count("�")) / wide if wide else 0.0


def _everyday_share(text: str, encoding: str, fewest: int) -> float:
    """Share of everyday characters among those beyond ASCII, signs left aside; 0 where anything but the end is broken."""
    if "�" in text[:-1]:
        return 0.0
    counted = good = 0
    for character in chain.from_iterable(HIGH.findall(text.removesuffix("�"))):
        data = character.encode(encoding, "replace")
        code = int.from_bytes(data, "big") if len(data) == 2 else 0
        if not SIGNS[encoding][0] <= code <= SIGNS[encoding][1]:
            counted += 1
            good += LEVEL_1[encoding][0] <= code <= LEVEL_1[encoding][1] and (encoding != "gb18030" or data[1] > 0xA0)
    return good / counted if good >= fewest else 0.0
