"""The wording of a question as numbers: its words, and what stands beside each other, hashed to a fixed length.

Beside the cues, which are few and chosen by hand, these tell a linear classifier how questions of each form are worded, and
above all how they begin and end. Chinese is taken by characters, everything else by words. Feature hashing (Weinberger et al.
2009, https://arxiv.org/abs/0902.2206) needs no list of words.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

import numpy as np
import numpy.typing as npt

from youju.text.language import HAN_CHARACTER, simplified

DIMENSION = 4096
LONGEST = 400  # characters of a question that are looked at
WORD = re.compile(r"[a-z']+|\d+|[^\w\s]")
ENDS = "?？。.!！"


def grams(question: str) -> npt.NDArray[np.float64]:
    """Shape (`DIMENSION`,), of length 1: how often a question is longer says nothing of its form."""
    text = simplified(unicodedata.normalize("NFKC", question).strip().lower())[:LONGEST]
    found = _chinese(text) if HAN_CHARACTER.search(text) else _western(text)
    hashed = np.zeros(DIMENSION)
    hashed[[zlib.crc32(gram.encode()) % DIMENSION for gram in found]] = 1.0
    unit: npt.NDArray[np.float64] = hashed / np.sqrt(max(hashed.sum(), 1.0))
    return unit


def _chinese(text: str) -> set[str]:
    """One to three characters beside each other, those at the beginning and the end once more as such."""
    signs = "".join(text.split()).rstrip(ENDS)
    lengths = (1, 2, 3)
    inside = {signs[start : start + length] for length in lengths for start in range(len(signs) - length + 1)}
    return inside | {f"^{signs[:length]}" for length in lengths} | {f"{signs[-length:]}$" for length in lengths}


def _western(text: str) -> set[str]:
    """One or two words beside each other, up to three at the beginning and two at the end once more as such."""
    words = WORD.findall(text)
    inside = {*words, *(" ".join(pair) for pair in zip(words, words[1:], strict=False))}
    begins = {f"^{' '.join(words[:length])}" for length in (1, 2, 3)}
    return inside | begins | {f"{' '.join(words[-length:])}$" for length in (1, 2)}
