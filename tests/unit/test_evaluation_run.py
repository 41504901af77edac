from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner, Result

from service.events import Ask
from service.generation import Message
from service.resources import Resources, make_resources
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.cli import evaluate
from youju.cli.main import app as whole_app
from youju.errors import EmptyIndex, GeneratorUnavailable, InvalidQuestion, InvalidRequest, PathNotFound, YoujuError
from youju.evaluation import html, report
from youju.evaluation.records import EvalQuestion, EvaluationReport, Row, load_questions, load_report
from youju.evaluation.run import judge, run
from youju.index.sqlite.store import Store
from youju.records import Answer, Citation, ModelNames, PassageOut, Sentence, Timings, Usage
from youju.settings import Settings

FILES = {
    "manual.txt": "The battery of the T3 lasts 24 months. The battery of the T3H lasts 18 months.",
    "box.txt": "The box holds one logger and a bracket of steel.",
    "leave.txt": "员工每年有十五天年假。请假要提前三天申请。",
}
QUESTIONS: list[dict[str, Any]] = [
    {"question": "How long does the battery of the T3 last?", "answers": ["24 months"], "documents": ["manual.txt"],
     "answerable": True, "kind": "plain", "page": 3},
    {"question": "员工每年有几天年假？", "answers": ["十五天"], "documents": ["leave.txt"],
     "answerable": True, "kind": "plain"},
    {"question": "What is the bracket of the box?", "answers": ["wood"], "answerable": True, "kind": "plain"},
    {"question": "How long does the battery of the T3 last in winter?", "answerable": False, "kind": "near"},
    {"question": "年假能卖钱吗？", "answerable": False, "kind": "near", "answers": ["能"]},
]  # fmt: skip


def script(messages: Sequence[Message]) -> str:
    """An answer to each question; what it says of the winter is false."""
    question = messages[-1].content.rsplit("\n", 1)[-1]
    if "T3" in question:
        return "The battery of the T3 lasts 24 months [1]."
    if "几天年假" in question:
        return "员工每年有十五天年假 [1]。"
    return "The box holds a bracket of steel [1]." if "bracket" in question else "未找到"


def write_lines(path: Path, questions: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in questions), encoding="utf-8")
    return path


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[Settings], Resources]:
    """Resources with the fakes over an index of `FILES`; settings that commands load name the same index."""
    for name in ("data_dir", "reader", "strictness"):
        monkeypatch.setenv(f"YOUJU_{name.upper()}", str(getattr(settings, name)))
    with_store = Store(settings.database)
    ingest_files(FILES, tmp_path / "documents", settings, with_store, HashingEmbedder())
    with_store.close()

    def build(settings: Settings) -> Resources:
        return make_resources(settings, HashingEmbedder(), ScriptedGenerator(script), ThreadWorker)

    return build


@pytest.fixture
def resources(make: Callable[[Settings], Resources], settings: Settings) -> Iterator[Resources]:
    built = make(settings)
    yield built
    asyncio.run(built.close())


@pytest.fixture
def youju(make: Callable[[Settings], Resources]) -> Callable[..., Result]:
    app = typer.Typer()
    app.command()(evaluate.make_command(make))

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})

    return invoke


def questions() -> list[EvalQuestion]:
    return [EvalQuestion.model_validate(one) for one in QUESTIONS]


def answer(text: str = "It lasts 24 months.", **changes: Any) -> Answer:
    citation = Citation(
        marker=1, document_id="d", title="t", uri="a.md", page=None, chunk_id="c", quote="24 months", start=18, end=27, score=1
    )
    passage = PassageOut(
        chunk_id="c", document_id="d", title="t", uri="a.md", page=None, text="It lasts 24 months. More.", start=9, end=34,
        score=1, used=True,
    )  # fmt: skip
    values: dict[str, Any] = {
        "answer": text, "verdict": "answered", "confidence": 0.75, "language": "en", "citations": [citation],
        "sentences": [Sentence(text=text, markers=[1], support=1)], "passages": [passage],
        "model": ModelNames(generator="g", embedder="e"), "usage": Usage(prompt_tokens=7, completion_tokens=3),
        "timings_ms": Timings(retrieve=10, first_token=100, generate=150, verify=5, total=170), "request_id": "r",
    }  # fmt: skip
    return Answer(**(values | {"missing": None} | changes))


def test_a_question_keeps_what_it_does_not_know_and_finds_its_language() -> None:
    one = EvalQuestion.model_validate(QUESTIONS[0])
    assert (one.model_extra, one.asked_in) == ({"page": 3}, "en")
    assert EvalQuestion.model_validate(QUESTIONS[1]).asked_in == "zh"
    assert EvalQuestion(question="一二三", answerable=True, language="en").asked_in == "en"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 3: .*JSON"),
        ("[1]", "line 3: .*object"),
        ('{"question": "Why?"}', "line 3: answerable: Field required"),
        ('{"question": " ?", "answerable": true}', "line 3: question: .*no letter"),
        ('{"question": "Why?", "answerable": true, "answers": [""]}', "line 3: answers: .*no letter"),
        ('{"question": "Why?", "answerable": true, "language": "fr"}', "line 3: language"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = write_lines(tmp_path / "q.jsonl", QUESTIONS[:1])
    path.write_text(path.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match=reason):
        load_questions(path)


def test_files_of_questions(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "q.jsonl", [*QUESTIONS, {"question": "a\u2028b", "answerable": False}])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))  # as an editor may save it
    assert len(load_questions(path)) == 6
    for content, reason in ((b" \n", "no questions"), (b"\xff\xfe", "not UTF-8")):
        path.write_bytes(content)
        with pytest.raises(InvalidRequest, match=reason):
            load_questions(path)
    with pytest.raises(PathNotFound):
        load_questions(tmp_path / "none.jsonl")


def test_a_right_answer_is_judged() -> None:
    question = EvalQuestion(question="How long?", answers=["24 months"], documents=["x/a.md"], answerable=True)
    row = judge(question, answer())
    assert (row.right, row.false_refusal, row.false_answer, row.answered) == (True, False, None, True)
    assert (row.recall_at_1, row.recall_at_5, row.reciprocal_rank) == (1.0, 1.0, 1.0)
    assert row.exact_match == 0.0
    assert row.f1 == pytest.approx(2 * 2 / 6)  # it lasts 24 months
    assert (row.citation_precision, row.citation_recall, row.citations[0].supports) == (1.0, 1.0, True)
    assert (row.confidence, row.usage.prompt_tokens) == (0.75, 7)


def test_a_wrong_answer_a_refusal_and_a_false_answer() -> None:
    can = EvalQuestion(question="How long?", answers=["36 months"], answerable=True)
    row = judge(can, answer())
    assert (row.right, row.false_refusal, row.recall_at_1) == (False, False, None)
    refusal = answer("No.", verdict="abstained", confidence=0.25, citations=[], sentences=[])
    row = judge(can, refusal)
    assert (row.answer, row.right, row.f1, row.false_refusal, row.confidence) == ("", False, 0.0, True, 0.25)
    assert row.citation_precision is row.citation_recall is None
    cannot = EvalQuestion(question="How long?", answers=["24 months"], answerable=False)
    row = judge(cannot, answer())
    assert (row.right, row.exact_match, row.false_answer, row.false_refusal) == (None, None, True, None)
    assert judge(cannot, refusal).false_answer is False


def test_markers_in_the_text_are_no_answers() -> None:
    row = judge(EvalQuestion(question="How many?", answers=["1"], answerable=True), answer(answer="It lasts 24 months [1]."))
    assert row.right is False


def test_a_run_over_an_index(resources: Resources) -> None:
    seen: list[Row] = []
    rows = asyncio.run(run(resources.answerer, questions(), top_k=2, progress=seen.append))
    assert rows == seen
    assert [row.verdict for row in rows] == ["answered", "answered", "answered", "answered", "abstained"]
    assert [row.right for row in rows] == [True, True, False, None, None]
    assert [row.false_answer for row in rows] == [None, None, None, True, False]
    assert [row.language for row in rows] == ["en", "zh", "en", "en", "zh"]
    assert rows[0].recall_at_1 == rows[1].reciprocal_rank == 1.0
    assert rows[0].more == {"page": 3}
    assert rows[0].answer == "The battery of the T3 lasts 24 months."
    assert rows[0].citation_precision == rows[0].citation_recall == 1.0
    assert all(len(row.found) <= 2 and row.timings_ms.total > 0 for row in rows)


class Failing:
    """Answers, but raises for the questions that name an error."""

    def __init__(self, errors: dict[str, Exception]) -> None:
        self._errors = errors
        self.asked: list[Ask] = []

    async def answer(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        if error := self._errors.get(ask.question):
            raise error
        return answer()


def test_an_error_stays_with_its_question() -> None:
    failing = Failing(
        {"b": InvalidQuestion("too long."), "c": GeneratorUnavailable("down."), "d": ZeroDivisionError("x" * 999)}
    )
    asked = [EvalQuestion(question=name, answers=["24 months"], answerable=True) for name in "abcde"]
    rows = asyncio.run(run(failing, asked))
    assert [row.error is None for row in rows] == [True, False, False, False, True]
    assert rows[1].error == "InvalidQuestion: too long."
    assert len(rows[3].error or "") == 300
    assert (rows[1].right, rows[1].verdict, rows[1].confidence) == (None, None, None)
    (everything,) = report.groups(rows)[:1]
    assert (everything.n, everything.errors, everything.right and everything.right.n) == (5, 3, 2)


def test_an_error_that_all_would_meet_ends_the_run() -> None:
    asked = [EvalQuestion(question=name, answerable=True) for name in "ab"]
    with pytest.raises(EmptyIndex):
        asyncio.run(run(Failing({"a": EmptyIndex("empty.")}), asked))
    rows = asyncio.run(run(Failing({"b": EmptyIndex("empty.")}), asked))  # later, the answers so far are worth more
    assert [row.error for row in rows] == [None, "EmptyIndex: empty."]


def test_the_language_to_answer_in_is_asked_for() -> None:
    failing = Failing({})
    asked = [EvalQuestion(question="a", answerable=True, answer_language="zh"), EvalQuestion(question="a", answerable=True)]
    rows = asyncio.run(run(failing, asked, top_k=3))
    assert [(ask.language, ask.top_k) for ask in failing.asked] == [("zh", 3), (None, 3)]
    assert rows[0].more == {"answer_language": "zh"}


def test_groups_and_their_figures() -> None:
    rows = [
        row(right=True, false_refusal=False, verdict="answered", confidence=0.9),
        row(right=False, false_refusal=True, verdict="abstained", confidence=0.1, kind="b"),
        row(language="zh", answerable=False, false_answer=True, verdict="answered", confidence=0.4),
    ]
    found = report.groups(rows)
    assert [report.label(one) for one in found] == ["all", "en", "en a", "en b", "zh", "zh a"]
    everything = found[0]
    assert everything.right is not None
    assert everything.right.mean == 0.5
    assert everything.right_of_answered is not None
    assert (everything.right_of_answered.mean, everything.right_of_answered.n) == (1.0, 1)
    assert everything.false_answers is not None
    assert everything.false_answers.mean == 1.0
    assert everything.false_refusals is not None
    assert everything.false_refusals.mean == 0.5
    assert everything.auc == 0.5
    assert (everything.median_ms, everything.prompt_tokens) == (0.0, None)
    assert [report.label(one) for one in report.groups([row(kind="")])] == ["all"]


def row(**changes: Any) -> Row:
    values = {"question": "q", "language": "en", "kind": "a", "answerable": True}
    return Row.model_validate(values | changes)


def test_stages_add_up_to_the_total() -> None:
    spent = report.stages(Timings(rewrite=4, queue=1, retrieve=10, gate=2, first_token=100, generate=150, verify=5, total=174))
    assert spent == {
        "rewrite": 4, "queue": 1, "retrieve": 10, "gate": 2, "verify": 5, "read prompt": 100, "write": 50, "other": 2,
    }  # fmt: skip
    assert set(report.stages(Timings()).values()) == {0.0}


def answerable(**right: bool) -> list[Row]:
    return [row(question=name, right=one, false_refusal=False) for name, one in right.items()]


def made(*rows: Row) -> EvaluationReport:
    return report.build("q.jsonl", rows, {"generator": "g"})


def test_two_runs_are_compared_question_by_question() -> None:
    first = made(
        *answerable(a=True, b=True, c=True, d=False),
        row(question="n", answerable=False, false_answer=True), row(question="only A"), row(question="e", error="x"),
    )  # fmt: skip
    second = made(
        row(question="n", answerable=False, false_answer=False), row(question="e", right=True),
        *answerable(a=True, b=False, c=False, d=True),
        row(question="a", kind="b"),
    )  # fmt: skip
    found = report.compare(first, second)
    assert (found.pairs, found.unpaired) == (5, 4)
    right, false_answer, false_refusal = found.changes
    assert (right.both, right.only_first, right.only_second, right.neither) == (1, 2, 1, 0)
    assert right.p == 1.0
    assert (false_answer.only_first, false_answer.only_second, false_answer.p) == (1, 0, 1.0)
    assert (false_refusal.neither, false_refusal.both) == (4, 0)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=8))
def test_a_run_does_not_differ_from_itself(cases: list[tuple[str, bool]]) -> None:
    same = made(*(row(question=name, right=right) for name, right in cases))
    found = report.compare(same, same)
    assert (found.pairs, found.unpaired) == (len(cases), 0)
    assert found.changes[0].only_first == found.changes[0].only_second == 0


def test_a_page_escapes_what_comes_from_outside() -> None:
    evil = "<script>alert(1)</script>&\"'<img src=x onerror=alert(1)>"
    cited = {"marker": 1, "uri": evil, "page": None, "quote": evil, "supports": None}
    text = html.page(
        report.build(
            evil,
            [
                row(question=evil, kind=evil, answers=[evil], answer=evil, right=False, verdict="answered", citations=[cited],
                    confidence=0.7),
                row(question=evil, error=evil),
                row(question="中文", language="zh", answerable=False, false_answer=True, verdict="answered", confidence=0.2),
            ],
            {evil: evil},
        )
    )  # fmt: skip
    assert "<script" not in text
    assert text.count("<img") == 2  # the two plots
    assert "&lt;script&gt;" in text
    assert "src=x" not in text.replace("&lt;img src=x", "")
    assert "http" not in text  # nothing is fetched
    assert "中文" in text


def test_a_page_of_nothing() -> None:
    assert html.page(made()).count("data:image/svg+xml;base64,") == 2


def test_matplotlib_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(YoujuError, match=r"pip install .* '\.\[eval\]'"):
        html.page(made())


def test_tables_show_every_measure() -> None:
    console = Console(file=io.StringIO(), width=report.WIDTH, record=True, highlight=False)
    report.show(made(row(right=True, verdict="answered", kind="[b]odd"), row(question="bad", error="x")), console)
    text = console.export_text()
    assert "en [b]odd" in text
    assert "1.000 (1.000–1.000)" in text
    assert "failed: bad: x" in text
    assert "–" in report.figure("right", None)


def test_the_command(youju: Callable[..., Result], tmp_path: Path) -> None:
    file = write_lines(tmp_path / "q.jsonl", QUESTIONS)
    out, page = tmp_path / "new" / "run.json", tmp_path / "run.html"
    done = youju(file, "--out", out, "--html", page, "--top-k", "2")
    assert done.exit_code == 0, done.output
    assert "q.jsonl: 5 questions" in done.stdout
    assert "false answers" in done.stdout
    assert ".667 (" in done.stdout  # two of three are right
    written = load_report(out)
    assert [one.right for one in written.rows] == [True, True, False, None, None]
    assert written.setup == {"generator": "scripted", "embedder": "hashing", "collection": None, "top_k": 2}
    text = page.read_text(encoding="utf-8")
    assert "What is the bracket of the box?" in text
    assert "wood" in text


def test_the_command_prints_json(youju: Callable[..., Result], tmp_path: Path) -> None:
    done = youju(write_lines(tmp_path / "q.jsonl", QUESTIONS), "--json", "--limit", "2")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert (len(printed["rows"]), printed["groups"][0]["right"]["mean"], printed["complete"]) == (2, 1.0, True)


def test_a_question_that_fails_is_told_by_the_exit_code(youju: Callable[..., Result], tmp_path: Path) -> None:
    long = {"question": "word " * 999, "answerable": False}
    done = youju(write_lines(tmp_path / "q.jsonl", [QUESTIONS[0], long]))
    assert done.exit_code == 1
    assert "InvalidQuestion" in done.stdout


def test_compare(youju: Callable[..., Result], tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    report.save(made(row(right=True), row(question="r", right=True)).model_dump_json(), first)
    report.save(made(row(right=False), row(question="r", right=True)).model_dump_json(), second)
    done = youju("--compare", first, second)
    assert done.exit_code == 0, done.output
    assert "2 questions in both runs" in done.stdout
    right = next(line.split() for line in done.stdout.splitlines() if line.startswith("right"))
    assert right == ["right", "1", "1", "0", "0", "1.0000"]
    printed = json.loads(youju("--compare", first, second, "--json").stdout)
    assert printed["changes"][0]["only_first"] == 1
    report.save(made(row(question="other")).model_dump_json(), second)
    assert youju("--compare", first, second).exit_code == 2


def test_wrong_use_is_told_in_one_line(youju: Callable[..., Result], tmp_path: Path) -> None:
    file = write_lines(tmp_path / "q.jsonl", QUESTIONS)
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{", encoding="utf-8")
    for arguments, reason in (
        ((), "nothing to ask"),
        ((tmp_path / "none.jsonl",), "is not a file"),
        ((bad,), "line 1"),
        ((file, "--out", tmp_path), "is a folder"),
        ((file, "--collection", "none"), "none"),
        ((file, "--compare", file, file), "asks nothing"),
        (("--compare", file, file), "is not a report"),
        (("--compare", tmp_path / "none.json", file), "is not a file"),
    ):
        done = youju(*arguments)
        assert done.exit_code == 2, (arguments, done.output)
        assert reason in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not done.stdout


def test_an_interruption_keeps_what_was_asked(
    make: Callable[[Settings], Resources], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(messages: Sequence[Message]) -> str:
        if "bracket" in messages[-1].content.rsplit("\n", 1)[-1]:
            raise KeyboardInterrupt
        return script(messages)

    def build(settings: Settings) -> Resources:
        return make_resources(settings, HashingEmbedder(), ScriptedGenerator(stop), ThreadWorker)

    app = typer.Typer()
    app.command()(evaluate.make_command(build))
    file, out = write_lines(tmp_path / "q.jsonl", QUESTIONS), tmp_path / "run.json"
    done = CliRunner().invoke(app, [str(file), "--out", str(out)])
    assert done.exit_code == 130, done.output
    assert "Stopped after 2 of 5" in done.stderr
    assert (len(load_report(out).rows), load_report(out).complete) == (2, False)


def test_the_whole_command_line_knows_it() -> None:
    shown = CliRunner().invoke(whole_app, ["eval", "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert "--compare" in shown.stdout
