"""Markdown as it is read: signs go, words and what only looks like a sign stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.growth import growth
from youju.text.markdown import as_read, as_shown, plain

CASES: dict[str, str] = json.loads((Path(__file__).parent.parent / "markdown.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("written", CASES)
def test_signs_go_and_words_stay(written: str) -> None:
    assert plain(written) == CASES[written]


def test_a_line_loses_the_sign_of_its_block_and_code_stays_as_it_is() -> None:
    assert plain("### How is it *reset*?") == "How is it reset?"
    assert plain("- [x] **Gloves**") == "Gloves"
    assert plain("> Never *at noon*.\n> Ever.") == "Never at noon.\nEver."
    assert plain("Bring:\n- [ ] *gloves*\n- twine") == "Bring:\n- gloves\n- twine"
    assert plain("Run\n```sh\necho `date` **now**\n```\nor **wait**.") == "Run\necho `date` **now**\nor wait."
    assert plain("**one\n\ntwo**") == "**one\n\ntwo**"


def test_only_markdown_is_read_as_markdown() -> None:
    assert as_read("**a**", "text/plain") == as_shown("**a**", "notes.txt") == "**a**"
    assert as_read("**a**", "text/markdown") == as_shown("**a**", "docs/NOTES.MD") == "a"


@pytest.mark.parametrize("sign", ["*a ", "[", "`", "[a](", "**", "_", "<!--", "![", "\\"])
def test_the_time_of_a_text_made_to_be_slow_grows_with_its_length(sign: str) -> None:
    assert growth(lambda size: plain(sign * (size // len(sign))), 5_000) < 2
