"""What a generator may be asked for: so much evidence and so long an answer as it reads and writes in reasonable time, and as
it can be trusted with.

A profile holds what was measured (`probing.py`); of a generator that was not measured the usual is asked. Settings win over
both.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from youju.files import atomic_write
from youju.settings import Settings

LEAST_EVIDENCE, MOST_EVIDENCE = 300, 4000  # tokens
MOST_ANSWER = 1024  # tokens: several paragraphs
READING_SECONDS, WRITING_SECONDS = 10.0, 20.0  # that evidence and answer may take
OBEDIENT = 0.85  # share of the tasks from which on a generator is asked for full answers
AROUND = 500  # tokens of the context for instructions, question and titles


@dataclass(frozen=True)
class Budget:
    """Tokens of evidence that a prompt holds, tokens that may be written, and whether a full answer is asked for instead of one
    sentence."""

    evidence: int = 700
    answer: int = 192
    is_full: bool = False


USUAL = Budget()
"""For a small generator, or one that was not measured."""


class Profile(BaseModel):
    """What was measured.

    Attributes:
        generator: its name.
        reading, writing: tokens a second.
        obeys: share of the tasks that it did as it was told, 0 to 1.
        context: tokens of the longest prompt of which it still knew the beginning.
    """

    model_config = ConfigDict(frozen=True)

    generator: str
    reading: float = Field(gt=0, allow_inf_nan=False)
    writing: float = Field(gt=0, allow_inf_nan=False)
    obeys: float = Field(ge=0, le=1)
    context: int = Field(gt=0)


def budget_of(profile: Profile | None, context: int, settings: Settings, is_fitted: bool = False) -> Budget:
    """What to ask for.

    Args:
        context: tokens that prompt and answer may take together.
        is_fitted: whether its word was weighed on the usual prompt (`service.reading.self_evaluation`), which stays then.
    """
    found = USUAL
    if profile is not None and not is_fitted:
        trusted = profile.obeys >= OBEDIENT
        answer = min(MOST_ANSWER, max(USUAL.answer, round(profile.writing * WRITING_SECONDS))) if trusted else USUAL.answer
        most = MOST_EVIDENCE if trusted else USUAL.evidence
        evidence = min(most, max(LEAST_EVIDENCE, round(profile.reading * READING_SECONDS, -2)))
        found = Budget(int(evidence), answer, trusted and answer > USUAL.answer)
    answer = settings.max_tokens or min(found.answer, max(USUAL.answer, context // 3))
    room = max(USUAL.evidence, context - answer - AROUND)  # the prompt is cut to what fits exactly
    return Budget(settings.passage_tokens or min(found.evidence, room), answer, found.is_full)


def place(settings: Settings, machine: str) -> Path:
    """Where the profile of the generator lies that the settings name, as it runs on this machine or at its address."""
    where = settings.generator_url if settings.generator == "openai_compatible" else machine
    named = "\n".join((settings.generator, settings.generator_model, where))
    return settings.cache_dir / "models" / "profiles" / f"{hashlib.sha256(named.encode()).hexdigest()[:24]}.json"


def load_profile(file: Path) -> Profile | None:
    """What was measured before; None if nothing was, or it cannot be read."""
    try:
        return Profile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def save_profile(profile: Profile, file: Path) -> None:
    """Keep it; where the cache cannot be written, it is measured again next time."""
    with contextlib.suppress(OSError), atomic_write(file) as draft:
        draft.write_text(profile.model_dump_json(indent=1) + "\n", encoding="utf-8")
