from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks import evaluation_sets as sets
from tests.conftest import ROOT
from youju.evaluation.metrics import holds
from youju.evaluation.records import load_questions
from youju.records import Language

DATA = Path(os.environ.get("YOUJU_TEST_DATA", ROOT.parent / "shared" / "data"))
FILLING = "这里有一些与问题毫无关系的文字，只是为了让这一段足够长而写下来的，读者不必理会。" * 2


def article(number: int, trained: bool = False) -> sets.Article:
    paragraphs = [
        sets.Paragraph(
            {"en": f"Paragraph {number}-{i} says code{number}{i}.", "zh": f"第{number}-{i}段说的是代码{number}{i}。"},
            [
                sets.Question(
                    f"{number}-{i}",
                    {"en": f"Which {i}?", "zh": f"哪个{i}？"},
                    {"en": [f"code{number}{i}"], "zh": [f"代码{number}{i}"]},
                )
            ],
        )
        for i in range(5)
    ]
    return sets.Article(f"Article_{number}_(old)", f"Article {number} (old)", paragraphs, trained)


def question(name: str, answer: str, text: str = "谁？") -> sets.Question:
    return sets.Question(name, {"zh": text}, {"zh": [answer]})


def test_halves_keep_the_articles_of_training_together() -> None:
    articles = [article(number, trained=number % 4 == 3) for number in range(48)]
    halves = sets.halves_of_xquad(articles)
    assert [len(half) for half in halves.values()] == [24, 24]
    assert not any(one.trained for one in halves["test"])
    assert sum(one.trained for one in halves["fit"]) == 12
    assert {one.id for one in halves["fit"]}.isdisjoint(one.id for one in halves["test"])


def test_every_third_article_and_two_paragraphs_of_the_others_are_left_out() -> None:
    parts = sets.parts_of_xquad([article(number) for number in range(6)])
    assert [list(part.asked) for part in parts] == [["answerable", "hard"]] * 2 + [["absent_article"]] + [
        ["answerable", "hard"]
    ] * 2 + [["absent_article"]]
    for part in parts:
        asked = [one for kind in part.asked.values() for one in kind]
        assert sorted(one.id for one in asked) == sorted(f"{one.id}" for p in part.article.paragraphs for one in p.questions)
        present = {one.id for paragraph in part.present for one in paragraph.questions}
        assert present == {one.id for one in part.asked.get("answerable", [])}
        assert len(part.present) in (0, 3)


def test_sentences_that_answer_are_removed_with_their_neighbours_while_enough_remains() -> None:
    text = f"{FILLING}{FILLING}甲在此。张三写了它。乙在此。{FILLING}{FILLING}"
    short, asked = sets.without_answers(sets.Paragraph({"zh": text}, [question("a", "张三")]))
    assert [one.id for one in asked] == ["a"]
    assert not any(word in short for word in ("甲", "张三", "乙"))
    assert FILLING in short
    text = f"{FILLING}{FILLING}甲在此。张三写了它。乙在此。"  # here the neighbours are needed
    short, asked = sets.without_answers(sets.Paragraph({"zh": text}, [question("a", "张三"), question("b", "读者")]))
    assert [one.id for one in asked] == ["a"]  # too little would remain without the other
    assert len(short) >= sets.SHORTEST
    assert "张三" not in short
    assert "读者" in short


def test_an_answer_over_two_sentences_takes_both() -> None:
    text = f"{FILLING}{FILLING}{FILLING}它有二。一是甲。"
    start = text.index("它有二")
    asked = sets.Question("a", {"zh": "有哪些？"}, {"zh": ["有二。一是甲"]}, ((start + 1, start + 7),))
    short, found = sets.without_answers(sets.Paragraph({"zh": text}, [asked]))
    assert found == [asked]
    assert "甲" not in short
    assert "有二" not in short


def test_a_question_that_the_rest_may_answer_is_dropped(tmp_path: Path) -> None:
    asked = sets.Question("a", {"en": "Who built the tall tower of Springfield?"}, {"en": ["Ann"]})
    rest = sets.Paragraph({"en": "The tower of Springfield was built by Ann."}, [])
    other = sets.Paragraph({"en": "Ann had a dog."}, [])
    one = sets.Article("x", "x", [rest])
    assert sets.still_answered(asked, sets.Part(one, [other, rest], {}), "en")
    assert not sets.still_answered(asked, sets.Part(one, [other], {}), "en")
    assert not sets.still_answered(asked, sets.Part(one, [], {}), "en")
    counts = sets.write_set(tmp_path, [sets.Part(one, [rest], {"hard": [asked]})], [], sets.alone("en", "en"))
    assert counts == {"hard dropped": 1, "documents": 1, "set aside": 0}


def test_a_set_across_languages(tmp_path: Path) -> None:
    articles = [article(number, trained=number == 1) for number in range(3)]
    stale = tmp_path / "documents" / "stale.md"
    stale.parent.mkdir()
    stale.write_text("from an earlier run", encoding="utf-8")
    counts = sets.write_set(tmp_path, sets.parts_of_xquad(articles), [article(9)], sets.alone("zh", "en"))
    assert counts == {"answerable": 6, "hard": 4, "absent_article": 5, "documents": 3, "set aside": 0}
    assert not stale.exists()
    asked = load_questions(tmp_path / "questions.jsonl")
    first = asked[0]
    assert (first.question, first.language, first.answer_language) == ("哪个1？", "zh", "zh")
    assert (first.answers, first.documents) == (["code01"], ["documents/Article_0_old.md"])
    assert (tmp_path / first.documents[0]).read_text(encoding="utf-8").startswith("# Article 0 (old)\n\nParagraph 0-1 ")
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["article"] for row in rows if row.get("trained")} == {"Article_1_(old)"}
    assert all(row["answers"] == row["documents"] == [] and row["removed_answers"] for row in rows if not row["answerable"])


def test_a_set_in_both_languages(tmp_path: Path) -> None:
    articles = [article(number) for number in range(3)]
    counts = sets.write_set(tmp_path, sets.whole(articles), [article(9)], sets.mixed([*articles, article(9)]))
    read = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "documents").iterdir()}
    assert [("段落" in text) or ("Paragraph" not in text) for _, text in sorted(read.items())] == [False, True, False, True]
    asked = load_questions(tmp_path / "questions.jsonl")
    assert counts["answerable"] == len(asked)
    assert [one.language for one in asked] == ["en", "zh"] * (len(asked) // 2)
    for one in asked:
        assert holds(read[Path(one.documents[0]).stem], one.answers)
    assert {one.answer_language for one in asked} == {None, "en", "zh"}


@pytest.mark.data
def test_the_real_sets(tmp_path: Path) -> None:
    if not (DATA / "xquad").exists():
        pytest.skip("no development data: name it by YOUJU_TEST_DATA")
    halves = sets.halves_of_xquad(sets.load_xquad(DATA))
    cmrc = sets.load_cmrc(DATA)
    assert [sum(one.trained for one in half) for half in halves.values()] == [11, 0]
    made: list[tuple[Language, list[sets.Part], list[sets.Article]]] = [
        ("en", sets.parts_of_xquad(halves["fit"]), halves["test"]),
        ("zh", sets.parts_of_cmrc(cmrc[1::2]), cmrc[::2]),
    ]
    for language, parts, distractors in made:
        sets.write_set(tmp_path / language, parts, distractors, sets.alone(language, language))
        asked = load_questions(tmp_path / language / "questions.jsonl")
        kinds = {kind: [one for one in asked if one.kind == kind] for kind in ("answerable", "absent_article", "hard")}
        assert all(len(of_kind) > 100 for of_kind in kinds.values())
        read = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / language / "documents").iterdir()}
        held = [holds(read[Path(one.documents[0]).name], one.answers) for one in kinds["answerable"]]
        assert held.count(False) <= 1  # one answer of XQuAD is cut inside a number
    again = tmp_path / "again"
    sets.write_set(again, sets.parts_of_cmrc(cmrc[1::2]), cmrc[::2], sets.alone("zh", "zh"))
    assert (again / "questions.jsonl").read_bytes() == (tmp_path / "zh" / "questions.jsonl").read_bytes()
