"""What an index needs besides itself: room on the disk, models, settings that agree. For `youju doctor` and `/readyz`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from youju.maintenance.doctor import Finding
from youju.model_files.locate import BUNDLED, READERS, Role, is_installed, prepared_path, variable
from youju.settings import Settings

LOW_DISK = 512 << 20  # bytes; an ingest writes the vector file anew beside the old one
ANSWER_TOKENS = 192  # of an answer, where no setting says
PROMPT_TOKENS = 200  # of the generator's context: instructions and question


def examine(settings: Settings) -> list[Finding]:
    """All that is wrong around the index."""
    return [*_disk(settings), *_models(settings), *_contradictions(settings)]


def disk_trouble(free_bytes: int, settings: Settings) -> str | None:
    """What is wrong if so little is free, and what mends it; None if it is enough."""
    if free_bytes >= LOW_DISK:
        return None
    free, enough = free_bytes >> 20, LOW_DISK >> 20
    return f"only {free} MiB are free in {settings.data_dir}: an ingest may fail. Free at least {enough} MiB."


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if trouble := disk_trouble(shutil.disk_usage(folder).free, settings):
        problem, _, advice = trouble.partition(". ")
        yield Finding("disk", problem, False, advice)
    if not (os.access(folder, os.W_OK) and (not settings.database.exists() or os.access(settings.database, os.W_OK))):
        yield Finding("disk", f"{folder} cannot be written", False, "Make it writable, or set YOUJU_DATA_DIR.")


def _models(settings: Settings) -> Iterator[Finding]:
    """Models that are neither here nor installed. What a hub has is not asked: it would need the network."""
    if settings.reader not in READERS:
        yield from _model(settings.reader, "reader", settings.cache_dir)
    yield from _model(settings.embedding_model, "embedder", settings.cache_dir)
    if settings.generator != "openai_compatible":
        yield from _model(settings.generator_model, "generator", settings.cache_dir)


def _model(name: str, role: Role, cache_dir: Path) -> Iterator[Finding]:
    bundled = BUNDLED.get(name.lower())
    if Path(os.path.expanduser(name)).exists() or name.count("/") in (1, 2):
        return
    if bundled is None or bundled.role != role:
        advice = f"Set YOUJU_{variable(role)}; `youju models list` names the bundled ones."
        yield Finding("models", f"{name!r} is no {role}: neither a local path, nor bundled, nor on a hub", False, advice)
    elif not (is_installed(bundled) or prepared_path(bundled, cache_dir).exists()):
        yield Finding("models", f"the packages of {bundled.name} are not installed", False, bundled.advice)


def _contradictions(settings: Settings) -> Iterator[Finding]:
    need = (settings.max_tokens or ANSWER_TOKENS) + PROMPT_TOKENS + settings.chunk_tokens
    if settings.generator_context < need:
        yield Finding(
            "settings", f"a context of {settings.generator_context} tokens has no room for a passage and an answer", False,
            f"Set YOUJU_GENERATOR_CONTEXT to {need} or more, or YOUJU_MAX_TOKENS lower.",
        )  # fmt: skip
    if settings.max_file_mb > settings.max_upload_mb:
        yield Finding(
            "settings", f"a file may have {settings.max_file_mb} MiB, but an upload only {settings.max_upload_mb}", False,
            "Raise YOUJU_MAX_UPLOAD_MB, or lower YOUJU_MAX_FILE_MB.",
        )  # fmt: skip
