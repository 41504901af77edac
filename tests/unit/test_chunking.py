from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunking import SLACK, chunk
from youju.records import Extracted, Heading
from youju.structure import Row, Table


def count(texts: Sequence[str]) -> list[int]:
    """One token for each visible character."""
    return [sum(not character.isspace() for character in text) for text in texts]


@st.composite
def documents(draw: st.DrawFn) -> Extracted:
    blocks = draw(st.lists(st.tuples(st.booleans(), st.text("ab 。.句子\n，1", min_size=1, max_size=120)), max_size=8))
    text, headings, page_starts = "", [], [0]
    for is_heading, block in blocks:
        block = block.strip() or "x"
        if is_heading:
            block = " ".join(block.split())[:20] or "x"
            headings.append(Heading(len(text), len(text) + len(block), draw(st.integers(1, 3))))
        text += block + "\n\n"
        if draw(st.booleans()):
            page_starts.append(len(text))
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    whole = tuple(zip(ends[::2], ends[1::2], strict=False))
    return Extracted(text, "text/plain", "title", tuple(headings), tuple(page_starts), whole)


@given(documents(), st.integers(8, 60))
def test_chunks_keep_their_positions_and_lose_nothing(extracted: Extracted, target: int) -> None:
    chunks = chunk(extracted, count, target)
    text = extracted.text
    covered = [False] * len(text)
    for heading in extracted.headings:  # a heading with subheadings only stands in their paths
        covered[heading.start : heading.end] = [True] * (heading.end - heading.start)
    for one in chunks:
        assert text[one.start : one.end] == one.text
        assert one.text.strip()
        assert one.page is not None
        assert extracted.page_starts[one.page - 1] <= one.start
        covered[one.start : one.end] = [True] * (one.end - one.start)
    assert [one.start for one in chunks] == sorted(one.start for one in chunks)
    missed = "".join(character for character, inside in zip(text, covered, strict=True) if not inside)
    assert not any(character.isalnum() for character in missed)


@given(documents(), st.integers(20, 60))
def test_chunks_are_of_the_aimed_size(extracted: Extracted, target: int) -> None:
    longest_heading = max((h.end - h.start for h in extracted.headings), default=0)
    for one in chunk(extracted, count, target):
        assert count([one.text])[0] <= target * SLACK + longest_heading + 1


def test_chunks_never_cross_a_heading_and_know_their_path() -> None:
    text = "Intro.\nMore.\n\nRules\n\nOne.\nTwo.\n\nLeave\n\nThree."
    headings = (Heading(14, 19, 1), Heading(32, 37, 2))
    chunks = chunk(Extracted(text, "text/plain", "Book", headings), count, 100)
    assert [(one.heading, one.text) for one in chunks] == [
        ("", "Intro.\nMore."),
        ("", "Rules\n\nOne.\nTwo."),
        ("Rules", "Leave\n\nThree."),
    ]


def test_sections_of_one_line_are_joined_with_what_follows() -> None:
    text = "Terms\n\nBattery\n\nLasts.\n\nBox\n\nBlue.\n\nHours\n\nEight a day.\nNine at night.\n\nRules\n\nNone."
    names = (("Terms", 1), ("Battery", 2), ("Box", 2), ("Hours", 2), ("Rules", 1))
    headings = tuple(Heading(text.index(name), text.index(name) + len(name), level) for name, level in names)
    chunks = chunk(Extracted(text, "text/plain", "Book", headings), count, 200)
    assert [(one.heading, one.text) for one in chunks] == [
        ("Terms", text[text.index("Battery") : text.index("\n\nRules")]),
        ("", "Rules\n\nNone."),
    ]
    small = chunk(Extracted(text, "text/plain", "Book", headings), count, 18)
    assert small[-2].heading == "Terms > Hours"
    assert "".join("".join(one.text for one in small).split()) == "".join(text[7:].split())


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("  -r, --reverse\n      Newest first, so that the last record stands at the top.\n  -f\n      Follow it.", 50),
        ("Before you begin:\n\nTake the plug out.\n\n开始之前：\n\n先拔下插头。", 30),
    ],
)
def test_a_term_stays_with_its_text(text: str, target: int) -> None:
    pieces = [one.text for one in chunk(Extracted(text, "text/plain"), count, target)]
    assert len(pieces) > 1
    assert not any(piece.endswith(("-r, --reverse", "-f", ":", "：")) for piece in pieces)


def test_a_long_sentence_is_cut_at_a_sign() -> None:
    text = "，".join(["十个字的一小段文字"] * 20)
    chunks = chunk(Extracted(text, "text/plain"), count, 60)
    assert len(chunks) > 2
    assert all(one.text.endswith("，") for one in chunks[:-1])


def test_what_is_whole_is_not_cut_as_long_as_it_fits() -> None:
    code = "```\nfirst();\n\nsecond(); third();\n```"
    text = f"One sentence. Another one.\n\n{code}\n\nA last one. And its end."
    start = text.index(code)
    whole = ((start, start + len(code)),)
    for target in (30, 40, 60):
        assert sum(code in one.text for one in chunk(Extracted(text, "text/plain", whole=whole), count, target)) == 1
    assert not any(code in one.text for one in chunk(Extracted(text, "text/plain"), count, 30))


def test_what_is_whole_and_too_long_is_cut_like_any_text() -> None:
    text = "\n".join(f"- item number {number}." for number in range(20))
    extracted = Extracted(text, "text/plain", whole=((0, len(text)),))
    assert chunk(extracted, count, 40) == chunk(Extracted(text, "text/plain"), count, 40)


def tabled(rows: int, lead: int) -> tuple[Extracted, list[str]]:
    """A text of sentences before a table of rows, each kept whole."""
    lines = [f"Year: {number} | Days: {20 + number}" for number in range(rows)]
    text = " ".join(["One more."] * lead) + "\n\n" + "\n".join(lines)
    starts = [text.index(line) for line in lines]
    spans = tuple((start, start + len(line)) for start, line in zip(starts, lines, strict=True))
    table = Table(spans[0][0], spans[-1][1], (), tuple(Row(*span, ()) for span in spans))
    return Extracted(text, "text/plain", whole=spans, tables=(table,)), lines


@pytest.mark.parametrize("lead", range(1, 12))
def test_a_table_of_few_rows_stands_in_one_chunk(lead: int) -> None:
    extracted, lines = tabled(4, lead)
    chunks = chunk(extracted, count, 70)
    assert sum("\n".join(lines) in one.text for one in chunks) == 1
    assert max(count([one.text])[0] for one in chunks) <= 70 * SLACK


def test_what_leads_in_to_a_table_stays_with_it() -> None:
    extracted, lines = tabled(4, 20)
    text = extracted.text.replace("\n\n", "\n\nDays of leave a year:\n\n")
    shift = len(text) - len(extracted.text)
    moved = tuple((start + shift, end + shift) for start, end in extracted.whole)
    (table,) = extracted.tables
    table = replace(table, start=table.start + shift, end=table.end + shift)
    chunks = chunk(replace(extracted, text=text, whole=moved, tables=(table,)), count, 100)
    assert any("Days of leave a year:\n\n" + "\n".join(lines) in one.text for one in chunks)


@pytest.mark.parametrize(("rows", "target"), [(4, 30), (12, 200)])
def test_a_table_of_many_or_long_rows_is_cut_between_them(rows: int, target: int) -> None:
    extracted, lines = tabled(rows, 9)
    without = chunk(Extracted(extracted.text, "text/plain", whole=extracted.whole), count, target)
    assert chunk(extracted, count, target) == without
    assert all(any(line in one.text for one in without) for line in lines)


def test_a_whole_span_across_a_heading_is_parted_there() -> None:
    text = "- one.\ntwo.\n\nHead\n\n- three. four."
    extracted = Extracted(text, "text/plain", headings=(Heading(13, 17, 1),), whole=((0, len(text)),))
    assert [one.text for one in chunk(extracted, count, 10)] == ["- one.\ntwo.", "Head\n\n- three. four."]


@pytest.mark.parametrize("unit", ["a", "词", "words and more ", ".", '."', "\n", "a\n", "!", "， "])
def test_a_text_that_nobody_wrote_to_be_read_still_gives_small_chunks(unit: str) -> None:
    """A megabyte in one line: no text given to the tokenizer is long, and no chunk, whatever it makes of it."""
    longest = 0

    def one_token_each(texts: Sequence[str]) -> list[int]:
        nonlocal longest
        longest = max(longest, *map(len, texts))
        return [1] * len(texts)

    text = unit * (1_000_000 // len(unit)) + "end"
    chunks = chunk(Extracted(text, "text/plain"), one_token_each, 140)
    assert longest <= 4000
    assert max(len(one.text) for one in chunks) <= 140 * SLACK * 40
    assert "".join("".join(one.text for one in chunks).split()) == "".join(text.split())
