"""A folder of files made to do harm is ingested once; each must end as text or as one clear line, and cost the ingest nothing.

Every case is a line of `CASES`.
"""

from __future__ import annotations

import codecs
import inspect
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingest.loaders import load
from ingest.plan import plan
from ingest.sandbox import Limits, Sandbox
from tests import hostile
from tests.conftest import ROOT, SEED
from tests.hostile import MEGABYTE, SECRET, SENTENCE, SOUND
from tests.integration.hostile_runner import GROWS, VANISHES
from tests.unit.loaders import made
from youju.errors import PathNotFound
from youju.index.sqlite.store import Store
from youju.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")

GROWTH = 50 * MEGABYTE  # most that the parent may grow by
MUTANTS = 700
READ = "^read$"  # the outcome of a file that was ingested
ANY = ""
DAMAGED = "damaged|parsed|more than a document would|too much memory|encrypted|no text|crashed the reader"
TEXT = f"{SENTENCE}\n".encode()
CONTROLS = "evil\x1b[2J\r..\n.txt"
Make = bytes | Callable[[], bytes] | Callable[[Path], object]

# name: (its bytes, or what makes them, or what puts it into its place; what may come of it)
CASES: dict[str, tuple[Make, str]] = {
    "good.txt": (TEXT, READ),
    # Bombs
    "paragraphs.docx": (hostile.paragraph_bomb, READ),
    "dimension.xlsx": (lambda: hostile.sound_xlsx("A1:XFD1048576"), ANY),
    "corner.xlsx": (
        lambda: hostile.sound_xlsx("A1:XFD1048576", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        ANY,
    ),
    "bomb.zip": (hostile.nested_zip, "no reader for .zip|" + DAMAGED),
    "bomb.docx": (hostile.nested_zip, "more than a document would"),
    "bomb.odt": (hostile.nested_zip, DAMAGED),
    "laughs.html": (lambda: f"{hostile.LAUGHS}]><html><body><p>before &a9; after</p>".encode(), READ),
    "laughs.docx": (lambda: hostile.entity_docx(hostile.LAUGHS, "a9"), f"{READ}|{DAMAGED}"),
    "laughs.odt": (lambda: hostile.sound_odt(f"{hostile.LAUGHS}]>", "before &a9; after"), f"{READ}|{DAMAGED}"),
    "stream.pdf": (hostile.pdf_stream_bomb, DAMAGED),
    "metadata.pdf": (hostile.pdf_metadata_bomb, f"{READ}|{DAMAGED}"),
    "attributes.html": (
        lambda: ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">text").encode(),
        f"{READ}|processor time|longer than",
    ),
    "deep.html": (lambda: b"<html><body><p>top" + b"<div>" * 1_000_000, READ),
    "deep.json": (lambda: b"[" * 1_000_000 + b"1" + b"]" * 1_000_000, ANY),
    "line.txt": (lambda: hostile.long_line(100), "more than 20 million characters of text"),
    "shorter-line.txt": (lambda: hostile.long_line(1), READ),
    "word.txt": (b"a" * MEGABYTE, READ),
    "headings.txt": (b"Title\n\n" + b"1 a\n\n" * 600_000, "more than 500,000 headings"),
    "huge.txt": (lambda path: hostile.sparse(path, 201), "larger than 200 MiB"),
    # Loops and other damage
    "external.docx": (
        lambda path: path.write_bytes(hostile.entity_docx(hostile.external(secret(path)), "e")),
        f"{READ}|parsed",
    ),
    "external.html": (
        lambda path: path.write_text(f"{hostile.external(secret(path))}]><html><body><p>before &e; after</p>"),
        READ,
    ),
    "external.odt": (
        lambda path: path.write_bytes(hostile.sound_odt(f"{hostile.external(secret(path))}]>", "before &e;")),
        f"{READ}|{DAMAGED}",
    ),
    "passwd.docx": (lambda: hostile.entity_docx(hostile.external(Path("/etc/passwd")), "e"), f"{READ}|parsed"),
    "pages.pdf": (hostile.pdf_page_loop, f"{READ}|{DAMAGED}"),
    "outline.pdf": (hostile.pdf_outline_loop, READ),
    "deep.pdf": (hostile.pdf_deep_outline, READ),
    "locked.pdf": (hostile.pdf_encrypted, "encrypted with a password"),
    "locked.docx": (hostile.office_encrypted, "encrypted"),
    "locked.xlsx": (hostile.office_encrypted, "encrypted|damaged"),
    "not.docx": (b"PK\x03\x04 and no more", "damaged"),
    # Text that is not quite text
    "empty.txt": (b"", "the file is empty"),
    "broken.txt": (TEXT * 50 + b"\xff\xfe\x80\xc0" + "每年".encode() * 50, READ),
    "bom8.txt": (codecs.BOM_UTF8 + TEXT, READ),
    "bom16le.txt": (codecs.BOM_UTF16_LE + TEXT.decode().encode("utf-16-le"), READ),
    "bom16be.txt": (codecs.BOM_UTF16_BE + TEXT.decode().encode("utf-16-be"), READ),
    "bom32.txt": (codecs.BOM_UTF32_LE + TEXT.decode().encode("utf-32-le"), READ),
    "bom-only.txt": (codecs.BOM_UTF8, "no text|empty"),
    "bidi.txt": ("left \u202ethgir\u202c left \u2066a\u2069 zero\u200bwidth\u200d\ufeff joined".encode(), READ),
    "nul.txt": (TEXT * 20 + b"\0" + TEXT, READ),
    "binary.txt": (bytes(range(32)) * 200, "binary content"),
    "surrogate.json": (b'{"a": "half \\ud800 of a pair"}', READ),
    # Names, kinds and moments
    CONTROLS: (TEXT, "holds control characters"),
    "turned\u202etxt.md": (TEXT, "holds control characters"),
    "..half-hidden.txt": (TEXT, "hidden"),
    "~..%2f..%2fup.txt": (TEXT, READ),
    "n" * 246 + ".txt": (TEXT, READ),
    "fifo.txt": (os.mkfifo, "not a regular file"),
    "device.txt": (lambda path: path.symlink_to("/dev/zero"), "leads out of the folder"),
    "loop.txt": (lambda path: path.symlink_to(path.name), "leads to itself"),
    "inside.txt": (lambda path: path.symlink_to("good.txt"), "as good.txt"),
    "outside.txt": (lambda path: path.symlink_to(secret(path)), "leads out of the folder"),
    "folder.txt": (lambda path: path.mkdir(), "a folder"),
    "closed.txt": (lambda path: (path.write_bytes(TEXT), path.chmod(0)), "Permission denied" if os.geteuid() else READ),
    VANISHES: (b"This text is only here. " + TEXT, "No such file"),
    GROWS: (lambda path: hostile.sparse(path, 100), "kept changing while it was read"),
}
NOT_LISTED = ("hidden", "as good.txt", "a folder")  # what leaves no line of its own


def secret(path: Path) -> Path:
    return path.parent.parent / "secret" / "s.txt"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the one ingest of the whole folder printed."""
    base = tmp_path_factory.mktemp("hostile")
    folder, harmless = base / "files", base / "harmless"
    for one in (folder, harmless, base / "secret"):
        one.mkdir()
    (base / "secret" / "s.txt").write_text(SECRET)
    for suffix in ("a.txt", "b.docx", "c.html", "d.pdf"):
        (harmless / suffix).write_bytes(SOUND[Path(suffix).suffix]())
    (harmless / "zh.txt").write_text("每年有十五天年假，可以分两次使用。" * 2000)
    # An ordinary long document: caches of bounded size (stems, pages of the database) are full before memory is measured.
    (harmless / "long.txt").write_text("".join(f"Sentence {n} names word{n}, and ends.\n" for n in range(40_000)))
    for name, (make, _) in CASES.items():
        put(folder / name, make)
    command = [sys.executable, "-m", "tests.integration.hostile_runner", *map(str, (base / "data", harmless, folder))]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert process.returncode == 0, process.stderr
    assert process.stderr == "", "what parsers say of a file does not belong on the terminal"
    return {**json.loads(process.stdout), "data": base / "data"}


def put(path: Path, make: Make) -> None:
    if isinstance(make, bytes):
        path.write_bytes(make)
    elif inspect.signature(make).parameters:
        make(path)  # type: ignore[call-arg]
    else:
        path.write_bytes(make())  # type: ignore[call-arg, arg-type]


def what_became_of(name: str, outcome: dict[str, Any]) -> str:
    reasons = [reason for shown, reason, _ in outcome["skipped"] if shown == name]
    assert len(reasons) + (name in outcome["read"]) == 1, f"{name}: one outcome, not {reasons}"
    return reasons[0] if reasons else "read"


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][1] not in NOT_LISTED], ids=ascii)
def test_each_file_ends_as_it_should(name: str, outcome: dict[str, Any]) -> None:
    expected = CASES[name][1]
    shown = re.sub("[\x00-\x1f\u202e]", "�", name)
    found = what_became_of(shown, outcome)
    assert re.search(expected, found)
    assert found.isprintable()
    assert 0 < len(found) <= 300


def test_nothing_else_is_listed_or_read(outcome: dict[str, Any]) -> None:
    listed = {*outcome["read"], *(name for name, _, _ in outcome["skipped"])}
    assert listed == {re.sub("[\x00-\x1f\u202e]", "�", name) for name in CASES if CASES[name][1] not in NOT_LISTED}
    assert outcome["documents"] == len(outcome["read"])


def test_the_parent_does_not_grow(outcome: dict[str, Any]) -> None:
    figures = {key: f"{outcome[key] / MEGABYTE:.0f} MiB" for key in ("before", "peak", "after")}
    sys.stdout.write(f"{figures}, {outcome['seconds']:.0f} s\n")
    assert outcome["peak"] - outcome["before"] < GROWTH, figures


def test_no_other_file_came_in(outcome: dict[str, Any]) -> None:
    """External entities and links must not bring in what was not asked for."""
    store = Store(Settings(data_dir=outcome["data"]).database)
    texts = [store.text(document.id) for document in store.documents()]
    store.close()
    assert any(SENTENCE in text for text in texts)
    assert not any(SECRET in text or "root:" in text for text in texts)


def test_a_path_as_long_as_the_system_allows(tmp_path: Path) -> None:
    store = Store(tmp_path / "youju.db")
    for given in ("x" * 4096, "/".join(["y" * 200] * 20) + "/z", "bell\a\x1b[0m", "nul\0"):
        with pytest.raises(PathNotFound) as caught:
            plan([tmp_path / given], "default", store, MEGABYTE)
        assert len(str(caught.value)) < 1500
        assert str(caught.value).isprintable()
    store.close()


@pytest.mark.parametrize("suffix", sorted(SOUND))
def test_the_sound_files_are_sound(suffix: str) -> None:
    assert SENTENCE in load(SOUND[suffix](), f"a{suffix}").text


def test_damaged_files_of_every_format(tmp_path: Path) -> None:
    sys.stdout.write(f"seed: {SEED} (YOUJU_TEST_SEED)\n")
    rng = random.Random(SEED)
    sound = {**SOUND, ".pptx": made.pptx_file, ".ods": made.ods_file, ".odp": made.odp_file}
    sound |= {suffix: partial(made.FILES.__getitem__, f"a{suffix}") for suffix in (".doc", ".ppt", ".xml", ".rst")}
    files = []
    for suffix, make in sound.items():
        for number, data in enumerate(hostile.mutants(make(), -(-MUTANTS // len(sound)), rng)):
            path = tmp_path / f"{number}{suffix}"
            path.write_bytes(data)
            files.append((path.name, path))
    (tmp_path / "last.txt").write_bytes(TEXT)
    with Sandbox(Limits(seconds=10)) as sandbox:
        results = dict(sandbox.read_all([*files, ("last.txt", tmp_path / "last.txt")]))
    assert len(results) > MUTANTS
    for name, result in results.items():
        assert (result.extracted is None) == bool(result.reason), name
        assert not result.reason or result.reason.isprintable(), name
        assert "longer than" not in result.reason, name
        assert "processor time" not in result.reason, name
    assert results["last.txt"].extracted is not None
    # Damage is not refused out of hand; of the formats whose checksums or XML hardly ever survive it, none need be read.
    fragile = {".docx", ".pptx", ".odp", ".epub"}
    assert {Path(name).suffix for name, result in results.items() if result.extracted} >= set(sound) - fragile
