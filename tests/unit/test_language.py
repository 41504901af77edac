from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youju.records import Language
from youju.text.language import (
    detect_language,
    document_language,
    part_language,
    query_words,
    sentences,
    whole_language,
    words,
)

TEXTS = st.text(st.sampled_from("ab.。 \n！?”』)第一句3,…Dr"), max_size=60) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith paid $3.5 at the U.S. office. He left.", ["Dr. Smith paid $3.5 at the U.S. office.", "He left."]),
        ("第一句。第二句！“第三句？”他说……好", ["第一句。", "第二句！", "“第三句？”", "他说……", "好"]),
        ("One line\nAnother line", ["One line", "Another line"]),
        ("A line that is\nwrapped by hand.", ["A line that is\nwrapped by hand."]),
        ("", []),
        (
            "name: Tiger | weight: 162\nname: Giraffe | weight: 899\nof all",
            ["name: Tiger | weight: 162", "name: Giraffe | weight: 899", "of all"],
        ),
        ("It lasts for\nthree years.", ["It lasts for\nthree years."]),
        (
            "Use usb/X?serial=1 if a != 0 here. Is it? Yes!是吗?可以。",
            ["Use usb/X?serial=1 if a != 0 here.", "Is it?", "Yes!", "是吗?", "可以。"],
        ),
        ("![icon](x.svg)窍门：删除。什么？！好。", ["![icon](x.svg)窍门：删除。", "什么？！", "好。"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TEXTS)
def test_sentences_cover_all_visible_text_once(text: str) -> None:
    spans = sentences(text)
    covered = [False] * len(text)
    for start, end in spans:
        assert start < end
        assert not any(covered[start:end])
        covered[start:end] = [True] * (end - start)
    assert all(character.isspace() or inside for character, inside in zip(text, covered, strict=True))
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    ("text", "language"),
    [("什么是LLM的hallucination问题", "zh"), ("What does 有据 mean in English?", "en"), ("LLM是什么", "zh"), ("42", "en")],
)
def test_detect_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_words_are_folded_stemmed_and_split() -> None:
    assert words("The Batteries of FL-T3") == ["the", "batteri", "of", "fl-t3", "fl", "t3"]
    assert {"电池", "续航", "池续"} <= set(words("電池續航"))  # traditional script finds simplified
    assert words("３．５ Ｈ") == ["3.5", "3", "5", "h"]


def test_query_words_leave_out_words_that_only_ask() -> None:
    assert query_words("How long does the battery of the T3 last?") == ["long", "batteri", "t3", "last"]
    assert "多少" not in query_words("电池多少钱")
    assert "电池" in query_words("电池多少钱")


@given(st.text(max_size=80))
def test_words_never_hold_white_space(text: str) -> None:
    """The store joins them with spaces."""
    assert all(word and not any(character.isspace() for character in word) for word in words(text) + query_words(text))


@given(st.text(st.sampled_from("电池保修期的是 T3-b what"), max_size=20))
def test_a_query_finds_the_text_it_was_taken_from(text: str) -> None:
    assert set(query_words(text)) <= set(words(text))


ENGLISH = "The battery of this lamp lasts for about eight hours, and it can be charged with the cable that is in the box."
CHINESE = "这盏灯的电池大约可以用八个小时，充电线在盒子里。灯不亮的时候，请先检查电池是否装好，然后再按一次开关。"
LISTING = "sudo apt install vim\nls -l /etc/apt/sources.list\n192.0.2.1 gateway.example.org\nHolger Levsen, Osamu Aoki"


@pytest.mark.parametrize("whole", ["zh", "en"])
def test_what_is_no_running_text_is_in_the_language_of_its_whole(whole: Language) -> None:
    for part in (LISTING, "ZAR, Rand", "See also: grep(1)", "Anna Müller <anna@example.org>", ""):
        assert part_language(part, whole) == whole


@pytest.mark.parametrize("whole", ["zh", "en"])
def test_running_text_in_another_language_keeps_its_own(whole: Language) -> None:
    assert part_language(ENGLISH, whole) == "en"
    assert part_language(f"电池\n\n{ENGLISH}", whole) == "en"
    assert part_language(CHINESE, whole) == "zh"
    assert part_language(f"{CHINESE}\n{LISTING}", whole) == "zh"


def test_languages_of_documents() -> None:
    assert whole_language(CHINESE + "\n" + LISTING * 20) == "zh"
    assert whole_language(ENGLISH + "\n" + LISTING * 20) == "en"
    assert whole_language(f"{CHINESE}\n\n{ENGLISH}") is None
    assert document_language(f"{CHINESE * 2}\n\n{ENGLISH}") == "zh"
    assert document_language("代码,名称\nZAR,兰特") == "zh"
    assert document_language("") == "en"


def test_in_a_document_of_both_languages_each_part_is_looked_at_by_itself() -> None:
    assert part_language("电池寿命五年", None) == "zh"
    assert part_language("Launch: 15 June", None) == "en"


def test_a_name_with_an_exclamation_mark_ends_no_sentence_that_goes_on() -> None:
    text = "Yahoo! supports one level, and Eqonomize! 支持一级。 Stop! It ends. Really?! yes"
    assert [text[slice(*span)] for span in sentences(text)] == [
        "Yahoo! supports one level, and Eqonomize! 支持一级。",
        "Stop!",
        "It ends.",
        "Really?!",
        "yes",
    ]


def test_the_dots_of_a_menus_entry_end_no_sentence_that_goes_on() -> None:
    for text in ["请使用 文件 菜单中的 新建工程… 命令，或按键。", "Press the Save as... button or wait…, then go."]:
        assert [text[slice(*span)] for span in sentences(text)] == [text]
    text = "他走了…… 后来回来。Wait… It ends. Then... Stop."
    assert [text[slice(*span)] for span in sentences(text)] == [
        "他走了……",
        "后来回来。",
        "Wait…",
        "It ends.",
        "Then...",
        "Stop.",
    ]
