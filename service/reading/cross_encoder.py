"""The bundled reader: multilingual-e5-small, trained further to find the span that answers a question, or none.

Its weights lie beside this module as a difference to the bundled embedder (`weights.py`); the graph is made once in the
cache. What it was trained on and how good it is: docs/reader.md.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import openvino as ov
from tokenizers import Encoding, Tokenizer

from service.reading.base import SPANS, Reading, Span
from service.reading.weights import load
from youju.embedding.openvino import bert
from youju.embedding.openvino.graphs import kept, trained_further
from youju.errors import ModelUnavailable
from youju.model_files.locate import E5_SMALL, Progress, no_progress, prepare

NAME = "e5-small-reader"
QUESTION_TOKENS = 56  # as in training; a longer question is cut
PASSAGE_TOKENS = 320
TITLE_TOKENS = 24
ANSWER_TOKENS = 30  # longest span
CANDIDATES = 12  # best starts and ends that are combined
BATCH_TOKENS = 4096


class CrossEncoderReader:
    """A `Reader`. About 10 ms a passage on two cores with bfloat16 matrices."""

    name = NAME

    def __init__(self, cache_dir: Path, progress: Progress = no_progress) -> None:
        """
        Raises:
            ModelUnavailable: the bundled embedder is missing, or is another than the one that was trained further.
        """
        folder = prepare(E5_SMALL, cache_dir, progress)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._bos, self._eos, self._pad = (int(self._tokenizer.token_to_id(token) or 0) for token in ("<s>", "</s>", "<pad>"))
        core = ov.Core()
        options = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
        graph = core.read_model(_graph(folder, cache_dir, progress))
        self._request = core.compile_model(graph, "CPU", options).create_infer_request()
        self._lock = threading.Lock()

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        asked = self._encode([question])[0].ids[:QUESTION_TOKENS]
        titles = self._encode([title for title, _ in passages])
        texts = self._encode([text for _, text in passages])
        lengths = [
            len(title.ids[:TITLE_TOKENS]) + len(text.ids[:PASSAGE_TOKENS]) for title, text in zip(titles, texts, strict=True)
        ]
        readings: dict[int, Reading] = {}
        for batch in batches([length + len(asked) + 4 for length in lengths], BATCH_TOKENS):
            read = self._read(asked, [titles[place] for place in batch], [texts[place] for place in batch])
            readings |= zip(batch, read, strict=True)
        return [readings[place] for place in range(len(passages))]

    def _encode(self, texts: Sequence[str]) -> list[Encoding]:
        encoded: list[Encoding] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return encoded

    def _read(self, asked: list[int], titles: Sequence[Encoding], texts: Sequence[Encoding]) -> list[Reading]:
        before = [self._bos, *asked, self._eos, self._eos]
        rows = [
            [*before, *title.ids[:TITLE_TOKENS], *text.ids[:PASSAGE_TOKENS], self._eos]
            for title, text in zip(titles, texts, strict=True)
        ]
        longest = max(len(row) for row in rows)
        ids = np.full((len(rows), longest), self._pad, np.int32)
        mask, kinds = np.zeros(ids.shape, np.float32), np.zeros(ids.shape, np.int32)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
            kinds[place, len(before) : len(row) - 1] = 1
        with self._lock:
            found = self._request.infer([ids, mask, kinds])
            spans, answerable = found[0].copy(), found[1].copy()
        readings = []
        for place, (title, text) in enumerate(zip(titles, texts, strict=True)):
            start = len(before) + len(title.ids[:TITLE_TOKENS])
            end = start + len(text.ids[:PASSAGE_TOKENS])
            none = float(spans[place, 0].sum())
            best = best_spans(spans[place, start:end, 0], spans[place, start:end, 1], text.offsets, none)
            readings.append(Reading(best, float(answerable[place].item())))
        return readings


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Places of texts of these lengths in batches, each of at most `tokens` with its padding: texts of like length together."""
    found: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= tokens:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def best_spans(starts: np.ndarray, ends: np.ndarray, offsets: Sequence[tuple[int, int]], none: float) -> tuple[Span, ...]:
    """The best spans that do not overlap.

    Args:
        starts, ends: logits, one for each token of the passage.
        offsets: characters of each token.
        none: sum of the start and the end logit of "no answer here".
    """
    first, last = np.argsort(-starts)[:CANDIDATES], np.argsort(-ends)[:CANDIDATES]
    pairs = [(float(starts[a] + ends[b]), int(a), int(b)) for a in first for b in last if a <= b < a + ANSWER_TOKENS]
    kept: list[Span] = []
    for score, a, b in sorted(pairs, key=lambda pair: -pair[0]):
        start, end = offsets[a][0], offsets[b][1]
        if end > start and all(end <= other.start or start >= other.end for other in kept):
            kept.append(Span(start, end, score - none))
        if len(kept) == SPANS:
            break
    return tuple(kept)


def weights_file() -> Path:
    return Path(str(resources.files("service.reading") / "reader.safetensors"))


def _graph(folder: Path, cache_dir: Path, progress: Progress) -> Path:
    """The graph in the cache; made first where that was not done yet."""
    source, shape = weights_file(), bert.read_shape(folder)
    if shape is None:
        raise ModelUnavailable(f"{folder} is not the model that the reader was trained from.", "Remove it; it is made again.")

    def build() -> ov.Model:
        return bert.build_reader(load(source, bert.encoder_weights(folder)), shape)

    return kept(trained_further(cache_dir, "reader", source, folder), "preparing the reader", build, progress)
