"""What a confined child can no longer do, what it still can, and how its end is told."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from ingest.containment import confine, limit_processor_time
from ingest.loaders import load
from ingest.sandbox import Limits, Read, Sandbox, _unpack, read
from tests import hostile
from youju.records import Box, Extracted, Heading

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")

MEMORY = 512 << 20
SLOW = ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">text").encode()  # minutes of processor time in the parser


# What a child tries; each runs in a process of its own


def opens_a_socket(_: Path) -> object:
    return socket.socket()


def runs_a_program(_: Path) -> object:
    return subprocess.run(["true"], check=True)


def runs_a_shell(_: Path) -> object:
    if os.system("true"):
        raise PermissionError
    return True


def makes_a_file(folder: Path) -> object:
    return (folder / "new.txt").write_text("x")


def writes_to_a_file(folder: Path) -> object:
    with (folder / "there.txt").open("r+") as file:
        return file.write("x")


def empties_a_file(folder: Path) -> object:
    os.truncate(folder / "there.txt", 0)
    return True


def deletes_a_file(folder: Path) -> object:
    (folder / "there.txt").unlink()
    return True


def signals_its_parent(_: Path) -> object:
    os.kill(os.getppid(), 0)
    return True


def allocates_too_much(_: Path) -> object:
    return bytearray(2 * MEMORY)


def opens_too_much(folder: Path) -> object:
    return [(folder / "there.txt").open() for _ in range(100)]


def reads_and_starts_threads(folder: Path) -> object:
    texts = [(folder / "there.txt").read_text()]
    thread = threading.Thread(target=texts.append, args=("from a thread",))
    thread.start()
    thread.join()
    return texts


def loads_every_format(folder: Path) -> object:
    suffixes = (".txt", ".md", ".html", ".pdf", ".docx")
    return all(hostile.SENTENCE in load(hostile.SOUND[suffix](), f"a{suffix}").text for suffix in suffixes)


def attempt(pipe: Connection, act: Callable[[Path], object], folder: Path) -> None:
    in_force = confine(MEMORY)
    try:
        outcome = "done" if act(folder) else "nothing"
    except (OSError, MemoryError) as error:
        outcome = type(error).__name__
    pipe.send((in_force, outcome))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "there.txt").write_text("text")
    return tmp_path


def confined(act: Callable[[Path], object], folder: Path) -> str:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=attempt, args=(theirs, act, folder))
    child.start()
    assert ours.poll(30)
    in_force, outcome = ours.recv()
    child.join()
    if not in_force:
        pytest.skip("this kernel takes no filter")
    return str(outcome)


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (opens_a_socket, "PermissionError"),
        (runs_a_program, "PermissionError"),
        (runs_a_shell, "PermissionError"),
        (makes_a_file, "PermissionError"),
        (writes_to_a_file, "PermissionError"),
        (empties_a_file, "PermissionError"),
        (deletes_a_file, "PermissionError"),
        (signals_its_parent, "PermissionError"),
        (allocates_too_much, "MemoryError"),
        (opens_too_much, "OSError"),
        (reads_and_starts_threads, "done"),
        (loads_every_format, "done"),
    ],
)
def test_a_confined_child(act: Callable[[Path], object], outcome: str, folder: Path) -> None:
    assert confined(act, folder) == outcome
    assert (folder / "there.txt").read_text() == "text"


def limits_itself(pipe: Connection) -> None:
    limit_processor_time(1)
    first = resource.getrlimit(resource.RLIMIT_CPU)
    limit_processor_time(100)
    pipe.send((first, resource.getrlimit(resource.RLIMIT_CPU)))


def test_processor_time_is_counted_anew_for_each_file() -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=limits_itself, args=(theirs,))
    child.start()
    assert ours.poll(30)
    (first, _), (second, hard) = ours.recv()
    child.join()
    assert second - first >= 99
    assert hard == resource.RLIM_INFINITY


def test_a_file_that_burns_time_is_ended_and_the_next_one_is_read(folder: Path) -> None:
    (folder / "slow.html").write_bytes(SLOW)
    began = time.monotonic()
    with Sandbox(Limits(seconds=1)) as sandbox:
        results = dict(sandbox.read_all((name, folder / name) for name in ("there.txt", "slow.html", "there.txt")))
    assert time.monotonic() - began < 20
    assert results["slow.html"].reason.endswith("1 s of processor time to read (YOUJU_PARSE_SECONDS)")
    assert results["there.txt"].extracted is not None


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (signal.SIGSTOP, "it took longer than 1 s to read (YOUJU_PARSE_SECONDS)"),
        (signal.SIGSEGV, "it crashed the reader (SIGSEGV)"),
    ],
)
def test_a_child_that_hangs_or_crashes_is_replaced(folder: Path, ending: signal.Signals, reason: str) -> None:
    (folder / "slow.html").write_bytes(SLOW)
    with Sandbox(Limits(seconds=1 if ending == signal.SIGSTOP else 30)) as sandbox:
        assert [one.reason for _, one in sandbox.read_all([(0, folder / "there.txt")])] == [""]
        assert sandbox._child is not None
        assert sandbox._child.pid is not None
        timer = threading.Timer(0.3, os.kill, (sandbox._child.pid, ending))
        timer.start()
        assert [one.reason for _, one in sandbox.read_all([(0, folder / "slow.html")])] == [reason]
        timer.join()
        assert [one.reason for _, one in sandbox.read_all([(0, folder / "there.txt")])] == [""]


def test_the_parent_takes_nothing_but_records() -> None:
    extracted = Extracted("text", "text/plain", "t", (Heading(0, 4, 1),), (0,), ((0, 4),), (Box(0, 4, 1, 0.1, 0.1, 0.2, 0.2),))
    assert _unpack(pickle.dumps(Read(extracted, "", "digest", 4))) == Read(extracted, "", "digest", 4)
    for other in (os.system, Path("x"), "text", Read("text")):  # type: ignore[arg-type]
        with pytest.raises(pickle.UnpicklingError):
            _unpack(pickle.dumps(other))
    with pytest.raises(pickle.UnpicklingError):
        _unpack(b"\x80\x04no pickle")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(9, bytes=3), "larger than 0 MiB (YOUJU_MAX_FILE_MB)"),
        (Limits(9, characters=3), "more than 3 characters of text (YOUJU_MAX_TEXT_CHARS)"),
        (Limits(9, bytes=4, characters=4), ""),
    ],
)
def test_size_is_that_of_what_was_read(folder: Path, limits: Limits, reason: str) -> None:
    assert read(folder / "there.txt", limits).reason == reason


def test_what_is_no_file_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "fifo.txt")
    assert read(folder / "fifo.txt", Limits(9)).reason == "not a regular file"
    assert read(Path(os.devnull), Limits(9)).reason == "not a regular file"
    assert read(folder / "none.txt", Limits(9)).reason == "cannot be read (No such file or directory)"


def test_what_cannot_be_stored_is_replaced_in_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader here gives halves of surrogate pairs yet; those of JSON and RTF can."""
    monkeypatch.setattr("ingest.sandbox.load", lambda data, name: Extracted("a\ud800b\0c", "text/plain", "t\udfff"))
    extracted = read(folder / "there.txt", Limits(9)).extracted
    assert extracted is not None
    assert (extracted.text, extracted.title) == ("a�b�c", "t�")


@pytest.mark.parametrize("message", ["two\nlines\x1b[2J", "long " * 1000])
def test_a_reason_is_one_short_line(folder: Path, monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    def fail(data: bytes, name: str) -> Extracted:
        raise ValueError(message)

    monkeypatch.setattr("ingest.sandbox.load", fail)
    reason = read(folder / "there.txt", Limits(9)).reason
    assert reason.startswith("it cannot be parsed (ValueError: ")
    assert reason.isprintable()
    assert len(reason) <= 300
