"""Is the question answerable from these passages? A probability, from what retrieval and reading found.

A logistic regression over a handful of features; its coefficients lie in a data file with the figures of what it was fitted
on (`youju calibrate` writes such a file for the user's own documents). Knows nothing of generators.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, FiniteFloat, ValidationError

from service.reading import Reader, Reading
from service.reading.probability import log_odds, probability_of
from service.reading.reranking import LEAST, Pair, reranked
from service.reading.self_evaluation import NOT_ASKED, SelfEvaluation
from youju.embedding.base import Embedder
from youju.embedding.scale import BUNDLED
from youju.errors import InvalidRequest
from youju.files import atomic_write
from youju.records import Language, Passage
from youju.settings import Settings
from youju.text.forms import spelled_as
from youju.text.language import detect_language, query_words, words

Features = dict[str, float]
FEATURES = (
    "span", "second_span", "answerable", "lift", "fused", "margin", "dense", "coverage", "coverage_any", "place", "cross", "zh",
    "span_cross", "answerable_cross", "lift_cross", "fused_cross", "span_zh", "coverage_zh",
)  # fmt: skip
OF_EMBEDDER = ("lift", "fused", "margin", "dense", "lift_cross", "fused_cross")  # features on the scale of one embedder
STRICTNESS = ("lenient", "balanced", "strict")
ADVICE = "Make it with `youju calibrate FILE.jsonl`, or remove it to use the bundled one."
HOPELESS = 0.05  # confidence below which a translation of the question is not tried
LITTLE = 0.25  # confidence in the passages of the question's language below which others are looked for
TRANSLATED = 1.0  # log odds: the mean of both alone says too little, since a translation seldom helps by chance
ACROSS = 0.6  # least confidence of an answer from a passage in another language
VOUCHED = 0.5  # confidence from which on an answer is more likely right than not


def features(question: str, passages: Sequence[Passage], readings: Sequence[Reading]) -> Features:
    """What the gate looks at. All of it is known before the generator begins.

    Returns:
        Name -> value:
        span, second_span: the best score of a span against "none here" in any passage, and in the second best.
        answerable: the best logit of a passage holding an answer.
        lift: by how much the passage read best is more similar to the question than the average one of its language.
        fused, margin, dense: the best score of retrieval, how far it is ahead of the mean, and the best similarity. They
        depend on what languages the index holds; only calibrations of users that were made earlier weigh them.
        coverage: weight of the question's words that the passage read best holds (same language only, else 0).
        coverage_any: the same for any one passage.
        place: rank of the passage read best, from 0.
        cross, zh: 1 where the passage read best is in another language; where question and passage are Chinese.
        *_cross, *_zh: the feature where that is 1, else 0: reading is less sure across languages, and Chinese words
        overlap otherwise.
    """
    asked = detect_language(question)
    terms = query_words(question)
    spans = sorted((max(reading.best, LEAST) for reading in readings), reverse=True) or [LEAST]
    sums = [max(reading.best, LEAST) + 2 * reading.answerable for reading in readings] or [2 * LEAST]
    best = max(range(len(sums)), key=lambda place: sums[place])
    fused = [passage.scores.fused for passage in passages] or [0.0]
    shares = [_coverage(terms, passage) if passage.language == asked else 0.0 for passage in passages] or [0.0]
    cross = float(bool(passages) and passages[best].language != asked)
    chinese = float(asked == "zh") * (1 - cross)
    values = {
        "span": spans[0],
        "second_span": spans[1] if len(spans) > 1 else LEAST,
        "answerable": max((reading.answerable for reading in readings), default=-5.0),
        "lift": passages[best].scores.lift if passages else 0.0,
        "fused": fused[0],
        "margin": fused[0] - sum(fused) / len(fused),
        "dense": max((passage.scores.dense for passage in passages), default=0.0),
        "coverage": shares[best],
        "coverage_any": max(shares),
        "place": float(best),
        "cross": cross,
        "zh": chinese,
    }
    values |= {f"{name}_cross": values[name] * cross for name in ("span", "answerable", "lift", "fused")}
    return values | {f"{name}_zh": values[name] * chinese for name in ("span", "coverage")}


def _coverage(terms: Sequence[str], passage: Passage) -> float:
    """Share of the words that the passage, its title or its headings hold, longer words weighing more."""
    there = set(words(passage.context))
    weight = sum(len(term) for term in terms)
    return sum(len(term) for term in terms if term in there) / weight if weight else 0.0


@dataclass(frozen=True)
class Gate:
    """Coefficients and thresholds. The features are taken as they are, not normalised."""

    weights: Mapping[str, float]
    intercept: float
    thresholds: Mapping[str, float]
    about: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """What decides, in one text."""
        return json.dumps([dict(self.weights), self.intercept, dict(self.thresholds)], sort_keys=True)

    def probability(self, values: Features) -> float:
        """That the passages hold the answer, 0 to 1. Features without a weight do not count."""
        total = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return probability_of(total)


class GateFile(BaseModel):
    """A gate as it lies in its file."""

    weights: dict[str, FiniteFloat]
    intercept: FiniteFloat
    thresholds: dict[str, FiniteFloat]
    about: dict[str, Any]


def load(path: Path, reader: str, embedder: str | None = None) -> Gate:
    """
    Args:
        embedder: fingerprint of the embedder in use; None for a gate that serves any.

    Raises:
        InvalidRequest: the file cannot be read, is no gate, names a feature that is not known here, or was fitted with
            another reader or embedder.
    """
    try:
        kept = GateFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read ({error.strerror}).", ADVICE) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise InvalidRequest(f"{path} is no calibration ({place}: {first['msg']}).", ADVICE) from error
    if unknown := sorted(set(kept.weights) - set(FEATURES)):
        raise InvalidRequest(f"{path} weighs what is not known here: {', '.join(unknown)}.", ADVICE)
    if absent := [name for name in STRICTNESS if name not in kept.thresholds]:
        raise InvalidRequest(f"{path} lacks the thresholds {', '.join(absent)}.", ADVICE)
    if kept.about.get("reader") != reader:
        raise InvalidRequest(f"{path} was made for the reader {kept.about.get('reader')!r}, not {reader!r}.", ADVICE)
    if embedder is not None and kept.about.get("embedder", embedder) != embedder:
        raise InvalidRequest(f"{path} was made with another embedder ({kept.about['embedder']}, not {embedder}).", ADVICE)
    return Gate(kept.weights, kept.intercept, kept.thresholds, kept.about)


def save(gate: Gate, path: Path) -> None:
    """Write a calibration; a kill in the middle leaves the one before."""
    data = {
        "weights": dict(gate.weights), "intercept": gate.intercept, "thresholds": dict(gate.thresholds),
        "about": dict(gate.about),
    }  # fmt: skip
    with atomic_write(path) as draft:
        draft.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def bundled(reader: str) -> Path:
    """The calibration that comes with the product for a reader."""
    return Path(str(resources.files("service.reading") / "gates" / f"{reader}.json"))


def load_for(settings: Settings, reader: str, embedder: Embedder) -> Gate:
    """The user's own calibration, if there is one beside the index, else the bundled one.

    The bundled one was fitted with the bundled embedder; with another one it does without what depends on that, and refuses
    more across languages, until `youju calibrate` has fitted one.

    Raises:
        InvalidRequest: see `load`.
    """
    if settings.gate_file.exists():
        return load(settings.gate_file, reader, embedder.fingerprint)
    gate = load(bundled(reader), reader)
    if embedder.name == BUNDLED:
        return gate
    return replace(gate, weights={name: weight for name, weight in gate.weights.items() if name not in OF_EMBEDDER})


@dataclass(frozen=True)
class GateDecision:
    """What the gate says of a question: `confidence` (0 to 1) that these passages answer it, whether a draft may come to be
    enough, and whether question and passages are in different languages."""

    confidence: float
    is_open: bool
    passages: Sequence[Passage]
    readings: Sequence[Reading]
    features: Features
    across: bool = False
    by_translation: bool = False
    was_asked: bool = False  # the generator too
    own: float = 0.0  # confidence in the passages of the question's language
    other: float = 0.0  # and in the others
    read: Sequence[Pair] = ()  # the best of both languages, in the order in which they are shown
    more: Sequence[Pair] = ()  # those behind them

    @property
    def all_read(self) -> list[Pair]:
        """Those that are shown and those behind them."""
        return [*self.read, *self.more]

    @property
    def ranked(self) -> list[Passage]:
        """The passages of both languages, as they are shown."""
        return [passage for passage, _ in self.read]


class AnswerabilityGate:
    """Reads the passages and decides. Safe to call from several threads."""

    def __init__(self, reader: Reader, gate: Gate, strictness: str, evaluation: SelfEvaluation = NOT_ASKED) -> None:
        self.reader = reader
        self.calibration = gate
        self.evaluation = evaluation
        self.threshold = 0.0 if strictness == "off" else gate.thresholds[strictness]
        self._threshold_asked = 0.0 if strictness == "off" else evaluation.thresholds.get(strictness, self.threshold)
        # The best of many say more than the first ones found: a gate judges as many as it was fitted on.
        self._candidates = int(gate.about.get("candidates", 0))

    def candidates(self, limit: int) -> int:
        """How many passages to give to `decide` for the best `limit`."""
        return max(limit, self._candidates)

    def decide(self, question: str, passages: Sequence[Passage], limit: int | None = None) -> GateDecision:
        """Read the passages and judge them (see `judge`)."""
        return self.judge(question, self.read(question, passages), limit)

    def read(self, question: str, passages: Sequence[Passage]) -> list[Pair]:
        """The passages with what was read in each."""
        spelled = spelled_as(question, [passage.text for passage in passages])
        readings = self.reader.read(spelled, [(passage.title_line, passage.text) for passage in passages])
        return list(zip(passages, readings, strict=True))

    def judge(self, question: str, read: Sequence[Pair], limit: int | None = None) -> GateDecision:
        """Rank what was read, and tell what the best `limit` (None: all) of one language say: of the question's own if they
        open the gate, else of that which says more.

        Apart from each other, since the reader compares poorly between languages: a near miss in the other one would hide the
        answer in its own. A gate that is off leaves them together.
        """
        if not read:
            return GateDecision(0.0, False, [], [], {})
        asked = detect_language(question)
        limit = len(read) if limit is None else limit
        ordered = reranked(read, self.reader.name, asked, len(read)) if self._candidates else list(read)
        pairs, more = ordered[:limit], ordered[limit:]
        own = [pair for pair in pairs if pair[0].language == asked]
        others = [pair for pair in pairs if pair[0].language != asked]
        groups = [group for group in (own, others) if group] if self.threshold else [pairs]
        decisions = [replace(self._group(question, group), read=pairs, more=more) for group in groups]
        in_own = next((one.confidence for one in decisions if not one.across), 0.0)
        in_other = next((one.confidence for one in decisions if one.across), 0.0)
        first, *rest = (replace(one, own=in_own, other=in_other) for one in decisions)
        if not rest or self._suffices(first.confidence, first.across):
            return first
        return max(first, *rest, key=lambda one: (self._suffices(one.confidence, one.across), one.confidence))

    def _group(self, question: str, pairs: Sequence[Pair]) -> GateDecision:
        passages, readings = [passage for passage, _ in pairs], [reading for _, reading in pairs]
        values = features(question, passages, readings)
        confidence, across = self.calibration.probability(values), values["cross"] > 0
        return GateDecision(confidence, self._opens(confidence, across), passages, readings, values, across)

    def _opens(self, confidence: float, across: bool) -> bool:
        return (self.asks and confidence >= self.evaluation.least) or self._suffices(confidence, across)

    def suffices(self, decision: GateDecision) -> bool:
        """Whether a draft that agrees with the reader would be enough, without asking the generator."""
        return self._suffices(decision.confidence, decision.across)

    def _suffices(self, confidence: float, across: bool) -> bool:
        return self.evaluation.after_drafting(confidence, agrees=True) >= self.needed(across)

    def needed(self, across: bool, was_asked: bool = False) -> float:
        """The confidence that an answer needs. From a passage in another language it is higher, however lenient the gate is:
        words cannot be compared there, and a draft seldom checked. Once the generator was asked, it counts itself."""
        if was_asked:
            return self._threshold_asked
        return max(self.threshold, ACROSS) if across and self.threshold else self.threshold

    @property
    def asks(self) -> bool:
        """Whether the generator is asked if the passages state the answer."""
        return bool(self.evaluation.stated) and self.threshold > 0

    def once_asked(self, decision: GateDecision, language: Language, stated: float, names_row: bool) -> GateDecision:
        """The decision once the generator said, with these log odds, that the passages state the answer (see
        `SelfEvaluation.after_asking`)."""
        confidence = self.evaluation.after_asking(decision.own, decision.other, language, stated, names_row)
        best = self.evaluation.after_drafting(confidence, agrees=True)
        is_open = best >= (self.evaluation.opens if self.judges_drafts else self.needed(decision.across, was_asked=True))
        return replace(decision, confidence=confidence, is_open=is_open, was_asked=True)

    def is_unsure_of_language(self, weighed: GateDecision) -> bool:
        """Whether a translation of the question may decide: the passages in another language say more than those in its own,
        which say little, and are not so far beside the point that nothing could change it."""
        says_more = weighed.across or weighed.own < min(weighed.other, LITTLE)
        return self.threshold > 0 and says_more and max(weighed.confidence, weighed.other) >= HOPELESS

    def both(self, asked: GateDecision, translated: GateDecision) -> GateDecision:
        """What a question and its translation say together: the mean of their log odds and `TRANSLATED`.

        The passages of the surer of both come first. A translation that leads back to another language than its own says
        nothing: the documents hold both languages, and the question stands alone.
        """
        if translated.across or not translated.passages:
            return asked
        confidence = probability_of((log_odds(asked.confidence) + log_odds(translated.confidence)) / 2 + TRANSLATED)
        before = max(asked.confidence, asked.other)
        better, other = (asked, translated) if translated.confidence < before else (translated, asked)
        behind = [pair for pair in other.all_read if pair[0] not in [one for one, _ in better.all_read]]
        is_open = self._opens(confidence, across=True)
        return replace(
            better, more=[*better.more, *behind], confidence=confidence, is_open=is_open, across=True,
            by_translation=better is translated, own=asked.own, other=confidence,
        )  # fmt: skip

    def after_quoting(self, confidence: float, asked: Language, stated: float, score: float) -> float:
        """The confidence that a quotation answers; see `SelfEvaluation.after_quoting`."""
        return self.evaluation.after_quoting(confidence, asked, stated, score)

    def after(self, confidence: float, agrees: bool) -> float:
        """The confidence once a draft is there that says what the reader found, or does not."""
        return self.evaluation.after_drafting(confidence, agrees)

    @property
    def chooses(self) -> bool:
        """Whether the generator is asked which of several lines answers."""
        return self.asks and self.evaluation.chooses

    @property
    def judges_drafts(self) -> bool:
        """Whether the generator is asked if the sentence that a draft stands on answers."""
        return self.asks and self.evaluation.drafted is not None

    @property
    def says_yes(self) -> float | None:
        """The generator's log odds from which on its yes, or no, is taken from it alone; None where it is not."""
        return self.evaluation.says_yes

    def after_citing(self, confidence: float, agrees: bool | None, stated: float) -> float:
        """The confidence once it was asked that; see `SelfEvaluation.after_citing`."""
        return self.evaluation.after_citing(confidence, agrees, stated)
