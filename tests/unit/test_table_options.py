"""What a generator is offered of a table, and what becomes of its choice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service.answering import Answerer
from service.composing.choosing import Chooser
from service.composing.tables import TableComposer
from service.events import Ask
from service.generation import Message, prompting
from service.reading.self_evaluation import AskedWeights, SelfEvaluation
from service.retrieval.retriever import Retriever
from service.tables.asking import asked
from service.tables.choosing import possible, scores_of, weights
from service.tables.features import Seen
from service.tables.linking import Linker
from service.tables.options import Option, options, overview, told
from service.tables.sheet import Sheet, made
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, NarrowEmbedder, ScriptedGenerator, gatekeeper_of
from youju.errors import GeneratorUnavailable
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer
from youju.settings import Settings

MEDALS = made(
    [["Nation"], ["Gold"], ["Silver"]],
    [["Norway", "14", "11"], ["Germany", "10", "9"], ["China", "9", "4"], ["Sweden", "8", "5"]],
    title="Winter games",
)


def offered(question: str, sheet: Sheet, most: int = 16) -> list[Option]:
    what = asked(question)
    link = Linker(NarrowEmbedder()).link(what, sheet)
    found, seen = possible(what, link, sheet), Seen.of(what, link, sheet)
    return options(seen, found, scores_of(seen, found, weights()["readings"]), most)


def test_each_answer_is_offered_once_and_the_weightiest_first() -> None:
    found = offered("Which nation won the most gold?", MEDALS)
    answers = [option.reading.answers for option in found]
    assert len(set(answers)) == len(answers) <= 16
    assert answers[0] == ("Norway",)
    shares = [option.share for option in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9


def test_nothing_is_counted_where_nothing_asks_how_many() -> None:
    tools = made([["Name"], ["Use"]], [["leaf editor", "draws leaves"], ["root editor", "digs roots"], ["cutter", "cuts"]])
    assert not {"count", "distinct"} & {one.reading.operation for one in offered("What do you call the cutter?", tools)}
    assert "count" in {one.reading.operation for one in offered("How many nations won 9 gold?", MEDALS)}


def test_no_other_row_is_offered_than_the_one_that_is_named_in_full() -> None:
    codes = made([["code"], ["name"]], [["BZD", "Belize Dollar"], ["ZAR", "Rand"], ["CAD", "Canadian Dollar"], ["LAK", "Kip"]])
    answers = [option.reading.answers for option in offered("Which currency has the code ZAR?", codes)]
    assert ("Rand",) in answers
    assert not {("Belize Dollar",), ("Canadian Dollar",), ("Kip",)} & set(answers)


def test_an_option_is_one_line_and_tells_what_is_done_with_what() -> None:
    best = offered("Which nation won the most gold?", MEDALS, 1)[0]
    assert told(MEDALS, best.reading, "en") == "Norway has the highest Gold: 14"
    assert told(MEDALS, best.reading, "zh") == "Gold最高的是 Norway：14"


def test_the_overview_has_title_names_and_first_rows() -> None:
    assert overview(MEDALS).split("\n") == [
        "Winter games", "Nation | Gold | Silver", "Norway | 14 | 11", "Germany | 10 | 9", "China | 9 | 4", "(4)",
    ]  # fmt: skip


RANKS = """Team,Played,Lost,Points
Otters,10,1,27
Herons,10,3,21
Badgers,10,6,12
Voles,10,9,3
"""
ASKS = SelfEvaluation(
    stated=dict.fromkeys(("en", "zh"), AskedWeights(own=1, other=1, stated=1, row=0, intercept=0)), chooses=True
)


Asks = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Asks:
    ingest_files({"league.csv": RANKS}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)

    def answer(question: str, generator: ScriptedGenerator, evaluation: SelfEvaluation = ASKS) -> Answer:
        generator.weighed.clear()
        gate = gatekeeper_of(FindingReader(), evaluation=evaluation)
        composers = (TableComposer(store, NarrowEmbedder(), Chooser(generator, gate)),)
        return asyncio.run(Answerer(settings, retriever, gate, generator, embedder, None, composers).answer(Ask(question)))

    return answer


def picking(ending: str, chance: float, stated: float | None = None) -> ScriptedGenerator:
    """A generator that picks the line which ends so, and else none, and says by itself that a line answers by these odds."""

    def picks(chat: Sequence[Message]) -> dict[str, float]:
        lines = [line for line in chat[-1].content.split("\n") if line[1:3] == ". " and line.endswith(ending)]
        return {lines[0][0]: chance, prompting.NONE_OF: 1 - chance} if lines else {prompting.NONE_OF: 1.0}

    return ScriptedGenerator("未找到", picks=picks, preference=stated)


ASKED = "Who ended up at the bottom?"
LAST = "Team of the last row: Voles"


def lines_of(chat: Sequence[Message]) -> dict[str, str]:
    """Letter -> line offered."""
    return {line[0]: line[3:] for line in chat[-1].content.split("\n") if line[1:3] == ". "}


@pytest.fixture
def ask_of_two(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Asks:
    """The same ranks in two files; in the second one the column of teams has another name."""

    def answer(question: str, generator: ScriptedGenerator, name: str) -> Answer:
        files = {"league.csv": RANKS, "season.csv": RANKS.replace("Team", name).replace("Points\n", "Points,Goals\n")}
        ingest_files(files, tmp_path / "documents", settings, store, embedder)
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        gate = gatekeeper_of(FindingReader(), evaluation=ASKS)
        composers = (TableComposer(store, NarrowEmbedder(), Chooser(generator, gate)),)
        return asyncio.run(Answerer(settings, retriever, gate, generator, embedder, None, composers).answer(Ask(question)))

    return answer


def test_what_two_tables_say_in_the_same_words_is_offered_once(ask_of_two: Asks) -> None:
    generator = picking(LAST, 0.9)
    assert ask_of_two(ASKED, generator, "Team").answer == f"{LAST} [1]."
    chat = next(chat for chat, words in generator.weighed if prompting.NONE_OF in words)
    assert list(lines_of(chat).values()).count(LAST) == 1


@pytest.mark.parametrize(("each", "is_told"), [(0.4, True), (0.2, False)])
def test_what_two_tables_say_in_other_words_counts_together(ask_of_two: Asks, each: float, is_told: bool) -> None:
    def picks(chat: Sequence[Message]) -> dict[str, float]:
        found = [letter for letter, line in lines_of(chat).items() if line.endswith("of the last row: Voles")]
        return dict.fromkeys(found, each) | {prompting.NONE_OF: 1 - each * len(found)}

    answer = ask_of_two(ASKED, ScriptedGenerator("未找到", picks=picks), "Club")
    assert ("Voles" in answer.answer) is is_told
    if is_told:
        assert answer.confidence == pytest.approx(2 * each, abs=0.01)


def test_the_reading_that_the_generator_picks_is_told_with_its_row(ask: Asks) -> None:
    answer = ask(ASKED, picking("Team of the last row: Voles", 0.9))
    assert answer.answer == "Team of the last row: Voles [1]."
    assert answer.confidence == pytest.approx(0.9, abs=0.01)
    (citation,) = answer.citations
    assert "Voles" in citation.quote


@pytest.mark.parametrize(("chance", "ending"), [(0.4, "Team of the last row: Voles"), (0.9, "nothing ends so")])
def test_what_it_is_not_sure_of_is_not_told(ask: Asks, chance: float, ending: str) -> None:
    assert ask(ASKED, picking(ending, chance)).verdict == "abstained"


def test_a_generator_that_was_not_measured_is_not_asked(ask: Asks) -> None:
    generator = picking("Team of the last row: Voles", 0.9)
    assert ask(ASKED, generator, ASKS.model_copy(update={"chooses": False})).verdict == "abstained"
    assert not [words for _, words in generator.weighed if prompting.NONE_OF in words]


def test_where_the_table_is_sure_nobody_is_asked(ask: Asks) -> None:
    generator = picking("nothing", 0.9)
    assert "27" in ask("What are the points of the Otters?", generator).answer
    assert generator.weighed == []


def test_without_a_generator_what_is_sure_is_told_all_the_same(ask: Asks) -> None:
    class Gone(ScriptedGenerator):
        async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
            self.weighed.append((messages, words))
            raise GeneratorUnavailable("it is gone.", "Start it again.")

    generator = Gone("未找到")
    answer = ask("How many teams have more than 15 points?", generator)
    assert len(generator.weighed) == 1
    assert answer.sentences[0].text.startswith("2 rows where Points > 15")


@pytest.mark.parametrize(("stated", "is_told"), [(2.0, True), (None, True), (-2.0, False)])
def test_a_reading_that_leaves_something_open_has_to_answer_by_itself_too(
    ask: Asks, stated: float | None, is_told: bool
) -> None:
    """Of rows that do not tell what is asked one is the likeliest as well."""
    answer = ask(ASKED, picking("Team of the last row: Voles", 0.9, stated))
    assert ("Voles" in answer.answer) is is_told


@pytest.mark.parametrize(("ending", "is_told"), [("Lost of Badgers: 6", True), ("nothing", False)])
def test_where_the_question_says_more_than_the_cell_takes_up_the_generator_is_asked(
    ask: Asks, ending: str, is_told: bool
) -> None:
    asked = "What disease and illness have the Badgers lost of?"
    generator = picking(ending, 0.9, 2.0)
    answer = ask(asked, generator)
    assert [words for _, words in generator.weighed if prompting.NONE_OF in words]
    assert ("6" in answer.answer) is is_told


def test_what_tells_a_part_of_two_rows_speaks_for_both(ask: Asks) -> None:
    """The generator shares its chance among one row, the other one and both."""

    def picks(chat: Sequence[Message]) -> dict[str, float]:
        lines = [
            line for line in chat[-1].content.split("\n") if line[1:3] == ". " and "Points" in line and "has the" not in line
        ]
        held = {line[0]: ("27" in line, "12" in line) for line in lines}
        chances = {(True, False): 0.4, (False, True): 0.2, (True, True): 0.1}
        return {letter: chances[told] for letter, told in held.items() if any(told)} | {"0": 0.2}

    answer = ask("How many points do the Otters and the Badgers have?", ScriptedGenerator("", picks=picks))
    assert "27" in answer.answer
    assert "12" in answer.answer


@pytest.mark.parametrize(("other", "told"), [(0.2, True), (0.05, False)])
def test_two_cells_of_a_row_are_told_where_both_are_asked_for(ask: Asks, other: float, told: bool) -> None:
    def picks(chat: Sequence[Message]) -> dict[str, float]:
        held = lines_of(chat)
        chances = {
            letter: 0.56 if "Lost" in line else other
            for letter, line in held.items()
            if line.endswith(("Lost of Herons: 3", "Points of Herons: 21"))
        }
        return chances | {"0": 0.44 - other}

    answer = ask("What have the Herons to show for it, and what not?", ScriptedGenerator("", picks=picks, preference=2.0))
    assert ("21" in answer.answer) is ("Lost" in answer.answer) is told


def test_two_rows_that_nobody_named_are_not_compared() -> None:
    compared = [
        one.reading for one in offered("Which nation won the most gold?", MEDALS) if one.reading.selection.kind == "either"
    ]
    assert all(one.selection.mentions for one in compared)
