"""Of documents alike those whose titles the question names are searched, and those titled by another name left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import named_documents
from service.query.titles import TitleIndex
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import EVERYTHING, Passage, Scope
from youju.settings import Settings

FIRMS = ("Otter", "Heron", "Tern", "Osprey", "Kestrel", "Plover")


@pytest.fixture
def retriever(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Retriever:
    files = {
        f"{firm} contract.txt": f"The seller delivers within {place} weeks.\n\nEither side may give notice of {place} months."
        for place, firm in enumerate(FIRMS, 3)
    }
    files["office.txt"] = "Notice boards hang beside the doors of each office."
    files["letter.txt"] = "Our contract with Heron: notice was given in May."
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    return Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)


def found(retriever: Retriever, question: str, limit: int = 8, scope: Scope = EVERYTHING) -> set[str]:
    titles = TitleIndex(retriever.store)
    return {name(one) for one in named_documents.retrieve(retriever, titles, [question], limit, scope)}


def name(passage: Passage) -> str:
    return passage.document.uri.rsplit("/", 1)[-1]


@pytest.mark.parametrize("firm", FIRMS)
def test_contracts_with_others_are_left_out(firm: str, retriever: Retriever) -> None:
    told = found(retriever, f"Which notice has to be given to {firm}?")
    assert f"{firm} contract.txt" in told
    assert not told & {f"{other} contract.txt" for other in FIRMS if other != firm}


def test_what_is_no_document_of_that_kind_stays(retriever: Retriever) -> None:
    assert {"letter.txt", "office.txt"} <= found(retriever, "Which notice has to be given to Heron?")


def test_without_a_name_all_stay(retriever: Retriever) -> None:
    question = "Which notice of months has to be given?"
    assert found(retriever, question) == {name(one) for one in retriever.retrieve(question, 8)}
    assert len(found(retriever, question)) > 2


def test_of_two_that_are_named_both_stay(retriever: Retriever) -> None:
    told = found(retriever, "Which notice has to be given to Heron and which to Tern?")
    assert {"Heron contract.txt", "Tern contract.txt"} <= told
    assert not told & {"Otter contract.txt", "Plover contract.txt"}


def test_the_scope_holds(retriever: Retriever) -> None:
    ids = tuple(one.id for one in retriever.store.documents() if "Otter" in one.uri or "Tern" in one.uri)
    told = found(retriever, "Which notice has to be given to Heron?", scope=Scope(document_ids=ids))
    assert told == {"Otter contract.txt", "Tern contract.txt"}


def test_what_the_whole_finds_first_is_among_what_a_part_finds(retriever: Retriever) -> None:
    """Which thing is meant often the whole tells alone."""
    titles, part, whole = TitleIndex(retriever.store), "Either side of months?", "Where do boards hang in the office?"
    assert "office.txt" not in {name(one) for one in retriever.retrieve(part, 2)}
    both = [name(one) for one in named_documents.retrieve(retriever, titles, [part, whole], 2, EVERYTHING)]
    assert "office.txt" in both
    assert name(retriever.retrieve(part, 1)[0]) in both


def test_without_a_whole_the_question_is_searched_alone(retriever: Retriever) -> None:
    question = "Where do boards hang in the office?"
    alone = named_documents.retrieve(retriever, TitleIndex(retriever.store), [question, ""], 4, EVERYTHING)
    assert alone == retriever.retrieve(question, 4)
