"""Generators behind one Protocol: `llamacpp`, `openvino`, `transformers`, `openai_compatible`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from service.generation.base import (
    Chances,
    Counted,
    Delta,
    Engine,
    Generator,
    Message,
    Sampling,
    Writer,
    chances,
    prefers,
    written,
)
from service.generation.fleet import Fleet
from youju.errors import GeneratorUnavailable
from youju.model_files.locate import Progress, locate, no_progress
from youju.settings import Settings

__all__ = [
    "Chances",
    "Counted",
    "Delta",
    "Engine",
    "Generator",
    "Message",
    "Sampling",
    "Writer",
    "chances",
    "engine_for",
    "make_generator",
    "prefers",
    "prepare_generator",
    "written",
]


def make_generator(settings: Settings, progress: Progress = no_progress) -> Generator:
    """The generator that the settings name, ready to answer.

    Raises:
        ModelUnavailable: its model files are missing.
        GeneratorUnavailable: they cannot be loaded.
    """
    # Imported here: each brings libraries that the others do not need.
    if settings.generator == "openai_compatible":
        from service.generation.openai_compatible import OpenAICompatible

        key = settings.generator_api_key.get_secret_value().strip()
        found = [
            OpenAICompatible(one, settings.generator_model, key, settings.generator_timeout, settings.generator_context)
            for one in settings.generator_url.split() or [""]
        ]
        return found[0] if len(found) == 1 else Fleet(found)
    model = locate(settings.generator_model, "generator", settings.cache_dir, progress)
    if settings.generator in ("auto", "llamacpp", "openvino"):
        return _of_gguf(model, settings, progress)
    from service.generation.transformers import Transformers

    return Transformers(model, settings.generator_context)


def engine_for(model: Path, settings: Settings, progress: Progress = no_progress) -> Engine:
    """What runs a GGUF file here: what the settings name, or what a short test found, which is done now if it was not yet."""
    if settings.generator in ("llamacpp", "openvino"):
        return settings.generator
    from service.generation.openvino import choice

    return choice.outcome(model, settings.cache_dir, settings.threads, _makes(model, settings, progress), progress).engine


def _of_gguf(model: Path, settings: Settings, progress: Progress) -> Generator:
    return _makes(model, settings, progress)[engine_for(model, settings, progress)]()


def _makes(model: Path, settings: Settings, progress: Progress) -> dict[Engine, Callable[[], Generator]]:
    common = settings.generator_context, settings.threads, settings.generator_timeout, settings.generator_slots

    def llamacpp() -> Generator:
        from service.generation.llamacpp import LlamaCpp

        return LlamaCpp(model, *common)

    def openvino() -> Generator:
        from service.generation.openvino.generator import OpenVino

        return OpenVino(model, settings.cache_dir, *common, progress)

    return {"llamacpp": llamacpp, "openvino": openvino}


def prepare_generator(model: Path, settings: Settings, progress: Progress = no_progress) -> None:
    """Do what the first start would take long for: the test, and the conversion of the model.

    Raises:
        GeneratorUnavailable: the settings name an engine that cannot run it.
    """
    if settings.generator in ("auto", "openvino") and engine_for(model, settings, progress) == "openvino":
        from service.generation.openvino.conversion import converted

        try:
            converted(model, settings.cache_dir, progress)
        except ValueError as error:
            raise GeneratorUnavailable(f"{model.name} cannot be loaded: {error}.", "Set YOUJU_GENERATOR to auto.") from error
