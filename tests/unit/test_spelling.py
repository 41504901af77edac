"""Mistyped words of a question, and what must not be taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.retrieval.retriever import Retriever
from service.retrieval.spelling import LONGEST, Spelled, spelled
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scope
from youju.settings import Settings
from youju.text import spelling

DOCUMENTS = {
    "expenses.txt": "The reimbursement of travel costs takes ten days. The difference between the rates is small.",
    "leave.txt": "The government of the region grants every employee 25 days. Error E03 means that the pump is dry.",
    "names.txt": "Nordwind GmbH supplies bacon. The service is run by Johnson. A filesystem holds the reports.",
    "address.txt": "The address of the office. Dress as you like. The price is fixed, and we take pride in it.",
    "报销.txt": "报销单应在十日内交给财务部。差旅补贴按天计算，补贴标准见附件。",
    "人事.txt": "员工的试用期为三个月，在职证明由人事部开具。李明负责培训，培训每季度一次。公司地址在杭州。",
    "年假.txt": "年假为十天。年假须提前申请。",
    "年假二.txt": "未休的年假可以顺延，年假不折算现金。",
}


@pytest.fixture
def held(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(DOCUMENTS, tmp_path / "documents", settings, store, embedder)
    return store


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What is the diffrence between the rates?", "What is the difference between the rates?"),  # left out
        ("How long does reimbursmeent take?", "How long does reimbursement take?"),  # exchanged
        ("How long does the reimbbursement take?", "How long does the reimbursement take?"),  # twice
        ("Does it take a reimbursemment?", "Does it take a reimbursement?"),
        ("How large is the diference?", "How large is the difference?"),  # the wrong letter once, the right one twice
        ("What does the govermnent grant?", "What does the government grant?"),
        ("What is the adress of the office?", "What is the address of the office?"),  # `dress` begins otherwise
        ("Diffrence of the rates?", "Difference of the rates?"),  # a capital where a sentence begins is no name
        ("报消单交给谁？", "报销单交给谁？"),
        ("出差补帖标准是多少？", "出差补贴标准是多少？"),
        ("再职证明怎么开？", "在职证明怎么开？"),
        ("谁负责陪训？", "谁负责培训？"),
        ("年加有几天？", "年假有几天？"),  # in no dictionary, but in two chunks
    ],
)
def test_a_slip_becomes_the_word_that_documents_hold(held: Store, question: str, meant: str) -> None:
    assert spelled(question, held) == Spelled(meant)


@pytest.mark.parametrize(
    "question",
    [
        "What does error E04 mean?",  # a code
        "What is Beacon?",  # a word of its own, though `bacon` is near
        "What does the beacon show?",
        "Who is Johnsen?",  # a name: only searched for besides
        "Does the company sell Nordwund shares?",
        "What does the filesytem hold?",  # near a term that no dictionary has
        "What does `diffrence` mean?",  # quoted as it is written
        "Where is diffrence.txt?",
        "What does --diffrence do?",
        "What does diffrence() return?",
        "What is the DIFFRENCE?",
        "What is the prike?",  # `price` or `pride`
        "Wie lange dauert die Kostenerstattung?",  # near nothing
        "报销单的抬头怎么写？",  # words that no document holds, but the dictionary
        "公司的年假有几天？",  # 司的 is in no document, 司地 is
        "李铭负责什么？",  # a name
        "谁负责消防培训？",
    ],
)
def test_what_is_right_or_a_name_or_unclear_stays(held: Store, question: str) -> None:
    assert spelled(question, held).question == question


@pytest.mark.parametrize(
    ("question", "besides"),
    [
        ("Does the company sell Nordwund shares?", "nordwind"),
        ("Who is Johnsen?", "johnson"),
        ("What does the filesytem hold?", "filesystem"),
        ("谁给Nordwund供货？", "nordwind"),  # Latin words of a Chinese question are names
    ],
)
def test_what_may_have_been_meant_is_searched_for_besides(held: Store, question: str, besides: str) -> None:
    assert besides in spelled(question, held).besides


def test_a_code_is_not_even_searched_for_as_another(held: Store) -> None:
    assert spelled("What does E04 mean?", held).besides == ()


def test_a_long_question_is_left_alone(held: Store) -> None:
    assert spelled(f"The diffrence? {'x ' * LONGEST}", held).question.startswith("The diffrence")


def test_passages_are_found_by_what_was_meant(held: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    retriever = Retriever(held, VectorIndex(held, settings.vector_file, embedder.dimension), embedder)
    slips = {"What is the diffrence?": "expenses", "报消单交给谁？": "报销", "Who runs Nordwund?": "names"}
    for question, name in slips.items():
        assert Path(retriever.retrieve(question, 1)[0].document.uri).stem == name
    assert retriever.as_meant("报消单交给谁？") == "报销单交给谁？"


def test_words_of_what_a_key_may_not_see_are_not_meant(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """A correction would tell that a word is there."""
    secret = settings.model_copy(update={"collection": "secret"})
    ingest_files(DOCUMENTS, tmp_path / "secret", secret, store, embedder)
    ingest_files({"a.txt": "Nothing of that kind. 没有这些。"}, tmp_path / "open", settings, store, embedder)
    seen = store.limited_to(("default",))
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    for question in ("What is the diffrence?", "报消单交给谁？", "年加有几天？", "Does it sell Nordwund shares?"):
        assert spelled(question, seen) == Spelled(question)
        assert retriever.as_meant(question, Scope(allowed=("default",))) == question
        assert spelled(question, store.limited_to(("secret",))) == spelled(question, store) != Spelled(question)


def test_deleted_words_are_not_meant(held: Store) -> None:
    held.delete([one.id for one in held.documents() if "expenses" in one.uri])
    assert spelled("What is the diffrence?", held) == Spelled("What is the diffrence?")


def test_sounds() -> None:
    assert spelling.like_sounding("消")["销"]
    assert spelling.like_sounding("针")["争"] is False  # zhen, zheng
    assert "肖" not in spelling.like_sounding("报")
    assert spelling.like_sounding("a") == {}


def test_slips() -> None:
    assert spelling.near_words("recieve")[0] == "receive"
    assert spelling.near_words("acounting")[0] == "accounting"
    assert spelling.near_words("baterry")[0] == "battery"  # one letter doubled in place of another
    assert spelling.nearest("nordwund", ["nordwind", "nordend"]) == ["nordwind"]
