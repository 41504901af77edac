from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reading import Reading, Span, gate
from service.reading.gate import FEATURES, STRICTNESS, AnswerabilityGate, Gate, features
from service.reading.similarity import SimilarityReader
from tests.conftest import ROOT
from tests.fakes import FindingReader, HashingEmbedder, a_document, a_passage, gatekeeper_of
from youju.embedding.scale import BUNDLED
from youju.errors import InvalidRequest
from youju.settings import Settings

LASTS = "The battery of the T3 lasts 24 months."
QUESTION = "How long does the battery of the T3 last?"
ODD = [
    "",
    " ",
    "?",
    "🙂🙃",
    "\u200b\x00",
    "a" * 50_000,
    "天" * 50_000,
    "二" + "万" * 2000,
    "〇" * 6000,
    "9" * 6000,
    "T3-" * 900,
]

names = st.sampled_from(FEATURES)
numbers = st.floats(-1e6, 1e6)


def reading(score: float = 2.0, answerable: float = 1.0) -> Reading:
    return Reading((Span(0, 3, score),), answerable)


def a_gate(weights: dict[str, float] | None = None, reader: str = "finding", **about: Any) -> Gate:
    thresholds = dict(zip(STRICTNESS, (0.2, 0.4, 0.6), strict=True))
    return Gate({"span": 0.5} if weights is None else weights, -1.0, thresholds, {"reader": reader} | about)


@pytest.mark.parametrize("question", ODD)
@pytest.mark.parametrize("text", ODD)
def test_features_of_odd_input_are_all_there_and_finite(question: str, text: str) -> None:
    for passages, readings in (
        ([], []),
        ([a_passage(text)], [Reading((), -5.0)]),
        ([a_passage(text), a_passage(LASTS, key=2)], [Reading((), -1e9), reading()]),
    ):
        found = features(question, passages, readings)
        assert tuple(found) == FEATURES
        assert all(math.isfinite(value) for value in found.values())
        assert all(0 <= found[name] <= 1 for name in ("coverage", "coverage_any", "cross", "zh"))


def test_features_by_hand() -> None:
    passages = [
        a_passage("The box is green.", key=1, fused=0.9),
        a_passage(LASTS, key=2, fused=0.8, lift=0.2),
        a_passage("电池可以用两年。", key=3, fused=0.4),
    ]
    readings = [reading(-3.0, -2.0), reading(5.0, 4.0), reading(1.0, 0.0)]
    found = features(QUESTION, passages, readings)
    assert (found["span"], found["second_span"], found["answerable"]) == (5.0, 1.0, 4.0)
    assert (found["fused"], found["dense"]) == (0.9, 0.9)
    assert found["margin"] == pytest.approx(0.9 - 0.7)
    assert (found["lift"], found["lift_cross"]) == (0.2, 0.0)  # of the passage that was read best, not of the first
    assert found["coverage"] == found["coverage_any"] == pytest.approx(13 / 17)  # (batteri + t3 + last) / (… + long)
    assert (found["cross"], found["zh"], found["place"]) == (0.0, 0.0, 1.0)
    assert (found["span_cross"], found["answerable_cross"], found["fused_cross"], found["span_zh"]) == (0.0, 0.0, 0.0, 0.0)
    chinese = features("T3 和 T4 的电池能用多久？", passages, readings)
    assert (chinese["zh"], chinese["cross"], chinese["coverage"]) == (0.0, 1.0, 0.0)  # what was read best is English
    assert (chinese["span_cross"], chinese["answerable_cross"], chinese["fused_cross"]) == (5.0, 4.0, 0.9)
    assert chinese["lift_cross"] == 0.2
    assert chinese["coverage_any"] > 0  # the third passage is Chinese


def test_a_title_counts_as_words_of_its_passage() -> None:
    bare = a_passage("It lasts 24 months.", document=a_document(title="Box"))
    titled = a_passage("It lasts 24 months.", document=a_document(title="Battery of the T3"))
    poor, rich = (features(QUESTION, [one], [reading()]) for one in (bare, titled))
    assert poor["coverage"] < rich["coverage"]


@given(names, st.floats(0.001, 100), numbers, numbers, st.dictionaries(names, st.floats(-10, 10)))
def test_probability_grows_with_a_feature_of_positive_weight(
    name: str, weight: float, low: float, high: float, others: dict[str, float]
) -> None:
    judge = Gate(others | {name: weight}, 0.5, {}, {})
    values = dict.fromkeys(FEATURES, 0.25)
    low, high = sorted((low, high))
    assert judge.probability(values | {name: low}) <= judge.probability(values | {name: high})


@given(
    st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False)), st.floats(allow_nan=False, allow_infinity=False)
)
def test_a_probability_is_one_for_extreme_values_too(weights: dict[str, float], value: float) -> None:
    assert 0 <= Gate(weights, 0.0, {}, {}).probability(dict.fromkeys(FEATURES, value)) <= 1


def test_known_probabilities() -> None:
    judge = Gate({"span": 2.0, "zh": -1.0}, 0.5, {}, {})
    values = dict.fromkeys(FEATURES, 7.0) | {"span": -0.25, "zh": 0.0}  # the others have no weight
    assert judge.probability(values) == 0.5
    assert judge.probability(values | {"zh": 1.0}) == pytest.approx(1 / (1 + math.e))
    assert judge.probability(values | {"span": 1e9}) > 0.999999
    assert judge.probability(values | {"span": -1e9}) < 0.000001


@given(st.dictionaries(names, numbers), numbers)
def test_what_is_saved_is_loaded(tmp_path_factory: pytest.TempPathFactory, weights: dict[str, float], intercept: float) -> None:
    path = tmp_path_factory.mktemp("gate") / "gate.json"
    saved = Gate(weights, intercept, {"lenient": 0.1, "balanced": 0.2, "strict": 0.3}, {"reader": "r", "更多": [1, None]})
    gate.save(saved, path)
    assert gate.load(path, "r") == saved
    assert gate.load(path, "r").fingerprint == saved.fingerprint


def test_the_fingerprint_is_of_what_decides() -> None:
    assert a_gate().fingerprint == a_gate(samples=9).fingerprint
    assert a_gate().fingerprint != a_gate({"span": 0.51}).fingerprint


def written(path: Path, **changes: Any) -> Path:
    data = {"weights": {"span": 1.0}, "intercept": 0, "thresholds": dict.fromkeys(STRICTNESS, 0.5), "about": {"reader": "r"}}
    kept = {name: value for name, value in (data | changes).items() if value is not ...}
    path.write_text(json.dumps(kept), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"weights": ...}, "weights"),
        ({"weights": []}, "weights"),
        ({"weights": {"span": "much"}}, "weights.span"),
        ({"weights": {"span": math.nan}}, "weights.span: .*finite"),
        ({"weights": {"span": 10**400}}, "weights.span"),
        ({"weights": {"span": 1.0, "mood": 2.0, "luck": 1.0}}, "not known here: luck, mood"),
        ({"intercept": math.inf}, "intercept: .*finite"),
        ({"intercept": None}, "intercept"),
        ({"thresholds": dict.fromkeys(STRICTNESS, math.nan)}, "thresholds.lenient: .*finite"),
        ({"thresholds": {"lenient": 0.1}}, "lacks the thresholds balanced, strict"),
        ({"thresholds": list(STRICTNESS)}, "thresholds"),
        ({"about": ...}, "about"),
        ({"about": []}, "about"),
        ({"about": {}}, "for the reader None, not 'r'"),
        ({"about": {"reader": "other"}}, "for the reader 'other', not 'r'"),
    ],
)
def test_a_file_that_is_no_gate_for_this_reader_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    assert gate.load(written(tmp_path / "good.json"), "r").weights == {"span": 1.0}
    path = written(tmp_path / "gate.json", **changes)
    with pytest.raises(InvalidRequest, match=reason) as raised:
        gate.load(path, "r")
    assert str(path) in raised.value.detail
    assert "\n" not in str(raised.value)
    assert raised.value.advice


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gate.json"
    path.write_bytes(content)
    with pytest.raises(InvalidRequest, match="is no calibration") as raised:
        gate.load(path, "r")
    assert "\n" not in str(raised.value)


def test_an_absent_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InvalidRequest, match="cannot be read"):
            gate.load(path, "r")


class Bundled(HashingEmbedder):
    """Has the name of the embedder that the bundled calibrations were made with."""

    name = BUNDLED


def test_a_calibration_made_with_another_embedder_is_refused_in_one_line(settings: Settings) -> None:
    settings.data_dir.mkdir()
    own = a_gate(reader="similarity", embedder="hashing-256")
    gate.save(own, settings.gate_file)
    assert gate.load_for(settings, "similarity", HashingEmbedder()) == own
    with pytest.raises(InvalidRequest, match="another embedder \\(hashing-256, not other\\)") as refused:
        gate.load_for(settings, "similarity", HashingEmbedder("other"))
    assert "youju calibrate" in refused.value.advice


def test_the_bundled_calibration_without_its_embedder_weighs_nothing_of_it(settings: Settings) -> None:
    whole = gate.load_for(settings, "e5-small-reader", Bundled())
    other = gate.load_for(settings, "e5-small-reader", HashingEmbedder())
    assert set(whole.weights) & set(gate.OF_EMBEDDER)
    assert dict(other.weights) == {name: weight for name, weight in whole.weights.items() if name not in gate.OF_EMBEDDER}


def test_the_users_own_calibration_comes_first(settings: Settings) -> None:
    assert gate.load_for(settings, "similarity", Bundled()) == gate.load(gate.bundled("similarity"), "similarity")
    settings.data_dir.mkdir()
    own = a_gate(reader="similarity")
    gate.save(own, settings.gate_file)
    assert gate.load_for(settings, "similarity", HashingEmbedder()) == own
    with pytest.raises(InvalidRequest, match="'similarity', not 'e5-small-reader'"):  # the reader was changed since
        gate.load_for(settings, "e5-small-reader", HashingEmbedder())


@pytest.mark.parametrize("path", sorted((ROOT / "service" / "reading" / "gates").glob("*.json")), ids=lambda path: path.stem)
def test_the_bundled_calibrations(path: Path) -> None:
    assert gate.bundled(path.stem) == path
    bundled = gate.load(path, path.stem)
    assert bundled.weights
    assert not {"fused", "margin", "dense", "fused_cross"} & set(bundled.weights)  # they depend on the languages of the index
    lenient, balanced, strict = (bundled.thresholds[name] for name in STRICTNESS)
    assert 0 < lenient < balanced < strict < 1


def test_every_reader_that_a_gate_judges_has_one() -> None:
    """Another cross-encoder by name only ranks, beside the bundled reader."""
    assert {path.stem for path in (ROOT / "service" / "reading" / "gates").glob("*.json")} == {
        Settings.model_fields["reader"].default,
        "similarity",
    }


@pytest.mark.parametrize(
    ("confidence", "is_open"),
    [(0.1, "off"), (0.3, "off lenient"), (0.5, "off lenient balanced"), (0.7, "off lenient balanced strict")],
)
def test_strictness_decides(confidence: float, is_open: str) -> None:
    logit = math.log(confidence / (1 - confidence))
    judge = Gate({"answerable": 1.0}, 0.0, dict(zip(STRICTNESS, (0.2, 0.4, 0.6), strict=True)), {})
    for strictness in ("off", *STRICTNESS):
        weighed = AnswerabilityGate(FindingReader("battery", found=logit), judge, strictness).decide(
            QUESTION, [a_passage(LASTS)]
        )
        assert weighed.confidence == pytest.approx(confidence)
        assert weighed.is_open == (strictness in is_open.split())


def test_the_reader_gets_titles_with_headings_and_texts() -> None:
    class Noting(FindingReader):
        def read(self, question: str, passages: Any) -> list[Reading]:
            noted.extend(passages)
            return super().read(question, passages)

    noted: list[tuple[str, str]] = []
    keeper = gatekeeper_of(Noting("24 months"))
    weighed = keeper.decide(QUESTION, [a_passage(LASTS, heading="Power"), a_passage("x", document=a_document(title=""))])
    assert noted == [("Manual > Power", LASTS), ("", "x")]
    assert [bool(one.spans) for one in weighed.readings] == [True, False]
    assert tuple(weighed.features) == FEATURES


def test_without_passages_no_gate_opens() -> None:
    for keeper in (gatekeeper_of(FindingReader("x")), AnswerabilityGate(SimilarityReader(HashingEmbedder()), a_gate(), "off")):
        weighed = keeper.decide(QUESTION, [])
        assert (weighed.confidence, weighed.is_open, weighed.readings) == (0.0, False, [])


def test_passages_of_each_language_are_judged_by_themselves() -> None:
    """A near miss in the other language does not hide what the documents in the question's own say."""
    own, other = a_passage(LASTS, key=1), a_passage("电池可以用两年。", key=2)
    more = a_passage("员工每年有十五天年假。", key=3)
    says = {LASTS: reading(2.0, 2.0), other.text: reading(4.0, 1.5), more.text: reading(-9.0, -9.0)}

    class Scripted(FindingReader):
        def read(self, question: str, passages: Any) -> list[Reading]:
            return [says[text] for _, text in passages]

    reader = Scripted()
    judge = AnswerabilityGate(reader, Gate({"answerable": 1.0}, 0.0, dict.fromkeys(STRICTNESS, 0.4), {}), "balanced")
    weighed = judge.decide(QUESTION, [other, own, more])
    assert (list(weighed.passages), list(weighed.readings), weighed.across) == ([own], [reading(2.0, 2.0)], False)
    says[other.text] = reading(4.0, 3.0)
    assert not judge.decide(QUESTION, [other, own, more]).across  # its words can be checked
    says[LASTS] = reading(2.0, -1.0)
    weighed = judge.decide(QUESTION, [other, own, more])
    assert (list(weighed.passages), weighed.across) == ([other, more], True)  # in the order of retrieval
    says[other.text] = reading(4.0, 0.2)  # surer than nothing, but not sure enough across languages
    says[LASTS] = reading(2.0, 0.1)
    assert list(judge.decide(QUESTION, [other, own, more]).passages) == [own]
    off = AnswerabilityGate(reader, Gate({"answerable": 1.0}, 0.0, dict.fromkeys(STRICTNESS, 0.4), {}), "off")
    assert list(off.decide(QUESTION, [other, own, more]).passages) == [other, own, more]
