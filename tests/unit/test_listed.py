"""Lists found in texts, and the outlines that hold them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.loaders import load
from service.composing.listed import Listed
from tests.fakes import a_document
from youju.records import Heading
from youju.structure import Item, ItemList
from youju.text.listing import lists_in, without_sign
from youju.text.outline import Outline, packed, unpacked


def items(text: str, *headings: tuple[int, int]) -> list[list[tuple[int, str]]]:
    """Of each list the levels of its items and their texts."""
    return [[(item.level, text[item.start : item.end]) for item in one.items] for one in lists_in(text, headings)]


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("Take:\n- salt\n- pepper\n", False),
        ("1. Open it.\n2. Close it.\n", True),
        ("1) Open it.\n2) Close it.\n", True),
        ("(a) the buyer\n(b) the seller\n", True),
        ("a. the buyer\nb. the seller\n", True),
        ("①打开盖子\n②装入电池\n", True),
        ("一、总则\n二、附则\n", True),
        ("（一）打开盖子\n（二）装入电池\n", True),
        ("第一条 本办法适用于全体员工。\n\n第二条 员工应按时到岗。\n", True),
        ("第一步：打开盖子\n第二步：装入电池\n", True),
        ("步骤1：打开盖子\n步骤2：装入电池\n", True),
        ("Step 1: open it\nStep 2: close it\n", True),
        ("•打开盖子\n•装入电池\n", False),
        ("1、打开盖子\n2、装入电池\n", True),
        ("- [ ] call Ana\n- [x] write to Li\n", False),
    ],
)
def test_signs(text: str, ordered: bool) -> None:
    (found,) = lists_in(text)
    assert (len(found.items), found.ordered) == (2, ordered)


@pytest.mark.parametrize(
    "text",
    [
        "In the year\n1999. It rained.\n",
        "2. only one\n",
        "- one alone\n\nSome text.\n",
        "- a | b\n- c | d\n",
        "3.5 metres\n4.5 metres\n",
        "B. Smith said so.\nC. Jones did not.\n",
        "Name: Ana\nAge: 40\n",
    ],
)
def test_what_is_no_list(text: str) -> None:
    assert lists_in(text) == ()


def test_items_hold_what_belongs_to_them() -> None:
    text = "Steps:\n1. Open\n   the lid.\n   - with care\n   - by hand\n\n   It clicks.\n2. Close it.\n\nThat is all.\n"
    assert items(text) == [
        [(0, "1. Open\n   the lid."), (1, "- with care"), (1, "- by hand\n\n   It clicks."), (0, "2. Close it.")]
    ]


def test_numbers_count_on_behind_what_stands_between_them() -> None:
    text = "1. Run this:\n\nmake install\n\n2. Restart.\n\nBullets end:\n\n- one\n- two\n\nThen others:\n\n- three\n- four\n"
    assert items(text) == [
        [(0, "1. Run this:\n\nmake install"), (0, "2. Restart.")],
        [(0, "- one"), (0, "- two")],
        [(0, "- three"), (0, "- four")],
    ]


def test_nothing_goes_on_behind_a_heading() -> None:
    text = "1. Status\n\nAll is well.\n\n2. Budget\n\nMoney is short.\n"
    second = text.index("2. Budget")
    assert items(text, (0, 9), (second, second + 9)) == []


def test_lines_with_the_same_label_are_a_list_wherever_they_stand() -> None:
    text = "Action: Ana calls Kestrel.\nAll agreed.\n\nBudget was short.\n\nAction: Li writes the report.\n"
    assert items(text) == [[(0, "Action: Ana calls Kestrel."), (0, "Action: Li writes the report.")]]


def test_lists_that_are_known_are_kept() -> None:
    text = "first\nsecond\n\n- a\n- b\n"
    known = ItemList((Item(0, 5), Item(6, 12)))
    assert [one.start for one in lists_in(text, known=[known])] == [0, 14]


def test_html_tells_its_lists_itself() -> None:
    page = (
        b"<html><body><h1>Guide</h1><p>Do this:</p><ol><li><p>Open it.</p><pre>open /dev/lid</pre></li>"
        b"<li>Close it.<ul><li>with care</li><li>by hand</li></ul></li></ol>"
        b"<dl><dt>RAID0</dt><dd>Fast.</dd><dt>RAID1</dt><dd>Safe.<p>Two disks.</p></dd></dl></body></html>"
    )
    made = load(page, "guide.html")
    found = [[(item.level, made.text[item.start : item.end]) for item in one.items] for one in made.lists]
    assert found == [
        [(0, "1. Open it.\n\nopen /dev/lid"), (0, "2. Close it."), (1, "- with care"), (1, "- by hand")],
        [(0, "RAID0\n\nFast."), (0, "RAID1\n\nSafe.\n\nTwo disks.")],
    ]
    assert [one.ordered for one in made.lists] == [True, False]


@pytest.mark.parametrize(
    ("item", "words"), [("- [x] done", "done"), ("12. twelve", "twelve"), ("第三条 迟到", "迟到"), ("plain", "plain")]
)
def test_without_sign(item: str, words: str) -> None:
    assert item[without_sign(item, 0, len(item)) :] == words


def test_sections_of_an_outline() -> None:
    headings = (Heading(10, 14, 1), Heading(20, 24, 2), Heading(40, 44, 2), Heading(60, 64, 1))
    outline = Outline(100, headings, (ItemList((Item(26, 30), Item(31, 35))),))
    assert (outline.section(5).start, outline.section(5).end, outline.section(5).heading) == (0, 10, None)
    inner = outline.section(30)
    assert (inner.start, inner.end, inner.body) == (20, 40, 24)
    assert [one.start for one in inner.path] == [10, 20]
    assert [one.start for one in outline.below(outline.section(12))] == [20, 40]
    assert [one.start for one in outline.sections(1)] == [10, 60]
    assert outline.lists_within(30, 60) == list(outline.lists)
    assert unpacked(packed(outline.headings, outline.lists), 100) == outline


@pytest.mark.parametrize(
    ("heads", "is_faq"),
    [
        (("Is it safe? Yes, mostly.", "It does not start. Turn it on.", "Can it swim? No."), True),
        (("它会响吗？会的。", "它能游泳吗？不能。"), True),
        (("Is the power off?", "Is the lid closed?"), False),  # what to ask, and nothing behind it
        (("Open the lid.", "Is it wet? Then dry it.", "Close it.", "Turn it on.", "Wait."), False),
    ],
)
def test_questions_with_their_answers_are_no_list_to_give(heads: tuple[str, ...], is_faq: bool) -> None:
    found = ItemList(tuple(Item(place, place + 1) for place in range(len(heads))), ordered=True)
    listed = Listed(a_document("d"), "en", found, Outline(10).section(0), None, (), "", heads, 0)
    assert listed.is_faq is is_faq


@pytest.mark.parametrize(
    ("heads", "is_labelled"),
    [
        (("Bisecting: 675 left", "Bisecting: 337 left"), True),
        (("Bisecting: 675 left", "Good: 3"), False),
        (("Press START.", "Wait."), False),
    ],
)
def test_lines_with_one_label_are_no_steps(heads: tuple[str, ...], is_labelled: bool) -> None:
    found = ItemList((Item(0, 5), Item(6, 9)))
    assert Listed(a_document("d"), "en", found, Outline(10).section(0), None, (), "", heads, 0).is_labelled is is_labelled


@pytest.mark.parametrize(("title", "is_faq"), [("Tux Frequently Asked Questions", True), ("常见问题", True), ("Manual", False)])
def test_in_a_faq_statements_are_questions_too(title: str, is_faq: bool) -> None:
    heads = (
        "Where is it kept? In your folder.",
        "It does not start. Turn it on.",
        "It saves twice. Close it first.",
        "It beeps. Wait.",
    )
    found = ItemList(tuple(Item(place, place + 1) for place in range(len(heads))))
    document = replace(a_document("d"), title=title)
    assert Listed(document, "en", found, Outline(10).section(0), None, (), "", heads, 0).is_faq is is_faq
