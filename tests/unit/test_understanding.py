"""What a question asks for, without a model: wording alone, parts, and the documents that it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.query.forms import FORMS, bundled_forms
from service.query.grams import grams
from service.query.parts import split_parts
from service.query.titles import TitleIndex, Titles
from service.query.understanding import Understander
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, a_document
from youju.embedding.base import Vectors
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Document, Form, Scope
from youju.settings import Settings

CERTAIN: tuple[tuple[Form, str], ...] = (
    ("fact", "Where is the spare key kept?"),
    ("fact", "工会的电话是多少？"),
    ("yes_no", "Does the lease cover the garage?"),
    ("yes_no", "车库可以停摩托车吗？"),
    ("procedure", "How do I change the filter?"),
    ("procedure", "滤网怎么更换？"),
    ("reason", "Why was the tender withdrawn?"),
    ("reason", "招标为什么撤回？"),
    ("summary", "Summarise the tender."),
    ("summary", "总结一下标书"),
    ("social", "Thank you!"),
    ("social", "谢谢"),
    ("instruction", "Write a poem about the sea"),
    ("instruction", "写一首关于大海的诗"),
    ("instruction", "Translate: the sea is calm"),
    ("fact", "keyboard: go back a whole week"),  # a topic, and what is asked about it
)


@pytest.mark.parametrize(("form", "question"), CERTAIN)
def test_clear_cues_tell_the_form_without_the_embedder_that_was_fitted(store: Store, form: Form, question: str) -> None:
    understood = Understander(TitleIndex(store), HashingEmbedder()).understand(question)
    assert (understood.form, understood.parts) == (form, (question,))


@pytest.mark.parametrize(
    ("form", "question", "certain"),
    [
        ("instruction", "Write a poem about the sea", True),
        ("instruction", "写一首诗", True),
        ("instruction", "turn off the alarm", False),  # a handbook tells how
        ("instruction", "delete one comment", False),
        ("instruction", "什么天气容易出问题", False),
        ("instruction", "能在网页上翻译，用的哪个平台？", False),  # a question
        ("social", "谢谢", True),
        ("social", "who are you?", True),
        ("locate", "Which documents mention cats?", True),
        ("locate", "the rules of chess", False),
    ],
)
def test_what_may_be_meant_of_a_document_is_not_certain(form: Form, question: str, certain: bool) -> None:
    assert bundled_forms().says(form, question) is certain


def test_what_is_looked_for_first_keeps_what_it_is_otherwise(store: Store) -> None:
    understood = Understander(TitleIndex(store), HashingEmbedder()).understand("Send an email to my boss")
    assert (understood.form, understood.otherwise) == ("fact", "instruction")


@pytest.mark.parametrize("question", ["T3-B", "battery", "？？？年假", "sldkfj wer", "the other one", "那个呢"])
def test_what_says_too_little_is_a_fact(store: Store, question: str) -> None:
    assert Understander(TitleIndex(store), HashingEmbedder()).understand(question).form == "fact"


def test_the_embedding_is_asked_for_only_with_the_embedder_that_was_fitted(store: Store) -> None:
    asked: list[str] = []

    class Recording(HashingEmbedder):
        def embed_queries(self, texts: Sequence[str]) -> Vectors:
            asked.extend(texts)
            return super().embed_queries(texts)

    model = bundled_forms()
    Understander(TitleIndex(store), Recording("another")).understand("Why?")
    assert asked == []
    fitted = Recording(model.embedder, len(model.with_embedding.weights["fact"]) - len(model.wording_only.weights["fact"]))
    Understander(TitleIndex(store), fitted).understand("Why?")
    assert asked == ["Why?"]


def test_the_wording_is_hashed_to_unit_length_whatever_the_script() -> None:
    for question in ("How do I change the filter?", "滤网怎么更换？", "?", "XR-500"):
        assert np.linalg.norm(grams(question)) == pytest.approx(1.0)
    assert np.array_equal(grams("濾網怎麼更換？"), grams("滤网怎么更换"))
    assert np.array_equal(grams("HOW do I  change it?"), grams("how do i change it?"))
    assert not np.array_equal(grams("how do i change it"), grams("it change i do how"))


def test_the_weights_fit_the_forms_and_the_cues() -> None:
    model = bundled_forms()
    assert set(model.with_embedding.weights) == set(model.wording_only.weights) == set(FORMS)
    assert {len(row) for row in model.wording_only.weights.values()} == {len(model.cues) + model.grams}


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("What file types can text reports have?", "fact"),
        ("How many documents are there?", "about"),
        ("What is in this archive?", "about"),
        ("Which sections of the archive exist besides main?", "fact"),
        ("How large may the database grow?", "fact"),
        ("What languages are these files in?", "about"),
        ("资料都是什么语言的？", "about"),
        ("报告能存成什么类型？", "fact"),
    ],
)
def test_what_is_asked_of_the_collection_speaks_of_documents(question: str, form: str) -> None:
    """However alike the question is to those of the examples."""
    model = bundled_forms()
    weights = np.array(model.with_embedding.weights["about"][: -len(model.cues) - model.grams])
    assert model.decide(question, (5 * weights / np.linalg.norm(weights)).astype(np.float32))[0] == form


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Who wrote the chapter on safety?", "fact"),
        ("手册的第三章是谁写的？", "fact"),
        ("What does the chapter on safety say?", "summary"),
    ],
)
def test_who_and_when_ask_for_one_fact(question: str, form: str) -> None:
    model = bundled_forms()
    weights = np.array(model.with_embedding.weights["summary"][: -len(model.cues) - model.grams])
    assert model.decide(question, (9 * weights / np.linalg.norm(weights)).astype(np.float32))[0] == form


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "When does the Harbour lease end, and does it renew by itself?",
            ("When does the Harbour lease end?", "Does the Harbour lease renew by itself?"),
        ),
        (
            "How long is the trial period and who can end it?",
            ("How long is the trial period?", "Who can end the trial period?"),
        ),
        (
            "Is the pump loud? How often does its filter need cleaning?",
            ("Is the pump loud?", "How often does the pump's filter need cleaning?"),
        ),
        (
            "When was the Harbour lease signed and when does it end?",
            ("When was the Harbour lease signed?", "When does the Harbour lease end?"),
        ),
        ("When has the lease been renewed and is it public?", ("When has the lease been renewed?", "Is the lease public?")),
        ("Who signed the lease and when was it renewed?", ("Who signed the lease?", "When was the lease renewed?")),
        ("租约什么时候到期，会自动续约吗？", ("租约什么时候到期？", "租约会自动续约吗？")),
        ("什么时候到期，会自动续约吗？", ("什么时候到期？", "会自动续约吗？")),
        ("租约什么时候到期？它由谁签字？", ("租约什么时候到期？", "租约由谁签字？")),
        ("保修期多长，包括进水吗？", ("保修期多长？", "保修期包括进水吗？")),
        (
            "I am moving flats in May. Do I have to repaint, and until when can they keep my deposit?",
            (
                "I am moving flats in May. Do I have to repaint?",
                "I am moving flats in May. Until when can they keep my deposit?",
            ),
        ),
        (
            "The kettle hums loudly. What is wrong with it? Can I go on using it?",
            ("The kettle hums loudly. What is wrong with it?", "The kettle hums loudly. Can I go on using it?"),
        ),
        (
            "刚买了一台除湿机，水箱满了怎么倒？滤网几个月换一回？",
            ("刚买了一台除湿机，水箱满了怎么倒？", "刚买了一台除湿机，滤网几个月换一回？"),
        ),
        (
            "我五月要搬家，墙要不要重新刷，押金最晚什么时候退？",
            ("我五月要搬家，墙要不要重新刷？", "我五月要搬家，押金最晚什么时候退？"),
        ),
        (
            "去国外用那台吹风机，那边电压不同，能直接用吗？要准备什么？",
            ("去国外用那台吹风机，那边电压不同，能直接用吗？", "去国外用那台吹风机，那边电压不同，要准备什么？"),
        ),
        (
            "If I lose my card, what does it cost and where do I get a new one?",
            ("If I lose my card, what does it cost?", "If I lose my card, where do I get a new one?"),
        ),
        (
            "The kettle broke down after a year. Is it still under warranty, and who pays for the repair?",
            (
                "The kettle broke down after a year. Is it still under warranty?",
                "The kettle broke down after a year. Who pays for the repair?",
            ),
        ),
        (
            "My aunt is ill. How long can I stay with her, and what if I need longer?",
            ("My aunt is ill. How long can I stay with her?", "My aunt is ill. What if I need longer?"),
        ),
        (
            "At the meeting in May, who was in the chair, and what was decided on the fence?",
            ("At the meeting in May, who was in the chair?", "At the meeting in May, what was decided on the fence?"),
        ),
        (
            "If the lamp blinks red, how long do I wait, where is the switch, and who do I call?",
            (
                "If the lamp blinks red, how long do I wait?",
                "If the lamp blinks red, where is the switch?",
                "If the lamp blinks red, who do I call?",
            ),
        ),
        (
            "I am joining 青禾 and will travel. What may a night cost, and what do I get for meals?",
            (
                "I am joining 青禾 and will travel. What may a night cost?",
                "I am joining 青禾 and will travel. What do I get for meals?",
            ),
        ),
        (
            "车在路上坏了，牌子要摆多远？车里的人在哪儿等？",
            ("车在路上坏了，牌子要摆多远？", "车在路上坏了，车里的人在哪儿等？"),
        ),
        (
            "电脑一直提示还在忙，该怎么处理？硬拔行不行？",
            ("电脑一直提示还在忙，该怎么处理？", "电脑一直提示还在忙，硬拔行不行？"),
        ),
        ("除湿机最多能装几升水，最吵有多少分贝？", ("除湿机最多能装几升水？", "除湿机最吵有多少分贝？")),
    ],
)
def test_several_parts_are_questions_of_their_own(question: str, parts: tuple[str, ...]) -> None:
    assert split_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote it and when?",
        "In the list of firms, which one was worst, and by how much did they fall?",  # who?
        "When the lamp blinks red, what should I do?",
        "What is the difference between who pays and who benefits?",
        "Please tell me what it costs, and who pays.",
        "What is the price and the weight of the pump?",
        "Do you know what a lien is and how it works?",
        "What happens when the battery fails and how do I replace it?",
        "What is the notice period and who has to sign?",  # who has to sign what?
        "Compare the prices and delivery times of both offers.",
        "Is there salt and pepper on the table?",
        "如果丢了卡，要多少钱，怎么补办？",
        "员工手册里年假有几天？病假呢？",
        "北京、上海，哪个更大？",
        "列出姓名，电话和地址",
        "前面说了好几个办法，过几天就要用，该选哪一个？",  # "several" and "in a few days" ask nothing
        "The pump hums. Is that a fault?",
        "How do I change the filter, and how do I pick my own?",
        "按什么都没反应，最后怎么办？",  # "whatever one presses" asks nothing
        "照片这种不怎么改的东西，多久备份一遍就够了？",  # "which hardly change" neither
    ],
)
def test_what_is_one_question_or_uncertain_stays_whole(question: str) -> None:
    assert split_parts(question) == (question,)


def documents(*names: str) -> list[Document]:
    return [replace(a_document(f"d{number}", title), uri=uri) for number, (title, uri) in enumerate(map(_pair, names))]


def _pair(name: str) -> tuple[str, str]:
    title, _, uri = name.partition("|")
    return title, uri or f"/files/{title}.txt"


Ingest = Callable[[dict[str, str]], object]


@pytest.fixture
def ingest(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Ingest:
    return lambda files: ingest_files(files, tmp_path / "documents", settings, store, embedder)


LIBRARY = documents(
    "Supplier agreement – Harbour", "Supplier agreement – Tanner", "Staff handbook|/hr/handbook_2026.docx", "员工手册",
    "差旅报销制度", "Minutes of the roof meeting", "Minutes of the garden meeting", "Warranty terms|/w/warranty.html",
    "Lake|/notes/lake.md",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("When does the Harbour agreement end?", ["Supplier agreement – Harbour"]),
        ("What does the contract with Tanner say about delivery?", ["Supplier agreement – Tanner"]),
        ("who signs the Harbour supplier agreement", ["Supplier agreement – Harbour"]),
        ("How many days of leave does the staff handbook give?", ["Staff handbook"]),
        ("what is in handbook_2026.docx about leave?", ["Staff handbook"]),
        ("How long is the battery covered in the warranty terms?", ["Warranty terms"]),
        ("What was decided in the minutes of the roof meeting?", ["Minutes of the roof meeting"]),
        ("《员工手册》里年假有几天？", ["员工手册"]),
        ("员工手册规定年假有几天？", ["员工手册"]),
        ("请问差旅报销制度里住宿标准是多少", ["差旅报销制度"]),
        ('What does "Lake" say about fish?', ["Lake"]),
        (
            "Compare the Harbour and the Tanner agreements.",
            ["Supplier agreement – Harbour", "Supplier agreement – Tanner"],
        ),
        ("When does the agreement end?", []),  # which of the two?
        ("When does the supplier agreement end?", []),
        ("When does the Miller agreement end?", []),  # there is none
        ("Does the Miller staff handbook allow dogs?", []),
        ("请总结一下 garden 的会议纪要", ["Minutes of the garden meeting"]),
        ("How long is the warranty?", []),
        ("How deep is the lake?", []),
        ("What did the minutes say?", []),
        ("年假有几天？", []),
    ],
)
def test_named_documents(question: str, named: list[str]) -> None:
    titles = {document.id: document.title for document in LIBRARY}
    assert sorted(titles[one] for one in Titles.of(LIBRARY).named(question, EVERYTHING)) == sorted(named)


FILES = documents(
    "|/a/deaths_by-town.xlsx", "|/a/yearly-budget.ods", "|/a/lawv_retainer_2026.txt", "Lamps|/a/harbour-talk.pptx",
    "|/a/库存.csv", "Retainer Agreement|/a/scan-7.pdf", "Budget rules|/a/rules.md",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Who is oldest in the deaths sheet?", ["/a/deaths_by-town.xlsx"]),
        ("What is the sum of the budget spreadsheet?", ["/a/yearly-budget.ods"]),
        ("How long does the retainer agreement last?", ["/a/scan-7.pdf"]),
        ("What do the harbour slides say of lamps?", ["/a/harbour-talk.pptx"]),
        ("库存表格里有多少水泵？", ["/a/库存.csv"]),
        ("What does the sheet say?", []),
        ("Who is in the Miller sheet?", []),
        ("How many deaths were there?", []),
    ],
)
def test_files_are_named_by_their_names_and_their_kind(question: str, named: list[str]) -> None:
    uris = {document.id: document.uri for document in FILES}
    assert [uris[one] for one in Titles.of(FILES).named(question, EVERYTHING)] == named


@pytest.mark.parametrize(
    "scope",
    [Scope(collection="other"), Scope(allowed=("other",)), Scope(document_ids=("d1",)), Scope(uri_prefix="/elsewhere")],
)
def test_a_document_beyond_the_scope_is_not_named(scope: Scope) -> None:
    assert Titles.of(LIBRARY).named("When does the Harbour agreement end?", scope) == ()


def test_within_a_scope_a_name_may_be_plain_that_is_not_in_all() -> None:
    titles = Titles.of([*LIBRARY, replace(a_document("x", "Harbour agreement"), collection="other")])
    assert titles.named("When does the Harbour agreement end?", EVERYTHING) == ()
    assert titles.named("When does the Harbour agreement end?", Scope(collection="default")) == ("d0",)


def test_titles_are_read_anew_once_documents_change(store: Store, ingest: Ingest, embedder: HashingEmbedder) -> None:
    understander = Understander(TitleIndex(store), embedder)
    question = "When does the Harbour agreement end?"
    assert understander.understand(question).documents == ()
    ingest({"Harbour agreement.txt": "It ends in May."})
    (document,) = store.documents()
    assert understander.understand(question).documents == (document.id,)
    store.delete([document.id])
    assert understander.understand(question).documents == ()


def test_what_is_asked_of_the_documents_names_none_and_history_may(
    store: Store, ingest: Ingest, embedder: HashingEmbedder
) -> None:
    ingest({"Harbour agreement.txt": "It ends in May."})
    understander = Understander(TitleIndex(store), embedder)
    assert understander.understand("Which documents mention the Harbour agreement?").documents == ()
    said = ["When does the Harbour agreement end?"]
    assert understander.understand("How much is the deposit?", EVERYTHING, said).documents == (store.documents()[0].id,)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("哪份合同的总价是614690元？", "fact"),
        ("哪些文件提到614690元？", "locate"),
        ("哪份合同写得最好？", "locate"),
        ("Which user owns the cat pages?", "fact"),
        ("Who keeps the files of the choir?", "fact"),
        ("哪个用户拥有手册页？", "fact"),
        ("Which user is mentioned in the cat pages?", "locate"),
        ("Who is quoted in which letters?", "locate"),
        ("Which of the two contracts is about pets?", "locate"),
        ("On which page does the oath stand?", "locate"),
        ("谁在哪封信里谈到狗？", "locate"),
    ],
)
def test_a_document_known_by_one_of_its_values_is_asked_for_as_a_fact(question: str, form: str, store: Store) -> None:
    class Locating:
        """Takes every question for one of documents."""

        embedder = "none"

        def decide(self, _: str, embedding: Vectors | None) -> tuple[Form, float]:
            return "locate", 0.9

        def says(self, form: Form, _: str) -> bool:
            return True

    found = Understander(TitleIndex(store), HashingEmbedder(), Locating()).understand(question)  # type: ignore[arg-type]  # all it uses
    assert found.form == form


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("哪个引脚输出正弦波，频率大约多少？", 1),  # of what, only the first part tells
        ("怎么申请，要多久，找谁批？", 1),
        ("怎么安装，怎么卸载？", 2),
        ("园区这周的模型怎么又没更新，原因是啥？", 1),
        ("表格里的求和没有变，怎么回事？该用哪个？", 2),
        ("年假有几天，怎么申请？", 2),
        ("八月份哪个部门的费用合计最高，是多少钱？", 1),  # how much of what, only the clause before tells
        ("这批货里面，每一百克含钙最多的是哪一样？有多少毫克？", 1),
        ("给供货商打分，哪一项权重最大、占多少？售后那一项怎么算满分？", 2),
        ("保修怎么申请，要多少钱？", 2),  # the clause before picks nothing out
        ("哪里可以办护照，几点开门？", 2),
        ("押金怎么退，多少天到账？", 2),
    ],
)
def test_a_part_that_tells_nothing_alone_is_not_parted(question: str, parts: int) -> None:
    assert len(split_parts(question)) == parts


def test_a_long_clause_costs_no_time() -> None:
    """Signs that two alternatives of a pattern match would double the time each."""
    question = f"哪个最高，{'达到' * 400}吗吗吗"
    assert "".join(split_parts(question)).startswith("哪个最高")
