"""Which way of embedding is fastest on this processor and still gives the same vectors: a short test, done once.

The test embeds a sample in both languages with sentence-transformers in float32, and with each OpenVINO graph. A graph counts
when its vectors are near enough to the reference. The outcome lies in the cache folder with what was measured; another
processor or another model tests anew.
"""

from __future__ import annotations

import json
import logging
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import openvino as ov
from tokenizers import Tokenizer

from youju.embedding.base import Embedder, Vectors, folder_fingerprint
from youju.embedding.openvino import bert
from youju.embedding.openvino.embedder import OpenVinoEmbedder
from youju.embedding.openvino.graphs import folder_of, kept
from youju.embedding.sentence_transformer import SentenceTransformerEmbedder
from youju.files import atomic_write, process_lock
from youju.model_files.locate import Progress, no_progress

log = logging.getLogger("youju")
# Mean cosine to the reference. int8 must be as near as bfloat16: at .9993 it cost .0084 of recall at rank 1 from Chinese
# to English (docs/measurements.md), so e5-small in int8 is for those who set it.
NEAR_ENOUGH = {"openvino-f32": 0.9999, "openvino-bf16": 0.9995, "openvino-int8": 0.9995}
INT8_HANDICAP = 1.2  # int8 loses a little recall: it must be this much faster to be taken
ROUNDS = 3  # the fastest of so many counts: other work on the machine only ever slows


@dataclass(frozen=True)
class Outcome:
    """What the test found. `speeds` in passages a second, `cosines` the mean to the float32 reference."""

    backend: str
    processor: str
    speeds: dict[str, float]
    cosines: dict[str, float]
    bounds: dict[str, float]
    """The cosines that were near enough then."""

    @property
    def is_current(self) -> bool:
        """Whether a test now would ask the same, on the same processor."""
        return self.processor == _processor() and self.bounds == NEAR_ENOUGH


def outcome(folder: Path, shape: bert.Shape, cache_dir: Path, progress: Progress = no_progress) -> Outcome:
    """The outcome of the test for this model on this processor; tests if that was not done yet.

    Where the cache cannot be written (a container, say), what was found elsewhere serves: it may not be the fastest here.
    """
    place = folder_of(cache_dir, folder)
    known = _read(place)
    if known is not None and known.is_current:
        return known
    try:
        with process_lock(place / "choice.json"):
            again = _read(place)  # another process may have tested meanwhile
            return again if again is not None and again.is_current else _decide(folder, shape, cache_dir, progress)
    except OSError as error:
        log.warning("the test of the embedder was not done, the cache cannot be written: %s", error)
        return known or Outcome("torch", _processor(), {}, {}, NEAR_ENOUGH)


def _decide(folder: Path, shape: bert.Shape, cache_dir: Path, progress: Progress) -> Outcome:
    """Test, note the outcome, and keep only the graph that it needs."""
    place = folder_of(cache_dir, folder)
    found = _test(folder, shape, cache_dir, progress)
    with atomic_write(place / "choice.json") as draft:
        draft.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    needed = {"torch": None, "openvino-int8": "int8"}.get(found.backend, "float")
    for kind in ("int8", "float"):
        if kind != needed:
            shutil.rmtree(place / kind, ignore_errors=True)
    return found


def sample() -> list[str]:
    """Passages in both languages on which speed, nearness and the ranges of int8 are measured."""
    return (resources.files("youju.embedding.openvino") / "sample.txt").read_text(encoding="utf-8").strip().split("\n\n")


def _test(folder: Path, shape: bert.Shape, cache_dir: Path, progress: Progress) -> Outcome:
    label = f"choosing the fastest way to run {folder.name}"
    texts, steps = sample(), len(NEAR_ENOUGH) + 1
    progress(label, 0, steps)
    reference = SentenceTransformerEmbedder(folder, folder.name, "cpu")
    speed, expected = _measure(reference, texts)
    speeds, cosines = {"torch": speed}, {"torch": 1.0}
    for done, (backend, enough) in enumerate(NEAR_ENOUGH.items(), start=1):
        progress(label, done, steps)
        embedder = fast_embedder(folder, shape, backend, folder.name, cache_dir)
        speed, vectors = _measure(embedder, texts)
        cosines[backend] = round(float((vectors * expected).sum(axis=1).mean()), 6)
        if cosines[backend] >= enough:
            speeds[backend] = speed
    progress(label, steps, steps)
    worth = {backend: speed / (INT8_HANDICAP if backend == "openvino-int8" else 1) for backend, speed in speeds.items()}
    return Outcome(max(worth, key=lambda backend: worth[backend]), _processor(), speeds, cosines, NEAR_ENOUGH)


def _measure(embedder: Embedder, texts: list[str]) -> tuple[float, Vectors]:
    """Passages a second, and the vectors."""
    vectors = embedder.embed_documents(texts)
    seconds = min(_seconds(lambda: embedder.embed_documents(texts)) for _ in range(ROUNDS))
    return round(len(texts) / seconds, 1), vectors


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def fast_embedder(
    folder: Path, shape: bert.Shape, backend: str, name: str, cache_dir: Path, progress: Progress = no_progress
) -> OpenVinoEmbedder:
    """The model on one of the OpenVINO backends; its graph is made first where that was not done yet."""
    kind = "int8" if backend == "openvino-int8" else "float"

    def build() -> ov.Model:
        return bert.build(bert.encoder_weights(folder), shape, _ranges(folder, shape) if kind == "int8" else None)

    graph = kept(folder_of(cache_dir, folder) / kind, f"converting {folder.name} for OpenVINO", build, progress)
    return OpenVinoEmbedder(folder, graph, name, folder_fingerprint(folder), precision_of(backend), shape.maximum)


def precision_of(backend: str) -> str:
    """What a backend computes with, but for what is int8."""
    return "bf16" if backend in ("openvino-bf16", "openvino-int8") else "f32"


def _ranges(folder: Path, shape: bert.Shape) -> dict[str, tuple[float, float]]:
    """The usual ranges of activations: of each text's lowest and highest value the mean, since outliers would waste levels."""
    graph, names = bert.build_probe(folder, shape)
    compiled = ov.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = []
    for text in sample():
        ids = np.array([tokenizer.encode(text).ids[: shape.maximum]], np.int32)
        found.append([float(np.asarray(value).item()) for value in compiled([ids, np.ones(ids.shape, np.float32)]).values()])
    means = np.mean(found, axis=0)
    return {name: (float(means[2 * i]), float(means[2 * i + 1])) for i, name in enumerate(names)}


def _read(place: Path) -> Outcome | None:
    """What a former test found, on whatever processor."""
    try:
        return Outcome(**json.loads((place / "choice.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _processor() -> str:
    """The processor and the version of OpenVINO: what the outcome depends on."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "CPU part")))
        flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
        name += " with " + " ".join(flag for flag in ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx_vnni") if flag in flags)
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, OpenVINO {ov.__version__.split('-')[0]}"
