"""What is recognised as saying nothing, and what is not."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.boilerplate import boilerplate
from ingest.chunking import chunk
from youju.records import Extracted

BODY = "The lamp is charged with the cable.\nIt shines for eight hours."
TEXT = "这盏灯用线充电。\n可以亮八个小时。"

BOILERPLATE = {
    "contents with leaders": "Contents\nSetup ........ 3\nFirst steps . . . . . . 12\nCare of the lamp\nafter use ..... xiv",
    "leaders alone": "安装………………3\n第一步·······12\n保养……………………14",
    "contents without pages": "目录\n1. 安装\n1.1. 第一步\n1.2. 保养\n2. 常见问题",
    "contents with tabs": "Table of Contents\nSetup\t3\nFirst steps\t12\nCare\t14",
    "list of figures": "List of Figures\nFigure 1: The lamp\nFigure 2: The cable\nFigure 3: The switch",
    "index": "Index\nbattery, 3, 14-16\ncable, 12\nswitch, 3, 5\nwarranty, 20",
    "index, Chinese": "索引\n保修, 20\n电池, 3, 14–16\n开关、灯 3, 5",
    "contents with lines": "Contents\nSetup ________ 3\nFirst steps ______ 12\nCare ____ 14",
    "navigation": "<<< Prev | Chapter 2. The Lamp | Next >>>",
    "navigation in two rows": "Prev | Up | Next\n2.1. The cable | Home | 2.3. The switch",
    "navigation, Chinese": "上一页 | 目录 | 下一页",
    "contributors": "Contributors\nAnna Müller <anna@example.org>\nJ. R. Smith\nWang Fang (translation)",
    "contributors, Chinese": "贡献者名单\n王小明\n李芳 <lifang@example.org>\n张伟",
    "debugging": "2026-03-01 10:00:01,220 DEBUG pool: 3 free\n[DEBUG] cache miss",
}  # fmt: skip
LICENCES = [
    "Copyright (c) 2026 The Lamp Authors. All rights reserved.\nPermission is hereby granted to copy this text.",
    "版权 © 2026 台灯作者\n在遵守版权声明的前提下允许拷贝。\n本许可证不提供任何形式的担保。",
]
CONTENT = [
    "Contacts\nAnna Müller <anna@example.org>\nJ. R. Smith <smith@example.org>\nWang Fang <wang@example.org>",
    "Prices\nLamp, 34\nCable, 12\nSwitch, 5\nCharger, 20",
    "1. Take the lamp out.\n2. Plug the cable in.\n3. Press the switch.",
    "Home | Away | Score\nBerlin | Paris | 3\nRome | Oslo | 2",
    "Press Next to go on, then press Prev to go back.",
    "He waited ... and waited ... for hours.\nNothing came . . . at all.\nThen the bell.",
    "公司目录如下：\n王小明 3 号楼\n李芳 12 号楼\n张伟 14 号楼",
    "The warranty is void if the lamp is opened. All rights reserved.",
    "# define SUCCESS\t\t0\n# define NOT_FOUND\t\t1\n# define NO_MEMORY\t\t2",
    "Set the level to DEBUG to see more.",
    "Tenant: ____________\nAddress: ____________\nProblem with the lamp:____\n____________________\nSigned: _____________",
    "Name: ..............\nStreet: ............\nTown: ..............",
    "承租人：____________\n地址：________________\n签字：________________",
    "",
]


@pytest.mark.parametrize("name", BOILERPLATE)
@pytest.mark.parametrize("text", [BODY, TEXT])
def test_it_is_recognised_whatever_stands_around_it(name: str, text: str) -> None:
    whole = f"{text}\n\n{BOILERPLATE[name]}\n\n{text}"
    (span,) = boilerplate(whole)
    assert whole[slice(*span)] == BOILERPLATE[name]


@pytest.mark.parametrize("licence", LICENCES)
def test_a_licence_is_one_at_the_beginning_only(licence: str) -> None:
    whole = f"Lamps\n\n{licence}\n\n{BODY}"
    assert [whole[slice(*span)] for span in boilerplate(whole)] == [licence]
    assert boilerplate(f"{BODY * 200}\n\n{licence}") == []
    terms = licence.replace("\n", f"\n{BODY}\n{BODY}\n")
    assert boilerplate(f"{licence}\n\n{BODY * 100}\n\n{terms}") == [], "a document about licences"


@pytest.mark.parametrize("text", CONTENT)
def test_what_is_content_is_left(text: str) -> None:
    assert boilerplate(f"{BODY}\n\n{text}\n\n{BODY}") == []


@pytest.mark.parametrize("page", ["", " . . . . . 3"])
def test_a_contents_ends_at_the_heading_that_its_first_entry_points_to(page: str) -> None:
    contents = f"Contents\n1. Charging{page}\n2. Light{page}\n3. Care{page}"
    book = f"{contents}\n\n1. Charging\n2. Light of the lamp"
    (span,) = boilerplate(book)
    assert book[slice(*span)] == contents


HEADINGS = ["Can I charge it in the rain?", "It does not shine.", "Where is the switch?", "保修多久？", "Who repairs it?"]


def answered(headings: Sequence[str], sign: str = "") -> str:
    return "\n\n".join(f"{sign}{heading}\n\n{BODY}\n{BODY}" for heading in headings)


@pytest.mark.parametrize(
    ("contents", "sign"),
    [
        ("\n".join(HEADINGS), ""),
        ("\n".join(f"- {one}" for one in HEADINGS), ""),
        ("\n".join(f"* [{one}](#{number})" for number, one in enumerate(HEADINGS)), "## "),
        ("\n".join(["Contents", *HEADINGS[:3]]), ""),
    ],
)
def test_headings_that_all_follow_are_a_contents(contents: str, sign: str) -> None:
    whole = f"{BODY}\n\n{contents}\n\n{answered(HEADINGS, sign)}"
    (span,) = boilerplate(whole)
    assert whole[slice(*span)] == contents


@pytest.mark.parametrize(
    "text",
    [
        "We answer these:\n" + "\n".join(HEADINGS) + "\n\n" + answered(HEADINGS),  # a sentence leads to the list
        "\n".join(HEADINGS[:4]) + "\n\n" + answered(HEADINGS),  # too few
        "\n".join(HEADINGS) + "\n\n" + answered(HEADINGS[::-1]),  # in another order
        "\n".join(HEADINGS) + "\n\n" + BODY + "\n\n" + "\n".join(HEADINGS),  # the same list twice
        "\n".join(HEADINGS) + "\n\n" + "\n\n".join(HEADINGS),  # with nothing between
    ],
)
def test_lists_of_what_follows_are_content_otherwise(text: str) -> None:
    assert boilerplate(text) == []


def test_what_a_file_begins_with_for_programs_is_left_out() -> None:
    text = "Content-Type: text/x-zim-wiki\nWiki-Format: zim 0.4\n\nBoats\n\nContent-Type: is told in each.\n"
    assert [text[slice(*span)] for span in boilerplate(text)] == ["Content-Type: text/x-zim-wiki\nWiki-Format: zim 0.4"]
    assert boilerplate("Subject: Boats\nFrom: Ann\n\nThey are here.\n") == []


@pytest.mark.parametrize("name", BOILERPLATE)
def test_a_document_of_nothing_else_is_kept(name: str) -> None:
    assert boilerplate(BOILERPLATE[name]) == []


def test_it_stays_out_of_the_chunks_and_nothing_else_does() -> None:
    whole = "\n\n".join([BODY, *BOILERPLATE.values(), TEXT])
    found = [one.text for one in chunk(Extracted(whole, "text/plain"), lambda texts: [len(text) for text in texts], 400)]
    assert found == [BODY, TEXT]


@given(st.lists(st.sampled_from([*BODY.split("\n"), *"\n".join(BOILERPLATE.values()).split("\n"), "", "  "]), max_size=30))
def test_spans_are_whole_lines_in_order_and_leave_something(lines: Sequence[str]) -> None:
    text = "\n".join(lines)
    spans = boilerplate(text)
    assert all(first[1] < second[0] for first, second in zip(spans, spans[1:], strict=False))
    for start, end in spans:
        assert text[:start].endswith("\n") or not text[:start].strip()
        assert text[end:].startswith("\n") or not text[end:].strip()
    left = "".join(text[end:start] for (_, end), (start, _) in zip([(0, 0), *spans], [*spans, (len(text), 0)], strict=True))
    assert bool(left.strip()) == bool(text.strip())


def test_a_text_of_very_many_lines_takes_little_memory() -> None:
    text = "Contents\nOne ........ 1\nTwo ........ 2\nThree ........ 3\n" + "x\n" * 200_000
    tracemalloc.start()
    try:
        spans = boilerplate(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [text[start:end].split("\n")[0] for start, end in spans] == ["Contents"]
    assert peak < 24 << 20
