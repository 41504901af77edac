"""The profile of the generator in use: read at start, measured in the background where a server's is not known yet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from service.generation.base import Generator
from service.generation.probing import measured
from service.generation.profile import Budget, budget_of, load_profile, save_profile
from youju.errors import GeneratorUnavailable
from youju.settings import Settings

log = logging.getLogger("youju")


class Profiled:
    """What the generator may be asked for now. Safe to ask from several threads."""

    def __init__(self, settings: Settings, generator: Generator, is_fitted: bool, file: Path | None = None) -> None:
        """
        Args:
            is_fitted: see `budget_of`.
            file: where the profile lies; None if there is none and none is to be measured.
        """
        self._settings, self._generator, self._is_fitted, self._file = settings, generator, is_fitted, file
        self._profile = load_profile(file) if file else None
        self._measuring: asyncio.Task[None] | None = None

    def budget(self) -> Budget:
        """What it may be asked for now."""
        return budget_of(self._profile, self.context(), self._settings, self._is_fitted)

    def context(self) -> int:
        """Tokens that prompt and answer may take together: what a server was seen to take, unless a setting says."""
        told = self._generator.context_tokens
        if self._profile is None or "generator_context" in self._settings.model_fields_set:
            return told
        return max(told, self._profile.context) if self._settings.generator == "openai_compatible" else told

    def learn(self) -> asyncio.Task[None] | None:
        """Begin to measure a server that was never measured; nobody need wait for it. Called from an event loop, while an
        answer is given: then the server is there.

        Returns:
            What measures; None where nothing is to be measured.
        """
        is_known = self._profile is not None or self._is_fitted
        if self._file is None or self._measuring or is_known or self._settings.generator != "openai_compatible":
            return None
        self._measuring = asyncio.create_task(self._measure(self._file))
        return self._measuring

    async def _measure(self, file: Path) -> None:
        try:
            profile = await measured(self._generator)
        except GeneratorUnavailable as error:
            log.info("the generator was not measured: %s", error.detail)
            return
        await asyncio.to_thread(save_profile, profile, file)
        self._profile = profile

    async def close(self) -> None:
        """Leave what is still being measured."""
        if self._measuring is not None:
            self._measuring.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._measuring
