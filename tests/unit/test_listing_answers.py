"""Answers that are lists of the documents, with a hashing embedder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from service.composing.base import Composition, Run, Search
from service.composing.listed import listed_near, nearness
from service.composing.listing import SURELY, ListComposer, beginning, counts_in
from service.composing.verbatim import UNSCORED
from service.generation import Message
from service.grounding.quotable import Quote
from service.query.understanding import Understanding
from service.reading.self_evaluation import AskedWeights, SelfEvaluation
from tests.composing import compose, is_exact
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Form
from youju.settings import Settings

FILES = {
    "pump.md": "# Pump manual\n\n## Changing the filter\n\nTo change the filter of the pump, follow these steps:\n\n"
    "1. Close the valve.\n2. Open the lid.\n   Mind the spring.\n3. Put in the new filter.\n\n"
    "## Colours of the pump\n\nThe pump comes in these colours:\n\n- **red**\n- [blue](blue.md)\n- `green`\n",
    "手册.md": "# 水泵手册\n\n## 更换滤芯\n\n更换滤芯的步骤如下：\n\n1. 关闭阀门。\n2. 打开盖子。\n3. 装入新滤芯。\n",
    "minutes.md": "# Minutes of the mill\n\n## Actions\n\n| Action | Owner |\n|---|---|\n| Mend the wheel | Ana |\n"
    "| Paint the door | Li |\n",
    "places.md": "# Places\n\nYou find the settings of the mill in:\n\n- the drawer, if it is red\n- the cellar below\n\n"
    "Turn the key to the left.\n",
    "many.md": "# Parts\n\nThe parts of the mill are:\n\n" + "".join(f"- part number {number}\n" for number in range(1, 61)),
}


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return store


def composer(store: Store, embedder: HashingEmbedder, generator: ScriptedGenerator, asks: bool = False) -> ListComposer:
    weights = AskedWeights(own=1, other=1, stated=1, row=0, intercept=0)
    evaluation = SelfEvaluation(stated={"en": weights, "zh": weights} if asks else {})
    return ListComposer(store, embedder, gatekeeper_of(FindingReader(), evaluation=evaluation), generator)


def said(
    store: Store, settings: Settings, embedder: HashingEmbedder, question: str, form: Form
) -> list[tuple[str, str]] | None:  # fmt: skip
    made = compose(composer(store, embedder, ScriptedGenerator("")), store, settings, embedder, question, form)
    assert made is None or is_exact(made, store)
    return None if made is None else [(one.sentence.block, one.sentence.text) for one in made.said]


def test_steps_in_order_behind_their_lead_in(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    assert said(filled, settings, embedder, "How do I change the filter of the pump?", "procedure") == [
        ("sentence", "To change the filter of the pump, follow these steps:"),
        ("step", "Close the valve."),
        ("step", "Open the lid. Mind the spring."),
        ("step", "Put in the new filter."),
    ]


def test_chinese_steps(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    found = said(filled, settings, embedder, "更换滤芯有哪些步骤？", "procedure")
    assert found is not None
    assert [text for _, text in found] == ["更换滤芯的步骤如下：", "关闭阀门。", "打开盖子。", "装入新滤芯。"]


def test_the_list_that_is_asked_for(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    found = said(filled, settings, embedder, "In which colours does the pump come?", "list")
    assert found is not None
    assert found[1:] == [("item", "red"), ("item", "blue"), ("item", "green")]


def test_rows_of_a_short_table_are_items(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    assert said(filled, settings, embedder, "List all actions in the minutes of the mill.", "list") == [
        ("heading", "Actions"),
        ("item", "Action: Mend the wheel | Owner: Ana"),
        ("item", "Action: Paint the door | Owner: Li"),
    ]


def test_a_long_list_says_how_much_of_it_is_shown(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    question = "What are the parts of the mill?"
    made = compose(composer(filled, embedder, ScriptedGenerator("")), filled, settings, embedder, question, "list")
    assert made is not None
    assert made.verdict == "partial"
    assert made.missing == "40 of 60 items are shown; the rest stands at the place cited."
    assert len(made.said) == 41


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("How do I change the filter of the pump?", "fact"),
        ("Which museums are open on Mondays?", "list"),
        ("In which colours does the pump not come?", "list"),
        ("哪些博物馆周一开放？", "list"),
    ],
)
def test_no_list_where_none_is_near(
    filled: Store, settings: Settings, embedder: HashingEmbedder, question: str, form: Form
) -> None:
    assert said(filled, settings, embedder, question, form) is None


@pytest.mark.parametrize(("question", "is_given"), [("What does zorbox feature?", True), ("What does zorbox overhaul?", False)])
def test_the_name_of_a_document_tells_nothing_between_its_lists(
    question: str, is_given: bool, tmp_path: Path, settings: Settings, filled: Store, embedder: HashingEmbedder
) -> None:
    """A lead-in with the rare name is near every question about it, whatever else is asked."""
    text = "# Features\n\nWhat zorbox does feature:\n\n- easy to read files\n- a wizard\n- reports by mail\n"
    ingest_files({"zorbox.md": text}, tmp_path / "more", settings, filled, embedder)
    made = composer(filled, embedder, ScriptedGenerator(""))
    lenient = replace(made, enough=0.01, worth_asking=0.01)
    assert (compose(lenient, filled, settings, embedder, question, "list") is not None) is is_given


@pytest.mark.parametrize(("preference", "is_given"), [(2.0, True), (-2.0, False), (None, False)])
def test_the_generator_is_asked_where_it_is_not_clear(
    filled: Store, settings: Settings, embedder: HashingEmbedder, preference: float | None, is_given: bool
) -> None:
    generator = ScriptedGenerator("", preference=preference)
    unsure = replace(composer(filled, embedder, generator, asks=True), enough=5.0)
    made = compose(unsure, filled, settings, embedder, "In which colours does the pump come?", "list", generator)
    assert (made is not None, len(generator.weighed)) == (is_given, 1)


@pytest.mark.parametrize(("preference", "is_given"), [(2.0, True), (-2.0, False)])
def test_a_list_that_lacks_a_word_of_the_question_is_asked_about(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, preference: float, is_given: bool
) -> None:
    """How an entry is added tells nothing of how something is attached to one."""
    text = "# Safe\n\n## Adding an entry\n\nTo add an entry, perform these steps:\n\n1. Open the safe.\n2. Press the bell.\n"
    ingest_files({"safe.md": text}, tmp_path / "more", settings, store, embedder)
    question = "How do I add an attachment to an entry?"
    for plain in (question, question.replace("an attachment to ", "")):
        generator = ScriptedGenerator("", preference=preference)
        made = compose(
            composer(store, embedder, generator, asks=True), store, settings, embedder, plain, "procedure", generator
        )
        asked = plain is question
        assert (made is not None, len(generator.weighed)) == (is_given or not asked, int(asked))


def _preferring(item: str, chat: Sequence[Message]) -> float:
    return 3.0 if item in chat[-1].content else 1.0


def test_of_two_lists_about_as_near_the_generator_says_which(
    tmp_path: Path, settings: Settings, filled: Store, embedder: HashingEmbedder
) -> None:
    text = "# Gadget\n\nThe gadget has these inputs:\n\n- red\n- blue\n\nThe gadget has these outputs:\n\n- light\n- sound\n"
    ingest_files({"gadget.md": text}, tmp_path / "more", settings, filled, embedder)
    for wanted in ("light", "red"):
        generator = ScriptedGenerator("", preference=partial(_preferring, f"- {wanted}"))
        near = replace(composer(filled, embedder, generator, asks=True), enough=5.0, worth_asking=5.0)
        made = compose(near, filled, settings, embedder, "Which inputs and outputs does the gadget have?", "list", generator)
        assert made is not None
        assert made.said[1].sentence.text == wanted
        assert len(generator.weighed) == 2


@pytest.mark.parametrize(("stated", "is_given"), [(SURELY + 0.1, True), (SURELY - 0.1, False)])
def test_a_list_that_is_farther_is_believed_only_where_the_generator_is_sure(
    stated: float, is_given: bool, filled: Store, settings: Settings, embedder: HashingEmbedder
) -> None:
    generator = ScriptedGenerator("", preference=stated)
    far = replace(composer(filled, embedder, generator, asks=True), worth_asking=5.0)
    made = compose(far, filled, settings, embedder, "In which colours does the pump come?", "list", generator)
    assert (made is not None) is is_given


def test_what_a_lead_in_points_back_to_is_told_of_its_list(
    tmp_path: Path, settings: Settings, filled: Store, embedder: HashingEmbedder
) -> None:
    text = "# Clock\n\nThe clock takes some zorbs instead of figures. They stand for usual times:\n\n- noon\n- dusk\n"
    ingest_files({"clock.md": text}, tmp_path / "more", settings, filled, embedder)
    passages = [
        one for one in filled.passages(dict.fromkeys(map(int, filled.keys(EVERYTHING)), UNSCORED)) if "noon" in one.text
    ]
    lists = listed_near(filled, passages)
    assert [one.told_before for one in lists] == ["The clock takes some zorbs instead of figures."]
    assert nearness(filled, embedder, "Which zorbs are there?", lists)[0].named == 1


def test_how_to_do_it_is_no_answer_to_how_not_to(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    says_yes = composer(filled, embedder, ScriptedGenerator("", preference=3.0), asks=True)
    asked = "How do I change the pump without the filter?"
    assert compose(says_yes, filled, settings, embedder, asked, "procedure") is None


def test_it_is_not_there_before_the_search(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    generator = ScriptedGenerator("")
    made = compose(
        composer(filled, embedder, generator), filled, settings, embedder, "List the colours.", "list", searches=False
    )
    assert made is None


def test_a_long_item_is_said_by_its_beginning() -> None:
    text = "- " + "It is long. " * 60
    start, end = beginning(text)
    assert text[start:end].endswith("long.")
    assert 250 < end - start <= 330


def test_the_beginning_of_a_long_item_does_not_end_with_a_lead_in() -> None:
    before, commands = "The valve is closed first. " * 11, "Then run these:\n\n      valve close\n      valve check"
    text = f"- {before}{commands}\n\n{'It is opened again. ' * 9}"
    assert text[slice(*beginning(text))].endswith(commands)


def test_counts_that_a_question_names() -> None:
    assert counts_in("What are the seven layers?") == {7}
    assert counts_in("三种方法和12个步骤是什么？") == {3, 12}
    assert counts_in("Which layers are there?") == set()


@dataclass(frozen=True)
class Completing:
    """Asks for the whole of which a sentence of the passages is a part."""

    lists: ListComposer
    text: str

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        assert search is not None
        passage = next(one for one in search.passages if self.text in one.text)
        start = passage.text.index(self.text)
        return await self.lists.complete(run, understood, search, Quote(1, passage, start, start + len(self.text)), 0.7)


@pytest.mark.parametrize(
    ("question", "text", "form", "stated", "steps"),
    [
        ("How do I change the filter of the pump?", "Open the lid.", "procedure", 2.0, 3),
        ("How do I change the filter of the pump?", "To change the filter of the pump", "procedure", 2.0, 3),
        ("怎么更换 pump 的 filter？", "Open the lid.", "procedure", 2.0, 3),  # in another language than the document
        ("How do I change the filter of the pump?", "Open the lid.", "procedure", -2.0, None),  # the list does not answer
        ("What is behind the lid of the pump?", "Open the lid.", "fact", 2.0, None),
        ("What comes after the valve?", "Put in the new filter.", "fact", 2.0, None),  # "valve" tells one step from the others
    ],
)
def test_a_step_brings_the_steps(
    question: str, text: str, form: Form, stated: float, steps: int | None,
    filled: Store, settings: Settings, embedder: HashingEmbedder,
) -> None:  # fmt: skip
    lists = composer(filled, embedder, ScriptedGenerator("", preference=stated), asks=True)
    made = compose(Completing(lists, text), filled, settings, embedder, question, form)
    assert (made and [one.sentence.block for one in made.said].count("step")) == steps
    assert made is None or (is_exact(made, filled) and made.confidence == 0.7)


@pytest.mark.parametrize(
    ("question", "text", "stated", "items"),
    [
        ("Where does the mill keep its settings?", "the cellar below", 2.0, 2),
        ("Where does the mill keep its settings?", "the cellar below", -2.0, None),  # the list does not answer as plainly
        ("Where are the settings of a red mill?", "the drawer, if it is red", 2.0, None),  # the question tells which case
        ("Where does the mill keep its settings?", "Turn the key to the left.", 2.0, None),
        ("What has to be open?", "Put in the new filter.", 2.0, None),  # a step is no case
    ],
)
def test_one_case_of_several_brings_the_others(
    question: str, text: str, stated: float, items: int | None, filled: Store, settings: Settings, embedder: HashingEmbedder
) -> None:
    lists = composer(filled, embedder, ScriptedGenerator("", preference=stated), asks=True)
    made = compose(Completing(lists, text), filled, settings, embedder, question, "fact")
    assert (made and [one.sentence.block for one in made.said].count("item")) == items
    assert made is None or is_exact(made, filled)


PAPERS = (
    "# Papers\n\nThe mill keeps its papers in a chest below the wheel. Each year has its own. These chests are:\n\n{cases}\n\n"
    "Keep them dry.\n"
)


@pytest.mark.parametrize(
    "cases",
    [
        "- of oak: the old ones\n- of pine: the new ones",
        "| wood | papers |\n|---|---|\n| oak | the old ones |\n| pine | the new ones |",
    ],
)
@pytest.mark.parametrize(
    ("text", "stated", "said_first"),
    [
        ("The mill keeps its papers in a chest below the wheel.", 2.0, 2),
        ("These chests are:", 2.0, 1),
        ("The mill keeps its papers in a chest below the wheel.", -2.0, None),  # the list does not answer
        ("Keep them dry.", 2.0, None),
    ],
)
def test_a_paragraph_that_leads_in_to_cases_brings_them(
    cases: str, text: str, stated: float, said_first: int | None,
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder,
) -> None:  # fmt: skip
    ingest_files({"papers.md": PAPERS.format(cases=cases)}, tmp_path / "documents", settings, store, embedder)
    lists = composer(store, embedder, ScriptedGenerator("", preference=stated), asks=True)
    made = compose(Completing(lists, text), store, settings, embedder, "Where does the mill keep its papers?", "fact")
    blocks = [one.sentence.block for one in made.said] if made else None
    assert blocks == (None if said_first is None else ["sentence"] * said_first + ["item"] * 2)
    assert made is None or is_exact(made, store)


CLAUSES = {
    "en": (
        "Terms of the mill",
        "The parties of the mill {name}. " + "Whoever grinds keeps the sacks dry and tells the miller in time. " * 5,
    ),
    "zh": ("磨坊条款", "磨坊双方{name}。" + "磨面的人要保持面袋干燥并及时告诉磨坊主。" * 6),
}


@pytest.mark.parametrize(
    ("language", "question", "is_given"),
    [
        ("en", "Which of the parties of the mill agree, deliver and pay?", False),
        ("en", "In which clauses do the parties of the mill agree, deliver and pay?", True),
        ("zh", "磨坊双方同意、交付、付款有哪些？", False),
        ("zh", "磨坊双方同意、交付、付款有哪些条款？", True),
    ],
)
def test_the_clauses_of_a_document_are_no_list_unless_they_are_asked_for(
    language: str, question: str, is_given: bool, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """Numbers in front of its sections make a contract no list of what one of them tells."""
    title, clause = CLAUSES[language]
    names = {"en": "agree deliver pay promise end sign", "zh": "同意 交付 付款 保密 终止 签字"}[language].split()
    text = f"# {title}\n\n" + "\n\n".join(f"{number}. {clause.format(name=name)}" for number, name in enumerate(names, 1))
    ingest_files({"terms.md": text + "\n"}, tmp_path / "documents", settings, store, embedder)
    lenient = replace(composer(store, embedder, ScriptedGenerator("")), enough=0.01, worth_asking=0.01)
    assert (compose(lenient, store, settings, embedder, question, "list") is not None) is is_given
