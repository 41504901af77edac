from __future__ import annotations

import pytest

from ingest.loaders import is_supported, load, looks_supported
from ingest.loaders.kind import (
    BINARY,
    DOC,
    ENCRYPTED,
    HTML,
    IMAGE,
    JSON,
    LOG,
    MAIL,
    MARKDOWN,
    OLE,
    OLE_MAGIC,
    PDF,
    PLAIN,
    PPT,
    RTF,
    SOURCE,
    XLS,
    XML,
    ZIP,
    kind_of,
)
from tests.hostile import office_encrypted
from tests.unit.loaders.made import FILES, zipped
from youju.errors import UnreadableFile, UnsupportedFile


def ole(*streams: str) -> bytes:
    return OLE_MAGIC + bytes(500) + b"".join(name.encode("utf-16-le") + bytes(30) for name in streams)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"\n%PDF-1.7 ...", "a.txt", PDF),
        (b"A text on what %PDF- means.", "a.md", MARKDOWN),
        (b"junk before it that is long %PDF-1.4 ... %%EOF\n", "a", PDF),
        (b"{\\rtf1 x}", "a.doc", RTF),
        (b"\xef\xbb\xbf <!-- c --> <!DOCTYPE html><p>x", "a.txt", HTML),
        ("<html><p>x</html>".encode("utf-16"), "a", HTML),
        (b"<?xml version='1.0'?>\n<html xmlns='x'/>", "a.xml", HTML),
        (b"<?xml version='1.0'?>\n<note>x</note>", "a.txt", XML),
        (b"<note>x</note>", "a.xml", XML),
        (b"def f(): pass", "a.py", SOURCE),
        (b"def f(): pass", "a.txt", PLAIN),
        (b"a: 1", "a.YAML", SOURCE),
        (b"INFO x", "a.log", LOG),
        (b"<div>x</div>", "a.html", HTML),
        (b"<div>x</div>", "a.md", MARKDOWN),
        (b"From: a@b\r\nTo: c\r\n d\r\nSubject: x\r\n\r\ntext", "a.txt", MAIL),
        (b"Subject: a memo\nwithout more\n", "a.txt", PLAIN),
        (b'{"a": 1}', "a", JSON),
        (b"[1] is the first note", "a.txt", PLAIN),
        (b"{broken", "a.json", JSON),
        (b"\x89PNG\r\n\x1a\n", "a.txt", "image/png"),
        (b"GIF89a", "a.txt", IMAGE),
        (b"<svg xmlns='x'/>", "a.svg", IMAGE),
        (bytes(range(256)) * 4, "a.txt", BINARY),
        (b"\x7fELF" + bytes(400), "a", BINARY),
        ("UTF-16 文字".encode("utf-16"), "a.txt", PLAIN),
        (ole("Root Entry", "Workbook"), "a.xls", XLS),
        (ole("Root Entry", "WordDocument", "Workbook"), "a.xls", DOC),
        (ole("PowerPoint Document"), "a", PPT),
        (ole("EncryptedPackage"), "a.docx", ENCRYPTED),
        (office_encrypted(), "a.docx", ENCRYPTED),
        (ole(), "a.doc", OLE),
        (zipped({"a.txt": "x"}), "a.docx", ZIP),
        (zipped({"mimetype": "application/x-krita"}), "a.odt", ZIP),
    ],
)
def test_kinds(data: bytes, name: str, expected: str) -> None:
    assert kind_of(data, name) == expected


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (zipped({"a.txt": "x"}), "a.zip", "no reader for zip archives"),
        (b"GIF89a", "a.txt", "no reader for this kind of image"),
        (b"\x7fELF" + bytes(400), "tool", "no reader for files without an ending"),
        (b"text", "a.unheard", r"no reader for \.unheard"),
    ],
)
def test_kinds_without_a_reader_say_so(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(UnsupportedFile, match=reason):
        load(data, name)


def test_what_should_be_readable_and_is_not_has_failed() -> None:
    for data, name, reason in (
        (ole("EncryptedPackage"), "a.xlsx", "password"),
        (bytes(range(256)) * 4, "a.docx", "damaged, or not a .docx"),
        (ole("WordDocument"), "a.doc", r"this old \.doc cannot be read .*: open it in an office program, save it as \.docx"),
        (ole("PowerPoint Document"), "a.ppt", r"this old \.ppt cannot be read .*, save it as \.pptx"),
        (b"PK\x03\x04 not really", "a.docx", "damaged archive"),
    ):
        with pytest.raises(UnreadableFile, match=reason) as caught:
            load(data, name)
        assert not isinstance(caught.value, UnsupportedFile)


def test_names_that_may_have_a_reader() -> None:
    assert all(map(is_supported, [*FILES, "README", "a.DOCX", "old.doc"]))
    assert not any(map(is_supported, ["a.exe", "a.zip", "a.gif", "a.unheard"]))


def test_an_unknown_name_may_be_known_by_its_first_bytes() -> None:
    assert looks_supported(b"%PDF-1.4", "a.bak")
    assert looks_supported(b"{\\rtf1", "a.bak")
    assert looks_supported(b"<!DOCTYPE HTML>", "a.bak")
    assert looks_supported(b"", "a.docx")
    assert not looks_supported(b"PK\x03\x04", "a.bak")
    assert not looks_supported(b"text", "a.bak")
