"""What verification compares: facts, polarity, rows. Small files of the kinds of false statements that were seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.grounding.draft_parser import Drafted
from service.grounding.facts import only_repeats_numbers, says_more
from service.grounding.namesakes import is_of_another_kind, is_of_another_time
from service.grounding.polarity import asks_whether, contradicted, own_denial
from service.grounding.rows import is_of_another, is_of_another_subject
from service.grounding.verifier import Verifier
from tests.fakes import HashingEmbedder, a_document, a_passage
from youju.text.denial import denies
from youju.text.language import sentences
from youju.text.names import named
from youju.text.quantities import other_units

VERIFIER = Verifier(HashingEmbedder())
MINUTES = (
    "Minutes of the board. Next meeting: 11 March, room 2. The launch moves from 1 May to 15 June. Anna Berg keeps the list."
)
ROWS = "Museum: Quay Museum | 2021: 1514 | 2022: 1602\nMuseum: Beacon Museum | 2021: 1736 | 2022: 1801"
CLUBS = "Club: Young | Nickname: Saints | No. of Premierships: 0 | Premiership Years: None\nClub: West | Nickname: Premiers"
STORAGE = "5.3 Storage\nThe logger keeps readings in a ring buffer. Old readings are overwritten."
RECONCILE = "You don't need to reconcile an account. If you reconcile it, mistakes show sooner."
LEAVE = "员工没休完的年假可以顺延到次年3月底。离职时按日工资折算。"
PASSWORD = "工作表密码忘记后无法恢复，请妥善保管。"


def passes(text: str, question: str, passage: str) -> bool:
    return VERIFIER.verify(Drafted(text, ()), question, [a_passage(passage)]) is not None


CHANGED = [
    (MINUTES, "When is the next meeting?", "The next meeting is on 11 March.", "The next meeting is on 11 November."),
    (MINUTES, "When is the next meeting?", "Next meeting: 11 March.", "The next meeting is on 15 June."),
    (MINUTES, "When is the launch?", "The launch moves to 15 June.", "The launch moves to 15 May."),
    (MINUTES, "Who keeps the list?", "Anna Berg keeps the list.", "Peter Berg keeps the list."),
    (RECONCILE, "Do I have to reconcile?", "You don't need to reconcile an account.", "Yes, you have to reconcile it."),
    (PASSWORD, "工作表密码忘了怎么办？", "工作表密码忘记后无法恢复。", "工作表密码忘记后可以恢复。"),
    (LEAVE, "没休完的年假怎么办？", "没休完的年假可以顺延到次年3月底。", "没休完的年假可以顺延到次年5月底。"),
    (ROWS, "How many visitors had the Beacon Museum in 2021?", "Beacon Museum: 1736 in 2021.", "Beacon Museum: 1514 in 2021."),
    (CLUBS, "Which nickname does Young have?", "The nickname of Young is Saints.", "The nickname of Young is Premiers."),
    (STORAGE, "How large is the storage?", "It keeps readings in a ring buffer.", "The logger has a storage of 5.3."),
]


@pytest.mark.parametrize(("passage", "question", "true", "false"), CHANGED)
def test_a_changed_fact_has_no_support_and_the_true_one_has(passage: str, question: str, true: str, false: str) -> None:
    assert passes(true, question, passage)
    assert not passes(false, question, passage)


@pytest.mark.parametrize(
    ("sentence", "context", "question", "more"),
    [
        ("It costs 12 EUR for 500 pieces.", "The price is 12 EUR.", "What is the price for 500 pieces?", False),
        ("Yes, it lasts 48 months.", "It lasts 36 months.", "Does it last 48 months?", True),  # the question is no evidence
        ("In 2021 it had 1514 visitors.", "In 2020 it had 1514 visitors.", "How many visitors in 2021?", True),  # nor of a year
        ("The FL-D1 lasts 18 months.", "The FL-T3 lasts 18 months.", "How long does the FL-D1 last?", True),
        ("It holds 3 parts.", "3. Parts\nIt holds some.", "", True),  # a number of a list
        ("第3章有说明。", "第3章 概述", "", True),
        ("4.2 常温食品的损耗率不超过千分之二。", "4.2 常温食品的损耗率不超过千分之二，冷藏食品不超过千分之五。", "", False),
        ("Marie Curie found it.", "Found by Pierre Curie.", "", True),
        ("It was Marie.", "Marie found it.", "", False),
        ("柏林是首都。", "Berlin is the capital.", "", False),  # names are translated
        ("RS-485 用于通信。", "Uses RS-232.", "", True),
    ],
)
def test_facts_of_a_sentence(sentence: str, context: str, question: str, more: bool) -> None:
    assert says_more(sentence, context, question) is more


DENIALS = "You must not open it.|Smoking is prohibited.|You needn't wait.|It is impossible.|严禁烟火|不必等|无法恢复".split("|")
NO_DENIALS = "不锈钢外壳|无线网络|未来三年|不仅省电|It is open.|No. of seats: 4|No.: 3|notable|a knot".split("|")


@pytest.mark.parametrize(("text", "denies_it"), [(one, True) for one in DENIALS] + [(one, False) for one in NO_DENIALS])
def test_denials(text: str, denies_it: bool) -> None:
    assert denies(text) is denies_it


def test_a_denial_of_the_question_may_be_repeated() -> None:
    assert not own_denial("没休完的年假可以顺延。", "没休完的年假怎么办？")
    assert own_denial("不可以顺延。", "年假可以顺延吗？")
    assert own_denial("No, it does not.", "Does it not rain?")  # an answer of yes or no denies by itself


@pytest.mark.parametrize(
    ("question", "whether"),
    [("Can I open it?", True), ("可以退货吗？", True), ("是否包含税？", True), ("How long?", False), ("怎么退货？", False)],
)
def test_questions_of_yes_or_no(question: str, whether: bool) -> None:
    assert asks_whether(question) is whether


def test_of_two_clauses_the_one_that_says_more_decides() -> None:
    text = "The battery is rechargeable but not removable."
    assert not contradicted("The battery is rechargeable.", "What of the battery?", text)
    assert contradicted("The battery is removable.", "What of the battery?", text)
    assert contradicted("The battery is not rechargeable.", "What of the battery?", text)


def test_the_row_that_the_question_names_best_counts() -> None:
    quay, beacon = ROWS.split("\n")
    shown = [a_passage(ROWS)]
    assert is_of_another(quay, "How many visitors had the Beacon Museum?", shown, "")
    assert not is_of_another(beacon, "How many visitors had the Beacon Museum?", shown, "")
    assert not is_of_another(quay, "How many visitors had the museums?", shown, "")
    assert not is_of_another("Plain text.", "Beacon", shown, "")


def test_a_row_is_one_sentence() -> None:
    text = "Date: Sept. 28 | Result: W, 5-0. | Saves: Vetter, 5\nDate: Oct. 13 | Result: L. | Saves: 12\nAfter it. Text."
    assert [text[start:end] for start, end in sentences(text)] == [*text.split("\n")[:2], "After it.", "Text."]


@pytest.mark.parametrize(
    ("text", "among", "expected"),
    [
        ("The Manager of Orión F.C. is Martín Arreola.", "en", {"orión", "martín", "arreola"}),
        ("Dogs bark.", "en", set()),
        ("他在北京用 Debian。", "zh", {"北京", "debian"}),
        ("他在北京用 Debian。", "en", {"debian"}),
        ("Berlin is in Germany.", "zh", set()),
    ],
)
def test_names(text: str, among: str, expected: set[str]) -> None:
    assert named(text, among) >= expected if expected else named(text, among) == set()  # type: ignore[arg-type]


def test_a_number_keeps_all_its_units() -> None:
    assert other_units("24 dollars and 24 euros", "24 euros")
    assert not other_units("24 euros", "24 euros or 24 dollars")


@pytest.mark.parametrize(
    ("passage", "question", "part"),
    [
        ("You don't need to reconcile an account.", "What about accounts?", "Need to reconcile an account."),
        ("本产品不可以在三十天内退货。", "退货怎么办？", "可以在三十天内退货。"),
    ],
)
def test_part_of_a_clause_does_not_stand_by_being_quoted(passage: str, question: str, part: str) -> None:
    """What denies it stands before it."""
    assert passes(passage, question, passage)
    assert not passes(part, question, passage)


@pytest.mark.parametrize(
    ("row", "question", "of_another"),
    [
        ("Name: Valve 5 | Burst: 45 bar | Service: 25 bar", "At which pressure does Valve 25 burst?", True),
        ("Name: Valve 5 | Burst: 45 bar | Service: 25 bar", "At which pressure does valve 5 burst?", False),
        ("Name: Valve 5 | Burst: 45 bar | Service: 25 bar", "Which of the valves bursts at 45 bar?", False),
        ("Name: Quay Museum | 2021: 1514 | 2020: 1100", "How many came to the museum in 2021?", False),
        ("名称: 5号阀门 | 爆破压力: 45 bar | 重量: 25 g", "25号阀门的爆破压力是多少？", True),
        ("名称: 阀门5 | 爆破压力: 45 bar | 重量: 25 g", "请问阀门25的爆破压力是多少？", True),
        ("名称: 阀门5 | 爆破压力: 45 bar | 重量: 25 g", "请问阀门5的爆破压力是多少？", False),
    ],
)
def test_a_numbered_key_is_of_another_where_the_question_has_another_number(row: str, question: str, of_another: bool) -> None:
    assert is_of_another(row, question, [a_passage(row)], "") is of_another


REGIONS = "地区: 华东 | 完成率: 98.4%\n地区: 西南 | 完成率: 90.9%\n地区: 华南 | 完成率: 93.1%"


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("哪个地区的完成率最高？", "华东的完成率最高，为98.4%。", "西南的完成率最高，为90.9%。"),
        ("哪个地区的完成率最低？", "西南的完成率最低，为90.9%。", "华东的完成率最低，为98.4%。"),
        (
            "西南最多完成了多少？",
            "西南的完成率为90.9%。",
            "华东的完成率为98.4%。",
        ),  # it is named
    ],
)
def test_the_largest_of_all_is_the_largest_of_the_rows_shown(question: str, right: str, wrong: str) -> None:
    assert passes(right, question, REGIONS)
    assert not passes(wrong, question, REGIONS)


def test_a_reason_is_more_than_a_date() -> None:
    passage = "The launch of Osprey moves from 1 May to 15 June because the seal failed."
    assert passes("The launch moves because the seal failed.", "Why was the launch of Osprey moved?", passage)
    assert not passes("The launch of Osprey moves from 1 May to 15 June.", "Why was the launch of Osprey moved?", passage)
    assert passes("The launch of Osprey moves from 1 May to 15 June.", "When is the launch of Osprey?", passage)


def test_a_passage_about_another_supports_nothing() -> None:
    kestrel = a_passage("The warranty on the connectors is 12 months from delivery.", key=1, heading="Agreement with Kestrel")
    nordwind = a_passage("Nordwind is paid within 45 days.", key=2)
    question = "How long is the warranty on the connectors of Nordwind?"
    said = Drafted("The warranty on the connectors is 12 months from delivery.", ())
    assert VERIFIER.verify(said, question, [kestrel, nordwind]) is None
    assert VERIFIER.verify(said, question, [kestrel]) is not None  # nothing tells that it is about another
    assert VERIFIER.verify(said, "How long is the warranty of Kestrel?", [kestrel, nordwind]) is not None


def test_what_has_no_word_of_the_question_answers_nothing_where_other_text_has() -> None:
    passage = "电脑丢失要在两小时内上报。近六年的证书都能在官网查到。"
    assert passes("要在两小时内上报。", "公司的电脑丢失了多久要上报？", passage)
    assert not passes("近六年的证书都能在官网查到。", "公司的电脑丢失了多久要上报？", passage)


def test_a_yes_needs_nearly_all_that_was_asked() -> None:
    question = "Is my network safer when its name is hidden?"
    assert not passes("Yes, my network is safer when its name is hidden.", question, "Type the name of the hidden network.")
    assert passes("Yes, my network is safer when its name is hidden.", question, "A network is safer when its name is hidden.")


def test_a_command_stands_in_the_evidence_as_it_is() -> None:
    passage = "Run git stash push to save your work. To see all entries, run git stash list."
    assert passes("To see all entries, run `git stash list`.", "How do I see all entries?", passage)
    assert not passes("To see all entries, run `git stash show`.", "How do I see all entries?", passage)


def test_a_heading_supports_nothing() -> None:
    passage = a_passage("Delete files and folders\nThe file is moved to the trash.", heading="Delete files and folders")
    said = Drafted("You can restore files and folders.", ())
    assert VERIFIER.verify(said, "How do I delete files and folders?", [passage]) is None


@pytest.mark.parametrize(
    ("sentence", "context", "question", "more"),
    [
        (
            "One user can record one fingerprint.",
            "Once it has your fingerprint, it says Done.",
            "How many can one user record?",
            True,
        ),
        ("One user can record one fingerprint.", "Each user records one fingerprint.", "How many can one user record?", False),
        ("It is checked once a year.", "It is checked once every year.", "How often is it checked?", False),
        ("It is checked once a year.", "It is checked by the staff.", "How often is it checked?", True),
        ("One of them is green.", "The green lid closes.", "Which is green?", False),  # no number is asked for
    ],
)
def test_one_is_a_number_where_a_number_is_asked(sentence: str, context: str, question: str, more: bool) -> None:
    assert says_more(sentence, context, question) == more


@pytest.mark.parametrize(
    ("text", "question", "is_other"),
    [
        ("Code: T6-L | Model: Tern 6, long shaft | GBP: 2,480", "List price of the Tern 14?", True),
        ("Code: T14 | Model: Tern 14 | GBP: 3,900", "List price of the Tern 14?", False),
        ("The Tern 6 weighs 12 kg.", "How heavy is the Tern 14?", True),
        ("The Tern 6 weighs 12 kg and the Tern 14 22 kg.", "How heavy is the Tern 14?", False),
        ("It weighs 12 kg.", "How heavy is the Tern 14?", False),  # nothing tells
        ("Contract Year: 3 | Motors: 120", "How many motors in the fourth contract year?", True),
        ("Contract Year: 4 | Motors: 150", "How many motors in the fourth contract year?", False),
        ("项目: 续航 | S1: 9 小时 | S3: 7 小时", "S2机器人的续航多久？", True),
        ("项目: 续航 | S1: 9 小时 | S3: 7 小时", "S3 机器人的续航多久？", False),
        ("代码: 301 | 说明: 卡住", "报警代码 302 是什么意思？", True),
        ("代码: 302 | 说明: 卡住", "报警代码 302 是什么意思？", False),
        ("Message: 31 | Meaning: hot", "What does message 33 mean?", True),
        ("货物类别: A 类 | 盘点周期: 每周", "D 类货物的盘点周期是多久？", True),
        ("货物类别: D 类 | 盘点周期: 每年", "D 类货物的盘点周期是多久？", False),
        ("Class A goods are counted weekly.", "How often are class D goods counted?", True),
        ("Python 3.11 is needed.", "Does it run with Python 3?", False),  # a version begins with it
    ],
)
def test_a_name_with_another_number_is_another(text: str, question: str, is_other: bool) -> None:
    assert is_of_another(text, question, [a_passage(text)], "") == is_other


@pytest.mark.parametrize(
    ("title", "question", "is_other"),
    [
        ("Rules 2025", "What was the allowance in 2020?", True),
        ("Rules 2020", "What was the allowance in 2020?", False),
        ("Rules", "What was the allowance in 2020?", True),
        ("Rules", "What is the allowance?", False),
        ("Rules 2025", "Is the fee 2020 EUR or less than in 2025?", False),  # one of them is told
    ],
)
def test_what_is_told_of_no_year_that_is_asked_supports_nothing(title: str, question: str, is_other: bool) -> None:
    passage = a_passage("The allowance is 24 pounds a month.")
    passage = replace(passage, document=replace(passage.document, title=title))
    assert is_of_another_time(passage, question, [passage]) == is_other
    found = VERIFIER.verify(Drafted("The allowance is 24 pounds a month.", ()), question, [passage])
    assert (found is None) == is_other


@pytest.mark.parametrize(
    ("sentence", "question", "repeats"),
    [
        ("The Tern 10 has 10 dB.", "How loud is the Tern 10?", True),
        ("Tern 10 的噪音是 10 分贝。", "Tern 10 的噪音是多少分贝？", True),
        ("The Tern 10 has 66 dB.", "How loud is the Tern 10?", False),
        ("There is no limit.", "How many users may log in?", False),
        ("Yes, 10 are enough.", "Are 10 enough?", False),
        ("The Tern 10 is red.", "Which colour has the Tern 10?", False),
    ],
)
def test_a_number_of_the_question_does_not_tell_how_many(sentence: str, question: str, repeats: bool) -> None:
    assert only_repeats_numbers(sentence, question) == repeats


@pytest.mark.parametrize(
    ("text", "question", "is_other"),
    [
        ("The lidar is 1,900 CNY.", "How heavy is the lidar?", True),
        ("The lidar has 1.2 kg.", "How heavy is the lidar?", False),
        ("The lidar is light.", "How heavy is the lidar?", False),  # no quantity is told
        ("电池 48 V。", "电池有多重？", True),
        ("The lidar is 1,900 CNY.", "Where is the lidar?", False),
    ],
)
def test_a_quantity_of_another_kind(text: str, question: str, is_other: bool) -> None:
    assert is_of_another_kind(text, question) == is_other


@pytest.mark.parametrize(
    ("above", "is_other"),
    [
        ("Tern 14 – project plan", False),  # the text compares
        ("Owner's Manual Tern 10 and Tern 14", True),
        ("Manual of the Tern 10", True),
        ("", True),
    ],
)
def test_what_the_title_names_a_sentence_may_compare(above: str, is_other: bool) -> None:
    text = "Yachts from 9 to 12 metres ask for more thrust than the Tern 10 gives."
    assert is_of_another(text, "Why do we want a Tern 14?", [a_passage(text)], above) == is_other


@pytest.mark.parametrize(
    ("sentence", "more"),
    [
        ("Use -k or --dmesg to see those of the kernel.", False),
        ("Use -j, --dmesg to see those of the kernel.", True),
        ("Use -K to see those of the kernel.", True),
        ("用 -k 只看内核的消息。", False),
        ("用 --kernel 只看内核的消息。", True),
        ("A well-known pre-installed tool - it shows those.", False),
    ],
)
def test_an_option_of_a_command_stands_there_or_is_none(sentence: str, more: bool) -> None:
    assert says_more(sentence, "-k, --dmesg\n    shows only messages of the kernel. 只看内核的消息") is more


@pytest.mark.parametrize(
    ("question", "is_other"),
    [
        ("How much does Kestrel charge for the NS-110?", True),
        ("How much does Nordwind charge for the NS-110?", False),
        ("How much does the NS-110 cost?", False),
        ("Is the NS-110 of Nordwind dearer than that of Kestrel?", False),
    ],
)
def test_what_another_document_is_titled_by_is_asked_of_that(question: str, is_other: bool) -> None:
    ours = a_passage("The unit price of the NS-110 is 12.40 EUR.", document=a_document("a", "Agreement with Nordwind"))
    other = a_passage("Connectors cost 3.10 EUR.", key=2, document=a_document("b", "Agreement with Kestrel"))
    assert is_of_another_subject(ours, question, [ours, other]) == is_other


@pytest.mark.parametrize(
    ("question", "row", "is_another"),
    [
        ("我在公司干了15年，一年有几天年假？", "累计工龄: 满 20 年以上 | 年休假天数: 17 天", True),
        ("我在公司干了15年，一年有几天年假？", "累计工龄: 满 10 年不满 20 年 | 年休假天数: 12 天", False),
        ("2025年的年假有几天？", "累计工龄: 满 20 年以上 | 年休假天数: 17 天", False),  # a year of the calendar
        ("How much is 12 kg?", "Weight: 5 to 10 kg | Postage: 7 EUR", True),
        ("How much is 12 kg?", "Weight: over 10 kg | Postage: 9 EUR", False),
        ("How much is it after 12 days?", "Weight: 5 to 10 kg | Postage: 7 EUR", False),  # another unit
        ("Does it come within 10 days?", "Parcel: standard | Delivery: 2 to 5 days", False),  # no key: what is told of it
        ("Is 5 kg or 12 kg dearer?", "Weight: 5 to 10 kg | Postage: 7 EUR", False),
    ],
)
def test_a_row_for_another_stretch_is_another_row(question: str, row: str, is_another: bool) -> None:
    assert is_of_another(row, question, [a_passage(row)], "") is is_another


def test_a_row_whose_key_holds_that_of_a_named_one_may_tell_what_is_asked() -> None:
    battery, life = "Property: Battery | T3: 3.6 V", "Property: Battery life | T3: 24 months"
    shown = [a_passage(f"{battery}\n{life}\nProperty: Weight | T3: 62 g")]
    assert not is_of_another(life, "How long does the battery last?", shown, "")
    assert is_of_another("Property: Weight | T3: 62 g", "How long does the battery last?", shown, "")
    assert is_of_another(life, "Which battery does the T3 have?", shown, "")  # asks for no quantity
    assert is_of_another_kind(battery, "How long does the battery last?")
    assert not is_of_another_kind("The discount lasts long: 10 %", "How long does the discount last?")


ROTA = "Date: 2025-08-23 | Day: Saturday | Ward: Bob, Emmanuel"


@pytest.mark.parametrize(
    ("row", "question", "is_of_another_day"),
    [
        (ROTA, "Who has the ward on Saturday 16 August?", True),
        (ROTA, "Who has the ward on Saturday 23 August?", False),
        (ROTA, "Who has the ward on Saturday?", False),
        (ROTA, "8月16日谁值病房班？", True),
        (ROTA, "8月23号谁值病房班？", False),
        (ROTA, "When is the ward Bob's next after 16 August?", False),
        (ROTA, "Who has the ward from 20 to 24 August?", False),
        ("Week: 18–24 August 2025 | Ward: Bob", "Who has the ward on 20 August?", False),
        ("Valid from: 1 January 2025 | Price: 30", "What was the price on 1 March 2025?", False),
    ],
)
def test_a_row_whose_key_is_another_day_is_of_another(row: str, question: str, is_of_another_day: bool) -> None:
    assert is_of_another(row, question, [a_passage(row)], "") is is_of_another_day
