from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from service.events import Ask
from service.reading import gate
from service.reading.gate import FEATURES, STRICTNESS
from service.resources import make_resources
from service.retrieval.retriever import Retriever
from tests.conftest import ROOT, ingest_files
from tests.fakes import (
    FindingReader,
    HashingEmbedder,
    ScriptedGenerator,
    ThreadWorker,
    a_document,
    a_passage,
    gatekeeper_of,
    open_gatekeeper,
)
from youju.cli import calibrate
from youju.cli.main import app as whole_app
from youju.errors import InvalidRequest
from youju.evaluation import calibration
from youju.evaluation.calibration import FEWEST, REFUSED, Fitted, Sample, conditions, fit, samples
from youju.evaluation.records import EvalQuestion
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scope
from youju.settings import Settings

GOLD, OTHER = a_document("manual"), a_document("box")
HOLDS = a_passage("The battery lasts 24 months.", key=1, document=GOLD)
REST = a_passage("Charge it in the shade.", key=2, document=GOLD)
BESIDE = a_passage("The box weighs 24 months.", key=3, document=OTHER)
POOL = [HOLDS, BESIDE, REST]
TELLING = ("answerable", "span", "lift")  # features that tell answerable questions in `drawn`


def question(**values: Any) -> EvalQuestion:
    given = {"question": "How long?", "answerable": True, "answers": ["24 months"], "documents": ["manual.txt"]}
    return EvalQuestion.model_validate(given | values)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (question(), {"answerable": [1, 3, 2], "absent": [3], "hard": [3, 2]}),
        (question(answers=["99 years"]), {"answerable": [1, 3, 2], "absent": [3]}),  # retrieval did not find it
        (question(answers=[]), {"answerable": [1, 3, 2], "absent": [3]}),
        (question(documents=[]), {"answerable": [1, 3, 2]}),
        (question(documents=["manual.txt", "box.txt"]), {"answerable": [1, 3, 2], "absent": [], "hard": [2]}),
        (question(answerable=False), {"unanswerable": [1, 3, 2]}),
    ],
)
def test_conditions(asked: EvalQuestion, expected: dict[str, list[int]]) -> None:
    found = conditions(asked, POOL, top_k=8)
    assert {kind: [passage.key for passage in passages] for kind, passages in found.items()} == expected


def test_taken_away_passages_are_made_up_for_from_further_down() -> None:
    found = conditions(question(), POOL, top_k=1)
    assert {kind: [one.key for one in passages] for kind, passages in found.items()} == {
        "answerable": [1], "absent": [3], "hard": [3],
    }  # fmt: skip
    assert len(conditions(question(answerable=False), POOL, top_k=2)["unanswerable"]) == 2


def drawn(
    count: int, apart: float, seed: int, kinds: tuple[str, ...] = ("answerable", "hard", "absent", "unanswerable")
) -> list[Sample]:
    """Samples whose `TELLING` features are larger for answerable questions, and whose other features are noise."""
    random = np.random.default_rng(seed)
    found = []
    for group in range(count):
        for kind in kinds:
            values = dict(zip(FEATURES, random.normal(size=len(FEATURES)).tolist(), strict=True))
            shift = apart / 2 if kind == "answerable" else -apart / 2
            found.append(Sample(group, kind, values | {name: values[name] + shift for name in TELLING}))
    return found


def test_fitting_finds_the_direction_and_thresholds_of_the_shares() -> None:
    given = drawn(300, 2.0, seed=3)
    fitted = fit(given, "finding", {"questions": "made up"})
    weights = fitted.gate.weights
    assert set(weights) == set(calibration.USED)
    for name in TELLING:
        assert weights[name] > 5 * max(abs(weights[other]) for other in set(weights) - set(TELLING))
    assert list(fitted.points) == ["lenient", "balanced", "strict"]
    lenient, balanced, strict = (fitted.gate.thresholds[name] for name in STRICTNESS)
    assert 0 < lenient <= balanced <= strict < 1
    for name, share in REFUSED.items():
        point = fitted.points[name]
        assert point.false_refusals == pytest.approx(share, abs=1 / 300)
        assert point.threshold == pytest.approx(fitted.gate.thresholds[name], abs=1e-4)
        assert set(point.false_answers) == {"hard", "absent", "unanswerable"}
        assert max(point.false_answers.values()) < 0.3
    assert fitted.points["lenient"].false_answers["hard"] > fitted.points["strict"].false_answers["hard"]
    assert all(value > 0.95 for value in fitted.auc.values())
    assert fitted.counts == {"answerable": 300, "absent": 300, "hard": 300, "unanswerable": 300}
    refusals = [point.false_refusals for point in fitted.curve]
    assert refusals == sorted(refusals)
    assert refusals[0] == 0.0


def test_the_gate_that_was_fitted_decides_so_too() -> None:
    """On new samples from the same source the thresholds do what they said."""
    fitted, fresh = fit(drawn(1600, 3.0, seed=3), "finding", {}), drawn(2000, 3.0, seed=4)
    sure = {kind: [fitted.gate.probability(one.features) for one in fresh if one.kind == kind] for kind in fitted.counts}
    for name, share in REFUSED.items():
        refused = np.mean([one < fitted.gate.thresholds[name] for one in sure["answerable"]])
        assert refused == pytest.approx(share, abs=0.03)


def test_chance_is_told_as_chance() -> None:
    """Judged on what it was fitted on, noise would look like knowledge."""
    kinds = ("answerable", "unanswerable")
    fitted = [fit(drawn(40, 0.0, seed, kinds), "finding", {}) for seed in range(5)]
    assert np.mean([one.auc["unanswerable"] for one in fitted]) < 0.56
    assert all(one.points["balanced"].false_answers["unanswerable"] > 0.7 for one in fitted)


def test_without_a_trained_reader_its_features_do_not_count() -> None:
    fitted = fit(drawn(100, 3.0, seed=2), "similarity", {})
    assert set(fitted.gate.weights) == set(calibration.USED_WITHOUT_READER)
    assert not {"span", "answerable"} & set(fitted.gate.weights)
    assert fitted.gate.weights["lift"] > 0


def test_a_feature_that_never_varies_weighs_nothing() -> None:
    given = [Sample(one.group, one.kind, one.features | {"zh": 0.0}) for one in drawn(50, 3.0, seed=5)]
    assert fit(given, "finding", {}).gate.weights["zh"] == 0.0


def test_the_figures_are_kept_with_the_gate(tmp_path: Path) -> None:
    fitted = fit(drawn(60, 3.0, seed=6), "finding", {"questions": "q.jsonl"})
    gate.save(fitted.gate, tmp_path / "gate.json")
    about = gate.load(tmp_path / "gate.json", "finding").about
    assert (about["questions"], about["reader"], about["samples"]) == ("q.jsonl", "finding", fitted.counts)
    assert about["auc"] == fitted.auc
    assert set(about["cross_validated"]) == set(STRICTNESS)


@pytest.mark.parametrize(
    ("answerable", "unanswerable"), [(0, 0), (FEWEST - 1, FEWEST), (FEWEST, FEWEST - 1), (FEWEST, 0), (0, FEWEST)]
)
def test_too_few_samples_are_told_in_one_line(answerable: int, unanswerable: int) -> None:
    given = drawn(answerable, 3.0, 1, ("answerable",)) + drawn(unanswerable, 3.0, 2, ("unanswerable",))
    reason = f"^{answerable} answerable and {unanswerable} unanswerable cases; at least {FEWEST}"
    with pytest.raises(InvalidRequest, match=reason) as raised:
        fit(given, "finding", {})
    assert "\n" not in str(raised.value)


def test_the_documentation_names_the_shares() -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for name, share in REFUSED.items():
        assert f"| `{name}` | {share:.0%} |".replace("%", " %") in text


def test_just_enough_samples() -> None:
    assert isinstance(fit(drawn(FEWEST, 3.0, 1, ("answerable", "hard")), "finding", {}), Fitted)


NAMES = [f"Gadget{first}{second}" for first in "ABCDE" for second in "abcdef"]  # GadgetAa, … words, no codes
FILES = {f"{name}.txt": f"The battery of the {name} lasts {number + 10} months." for number, name in enumerate(NAMES)}
ASKED: list[dict[str, Any]] = [
    {"question": f"How long does the battery of the {name} last?", "answers": [f"{number + 10} months"],
     "documents": [f"{name}.txt"], "answerable": True}
    for number, name in enumerate(NAMES)
] + [{"question": "What do whales eat in winter?", "answerable": False}]  # fmt: skip


@pytest.fixture
def index(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an index of `FILES`; settings that commands load name the same one."""
    for name in ("data_dir", "reader"):
        monkeypatch.setenv(f"YOUJU_{name.upper()}", str(getattr(settings, name)))
    store = Store(settings.database)
    ingest_files(FILES, tmp_path / "documents", settings, store, HashingEmbedder())
    store.close()
    return settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in ASKED), encoding="utf-8")
    return path


@pytest.fixture
def youju(index: Settings) -> Callable[..., Result]:
    app = typer.Typer()
    app.command()(calibrate.make_command(lambda settings, progress: HashingEmbedder()))

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})

    return invoke


def test_samples_of_an_index(index: Settings, store: Store, embedder: HashingEmbedder) -> None:
    retriever = Retriever(store, VectorIndex(store, index.vector_file, embedder.dimension), embedder)
    asked = [EvalQuestion.model_validate(one) for one in ASKED[-3:]]
    done: list[int] = []
    found = samples(asked, retriever, gatekeeper_of(FindingReader("38 months", "39 months")), 4, progress=done.append)
    assert done == [1, 2, 3]
    # Documents of one passage: without it nothing of them is left, so that `hard` is as `absent`.
    kinds = [(one.group, one.kind) for one in found]
    assert kinds == [(g, kind) for g in (0, 1) for kind in ("answerable", "absent", "hard")] + [(2, "unanswerable")]
    assert all(tuple(one.features) == FEATURES for one in found)
    assert found[0].features["coverage_any"] > found[1].features["coverage_any"]
    nowhere = samples(asked, retriever, open_gatekeeper(embedder), 4, Scope(uri_prefix="/nowhere"))
    assert nowhere == []


def test_the_command_writes_what_the_service_then_uses(youju: Callable[..., Result], index: Settings, file: Path) -> None:
    done = youju(file)
    assert done.exit_code == 0, done.output
    assert "30 answerable" in done.stdout
    assert all(name in done.stdout for name in STRICTNESS)
    assert "ROC AUC" in done.stdout
    assert str(index.gate_file) in "".join(done.stdout.splitlines())
    own = gate.load_for(index, "similarity", HashingEmbedder())
    assert (own.about["questions"], own.about["embedder"]) == ("questions.jsonl", HashingEmbedder().fingerprint)
    assert own != gate.load(gate.bundled("similarity"), "similarity")

    async def ask() -> None:
        generator = ScriptedGenerator("The battery of the GadgetAc lasts 12 months [1].")
        built = make_resources(index.model_copy(update={"strictness": "balanced"}), HashingEmbedder(), generator, ThreadWorker)
        try:
            assert built.gate.threshold == own.thresholds["balanced"]
            answer = await built.answerer.answer(Ask("How long does the battery of the GadgetAc last?"))
            assert (answer.verdict, len(generator.prompts)) == ("answered", 1)
            refused = await built.answerer.answer(Ask("What do whales eat in winter?"))
            assert (refused.verdict, len(generator.prompts)) == ("abstained", 1)
            assert refused.confidence < own.thresholds["balanced"] <= answer.confidence
        finally:
            await built.close()

    asyncio.run(ask())


def test_a_dry_run_writes_nothing(youju: Callable[..., Result], index: Settings, file: Path) -> None:
    done = youju(file, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "Nothing was changed" in done.stdout
    assert not index.gate_file.exists()
    printed = json.loads(youju(file, "--dry-run", "--json").stdout)
    assert (printed["written"], index.gate_file.exists()) == (None, False)


def test_json(youju: Callable[..., Result], index: Settings, file: Path) -> None:
    done = youju(file, "--json", "--top-k", "3")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed["counts"] == {"answerable": 30, "absent": 30, "hard": 30, "unanswerable": 1}
    assert list(printed["points"]) == ["lenient", "balanced", "strict"]
    assert set(printed["points"]["strict"]) == {"threshold", "false_refusals", "false_answers"}
    assert set(printed["auc"]) == {"absent", "hard", "unanswerable"}
    assert printed["written"] == str(index.gate_file)
    assert gate.load_for(index, "similarity", HashingEmbedder()).about["auc"] == printed["auc"]


def test_it_can_be_removed(youju: Callable[..., Result], index: Settings, file: Path) -> None:
    youju(file)
    done = youju("--remove")
    assert (done.exit_code, index.gate_file.exists()) == (0, False)
    assert "bundled" in done.stdout
    assert (
        gate.load_for(index, "similarity", HashingEmbedder()).about == gate.load(gate.bundled("similarity"), "similarity").about
    )
    again = youju("--remove")
    assert (again.exit_code, again.stdout) == (0, "There was none: the bundled one is in use.\n")
    assert json.loads(youju("--remove", "--json").stdout) == {"removed": False}


def test_wrong_use_is_told_in_one_line(youju: Callable[..., Result], index: Settings, file: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(json.dumps(one) + "\n" for one in ASKED[:3]), encoding="utf-8")
    for arguments, reason in (
        ((), "nothing to calibrate on"),
        ((file, "--remove"), "reads no questions"),
        ((tmp_path / "none.jsonl",), "is not a file"),
        ((few,), "3 answerable and 6 unanswerable cases"),
        ((file, "--collection", "none"), "none"),
    ):
        done = youju(*arguments)
        assert done.exit_code == 2, (arguments, done.output)
        assert reason in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not done.stdout
    assert not index.gate_file.exists()


def test_the_whole_command_line_knows_it() -> None:
    shown = CliRunner().invoke(whole_app, ["calibrate", "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "--dry-run" in shown.stdout
