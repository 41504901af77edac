from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.grounding.abstention import (
    BESIDE_THE_POINT,
    MOST_NAMED,
    NO_PASSAGES,
    NOT_MENTIONED,
    NOTHING_NAMED,
    OTHER_LANGUAGE,
    missing,
    nearest_quoted,
    without_nearest,
)
from service.grounding.citations import cite
from youju.records import Document, Passage, Scores
from youju.text.language import detect_language


def passage(text: str, title: str, page: int | None = 4) -> Passage:
    language = detect_language(text)
    document = Document("d", "default", "/a", "a.txt", title, "text/plain", language, "", 1, 1, 1000, 1, (0,), "now")
    return Passage(1, "d-0", 0, document, 0, len(text), text, "", language, page, Scores(1, 0, 1))


ENGLISH = [
    passage("The battery of the T3 lasts 24 months. It records 1,200 values for ten users in Berlin.", "Manual"),
    passage("Clean the housing of the logger with water.", "Care", None),
]
CHINESE = [
    passage("员工每年有十五天年假。请假要提前三天申请。公司为员工提供补贴。\n保修\n期为两年。", "员工手册"),
]


def named(question: str, passages: list[Passage]) -> list[str]:
    """The words that the passages are said to lack."""
    language = detect_language(question)
    before, after = NOT_MENTIONED[language].split("{phrases}")
    said = missing(question, language, passages)
    assert said.startswith(before)
    return said.removeprefix(before).split(after)[0].split("、" if language == "zh" else ", ")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Does the battery survive Jupiter?", ["survive Jupiter"]),
        ("What is the airspeed of an unladen swallow?", ["airspeed", "unladen swallow"]),
        ("How long does the battery of the T9-B last?", ["T9-B"]),
        ("Who founded the company in Zurich?", ["Zurich", "founded", "company"]),
        ("What isn't covered by Frostline's warranty?", ["Frostline", "covered", "warranty"]),
        ("Can I clean the logger with a water-jet?", ["water-jet"]),
        ("Does it record 1300 values for ten users?", ["1300"]),
        ("alpha, beta, gamma, delta, epsilon, zeta, K9?", ["K9", "alpha", "beta", "gamma", "delta"]),
    ],
)
def test_english_words_are_named_as_written(question: str, expected: list[str]) -> None:
    assert named(question, ENGLISH) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("木星的大气层有多厚？", ["木星", "大气层"]),
        ("请问公司给员工提供健身房补贴吗", ["健身房"]),
        ("病假工资怎么发", ["病假工资"]),
        ("T9型号的保修期是多久", ["T9型号"]),
        ("三十天内可以退货吗", ["三十天", "退货"]),
        ("員工可以帶寵物上班嗎？", ["寵物上班"]),  # as written, compared in Simplified Chinese
        ("保修期内退货，王小明同意吗？", ["王小明同意", "退货"]),
        ("离职证明找谁开？", ["离职证明"]),
        ("Wi-Fi密码是多少？", ["Wi-Fi密码"]),
    ],
)
def test_chinese_words_are_whole_words(question: str, expected: list[str]) -> None:
    assert named(question, CHINESE) == expected


def test_it_says_where_to_look_if_part_of_the_question_is_there() -> None:
    assert missing("Does the battery survive Jupiter?", "en", ENGLISH).endswith(" Nearest: “Manual” p. 4.")
    assert missing("员工可以退货吗？", "zh", CHINESE).endswith("最接近的是《员工手册》第 4 页。")
    assert "Nearest" not in missing("What is the airspeed of an unladen swallow?", "en", ENGLISH)
    assert missing("Does it fly?", "en", ENGLISH[1:]) == "The passages do not mention: fly."
    assert missing("Does the logger fly?", "en", ENGLISH[1:]).endswith("Nearest: “Care”.")


def test_it_says_so_if_every_word_is_there() -> None:
    question = "How many values does the battery of the T3 last for 10 users?"
    assert missing(question, "en", ENGLISH) == f"{BESIDE_THE_POINT['en']} Nearest: “Manual” p. 4."
    assert missing("保修期有几年？", "zh", CHINESE) == f"{BESIDE_THE_POINT['zh']}最接近的是《员工手册》第 4 页。"
    assert missing("What is it?", "en", ENGLISH).startswith(NOTHING_NAMED["en"])


def test_words_of_another_language_are_not_compared_but_codes_are() -> None:
    assert missing("How long is the parental leave?", "en", CHINESE) == f"{OTHER_LANGUAGE['en']} Nearest: “员工手册” p. 4."
    assert missing("电池在木星上能用吗？", "zh", ENGLISH).startswith(OTHER_LANGUAGE["zh"])
    assert named("电池在木星上能用 E99 吗？", ENGLISH) == ["E99"]


def test_the_message_is_in_the_language_of_the_answer() -> None:
    assert missing("Does the battery survive Jupiter?", "zh", ENGLISH).startswith("段落里没有提到：survive Jupiter。")


def test_without_passages_and_without_a_title() -> None:
    assert missing("battery?", "en", []) == NO_PASSAGES["en"]
    assert missing("logger?", "en", [passage("The logger.", "")]).endswith("Nearest: “a.txt” p. 4.")
    assert len(missing("logger?", "en", [passage("The logger.", "long " * 100)])) < 200


QUESTIONS = st.one_of(st.text(min_size=1, max_size=60), st.text("木星大气层的有多T9-B 員工a's.。１２", min_size=1, max_size=40))


@given(QUESTIONS, st.sampled_from([ENGLISH, CHINESE, [*ENGLISH, *CHINESE]]))
def test_what_is_named_stands_in_the_question_and_in_no_passage(question: str, passages: list[Passage]) -> None:
    language = detect_language(question)
    said = missing(question, language, passages)
    before = NOT_MENTIONED[language].split("{phrases}")[0]
    assume(said.startswith(before))
    phrases = named(question, passages)
    assert 1 <= len(phrases) <= MOST_NAMED
    for phrase in phrases:
        assert phrase in question
        assert phrase not in "".join(one.text for one in passages).split()


def test_the_nearest_sentences_are_quoted_with_their_place() -> None:
    cited = cite(1, passage("It runs for two years.", "Manual"), 0, 22, 1.0)
    near = nearest_quoted(cited, "It runs for two years.", "en")
    assert near == "Nearest, though it may not answer: “It runs for two years.” (“Manual” p. 1)."
    lacking = NOT_MENTIONED["en"].format(phrases="survive Jupiter")
    assert missing("Does the battery survive Jupiter?", "en", ENGLISH, near) == f"{lacking} {near}"
    assert missing("保修期有几年？", "zh", CHINESE, "最接近的。") == "最接近的。"
    assert missing("What is the airspeed of an unladen swallow?", "en", ENGLISH, near).endswith(near)
    assert without_nearest(f"{lacking} {near}", "en") == lacking  # of which no words of a document are kept
    assert without_nearest(lacking, "en") == lacking
