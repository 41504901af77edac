"""The profile of the bundled generators, measured with the real models."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from service.generation import make_generator
from service.generation.probing import measured
from service.generation.profile import OBEDIENT, USUAL, Profile, budget_of
from youju.settings import Settings

pytestmark = pytest.mark.models


def profile_of(model: Path, cache_dir: Path) -> Profile:
    async def run() -> Profile:
        generator = make_generator(Settings(generator_model=str(model), cache_dir=cache_dir))
        try:
            return await measured(generator)
        finally:
            await generator.close()

    return asyncio.run(run())


@pytest.mark.parametrize("model", ["small_gguf", "default_gguf"])
def test_the_bundled_generators_do_some_of_the_tasks_and_are_asked_for_a_sentence(
    model: str, cache_dir: Path, request: pytest.FixtureRequest
) -> None:
    profile = profile_of(request.getfixturevalue(model), cache_dir)
    assert 0 < profile.obeys < OBEDIENT
    assert profile.reading > profile.writing > 0
    assert profile.context > 900
    budget = budget_of(profile, 3072, Settings())
    assert not budget.is_full
    assert (budget.evidence <= USUAL.evidence, budget.answer) == (True, USUAL.answer)
