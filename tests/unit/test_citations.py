"""Which pages a citation names, and how an answer is composed of its parts."""

from __future__ import annotations

from dataclasses import replace

from service.grounding.citations import cite, compose, merge_citations
from service.openai.text import after_the_answer
from tests.fakes import a_passage
from youju.records import (
    Answer,
    Block,
    Citation,
    ModelNames,
    Passage,
    Sentence,
    TableEvidence,
    Timings,
    Usage,
)  # fmt: skip

TEXT = "The annual fee for families is 184 euros. A guest pays seven."


def over_two_pages() -> Passage:
    passage = a_passage(TEXT, start=50)
    return replace(passage, document=replace(passage.document, page_starts=(0, 50 + TEXT.index("184"))))


def cited(first: int, last: int) -> Citation:
    return cite(1, over_two_pages(), first, last, 0.9)


def test_a_quote_over_two_pages_names_both() -> None:
    citation = cited(0, TEXT.index(".") + 1)
    assert (citation.page, citation.last_page, citation.pages) == (1, 2, "1–2")
    assert citation.model_dump()["last_page"] == 2


def test_a_quote_on_one_page_names_that_one() -> None:
    before, behind = cited(0, TEXT.index("184")), cited(TEXT.index("184"), len(TEXT))
    assert (before.page, before.last_page, before.pages) == (1, None, "1")
    assert (behind.page, behind.last_page, behind.pages) == (2, None, "2")


def test_quotes_that_are_put_together_name_the_pages_of_all() -> None:
    passage = over_two_pages()
    merged = merge_citations([cite(1, passage, 0, 10, 0.5), cite(1, passage, 45, len(TEXT), 0.9)], [passage])
    assert [citation.pages for citation in merged] == ["1–2"]


def test_the_list_of_sources_names_both_pages() -> None:
    timings, model = Timings(), ModelNames(generator="", embedder="")
    answer = Answer(
        answer="184 euros [1].", verdict="answered", confidence=0.9, language="en", citations=[cited(0, 40)], sentences=[],
        passages=[], model=model, usage=Usage(), timings_ms=timings, request_id="",
    )  # fmt: skip
    assert ", page 1–2" in after_the_answer(answer)


def test_rows_of_a_table_are_put_together_once_each() -> None:
    passage = over_two_pages()

    def row(values: list[str], column: int, first: int) -> Citation:
        table = TableEvidence(title="Fees", columns=["Who", "Euros"], rows=[values], marked=[(0, column)])
        return cite(1, passage, first, first + 10, 0.9).model_copy(update={"table": table})

    family, guest = ["Family", "184"], ["Guest", "7"]
    (merged,) = merge_citations([row(family, 1, 0), row(guest, 1, 40), row(family, 0, 0)], [passage])
    assert merged.table is not None
    assert (merged.table.rows, merged.table.marked) == ([family, guest], [(0, 0), (0, 1), (1, 1)])


def part(text: str, block: Block, *markers: int) -> Sentence:
    return Sentence(text=text, markers=list(markers), support=1.0, block=block)


PARTS = [
    part("Two ways.", "sentence", 1),
    part("Sending", "heading"),
    part("Pack it.", "step", 1),
    part("Send it.", "step", 2),
    part("Fetching", "heading"),
    part("Call us.", "step", 3),
    part("no batteries", "item", 3),
    part("Model: T3 | Price: 40 € a|b", "row", 1),
    part("Model: T3H | Price: 55 €", "row", 1),
    part("Place: Hall A | Pieces: 7", "row", 2),
    part("Point | T3 | T3H", "row"),
    part("Battery: size | AA | AAA", "row", 1, 2),
]
COMPOSED = """Two ways [1].

### Sending

1. Pack it. [1]
2. Send it. [2]

### Fetching

1. Call us. [3]

- no batteries [3]

| Model | Price |
| --- | --- |
| T3 | 40 € a\\|b [1] |
| T3H | 55 € [1] |

| Place | Pieces |
| --- | --- |
| Hall A | 7 [2] |

| Point | T3 | T3H |
| --- | --- | --- |
| Battery: size | AA | AAA [1][2] |"""


def test_parts_are_composed_as_markdown() -> None:
    assert compose(PARTS, "en") == COMPOSED


def test_what_was_said_before_is_never_changed_by_what_follows() -> None:
    said = [compose(PARTS[:number], "en") for number in range(len(PARTS) + 1)]
    assert said[0] == ""
    assert all(longer.startswith(shorter) for shorter, longer in zip(said, said[1:], strict=False))
