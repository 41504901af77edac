"""What becomes of a draft that says what the reader found, that says something else, and that nothing supports."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from pathlib import Path

import pytest

from service.answering import Answerer
from service.events import Ask
from service.grounding.candidates import AgreementCheck, AnswerCandidate, answer_candidates, states
from service.grounding.citations import Supported, cite
from service.grounding.quotable import Quote
from service.grounding.quoting import LONGEST, instead, quotation
from service.reading import Reading, Span
from service.reading.gate import AnswerabilityGate, Gate, GateDecision
from service.reading.self_evaluation import SelfEvaluation, load_self_evaluation
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, a_passage
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer, Sentence
from youju.settings import Settings

TEXT = "The box is green. The battery of the T3 lasts 24 months in the cold. It is made of steel."
QUESTION = "How long does the battery of the T3 last?"
THRESHOLDS = {"lenient": 0.3, "balanced": 0.5, "strict": 0.7}


def claim(value: str) -> AnswerCandidate:
    passage = a_passage(TEXT)
    start = TEXT.find("The battery")
    return AnswerCandidate(passage, 1, start, TEXT.find(" It is made"), value, "The battery of the T3 lasts in the cold.", 4.0)


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("It lasts 24 months.", "24 months", True),
        ("可以用二十四个月。", "24 months", True),
        ("It lasts 18 months.", "24 months", False),
        ("The lid is green.", "a green lid", True),
        ("It was sold to Norway.", "the Kingdom of Sweden", False),
        ("在旧金山成立。", "旧金山", True),
        ("在纽约成立。", "旧金山", False),
    ],
)
def test_what_counts_as_saying_it(text: str, value: str, says: bool) -> None:
    assert states(text, claim(value)) is says


def test_a_claim_stands_in_its_sentence_of_the_narrowed_passage() -> None:
    whole = a_passage(TEXT, start=100)
    low = TEXT.find("The battery")
    narrow = dataclasses.replace(whole, start=100 + low, text=TEXT[low:])
    start = TEXT.find("24 months")
    (found,) = answer_candidates([narrow], [(whole, Reading((Span(start, start + 9, 3.0),), 1.0))])
    assert found.value == "24 months"
    assert narrow.text[found.start : found.end] == "The battery of the T3 lasts 24 months in the cold."
    assert (found.marker, found.score) == (1, 3.0)
    assert answer_candidates([narrow], [(whole, Reading((), 1.0))]) == []


def gatekeeper(confidence: float, strictness: str = "balanced", *sought: str) -> AnswerabilityGate:
    logit = math.log(confidence / (1 - confidence))
    reader = FindingReader(*(sought or ("24 months",)), found=logit)
    gate = Gate({"answerable": 1.0}, 0.0, THRESHOLDS, {"reader": reader.name})
    return AnswerabilityGate(reader, gate, strictness, SelfEvaluation(says=0.4, differs=-0.9))


@pytest.mark.parametrize(
    ("confidence", "is_open", "agrees", "differs"),
    [(0.35, False, None, None), (0.45, True, True, False), (0.6, True, True, False), (0.8, True, True, True)],
)
def test_agreement_counts(confidence: float, is_open: bool, agrees: bool | None, differs: bool | None) -> None:
    """Opened as far as an agreeing draft could carry it; what differs must have been surer from the start."""
    keeper = gatekeeper(confidence)
    weighed = keeper.decide(QUESTION, [a_passage(TEXT)])
    assert weighed.is_open is is_open
    if is_open:
        check = AgreementCheck.of(keeper, weighed, claim("24 months"))
        assert check.update("It lasts 24 months.").is_sure is agrees
        assert check.update("It is made of steel.").is_sure is differs


def test_agreement_counts_once() -> None:
    """The check keeps nothing of what it was asked before: asked twice it says the same, and the last sentence counts."""
    keeper = gatekeeper(0.45)
    check = AgreementCheck.of(keeper, keeper.decide(QUESTION, [a_passage(TEXT)]), claim("24 months"))
    once = check.update("It lasts 24 months.")
    assert once.confidence > check.confidence == check.prior
    assert once.update("It lasts 24 months.") == once == check.update("It lasts 24 months.")
    assert once.update("It is made of steel.") == check.update("It is made of steel.")


def test_agreement_moves_the_odds() -> None:
    keeper = gatekeeper(0.5)
    assert keeper.after(0.5, agrees=True) == pytest.approx(1 / (1 + math.exp(-0.4)))
    assert keeper.after(0.5, agrees=False) == pytest.approx(1 / (1 + math.exp(0.9)))


def test_a_generator_that_was_not_measured_has_no_say() -> None:
    assert load_self_evaluation("e5-small-reader", "another") == SelfEvaluation()
    assert load_self_evaluation("similarity", "qwen2.5-coder-1.5b-instruct-q4_k_m") == SelfEvaluation()
    measured = load_self_evaluation("e5-small-reader", "qwen2.5-coder-1.5b-instruct-q4_k_m")
    assert measured.says > 0 > measured.differs


def supported(text: str, quoted: str) -> Supported:
    passage = a_passage(TEXT, start=50)
    start = TEXT.find(quoted)
    return Supported(Sentence(text=text, markers=[1], support=0.8), (cite(1, passage, start, start + len(quoted), 0.8),))


def test_a_quotation_adds_what_the_document_says() -> None:
    quoted = "The battery of the T3 lasts 24 months in the cold."
    found = quotation(supported("It lasts 24 months.", quoted), [a_passage(TEXT, start=50)], "en")
    assert found is not None
    assert found.sentence.text == f"Source: “{quoted}”"
    assert found.sentence.verbatim
    assert found.citations[0].quote == quoted
    assert quotation(supported(quoted, quoted), [a_passage(TEXT, start=50)], "en") is None
    chinese = quotation(supported("它可以用 24 个月。", quoted), [a_passage(TEXT, start=50)], "zh")
    assert chinese is not None
    assert chinese.sentence.text == f"原文：“{quoted}”"


def test_a_quotation_brings_what_it_points_back_to() -> None:
    text = "Begin with a quote. For zeros this method is useful."
    passage, start = a_passage(text, start=50), text.index("For")
    said = Supported(Sentence(text=text[start:], markers=[1], support=0.8), (cite(1, passage, start, len(text), 0.8),))
    found = quotation(said, [passage], "en")
    assert found is not None
    assert found.sentence.text == f"Source: “{text}”"
    assert (found.citations[0].quote, found.citations[0].start) == (text, 50)


def test_a_quotation_without_end_is_left_to_the_citation() -> None:
    long = a_passage("word " * LONGEST)
    one = Supported(Sentence(text="A word.", markers=[1], support=1.0), (cite(1, long, 0, len(long.text), 1.0),))
    assert quotation(one, [long], "en") is None


def test_what_was_found_answers_in_the_words_of_its_document() -> None:
    found = claim("24 months")
    quote = Quote(1, found.passage, found.start, found.end)
    assert instead(quote, "en").sentence.text == "Source: “The battery of the T3 lasts 24 months in the cold.”"
    assert instead(quote, "zh").sentence.text == "原文：“The battery of the T3 lasts 24 months in the cold.”"


@pytest.mark.parametrize(
    ("draft", "strictness", "answer"),
    [
        (
            "It lasts 24 months.",
            "balanced",
            "It lasts 24 months [1]. Source: “The battery of the T3 lasts 24 months in the cold.” [1].",
        ),
        ("The moon is made of cheese.", "balanced", "Source: “The battery of the T3 lasts 24 months in the cold.” [1]."),
        ("The moon is made of cheese.", "off", None),  # nobody vouches for what was found
        ("NOT FOUND", "balanced", "Source: “The battery of the T3 lasts 24 months in the cold.” [1]."),
        ("NOT FOUND", "off", None),
    ],
)
def test_the_whole_way(
    draft: str, strictness: str, answer: str | None, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"manual.txt": TEXT}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    answerer = Answerer(settings, retriever, gatekeeper(0.95, strictness), ScriptedGenerator(draft), embedder)
    given: Answer = asyncio.run(answerer.answer(Ask(QUESTION)))
    if answer is None:
        assert given.verdict == "abstained"
        return
    assert given.answer == answer
    (citation,) = given.citations
    assert store.text(citation.document_id)[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    ("sentence", "backed"),
    [
        ("T3的电池可以用24个月。", True),
        ("The battery of the T3 lasts 24 months.", False),  # within one language words tell
        ("T3的电池可以用18个月。", False),
        ("T3的电池在99度下可以用24个月。", False),  # a number that is not there
        ("T3的电池不能用24个月。", False),  # the contrary
        ("T9X的电池可以用24个月。", False),  # a code that is not there
        ("T3的电池可以用24小时。", False),  # another unit
        ("电池很耐用。", False),
    ],
)
def test_what_the_reader_found_backs_a_sentence_in_another_language(sentence: str, backed: bool) -> None:
    keeper, weighed = gatekeeper(0.9), GateDecision(0.9, True, [], [], {})
    assert (AgreementCheck.of(keeper, weighed, claim("24 months")).backs(sentence, QUESTION) is not None) is backed
    assert AgreementCheck.of(keeper, weighed, None).backs(sentence, QUESTION) is None
