"""Which words a mistyped one may have been meant as: English words by their letters, Chinese characters by their sound.

Only words that no dictionary holds are taken for mistyped. Knows nothing of an index: whether a text holds them, callers ask.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from importlib import resources

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 5  # letters of a word: shorter ones are near too many others
TWO_SLIPS_FROM = 11  # letters from which on two slips still leave the word recognisable
MOST = 12  # near words of one
# Initials and finals that many speakers do not tell apart, and that input methods therefore take for each other.
BLURRED = ((re.compile("^([zcs])h"), r"\1"), (re.compile("([aei])ng$"), r"\1n"))
TONES = str.maketrans("āáǎàōóǒòēéěèêīíǐìūúǔùǖǘǚǜńňǹḿ", "aaaaooooeeeeeiiiiuuuuüüüünnnm")


@functools.cache
def _dictionary() -> dict[str, dict[int, list[str]]]:
    """First letter -> length -> the English words (SCOWL's that occur in Google's books, as SymSpell lists them)."""
    listed = resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    found: dict[str, dict[int, list[str]]] = {}
    for line in listed.read_text(encoding="utf-8-sig").splitlines():
        word = line.partition(" ")[0]
        found.setdefault(word[0], {}).setdefault(len(word), []).append(word)
    return found


@functools.cache
def _words() -> frozenset[str]:
    return frozenset(word for by_length in _dictionary().values() for words in by_length.values() for word in words)


def is_word(word: str) -> bool:
    """Whether an English dictionary holds it, in small letters."""
    return word in _words()


def near_words(word: str) -> list[str]:
    """Dictionary words that begin alike and may have been meant, those of the least slip first."""
    by_length = _dictionary().get(word[0], {})
    slips = slips_in(word)
    near = [one for length in range(len(word) - slips, len(word) + slips + 1) for one in by_length.get(length, ())]
    return nearest(word, near)


def nearest(word: str, among: Iterable[str]) -> list[str]:
    """Those that differ by as few letters as a slip may change, the likeliest slip first."""
    slips = slips_in(word)
    near = process.extract(word, list(among), scorer=OSA.distance, score_cutoff=slips + 1, limit=2 * MOST)
    found = [one for one, distance, _ in near if distance <= slips or _undoubled(one) == _undoubled(word)]
    return sorted(found, key=lambda one: (slip(word, one), len(one), one))[:MOST]


def slips_in(word: str) -> int:
    """How many letters may be wrong, missing, too many, or exchanged with the next one."""
    return 2 if len(word) >= TWO_SLIPS_FROM else 1


def slip(word: str, meant: str) -> tuple[int, int]:
    """How far apart they are, and how: letters exchanged, or one written twice or only once, is the likeliest of one slip, then
    one left out."""
    alike = _undoubled(word) == _undoubled(meant)
    same_letters = alike or sorted(word) == sorted(meant)
    return 1 if alike else OSA.distance(word, meant), 0 if same_letters else 1 if len(meant) > len(word) else 2


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


@functools.cache
def _by_sound() -> dict[str, list[str]]:
    """Blurred sound -> the common characters that have it."""
    found: dict[str, list[str]] = {}
    for code in _readings():
        if _is_common(chr(code)):
            found.setdefault(_blurred(_sound(chr(code))), []).append(chr(code))
    return found


def like_sounding(character: str) -> dict[str, bool]:
    """Common characters that sound alike as they are usually read, but for the tone -> whether exactly so."""
    if ord(character) not in _readings():
        return {}
    sound = _sound(character)
    return {one: _sound(one) == sound for one in _by_sound().get(_blurred(sound), ()) if one != character}


def _readings() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict  # imported here: most questions need none

    known: dict[int, str] = pinyin_dict
    return known


def _sound(character: str) -> str:
    """The usual reading, without its tone."""
    return _readings()[ord(character)].partition(",")[0].translate(TONES)


def _blurred(reading: str) -> str:
    for pattern, merged in BLURRED:
        reading = pattern.sub(merged, reading)
    return reading


def _is_common(character: str) -> bool:
    """Whether it is of the first level of GB 2312: the 3,755 that texts consist of."""
    encoded = character.encode("gb2312", "ignore")
    return len(encoded) == 2 and 0xB0 <= encoded[0] <= 0xD7
