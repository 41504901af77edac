from __future__ import annotations

import json
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.earlier import write_earlier
from tests.unit.test_unanswered import contents
from youju.cli.keys import ScopeName
from youju.cli.main import app
from youju.errors import InvalidRequest, UnknownKey
from youju.index.base.keys import SCOPES, KeyScope
from youju.index.sqlite.keys import Keys
from youju.index.sqlite.schema import SCHEMA_VERSION
from youju.index.sqlite.store import Store
from youju.settings import Settings

START = datetime(2026, 1, 1, tzinfo=UTC)
names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=40)


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(store: Store, clock: Clock) -> Keys:
    return Keys(store.database, clock)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    """For properties, which make keys again and again."""
    opened = Store(tmp_path_factory.mktemp("keys") / "youju.db")
    yield Keys(opened.database)
    opened.close()


@given(
    name=names,
    scopes=st.lists(st.sampled_from(SCOPES), min_size=1, max_size=4),
    collections=st.none() | st.lists(names, min_size=1, max_size=3),
)
def test_what_is_created_verifies(shared: Keys, name: str, scopes: list[KeyScope], collections: list[str] | None) -> None:
    text, key = shared.create(name, scopes, collections)
    assert shared.verify(text) == key
    assert key.name == name
    assert set(key.scopes) == set(scopes)
    assert key.collections == (None if collections is None else tuple(sorted(set(collections))))


@given(data=st.data())
def test_any_changed_character_does_not(shared: Keys, data: st.DataObject) -> None:
    text, _ = shared.create("k")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([*string.printable, "é", "\u2028", "\0"]).filter(lambda one: one != text[place]))
    assert shared.verify(text[:place] + other + text[place + 1 :]) is None


@given(text=st.text(max_size=80))
def test_other_texts_are_no_keys(shared: Keys, text: str) -> None:
    assert shared.verify(text) is None
    assert shared.verify(f"youju_{text}") is None


def test_parts_of_different_keys_do_not_fit(keys: Keys) -> None:
    first, second = (keys.create(name)[0] for name in "ab")
    assert keys.verify(first[:18] + second[18:]) is None
    assert keys.verify(first + "\n") is None
    assert keys.verify(first.upper()) is None


def test_a_revoked_key_is_refused_for_ever(keys: Keys, clock: Clock) -> None:
    text, key = keys.create("web")
    revoked = keys.revoke(key.id)
    assert keys.verify(text) is None
    clock.now += timedelta(days=1)
    assert keys.revoke(key.id) == revoked
    clock.now -= timedelta(days=10)
    assert keys.verify(text) is None
    with pytest.raises(UnknownKey, match="no key 'nope'"):
        keys.revoke("nope")


@given(days=st.integers(1, 400), before=st.integers(0, 10**9))
def test_a_key_ends_when_it_expires(shared: Keys, days: int, before: int) -> None:
    text, _ = shared.create("short", expires_days=days)
    clock = Clock()
    later = Keys(shared._database, clock)
    clock.now = datetime.now(UTC) + timedelta(days=days)
    assert later.verify(text) is None
    clock.now += timedelta(microseconds=before)
    assert later.verify(text) is None
    clock.now = datetime.now(UTC) + timedelta(days=days, seconds=-60)
    assert later.verify(text) is not None


def test_the_file_does_not_hold_the_secret(keys: Keys, store: Store) -> None:
    text, key = keys.create("web")
    held = contents(store.path)
    assert key.id.encode() in held
    secret = text.removeprefix(f"youju_{key.id}_")  # it may hold "_" itself: what follows the last one may be a letter
    assert len(secret) >= 32
    assert not any(secret[start : start + 8].encode() in held for start in range(len(secret) - 7))
    assert len({keys.create("web")[0] for _ in range(20)}) == 20


def test_the_last_use_is_written_once_a_minute_and_is_no_change_of_the_index(keys: Keys, clock: Clock, store: Store) -> None:
    _, key = keys.create("web")
    sequence = store.sequence()
    seen = []
    for seconds in (0, 59, 60, 61, 120):
        clock.now = START + timedelta(seconds=seconds)
        keys.note_use(key.id)
        seen.append(keys.all()[0].last_used)
    times = [(START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds") for seconds in (0, 60, 120)]
    assert seen == [times[0], times[0], times[1], times[1], times[2]]
    keys.note_use("unknown")
    assert store.sequence() == sequence


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("",), "the name of a key"),
        (("  ",), "the name of a key"),
        (("a\nb",), "the name of a key"),
        (("x" * 201,), "the name of a key"),
        (("web", ()), "the scopes"),
        (("web", ("all",)), "the scopes"),
        (("web", ("ask",), ()), "a collection"),
        (("web", ("ask",), ("",)), "a collection"),
        (("web", ("ask",), None, 0), "expires after"),
        (("web", ("ask",), None, 10**7), "expires after"),
    ],
)
def test_wrong_keys_are_not_made(keys: Keys, arguments: tuple[str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        keys.create(*arguments)
    assert keys.all() == []


def test_a_file_of_an_earlier_version_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    write_earlier(2, path)
    new = Store(path)
    assert new.database.value("PRAGMA user_version") == SCHEMA_VERSION
    keys = Keys(new.database)
    assert keys.verify(keys.create("web")[0]) is not None
    new.close()


# The command


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, ["keys", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_the_command(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    keys = Keys(store.database)
    assert "youju keys create" in run("list")[0]
    text, note = run("create", "web")
    assert text.count("\n") == 1
    first = keys.verify(text.strip())
    assert first is not None
    assert (first.scopes, first.collections, first.expires_at) == (("ask",), None, None)
    assert "only its hash" in note
    made = json.loads(
        run("create", "up", "--scope", "ingest", "--scope", "ask", "-c", "hr", "--expires-days", "3", "--json")[0]
    )
    second = keys.verify(made["key"])
    assert second is not None
    assert (made["scopes"], made["collections"]) == (["ask", "ingest"], ["hr"])
    listed = run("list")[0]
    assert made["key"] not in listed
    assert [line.split()[:3] for line in listed.splitlines()] == [[first.id, "valid", "web"], [second.id, "valid", "up"]]
    assert run("revoke", first.id) == (f"{first.id} (web) is revoked.\n", "")
    assert json.loads(run("revoke", first.id, "--json")[0])["state"] == "revoked"
    assert [one["state"] for one in json.loads(run("list", "--json")[0])["keys"]] == ["revoked", "valid"]
    assert keys.verify(text.strip()) is None


def test_wrong_use_of_the_command(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    assert "youju keys list" in run("revoke", "nope", code=2)[1]
    assert "name of a key" in run("create", "", code=2)[1]
    run("create", "web", "--scope", "everything", code=2)
    run("create", "web", "--expires-days", "0", code=2)
    assert "no collection 'hr' yet" in run("create", "web", "-c", "hr")[1]


def test_the_command_line_knows_every_scope() -> None:
    assert tuple(ScopeName) == SCOPES
