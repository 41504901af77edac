"""What the generator itself says of whether the passages answer, and what becomes of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service.answering import Answerer
from service.composing.choosing import Chooser
from service.events import Ask, Judged, Step
from service.generation import Message, Sampling
from service.generation.prompting import IS_STATED, messages, whether_stated
from service.grounding.candidates import AgreementCheck
from service.grounding.citations import Supported, cite
from service.grounding.drafting import stops_short
from service.reading.self_evaluation import (
    NOT_ASKED,
    AskedWeights,
    DraftWeights,
    QuoteWeights,
    SelfEvaluation,
    load_self_evaluation,
)
from service.replying import ABSTENTION, UNSURE
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, a_passage, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer, Sentence
from youju.settings import Settings

TEXT = "The box is green. The battery of the T3 lasts 24 months in the cold. Steel it is made of."
QUESTION = "How long does the battery of the T3 last?"
SAID = "The battery of the T3 lasts 24 months in the cold."
WEIGHTS = AskedWeights(own=1.0, other=0.5, stated=2.0, row=0.25, intercept=-0.5)
QUOTED = QuoteWeights(passages=1.0, stated=2.0, intercept=-0.5)
ASKED = SelfEvaluation(stated={"en": WEIGHTS, "zh": WEIGHTS}, quoted={"en": QUOTED}, least=0.1, thresholds={"balanced": 0.6})

Ask_ = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Ask_:
    ingest_files({"manual.txt": TEXT}, tmp_path / "documents", settings, store, embedder)

    def asked(generator: ScriptedGenerator, found: float, evaluation: SelfEvaluation = ASKED) -> Answer:
        reader = FindingReader("24 months", found=found)
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        answerer = Answerer(settings, retriever, gatekeeper_of(reader, evaluation=evaluation), generator, embedder)
        return asyncio.run(answerer.answer(Ask(QUESTION)))

    return asked


def test_the_weights_add_up() -> None:
    assert ASKED.after_asking(0.5, 0.5, "en", 1.0, False) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert ASKED.after_asking(0.5, 0.5, "en", 1.0, True) == pytest.approx(1 / (1 + math.exp(-1.75)))
    assert ASKED.after_asking(0.0, 1.0, "en", 1.0, False) == pytest.approx(1 / (1 + math.exp(0.5)))  # bounded: -4 + 2 + 2 - .5
    assert ASKED.after_quoting(0.5, "en", 1.0, 0.0) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert ASKED.after_quoting(0.3, "zh", 9.0, 1.0) == pytest.approx(0.3)  # not measured there


@pytest.mark.parametrize(("stated", "verdict"), [(2.0, "answered"), (-2.0, "abstained")])
def test_the_generator_decides_where_the_gate_is_unsure(ask: Ask_, stated: float, verdict: str) -> None:
    generator = ScriptedGenerator(SAID, preference=stated)
    answer = ask(generator, found=-0.5)
    assert answer.verdict == verdict
    assert len(generator.prompts) == (verdict == "answered")  # no draft is written for nothing
    expected = 1 / (1 + math.exp(-(-0.5 - 4 * 0.5 + 2 * stated - 0.5)))
    assert answer.confidence == pytest.approx(expected, abs=0.001)


def test_it_is_asked_with_the_prompt_that_it_would_answer(ask: Ask_) -> None:
    generator = ScriptedGenerator(SAID, preference=2.0)
    ask(generator, found=1.0)
    ((chat, (yes, no)),) = generator.weighed
    assert (yes, no) == ("Yes", "No")
    (prompt,) = generator.prompts
    assert chat[0] == prompt[0]
    assert chat[1].content.startswith(prompt[1].content)


def test_below_the_least_confidence_it_is_not_asked(ask: Ask_) -> None:
    generator = ScriptedGenerator(SAID, preference=9.0)
    assert ask(generator, found=-3.0).verdict == "abstained"
    assert (generator.weighed, generator.prompts) == ([], [])


@pytest.mark.parametrize(("found", "verdict"), [(1.0, "answered"), (-0.5, "abstained")])
def test_where_it_cannot_tell_the_gate_decides(ask: Ask_, found: float, verdict: str) -> None:
    assert ask(ScriptedGenerator(SAID, preference=None), found).verdict == verdict


def test_a_generator_that_was_not_measured_is_not_asked(ask: Ask_) -> None:
    generator = ScriptedGenerator(SAID, preference=-9.0)
    assert ask(generator, 1.0, NOT_ASKED).verdict == "answered"
    assert generator.weighed == []


@pytest.mark.parametrize(("stated", "answer"), [(2.0, f"Source: “{SAID}” [1]."), (-2.0, None)])
def test_a_quotation_is_given_for_a_draft_that_failed_if_it_answers(ask: Ask_, stated: float, answer: str | None) -> None:
    def preference(chat: Sequence[Message]) -> float:
        return stated if "You check" in chat[0].content else 2.0

    given = ask(ScriptedGenerator("The moon is made of cheese.", preference=preference), found=0.5)
    if answer is None:
        assert given.verdict == "abstained"
    else:
        assert (given.verdict, given.answer) == ("answered", answer)


def test_the_trace_tells_of_both_decisions(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files({"manual.txt": TEXT}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    gate = gatekeeper_of(FindingReader("24 months", found=0.0), evaluation=ASKED)
    answerer = Answerer(settings, retriever, gate, ScriptedGenerator(SAID, preference=1.0), embedder)
    steps: list[Step] = []

    async def run() -> None:
        async for _ in answerer.stream(Ask(QUESTION), steps.append):
            pass

    asyncio.run(run())
    before, after = (step for step in steps if isinstance(step, Judged))
    assert (before.decision.was_asked, after.decision.was_asked) == (False, True)
    assert before.decision.confidence != after.decision.confidence
    assert after.needed == 0.6


CITED = ASKED.model_copy(
    update={"drafted": DraftWeights(asked=0.5, stated=1.0, agrees=1.0, intercept=-0.5), "opens": 0.2}
)  # fmt: skip


@pytest.mark.parametrize(("cited", "verdict"), [(2.0, "answered"), (-2.0, "abstained")])
def test_it_is_asked_of_the_sentence_that_its_draft_stands_on(ask: Ask_, cited: float, verdict: str) -> None:
    def preference(chat: Sequence[Message]) -> float:
        return cited if "You check" in chat[0].content else 2.0

    generator = ScriptedGenerator(SAID, preference=preference)
    answer = ask(generator, found=0.5, evaluation=CITED)
    assert answer.verdict == verdict
    chats = [chat for chat, _ in generator.weighed if "You check" in chat[0].content]
    assert SAID in chats[0][1].content
    assert all(QUESTION in chat[1].content for chat in chats)
    assert chats


@pytest.mark.parametrize(("stated", "sure"), [(0.2, True), (-0.2, False), (-2.0, False)])
def test_a_draft_whose_sentence_the_generator_denies_has_to_be_likelier(stated: float, sure: bool) -> None:
    """Confidence .45 of .4 needed: enough, unless the generator rather says that the sentence does not answer."""
    weights = DraftWeights(asked=0, stated=0, agrees=0, intercept=math.log(0.45 / 0.55))
    keeper = gatekeeper_of(FindingReader(), evaluation=CITED.model_copy(update={"drafted": weights}))
    check = AgreementCheck(keeper, None, prior=0.9, confidence=0.9, needed=0.4).update(SAID, stated=stated)
    assert check.confidence == pytest.approx(0.45)
    assert check.is_sure is sure


def test_what_a_draft_needs_adds_up() -> None:
    assert CITED.after_citing(0.5, True, 1.0) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert CITED.after_citing(0.5, False, 1.0) == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert CITED.after_citing(0.5, None, 1.0) == pytest.approx(1 / (1 + math.exp(-1.0)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_question_put_to_it_comes_last(language: str) -> None:
    chat = messages(QUESTION, [a_passage(TEXT)], "en")
    asked = whether_stated(chat, language)  # type: ignore[arg-type]
    assert asked[-1].content == f"{chat[-1].content}\n\n{IS_STATED[language]}"  # type: ignore[index]


@pytest.mark.parametrize("generator", ["qwen2.5-coder-1.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-youju"])
def test_the_bundled_generators_were_measured(generator: str) -> None:
    measured = load_self_evaluation("e5-small-reader", generator)
    assert (measured.drafted is not None) == (generator == Settings().generator_model)
    assert set(measured.stated) == set(measured.quoted) == {"en", "zh"}
    assert all(weights.stated > 0 for weights in measured.stated.values())
    assert all(weights.stated > 0 for weights in measured.quoted.values())
    assert measured.thresholds["lenient"] < measured.thresholds["balanced"] < measured.thresholds["strict"]


@pytest.mark.parametrize(
    ("text", "draft", "answer"),
    [
        (
            "Is hiding the name safer? You also do not need to hide the name of the network.",
            "Yes, you need to hide the name of the network.",
            "Source, under “Is hiding the name safer?”: “You also do not need to hide the name of the network.” [1].",
        ),
        (
            "You need to hide the name of the network.",
            "Yes, you need to hide the name of the network.",
            "Yes, you need to hide the name of the network [1].",
        ),
    ],
)
def test_a_yes_where_the_document_says_no_gives_way_to_its_words(
    text: str, draft: str, answer: str, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"manual.txt": text}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    gate = gatekeeper_of(FindingReader("hide the name", found=3.0))
    answerer = Answerer(settings, retriever, gate, ScriptedGenerator(draft), embedder)
    assert asyncio.run(answerer.answer(Ask("Do I need to hide the name of the network?"))).answer == answer


CHOOSING = CITED.model_copy(update={"chooses": True})


def chosen(answerer_of: Callable[[ScriptedGenerator], Answerer], generator: ScriptedGenerator) -> Answer:
    return asyncio.run(answerer_of(generator).answer(Ask(QUESTION)))


@pytest.fixture
def choosing(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Callable[..., Answerer]:
    ingest_files({"manual.txt": TEXT, "other.txt": "The lid is blue."}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    gate = gatekeeper_of(FindingReader("24 months", found=1.0), evaluation=CHOOSING)
    return lambda generator: Answerer(settings, retriever, gate, generator, embedder, chooser=Chooser(generator, gate))


def letter_of(sentence: str, chance: float) -> Callable[[Sequence[Message]], dict[str, float]]:
    """Picks the line that holds a sentence, with that chance, else none."""

    def picks(chat: Sequence[Message]) -> dict[str, float]:
        lines = chat[-1].content.split("\n")
        letter = next((line[0] for line in lines if sentence in line and line[1:3] == ". "), "")
        return {letter: chance, "0": 1 - chance} if letter else {}

    return picks


def test_where_surely_no_sentence_answers_nothing_more_is_asked(choosing: Callable[..., Answerer]) -> None:
    generator = ScriptedGenerator(SAID, preference=-2.0, picks=letter_of(SAID, 0.02))
    assert chosen(choosing, generator).verdict == "abstained"
    assert generator.prompts == []
    offered = [chat[-1].content for chat, _ in generator.weighed if "only its letter" in chat[0].content]
    assert ["The box is green. The" in content for content in offered] == [True, False]  # the passages, their sentences


def test_where_one_plainly_answers_its_passage_alone_is_drafted_from(choosing: Callable[..., Answerer]) -> None:
    generator = ScriptedGenerator(SAID, preference=6.0, picks=letter_of(SAID, 0.98))
    answer = chosen(choosing, generator)
    assert (answer.verdict, answer.answer) == ("answered", f"{SAID[:-1]} [1].")
    (prompt,) = generator.prompts
    assert "The box is green" in prompt[-1].content
    assert "The lid is blue" not in prompt[-1].content
    assert len(generator.weighed) == 3  # which one, that one by itself, and its passage


@pytest.mark.parametrize(
    ("most", "answer"),
    [(7, f"Source: “{SAID}” [1]."), (70, f"The battery lasts 24 months in the [1]. Source: “{SAID}” [1].")],
)
def test_a_sentence_that_is_cut_gives_way_to_that_of_the_document(
    most: int, answer: str, choosing: Callable[..., Answerer]
) -> None:
    """Seven words are written: of seven that were allowed the end may be missing."""
    generator = ScriptedGenerator("The battery lasts 24 months in the", preference=6.0, picks=letter_of(SAID, 0.98))
    told = asyncio.run(choosing(generator).answer(Ask(QUESTION, sampling=Sampling(most))))
    assert told.answer == answer


@pytest.mark.parametrize(
    ("by_itself", "of_passage", "verdict"),
    [
        (-2.0, 3.0, "answered"),  # together with its neighbours it answers
        (1.0, -5.0, "abstained"),
        (6.0, -5.0, "abstained"),  # it only looks like an answer
        (6.0, 3.0, "answered"),
    ],
)
def test_a_passage_decides_whatever_is_said_of_its_sentence(
    by_itself: float, of_passage: float, verdict: str, choosing: Callable[..., Answerer]
) -> None:
    def preference(chat: Sequence[Message]) -> float:
        return of_passage if "The box is green" in chat[-1].content else by_itself

    generator = ScriptedGenerator(SAID, preference=preference, picks=letter_of(SAID, 0.6))
    answer = chosen(choosing, generator)
    assert answer.verdict == verdict
    assert (SAID[:-1] in answer.answer) == (verdict == "answered")
    assert generator.prompts == []  # it is not plain which of its sentences do


@pytest.mark.parametrize(("of_passage", "quotes"), [(-2.0, [SAID]), (-8.0, [])])
def test_what_may_answer_is_quoted_as_the_nearest(
    of_passage: float, quotes: list[str], choosing: Callable[..., Answerer]
) -> None:
    def preference(chat: Sequence[Message]) -> float:
        return of_passage if "The box is green" in chat[-1].content else -2.0

    answer = chosen(choosing, ScriptedGenerator(SAID, preference=preference, picks=letter_of(SAID, 0.7)))
    assert (answer.verdict, answer.citations) == ("abstained", [])
    assert [one.quote for one in answer.nearest] == quotes
    assert answer.answer == (UNSURE if quotes else ABSTENTION)["en"]
    assert all(quote in (answer.missing or "") for quote in quotes)
    for one in answer.nearest:
        shown = answer.passages[one.marker - 1]
        assert shown.text[one.start - shown.start : one.end - shown.start] == one.quote


@pytest.mark.parametrize(
    ("text", "quote", "stops"),
    [
        ("The log is in /var/log/mail, or", "The log is in /var/log/mail, or something similar.", True),
        ("日志写在这里，或者", "日志写在这里，或者别处。", True),
        ("The log is in /var/log/mail", "The log is in /var/log/mail.", False),
        ("The log is short.", "The log is short. It grows.", False),
        ("In the log", "The log is short.", False),
        ("City: Rome", "City: Rome | Bed: 550", False),
        ("房价：550", "城市：杭州，房价：550，早餐：20。", False),
    ],
)
def test_a_draft_may_stop_short(text: str, quote: str, stops: bool) -> None:
    passage = a_passage(quote)
    cited = Supported(Sentence(text=text, markers=[1], support=1.0), (cite(1, passage, 0, len(quote), 1.0),))
    assert stops_short(text, cited) is stops


@pytest.fixture
def choosing_of_many(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Callable[..., Answerer]:
    """Six papers on batteries, the last of which in words tells how long that of the T3 lasts."""
    papers = {f"{name}.txt": f"The battery of the {name} is last on the list of the T3." for name in "ABCDE"}
    told = "Under load it gives out after 24 months of use."
    ingest_files({**papers, "z.txt": told}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    gate = gatekeeper_of(FindingReader("battery", found=1.0), evaluation=CHOOSING)
    return lambda generator: Answerer(settings, retriever, gate, generator, embedder, chooser=Chooser(generator, gate))


@pytest.mark.parametrize(("of_sentence", "verdict"), [(0.9, "answered"), (0.02, "abstained")])
def test_where_no_passage_answers_sentences_say_where_else_to_look(
    of_sentence: float, verdict: str, choosing_of_many: Callable[..., Answerer]
) -> None:
    def picks(chat: Sequence[Message]) -> dict[str, float]:
        lines = [line for line in chat[-1].content.split("\n") if line[1:3] == ". "]
        letter = next((line[0] for line in lines if "gives out" in line), "")
        return {letter: of_sentence, "0": 1 - of_sentence} if letter else {"0": 1.0}

    def preference(chat: Sequence[Message]) -> float:
        return 5.0 if "gives out" in chat[-1].content else -5.0

    generator = ScriptedGenerator("", preference=preference, picks=picks)
    answer = chosen(choosing_of_many, generator)
    assert answer.verdict == verdict
    assert ("24 months" in answer.answer) is (verdict == "answered")
    offered = [chat[-1].content for chat, _ in generator.weighed if "only its letter" in chat[0].content]
    assert "gives out" not in offered[0]  # not among the first passages
    assert "gives out" in offered[1]  # but among the sentences
    assert all("is last on the list" in content for content in offered[2:3])  # beside the likeliest of the first ones
    assert len(offered) == (4 if verdict == "answered" else 2)  # and passages, and the sentences of one
