"""What leaves as prose is plain text: no renderer makes more of it, and only addresses that stand in the documents stay."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.grounding.sanitising import DraftFilter, addresses, prose
from youju.text.invisible import ANY_UNSEEN

ACTIVE = {"link_open", "image", "html_inline", "html_block"}
KNOWN = addresses("Open http://localhost:631/, or write to help@example.org.")
PIECES = (
    "![", "[", "](", "][", "]:", "]", "(", ")", "<", ">", "/", "!--", "img src=", "a href=",
    "http://evil.example/?q=1", "javascript:",
    "http://localhost:631/", "\u202e", "\u200b", "\U000e0041", "\ufe0f", "\x1b[31m", "\x1b", "[3]", "【2】",
    "&#x202e;", "\\", "`", "*", " ",
    "\n", "word", "字", "。",
)  # fmt: skip


def is_active(text: str) -> bool:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    return any(token.type in ACTIVE for block in tokens for token in (block, *(block.children or [])))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Which address opens CUPS? http://localhost:631/.", "Which address opens CUPS? http://localhost:631/."),
        ("打开http://localhost:631/即可", "打开http://localhost:631/即可"),
        ("See [CUPS](http://localhost:631/)", "See [CUPS] (http://localhost:631/)"),
        ("http://localhost:631/?secret=1", "…"),
        ("![x](http://evil.example/a.png) www.evil.example, a@evil.example", "[x] (…) …, …"),
        ("[a][b]\n\n[b]: http://evil.example", "[a] [b]\n\n[b] : …"),
        ("<img src=x onerror=y> <b>bold</b>", "‹img src=x onerror=y› ‹b›bold‹/b›"),
        ("javascript:alert(1) data:text/html,x the data: 5, 3", "…) …,x the data: 5, 3"),
        ("As [1] and 【2】 say [3, 4]", "As (1) and (2) say (3, 4)"),
        ("a < b, c > d, 3 & 4; T&amp;C; array[0] f(x) 第一[注]", "a < b, c > d, 3 & 4; T&amp;C; array(0) f(x) 第一[注]"),
        ("&#x202e;turned", "& #x202e;turned"),
    ],
)
def test_prose_is_plain_text(text: str, told: str) -> None:
    assert prose(text, KNOWN) == told


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_comes_nothing_active_or_unseen_leaves(text: str) -> None:
    told = prose(text, KNOWN)
    assert not is_active(told)
    assert "evil.example" not in told
    assert not [sign for sign in ANY_UNSEEN.findall(told) if sign != "\ufe0f"]
    assert prose(told, KNOWN) == told


@given(st.lists(st.sampled_from(PIECES), max_size=12))
@example(["<", "\u202e", "javascript:>"])
def test_a_draft_given_in_pieces_is_plain_too(pieces: list[str]) -> None:
    plain = DraftFilter(KNOWN)
    told = "".join([*(plain.feed(piece) for piece in pieces), plain.finish()])
    assert not is_active(told)
    assert "evil.example" not in told


def test_a_harmless_draft_is_given_whole_and_soon() -> None:
    plain, text = DraftFilter(KNOWN), "电池可用 24 个月。 The battery lasts."
    told = [plain.feed(sign) for sign in text]
    assert told[:4] == ["电", "池", "可", "用"]
    assert "".join(told) + plain.finish() == text
