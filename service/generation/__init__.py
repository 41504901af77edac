"""Generators behind one Protocol: `llamacpp` (the default), `transformers`, `openai_compatible`."""

from __future__ import annotations

from service.generation.base import Counted, Delta, Generator, Message, Sampling, Writer, written
from youju.model_files.locate import Progress, locate, no_progress
from youju.settings import Settings

__all__ = ["Counted", "Delta", "Generator", "Message", "Sampling", "Writer", "make_generator", "written"]


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
        return OpenAICompatible(
            settings.generator_url, settings.generator_model, key, settings.generator_timeout, settings.generator_context
        )
    model = locate(settings.generator_model, "generator", settings.cache_dir, progress)
    if settings.generator == "llamacpp":
        from service.generation.llamacpp import LlamaCpp

        return LlamaCpp(
            model, settings.generator_context, settings.threads, settings.generator_timeout, settings.generator_slots
        )
    from service.generation.transformers import Transformers

    return Transformers(model, settings.generator_context)
