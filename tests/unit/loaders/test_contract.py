"""What every loader promises, for every format."""

from __future__ import annotations

import zipfile

import pytest

from ingest.loaders import LOADERS, load
from ingest.loaders.encoding import clean
from ingest.loaders.kind import EXTENSIONS, JPEG, PNG, TIFF, WEBP, XLS, XLSB, kind_of
from tests.unit.loaders.made import EN, FILES, TITLE, UNTITLED, ZH, pdf_file
from youju.errors import UnreadableFile
from youju.records import Extracted

IN_ARCHIVES = frozenset({"a.epub", "a.docx", "a.pptx", "a.xlsx", "a.ods", "a.odt", "a.odp"})


def check(extracted: Extracted) -> None:
    text = extracted.text
    assert text.strip()
    assert text == clean(text)
    assert extracted.title == " ".join(extracted.title.split())
    assert list(extracted.headings) == sorted(extracted.headings, key=lambda heading: heading.start)
    for heading in extracted.headings:
        assert 0 <= heading.start < heading.end <= len(text)
        assert text[heading.start : heading.end].strip() == text[heading.start : heading.end]
        assert 1 <= heading.level <= 6
    assert list(extracted.page_starts) == sorted(extracted.page_starts)
    assert not extracted.page_starts or (extracted.page_starts[0] == 0 and extracted.page_starts[-1] <= len(text))
    place = 0
    for start, end in extracted.whole:  # in order and apart
        assert place <= start < end <= len(text)
        place = end


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_text_is_there_in_order(name: str) -> None:
    extracted = load(FILES[name], name)
    check(extracted)
    assert 0 <= extracted.text.index(EN) < extracted.text.index(ZH)
    assert extracted.title == ("" if name in UNTITLED else TITLE)
    assert extracted.media_type == EXTENSIONS[f".{name.split('.')[1]}"]


def test_every_kind_is_tried() -> None:
    """Nothing here writes the two old formats of Excel; they go through the same loader as the others."""
    tried = {kind_of(data, name) for name, data in FILES.items()} | {kind_of(pdf_file(), "a.pdf")}
    pictures = {PNG, JPEG, TIFF, WEBP}  # tests/integration/test_ocr.py has them
    assert tried == set(LOADERS) - {XLS, XLSB} - pictures


@pytest.mark.parametrize("name", sorted(set(FILES) - {"a.md", "a.csv", "a.tsv", "a.jsonl"}))
@pytest.mark.parametrize("wrong", ["a.txt", "a.pdf", "a", "a.docx"])
def test_a_wrong_name_changes_nothing(name: str, wrong: str) -> None:
    assert load(FILES[name], wrong).text == load(FILES[name], name).text


def test_a_pdf_under_another_name() -> None:
    for name in ("a.txt", "a.docx", "a", "a.bak"):
        assert load(pdf_file(), name).media_type == "application/pdf"


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_what_was_cut_short_is_refused_or_read_as_far_as_it_goes(name: str, share: float) -> None:
    data = FILES[name]
    try:
        extracted = load(data[: int(len(data) * share)], name)
    except (UnreadableFile, zipfile.BadZipFile):
        return
    assert name not in IN_ARCHIVES
    check(extracted)


@pytest.mark.parametrize("name", sorted(IN_ARCHIVES))
def test_damage_inside_never_escapes_as_something_worse(name: str) -> None:
    data = FILES[name]
    for place in range(40, len(data), max(1, len(data) // 25)):
        damaged = data[:place] + bytes(8) + data[place + 8 :]
        try:
            extracted = load(damaged, name)
        except Exception:  # noqa: BLE001 - the sandbox takes any error of a library; a panic of one is not among them
            continue
        check(extracted)


def test_what_cannot_be_seen_is_dropped_before_positions_are_taken() -> None:
    hidden = "\u200bun\u202eseen\u2066 \u200dmarks\ufeff\x01"
    page = f"<html><body><h1>He\u200bad</h1><p>{hidden}</p></body></html>"
    for data, name in (
        (f"Head\n\n{hidden}".encode(), "a.txt"),
        (page.encode(), "a.html"),
        (f"# He\u200bad\n\n{hidden}".encode(), "a.md"),
    ):
        extracted = load(data, name)
        check(extracted)
        assert extracted.title == "Head"
        assert "unseen marks" in extracted.text
