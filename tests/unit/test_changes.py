from __future__ import annotations

import pytest

from service.grounding import changes
from service.grounding.citations import Supported, cite
from tests.fakes import a_document, a_passage
from youju.records import Sentence

OLD = a_document("old", "Fair committee, first meeting", "2025-05-06")
NEW = a_document("new", "Fair committee, second meeting", "2025-06-02")


def told(question: str, old: str, new: str) -> str | None:
    shown = [a_passage(old, 10, key=1, document=OLD), a_passage(new, 500, key=2, document=NEW)]
    said = Supported(Sentence(text=old, markers=[1], support=1.0), (cite(1, shown[0], 0, len(old), 1.0),))
    found = changes.find(question, said, shown, "zh" if "。" in old else "en")
    if found is None:
        return None
    for one in found.citations:
        passage = shown[one.marker - 1]
        assert passage.text[one.start - passage.start : one.end - passage.start] == one.quote
    assert [one.document_id for one in found.citations] == ["new", "old"]
    return found.sentence.text


@pytest.mark.parametrize(
    ("question", "old", "new", "value"),
    [
        (
            "When does the fair open?",
            "Resolved: the fair opens on 4 June 2025.",
            "Rain is expected. Resolved: the opening of the fair is moved from 4 June to 18 June 2025.",
            "18 June 2025",
        ),
        (
            "How much is a stall at the fair?",
            "A stall costs 40 euros.",
            "The price of a stall at the fair rises from 40 to 55 euros.",
            "55 euros",
        ),
        ("展会什么时候开幕？", "议定：展会定于6月4日开幕。", "议定：展会开幕由6月4日推迟到6月18日。", "6月18日"),
        ("展会哪天开幕？", "开幕: 2025-06-04。", "议定：展会开幕时间改为6月18日。", "6月18日"),
        ("When does the fair open?", "It opens on 4 June.", "The opening of the fair was postponed to 18 June.", "18 June"),
    ],
)
def test_what_was_changed_is_told_of(question: str, old: str, new: str, value: str) -> None:
    assert value in (told(question, old, new) or "")


@pytest.mark.parametrize(
    ("question", "old", "new"),
    [
        # Another value was changed.
        ("When does the fair open?", "The fair opens on 4 June.", "The fair's end is moved from 9 June to 10 June."),
        # Nothing was changed.
        ("When does the fair open?", "The fair opens on 4 June.", "The fair is open from 4 June to 9 June."),
        ("How much is a stall?", "A stall costs 40 euros.", "The length of a stall was changed to 3 metres."),
        # Something else was.
        ("When does the fair open?", "The fair opens on 4 June.", "The exam of the choir is moved from 4 June to 9 June."),
        # The answer holds the new value already.
        ("When does the fair open?", "The fair opens on 18 June, not on 4 June.", "The fair is moved from 4 June to 18 June."),
    ],
)
def test_other_statements_are_no_change_of_it(question: str, old: str, new: str) -> None:
    assert told(question, old, new) is None
