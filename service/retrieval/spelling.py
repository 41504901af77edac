"""A question -> the same without its mistyped words, as far as the documents tell what was meant.

Only words that no document holds and no dictionary knows are looked at, and they become only words that documents hold. Names,
codes and numbers stay as they are; of what may be a name, and of what may have been several words, the near words are only
searched for besides. Knows nothing of embeddings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import rjieba

from youju.index.protocols import Store
from youju.text import spelling
from youju.text.language import HAN_CHARACTER, STOP_WORDS, TOKEN, simplified, words

LONGEST = 300  # characters of a question
LITERAL = re.compile(r"[\"'`“‘《「/\\<>=$@#%&*~_.\-]$")  # before a word that is meant as it is written
CALLED = re.compile(r"^[(\[/\\<>=_@#\-\"'`”’]")  # behind such a word
SENTENCE_START = re.compile(r"(?:^|[.?!:。？！：])\s*$")
NEVER = re.compile("[多几哪什怎何谁吗呢的是了和与或不]")  # characters that nobody takes for others: those that ask or join
PEOPLE = "nr"  # jieba's tag
CLEARLY = 5  # times as many chunks hold it as hold another word that may have been meant
USUAL = 2  # chunks that hold two characters side by side which are a word, though no dictionary has it
LONGEST_WORD = 4  # characters that are looked up in the dictionary of Chinese words


@dataclass(frozen=True)
class Spelled:
    """A question with its mistyped words put right, and words (as the full text has them) to search for besides its own."""

    question: str
    besides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """`question[start:end]` was meant as `text`."""

    start: int
    end: int
    text: str


def spelled(question: str, store: Store) -> Spelled:
    """A long question stays as it is: it was pasted, and one word of many is no harm.

    Args:
        store: as the asker may see it; what lies elsewhere does not exist.
    """
    if len(question) > LONGEST:
        return Spelled(question)
    changes: list[Change] = []
    besides: list[str] = []
    for match in TOKEN.finditer(question):
        if HAN_CHARACTER.match(match.group()):
            found, more = _chinese(match.group(), match.start(), store)
            changes += found
            besides += more
        elif _may_be_mistyped(question, match):
            meant, more = _english(question, match, store)
            changes += [Change(match.start(), match.end(), meant)] if meant else []
            besides += more
    for change in reversed(changes):
        question = question[: change.start] + change.text + question[change.end :]
    return Spelled(question, tuple(dict.fromkeys(besides)))


def _may_be_mistyped(question: str, match: re.Match[str]) -> bool:
    word = match.group()
    if len(word) < spelling.SHORTEST or not (word.isascii() and word.isalpha()):
        return False
    if not (word.islower() or word.istitle()):  # acronyms, names of programs
        return False
    if LITERAL.search(question, 0, match.start()) or CALLED.match(question[match.end() :]):
        return False
    return not spelling.is_word(word.lower())


def _english(question: str, match: re.Match[str], store: Store) -> tuple[str | None, list[str]]:
    """What a word was meant as, or the stems of what it may have been meant as. What may be a name is not changed: it is
    written as one, stands in a Chinese question, or is near none but names and terms that no dictionary has."""
    word = match.group().lower()
    (stem,) = words(word)
    if store.holding([stem]):
        return None, []
    stems = {near: words(near)[0] for near in spelling.near_words(word)}
    least = min((spelling.slip(word, near) for near in stems), default=(0, 0))
    held = store.holding(list(stems.values()))
    near = [one for one in stems if stems[one] in held and spelling.slip(word, one)[0] == least[0]]
    best = {one: stems[one] for one in near if spelling.slip(word, one) == least}
    is_name = match.group()[0].isupper() and not SENTENCE_START.search(question, 0, match.start())
    if best and not is_name and not HAN_CHARACTER.search(question) and (meant := _clearly_most(best, store)):
        return (meant.capitalize() if match.group()[0].isupper() else meant), []
    return None, list(dict.fromkeys([*(stems[one] for one in near), *store.words_near(stem)]))


def _clearly_most(stems: Mapping[str, str], store: Store) -> str | None:
    """The first of words whose stem documents hold far more often than those of the others."""
    counts = store.word_counts(list(stems.values()))
    first, *others = sorted(counts, key=lambda stem: -counts[stem])
    if others and counts[first] < CLEARLY * counts[others[0]]:
        return None
    return next(word for word in stems if stems[word] == first)


@dataclass(frozen=True)
class _Place:
    """A character of a run of Chinese that no document holds beside its neighbours: `run[at]`."""

    run: str
    at: int
    piece: str  # the word that it stands in: itself, or what was guessed to be one
    start: int  # where that begins
    is_guess: bool  # that, or one of its neighbours
    cuts: frozenset[int]  # where words begin and end, or may do so

    def pairs(self, character: str) -> list[str]:
        """It with its neighbours, if it were this one."""
        before, behind = self.run[max(0, self.at - 1) : self.at], self.run[self.at + 1 : self.at + 2]
        return [pair for pair in (before + character, character + behind) if len(pair) == 2]

    def inner_pairs(self) -> list[str]:
        """It with its neighbours in the guessed word."""
        first, last = max(self.start, self.at - 1), min(self.start + len(self.piece), self.at + 2)
        return [self.run[at : at + 2] for at in range(first, last - 1)]

    def words(self, character: str, least: int) -> list[str]:
        """The dictionary's words of at least so many characters that it would be a part of, with no other word cut in two."""
        changed = self.run[: self.at] + character + self.run[self.at + 1 :]
        spans = [
            (start, end)
            for start in range(max(0, self.at - LONGEST_WORD + 1), self.at + 1)
            for end in range(max(start + least, self.at + 1), min(start + LONGEST_WORD, len(self.run)) + 1)
            if start in self.cuts and end in self.cuts
        ]
        found = [changed[start:end] for start, end in spans]
        return [word for word in found if rjieba.has_word(word) and not NEVER.search(word)]


@dataclass(frozen=True)
class _Reading:
    """What a place may have been meant as; `rank` tells how well documents bear it out, and how well it sounds alike: less is
    better."""

    place: _Place
    characters: Sequence[str]
    rank: tuple[int, bool]
    pairs: Sequence[str]


def _chinese(run: str, offset: int, store: Store) -> tuple[list[Change], list[str]]:
    cut = simplified(run)
    if len(cut) != len(run) or len(run) < 2:  # then places in one say nothing of the other
        return [], []
    readings = [reading for place in _suspicious(cut, store) if (reading := _read(place, store))]
    changes: list[Change] = []
    besides: list[str] = []
    for reading in readings:
        rivals = [one for one in readings if abs(one.place.at - reading.place.at) == 1]
        if any(rival.rank < reading.rank for rival in rivals):
            continue
        if len(reading.characters) == 1 and not any(rival.rank == reading.rank for rival in rivals):
            at = offset + reading.place.at
            changes.append(Change(at, at + 1, reading.characters[0]))
        else:
            besides += reading.pairs
    return changes, besides


def _suspicious(run: str, store: Store) -> list[_Place]:
    """The characters that are no part of a dictionary's word or of the name of a person, where no document holds them beside a
    neighbour; of a guessed word, beside those in it."""
    cuts, open_pieces, guesses, start = set(range(len(run) + 1)), [], set[int](), 0
    for piece, tag in rjieba.tag(run):
        end = start + len(piece)
        if len(piece) > 1 and (rjieba.has_word(piece) or tag.startswith(PEOPLE)):
            cuts -= set(range(start + 1, end))
        elif not tag.startswith(PEOPLE) and piece not in STOP_WORDS:
            open_pieces.append((start, piece))
            guesses |= {start, end} if len(piece) > 1 else set()
        start = end
    places = [
        _Place(run, start + at, piece, start, bool({start, start + len(piece)} & guesses), frozenset(cuts))
        for start, piece in open_pieces
        for at, character in enumerate(piece)
        if not NEVER.match(character)
    ]
    held = store.holding([pair for place in places for pair in place.pairs(run[place.at])])
    return [place for place in places if not held & set(place.inner_pairs() or place.pairs(run[place.at]))]


def _read(place: _Place, store: Store) -> _Reading | None:
    alike = spelling.like_sounding(place.run[place.at])
    if not place.is_guess:  # a word by itself
        alike = {one: exact for one, exact in alike.items() if exact}
    pairs = {one: place.pairs(one) for one in alike}
    held = store.holding([pair for both in pairs.values() for pair in both])
    found = {one: [pair for pair in both if pair in held] for one, both in pairs.items()}
    found = {one: both for one, both in found.items() if both}
    for rank, borne_out in enumerate((_between_both, _as_word, _as_usual)):
        if likely := borne_out(place, found, store):
            exact = [one for one in likely if alike[one]]
            chosen = exact or likely
            return _Reading(place, chosen, (rank, not exact), [pair for one in chosen for pair in found[one]])
    return None


def _between_both(_place: _Place, found: dict[str, list[str]], store: Store) -> list[str]:
    """Those that documents hold between both neighbours; nothing that only joins."""
    phrases = {one: " ".join(both) for one, both in found.items() if len(both) == 2 and one not in STOP_WORDS}
    held = store.holding(list(phrases.values()))
    return [one for one, phrase in phrases.items() if phrase in held]


def _as_word(place: _Place, found: dict[str, list[str]], store: Store) -> list[str]:
    """Those that make a dictionary's word which documents hold. A character that is a word by itself was meant, unless it makes
    a longer one."""
    made = {one: place.words(one, 2 if place.is_guess else 3) for one in found}
    held = store.holding([word for several in made.values() for word in several])
    return [one for one, several in made.items() if any(word in held for word in several)]


def _as_usual(place: _Place, found: dict[str, list[str]], store: Store) -> list[str]:
    """Those with which a guessed word of two characters becomes one that several documents hold."""
    if len(place.piece) != 2:
        return []
    inside = {one: [pair for pair in both if _is_in(pair, place, one)] for one, both in found.items() if one not in STOP_WORDS}
    counts = store.word_counts([pair for both in inside.values() for pair in both])
    return [one for one, both in inside.items() if any(counts[pair] >= USUAL for pair in both)]


def _is_in(pair: str, place: _Place, character: str) -> bool:
    """Whether a pair is the guessed word with that character in place of its own."""
    return any(place.piece[:at] + character + place.piece[at + 1 :] == pair for at in range(2))
