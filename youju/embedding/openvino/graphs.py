"""Graphs in the cache folder: made once, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import openvino as ov

from youju.embedding.base import folder_fingerprint
from youju.files import atomic_write, process_lock
from youju.model_files.locate import Progress, no_progress


def kept(target: Path, label: str, build: Callable[[], ov.Model], progress: Progress = no_progress) -> Path:
    """The graph in the folder `target`, which is made first where it is not there yet; other processes wait meanwhile.

    Args:
        label: told while it is made.
        build: called only where the graph is to be made.
    """
    if not target.is_dir():
        with process_lock(target):
            if not target.is_dir():
                progress(label, 0, 1)
                with atomic_write(target) as draft:
                    draft.mkdir()
                    ov.save_model(build(), draft / "graph.xml", compress_to_fp16=False)
                progress(label, 1, 1)
    return target / "graph.xml"


def folder_of(cache_dir: Path, model: Path) -> Path:
    """Where what was made of a model's folder lies."""
    return cache_dir / "models" / "openvino" / folder_fingerprint(model)


def trained_further(cache_dir: Path, kind: str, changes: Path, model: Path) -> Path:
    """Where the graph lies that was made of a model's folder and a file that changes it."""
    digest = hashlib.sha256(changes.read_bytes()).hexdigest()[:12]
    return cache_dir / "models" / "openvino" / f"{kind}-{digest}-{folder_fingerprint(model)}"
