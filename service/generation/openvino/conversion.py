"""A GGUF file -> a folder with the graphs of model and tokenizer, made once in the cache folder, whole or not at all.

The conversion runs in a process of its own: it takes more memory than the model will, which is free again afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from service.generation.openvino.channel import command
from youju.files import atomic_write, process_lock, require_space
from youju.model_files.gguf import Q5_0, Head, read_head, write_readable
from youju.model_files.locate import Progress, no_progress

SPECIAL = "special_tokens.json"
SAMPLES, SAMPLE_BYTES = 64, 1 << 16


def converted(model: Path, cache_dir: Path, progress: Progress = no_progress) -> Path:
    """The folder of the converted model; made if it is not there.

    Raises:
        ValueError: it is no GGUF file, one that OpenVINO GenAI cannot read, or the conversion failed.
        OSError: it cannot be written.
    """
    target = place(model, cache_dir) / version()
    if target.is_dir():
        return target
    head = read_head(model)
    if head.unreadable:
        raise ValueError(f"OpenVINO GenAI cannot read its kinds of tensors ({sorted(head.unreadable)})")
    with process_lock(target):
        if not target.is_dir():
            progress(f"converting {model.name} for OpenVINO", 0, 1)
            require_space(target.parent, 3 * model.stat().st_size, f"converting {model.name}")
            with atomic_write(target) as draft:
                draft.mkdir()
                _convert(model, head, draft)
            for former in target.parent.iterdir():  # by other versions
                if former.is_dir() and former != target:
                    shutil.rmtree(former, ignore_errors=True)
            progress(f"converting {model.name} for OpenVINO", 1, 1)
    return target


def place(model: Path, cache_dir: Path) -> Path:
    """Where all that is made of this model lies, by its content."""
    return cache_dir / "models" / "openvino-genai" / f"{model.stem}-{_digest(model)}"


def special_tokens(folder: Path) -> dict[str, int]:
    """Text -> id of every special token of a converted model."""
    tokens: dict[str, int] = json.loads((folder / SPECIAL).read_text(encoding="utf-8"))
    return tokens


def version() -> str:
    """The version of what converts and runs."""
    return metadata.version("openvino-genai")


def _convert(model: Path, head: Head, folder: Path) -> None:
    gguf = folder / "model.gguf"  # GenAI writes beside the file that it reads
    if any(tensor.kind == Q5_0 for tensor in head.tensors):
        write_readable(model, gguf, head)
    else:
        os.symlink(model.resolve(), gguf)
    # This Python, our own script, and a path that a setting names.
    done = subprocess.run(command("convert", str(gguf)), capture_output=True, check=False)  # noqa: S603
    gguf.unlink()
    missing = [name for name in ("model", "tokenizer", "detokenizer") if not (folder / f"openvino_{name}.xml").is_file()]
    if done.returncode or missing:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"it ended with code {done.returncode}"]
        raise ValueError(f"OpenVINO GenAI cannot convert it ({said[-1][:300]})")
    (folder / SPECIAL).write_text(json.dumps(head.special_tokens, ensure_ascii=False), encoding="utf-8")


def _digest(model: Path) -> str:
    """Of its size and of samples spread over it: two models never agree in all of them, and reading all takes seconds."""
    size = model.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with model.open("rb") as file:
        for number in range(SAMPLES):
            file.seek(number * max(0, size - SAMPLE_BYTES) // (SAMPLES - 1))
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()[:16]
