"""Which sentence of the passages is quoted where no drafted one held."""

from __future__ import annotations

import asyncio

import pytest

from service.grounding.quotable import Quote, label_of, quote_at, quotes_of, tells
from service.grounding.quoting import instead
from service.grounding.selection import likeliest, ranked_quotes
from service.reading import Reading, Span
from tests.fakes import HashingEmbedder, a_passage

NOTHING = Reading((), -5.0)


def quoted(question: str, *texts: str, found: str = "", draft: str = "") -> str | None:
    """What is quoted for a question from passages in which the reader found `found`."""
    passages = [a_passage(text, key=key) for key, text in enumerate(texts)]
    read = []
    for passage in passages:
        start = passage.text.find(found) if found else -1
        read.append((passage, Reading((Span(start, start + len(found), 6.0),), 3.0) if start >= 0 else NOTHING))
    quotes = ranked_quotes(question, draft, passages, read, HashingEmbedder(), 1)
    return quotes[0].text if quotes else None


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (  # a heading that asks is answered by what follows it
            "Can I make git ignore changes in a tracked file?",
            "How do I ignore changes to a tracked file?\nGit does not provide a way to do this, whatever others say.\nFine.",
            "Git does not provide a way to do this, whatever others say.",
        ),
        (
            "升级软件包之前要先进单用户模式吗？",
            "必须进入单用户模式才能升级软件包吗？\n\n不是。即使是在正在运行的系统中，软件包也可以原地升级。今天天气很好。",
            "不是。即使是在正在运行的系统中，软件包也可以原地升级。",
        ),
        (  # a heading is no sentence
            "Why was the launch of Osprey moved?",
            "The launch of Osprey\n\nThe launch was moved because the seal failed. Lunch is at noon.",
            "The launch was moved because the seal failed.",
        ),
        (  # what the next sentence takes back is not quoted without it
            "Is my network safer when its name is hidden?",
            "You may think that hiding the name of your network makes it safer. In practice, this is not the case.",
            "You may think that hiding the name of your network makes it safer. In practice, this is not the case.",
        ),
        (  # what points back is quoted with what it points at
            "多少损耗不赔偿？",
            "每月盘点一次。常温食品的损耗率不超过千分之二；在此范围以内的，仓库不赔偿损耗。",
            "常温食品的损耗率不超过千分之二；在此范围以内的，仓库不赔偿损耗。",
        ),
        (  # what is led in to belongs to it, to the last line
            "How do I change the message of the last commit?",
            "You change the message of the last commit by amending it. For example:\n\n    forge amend\n    forge push",
            "You change the message of the last commit by amending it. For example: forge amend forge push",
        ),
        (
            "怎样修改最后一次提交的说明？",
            "最后一次提交的说明可以修改。例如：\n\n    forge amend\n    forge push\n\n午饭在十二点。",
            "最后一次提交的说明可以修改。例如： forge amend forge push",
        ),
        (  # a command that a sentence leads in to is said with it, without the lines drawn around
            "How do I go back to the start when the search is done?",
            "To go back to the start when the search ends, give this command:\n\n--------\n$ forge reset\n--------\n\nLunch.",
            "To go back to the start when the search ends, give this command: $ forge reset",
        ),
        (  # what takes back is not quoted without what it takes back
            "Is it detectable in practice?",
            "You may think that a hidden network is safe. In practice, it is still detectable by all.",
            "You may think that a hidden network is safe. In practice, it is still detectable by all.",
        ),
        (  # a line that tells something is more than a heading
            "What is the number of the contract?",
            "Contract number HH-4471, version 3\n\nRental agreement\n\nThe hall may be used until midnight.",
            "Contract number HH-4471, version 3",
        ),
        ("Whom do I contact?", "Contact: office@example.org\n\nThe hall is large.", "Contact: office@example.org"),
        (  # what comes of it is the reason
            "Why must the lid not be opened while it is hot?",
            "You must not open the lid while it is hot. If you do so, steam burns your hand. It is blue.",
            "You must not open the lid while it is hot. If you do so, steam burns your hand.",
        ),
        ("为什么要先关阀门？", "先关上阀门。否则水会溢出。阀门是蓝色的。", "先关上阀门。否则水会溢出。"),
        (  # a row of a table stands alone
            "How heavy is a tiger?",
            "name: Giraffe | weight: 899\nname: Tiger | weight: 162\nname: Cow | weight: 600",
            "name: Tiger | weight: 162",
        ),
    ],
)
def test_the_sentence_that_answers(question: str, text: str, expected: str) -> None:
    assert quoted(question, text) == expected


@pytest.mark.parametrize(
    ("line", "tells_something"),
    [
        ("Contract number HH-4471, version 3", True),
        ("Warranty: 24 months", True),
        ("合同编号 HH-4471", True),
        ("联系电话：6355-1000", True),
        ("The launch of Osprey", False),
        ("5.3 Storage", False),
        ("Chapter 9. System tips", False),
        ("第 3 章 共享系统", False),
        ("To install:", False),
        ("https://example.org/one", False),
    ],
)
def test_which_lines_without_an_end_mark_tell_something(line: str, tells_something: bool) -> None:
    assert tells(line) is tells_something


def test_an_item_stands_under_the_item_that_leads_in_to_it() -> None:
    text = "- 0-99:\n- Allocated by the project.\n- 100-999:\n- Users that packages create when needed. They stay."
    assert label_of(text, text.index("Users that")) == "100-999"
    assert label_of(text, text.index("They stay")) == "100-999"


def test_an_item_that_leads_in_to_others_is_not_said_with_the_item_before() -> None:
    text = "- 0-99:\n- Allocated by the project, one for each package.\n- 100-999:\n- Users that packages create when needed."
    assert quoted("Which ids are allocated by the project?", text) == "- Allocated by the project, one for each package."


def test_what_the_reader_found_counts() -> None:
    text = "The pump is blue and as tall as two. It weighs nine tons in all."
    assert quoted("How much?", text) == "The pump is blue and as tall as two."
    assert quoted("How much?", text, found="nine tons") == "It weighs nine tons in all."


def test_what_was_drafted_counts() -> None:
    text = "The pump is blue and as tall as two. It weighs nine tons in all."
    assert quoted("How much?", text, draft="Nine tons.") == "It weighs nine tons in all."


def test_an_item_of_a_list_is_no_heading() -> None:
    assert quoted("Added what?", "News\n\n- Added a key for the folder\n- Fixed") == "- Added a key for the folder"
    assert quoted("新增了什么？", "更新\n\n- 新增文件夹的快捷键\n- 修复") == "- 新增文件夹的快捷键"


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (
            "Which option shows only messages of the kernel?",
            "     -f, --follow\n\t   Shows what is added.\n\n     -k, --dmesg\n\t   Shows only messages of the kernel.\n",
            "-k, --dmesg Shows only messages of the kernel.",
        ),
        ("怎么只看内核的消息？", "-f\n实时显示新的消息。\n-k\n只显示内核的消息。", "-k 只显示内核的消息。"),
        (
            "How heavy is the pump?",
            "Weight\n  The pump weighs nine tons.\nColour\n  The pump is blue.",
            "Weight The pump weighs nine tons.",
        ),
        ("How heavy is the pump?", "Pumps and more\nThe pump weighs nine tons.", "The pump weighs nine tons."),
        ("How heavy is the pump?", "It is blue.\n  The pump weighs nine tons.", "The pump weighs nine tons."),
    ],
)
def test_a_definition_is_quoted_with_its_term(question: str, text: str, expected: str) -> None:
    assert quoted(question, text, found=expected.split(maxsplit=2)[-1][-9:]) == expected


def test_how_a_command_is_written_is_no_row() -> None:
    text = "git stash pop [--index] [-q | --quiet]\n    It takes the entry off the list."
    assert (
        quoted("What does git stash pop do?", text) == "git stash pop [--index] [-q | --quiet] It takes the entry off the list."
    )


def test_no_sentence_is_told_twice() -> None:
    passage = a_passage("May I keep the key of the locker? Give the key of the locker back within a day. The locker is grey.")
    found = ranked_quotes("May I keep the key?", "", [passage], [(passage, NOTHING)], HashingEmbedder(), 3)
    assert [quote.text for quote in found] == ["Give the key of the locker back within a day.", "The locker is grey."]


def test_an_answer_is_judged_behind_the_question_that_it_follows() -> None:
    passage = a_passage("May I keep it? No. You must give it back within a day.")
    first = ranked_quotes("Must I give it back?", "", [passage], [(passage, NOTHING)], HashingEmbedder(), 1)[0]
    assert first.text == "No. You must give it back within a day."
    assert first.in_context == "May I keep it? No. You must give it back within a day."


@pytest.mark.parametrize(
    ("odds", "expected", "asked"),
    [
        ([-1.0, 2.0, 0.0], 1, 3),  # the judge outweighs the order
        ([1.0, 1.1, 1.1], 0, 3),  # unless they are nearly even
        ([5.0, 9.0, 9.0], 0, 1),  # what plainly answers ends it
        ([None, 1.0, 1.0], 0, 1),  # a judge that cannot tell leaves the order
    ],
)
def test_the_likeliest_of_them(odds: list[float | None], expected: int, asked: int) -> None:
    quotes = [Quote(1, a_passage("Text."), 0, 5, score=1.0 - place / 2) for place in range(3)]
    judged: list[Quote] = []

    async def judge(quote: Quote) -> float | None:
        judged.append(quote)
        return odds[len(judged) - 1]

    found = asyncio.run(likeliest(quotes, judge))
    assert found is not None
    assert (found.score, found.stated, len(judged)) == (quotes[expected].score, odds[expected], asked)


def test_where_only_headings_stand_nothing_is_quoted() -> None:
    assert quoted("Where is the pump?", "Pumps\n\nWhere is it?") is None


def test_the_row_of_another_key_is_not_quoted() -> None:
    rows = "Name: Valve 5 | Burst: 45 bar | Service: 25 bar\nName: Valve 7 | Burst: 47 bar | Service: 27 bar"
    assert quoted("At which pressure does Valve 25 burst?", rows) is None
    row = quoted("At which pressure does Valve 7 burst?", rows)
    assert row is not None
    assert "Valve 7" in row


def test_a_line_below_a_heading_is_not_quoted() -> None:
    said = quoted(
        "Should I use it for my photos?",
        "Should I use it for my photos?\n~~~~~~~~~~~~~~~~~~~~\n\nNo. Photos can be lost there.",
    )
    assert said is not None
    assert said.startswith("No.")


@pytest.mark.parametrize(
    ("text", "sentence", "whole"),
    [
        ("The light blinks. It can be switched off.", "It can", "The light blinks. It can be switched off."),
        ("Lamps are lit. They show it. These last long.", "These", "Lamps are lit. They show it. These last long."),
        ("电池是锂电池。它可以用两年。", "它可以", "电池是锂电池。它可以用两年。"),
        ("Begin with a quote. For zeros this method helps.", "For zeros", "Begin with a quote. For zeros this method helps."),
        ("先输入单引号。输入邮政编码时，此方法尤其有用。", "输入邮政", "先输入单引号。输入邮政编码时，此方法尤其有用。"),
        ("先输入单引号。各种方法都有用。", "各种", "各种方法都有用。"),
        ("The light blinks. Because of this it is seen.", "Because", "The light blinks. Because of this it is seen."),
        ("The light blinks. Therefore it is seen.", "Therefore", "The light blinks. Therefore it is seen."),
        ("指示灯闪烁。因此容易看见。", "因此", "指示灯闪烁。因此容易看见。"),
        ("The light blinks. The alarm can be switched off.", "The alarm", "The alarm can be switched off."),
        ("The light blinks.\n\nIt can be switched off.", "It can", "It can be switched off."),  # another paragraph
        ("- The light blinks.\n- It can be switched off.", "It can", "It can be switched off."),  # another item
        ("其他费用另计。其他的不收。", "其他的", "其他的不收。"),  # no pronoun
        (f"The light {'really ' * 60}blinks. It can be switched off.", "It can", "It can be switched off."),  # too far
    ],
)  # fmt: skip
def test_a_sentence_about_it_is_read_and_said_with_the_one_before(text: str, sentence: str, whole: str) -> None:
    start = text.index(sentence)
    end = min((text.find(mark, start) for mark in ".。" if mark in text[start:]), default=len(text) - 1) + 1
    quote = quote_at(1, a_passage(text), start, end)
    assert quote.whole == whole
    assert quote.text == text[start:end]
    said = instead(quote, "en")
    assert said.citations[0].quote == text[slice(*quote.understandable)]
    assert whole in said.sentence.text


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("I erred in the commit. How do I change it?\n\nAmend the commit.", "I erred in the commit. How do I change it?"),
        ("I made a mistake.\n\nHow do I change it?\n\nAmend the commit.", "How do I change it?"),
        ("All is well. How do I amend a commit?\n\nAmend the commit.", "How do I amend a commit?"),
        ("提交写错了。这要怎么改？\n\nAmend the commit.", "提交写错了。这要怎么改？"),
        ("How do I amend a commit?\n\nIn three steps.\n\nNow.\n\nAmend the commit.", ""),
    ],
)  # fmt: skip
def test_a_question_in_the_text_is_told_with_what_it_asks_about(text: str, asked: str) -> None:
    assert quote_at(1, a_passage(text), text.index("Amend the"), len(text)).above == asked


def test_the_number_of_a_heading_is_nothing_to_quote() -> None:
    passage = a_passage("5.9. Boards\n\nA board has two sides.\n\n3.2.\nThe rest is told here: 3.50 m.")
    assert [quote.text for quote in quotes_of(passage)] == ["A board has two sides.", "The rest is told here: 3.50 m."]


SERIES = "- 工作满1年不满10年，年假5天；满10年不满20年，年假10天；满20年，年假15天；\n- 年假为有薪假；病假另算。\n"


@pytest.mark.parametrize("clause", ["年假5天", "年假10天", "年假15天"])
def test_of_a_series_of_amounts_all_are_quoted(clause: str) -> None:
    """What holds after one year is false for whoever has worked twelve."""
    (quote,) = [one for one in quotes_of(a_passage(SERIES)) if clause in one.text]
    assert all(days in quote.text for days in ("年假5天", "年假10天", "年假15天"))
    assert "有薪假" not in quote.text


def test_clauses_without_amounts_are_quoted_each() -> None:
    assert [one.text for one in quotes_of(a_passage("年假为有薪假，期间享受全额薪资；病假的天数不限，另行规定。"))] == [
        "年假为有薪假，期间享受全额薪资；",
        "病假的天数不限，另行规定。",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "飞得不够久，能否换成手机电池。回答是，不行。因为放电电流不够。",
        "Can a phone's battery be used instead. Answer: no, its current is too low.",
    ],
)
def test_a_question_without_its_sign_is_no_answer(text: str) -> None:
    quotes = quotes_of(a_passage(text))
    assert quotes
    assert all(quote.start > 0 for quote in quotes)
    assert quotes[0].above  # the question that it answers


def test_what_stands_before_an_answer_may_be_a_statement() -> None:
    first, *_ = quotes_of(a_passage("Hand in your question by 5 May. The answer is sent within two weeks."))
    assert first.text == "Hand in your question by 5 May."
