"""What a question may mean in a table, as few lines of text: something to choose from for a generator.

The weights of `service.tables.choosing` know words, places and kinds of columns; what a question means beyond them ("who came
last" of a table of ranks) they do not. Knows nothing of prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.tables.features import Seen
from service.tables.gaps import gaps_of, is_of_another_row, is_of_unsaid_rows, is_uncalled_for
from service.tables.phrasing import phrased
from service.tables.reading import Candidate, answer_key
from service.tables.sheet import Sheet
from youju.records import Language

MOST = 16  # answers to choose from
SHOWN_ROWS, LONGEST_CELL, LONGEST_LINE, LONGEST_OPTION = 3, 40, 300, 240  # rows; characters


@dataclass(frozen=True)
class Option:
    """A reading, the best of those that give its answer; the weight of all of these together, 0 to 1; what it leaves open (see
    `gaps_of`)."""

    reading: Candidate
    share: float
    gaps: frozenset[str] = frozenset()


def options(seen: Seen, found: Sequence[Candidate], scores: np.ndarray, most: int = MOST) -> list[Option]:
    """One for each answer, the weightiest first.

    Args:
        scores: of the readings, as `choosing.scores_of` gives them; shape (readings,).
    """
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best: dict[tuple[object, ...], int] = {}
    mass: dict[tuple[object, ...], float] = {}
    for at in np.argsort(-scores, kind="stable").tolist():
        if is_uncalled_for(seen, found[at]) or is_of_another_row(seen, found[at]) or is_of_unsaid_rows(seen, found[at]):
            continue
        key = answer_key(found[at].answers)
        best.setdefault(key, at)
        mass[key] = mass.get(key, 0.0) + float(shares[at])
    order = sorted(mass, key=lambda key: -mass[key])[:most]
    return [Option(found[best[key]], mass[key], gaps_of(seen, found[best[key]])) for key in order]


def told(sheet: Sheet, reading: Candidate, language: Language) -> str:
    """A reading as the sentence that would be said, on one line."""
    return " ".join(phrased(sheet, reading, language).split())[:LONGEST_OPTION]


def overview(sheet: Sheet) -> str:
    """Title, names of the columns and the first rows."""
    rows = [[value.text for value in row] for row in sheet.values[:SHOWN_ROWS]]
    lines = [" | ".join(cell[:LONGEST_CELL] for cell in cells)[:LONGEST_LINE] for cells in (list(sheet.names), *rows)]
    count = f"({len(sheet.values)})"
    return "\n".join([*([" ".join(sheet.title.split())[:LONGEST_LINE]] if sheet.title else []), *lines, count])
