"""The map in CONTRIBUTING.md leads to files and names that there are."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1] + row[2] for row in re.findall(r"^\| (an? .*?) \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)}
WANTED = (
    "a loader", "a generator", "an embedder", "a reader", "a form of answer", "a metric", "a setting", "a route",
    "a string of the page", "a vector index",
)  # fmt: skip
PATH = re.compile(r"`((?:\.ci|benchmarks|docs|examples|ingest|service|tests|training|youju)/[^`\s]*|[\w-]+\.(?:md|toml|txt))`")


def test_the_map_leads_to_all_that_is_added() -> None:
    assert [one for one in WANTED if not any(row.startswith(one) for row in ROWS)] == []


@pytest.mark.parametrize("name", sorted(ROWS))
def test_what_a_row_names_exists(name: str) -> None:
    assert len(PATH.findall(ROWS[name])) >= 2
    named = re.findall(r"`(\w+)` in `([^`]+)`", ROWS[name])
    assert [(word, path) for word, path in named if not re.search(rf"\b{word}\b", (ROOT / path).read_text("utf-8"))] == []


def test_every_file_named_exists() -> None:
    paths = PATH.findall(TEXT)
    assert [path for path in paths if not (ROOT / path).exists()] == []
