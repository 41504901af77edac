"""What two parts of a question are answered with alike is said once."""

from __future__ import annotations

import pytest

from service.composing.base import Composition
from service.grounding.citations import Supported, cite
from service.query.understanding import Understanding
from service.replying import Reply, joined
from tests.fakes import a_passage
from youju.records import Sentence

TEXT = "Rinse for five minutes. Close the lid."
PASSAGE = a_passage(TEXT)


def quoted(label: str, start: int, end: int) -> Supported:
    text = f"{label}: “{TEXT[start:end]}”"
    return Supported(Sentence(text=text, markers=[1], support=1.0, verbatim=True), (cite(1, PASSAGE, start, end, 1.0),))


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (quoted("Source, under “Cleaning”", 0, 23), 1),  # only the introduction differs
        (quoted("Source", 24, 38), 2),
    ],
)
def test_the_same_quotation_stands_once(second: Supported, count: int) -> None:
    replies = [
        Reply(Understanding("How do I rinse?"), None, Composition((said,), (PASSAGE,)))
        for said in (quoted("Source", 0, 23), second)
    ]
    assert len(joined(replies, "en").said) == count


def test_what_comes_nearest_to_a_part_without_an_answer_is_told_with_its_place() -> None:
    (near,) = quoted("Source", 24, 38).citations
    lacking = Composition((), (PASSAGE,), "abstained", 0.3, "Nearest: “Close the lid.”", (near,))
    replies = [
        Reply(Understanding("How do I rinse?"), None, Composition((quoted("Source", 0, 23),), (PASSAGE,))),
        Reply(Understanding("And the lid?"), None, lacking),
        Reply(Understanding("And the hood?"), None, Composition((), (), "abstained", 0.1, "Nothing.")),
    ]
    made = joined(replies, "en")
    assert (made.verdict, [one.marker for one in made.nearest]) == ("partial", [2])
    assert made.shown[1] is PASSAGE
    assert made.missing == (
        "The documents do not hold an answer to this part: And the hood? "
        "No passage plainly answers this part: And the lid? Nearest: “Close the lid.”"
    )


def test_where_no_part_has_an_answer_each_is_named_with_what_comes_nearest() -> None:
    (near,) = quoted("Source", 24, 38).citations
    replies = [
        Reply(Understanding(question), None, Composition((), (PASSAGE,), "abstained", 0.3, f"Nearest to {question}", (near,)))
        for question in ("How do I rinse?", "And the lid?")
    ]
    made = joined(replies, "en")
    assert made.verdict == "abstained"
    assert made.missing == (
        "No passage plainly answers this part: How do I rinse? And the lid? Nearest to How do I rinse? Nearest to And the lid?"
    )
