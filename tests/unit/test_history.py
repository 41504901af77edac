"""What clients send back as earlier answers, as plain sentences."""

from __future__ import annotations

import asyncio

import pytest

from service.events import Turn
from service.query.history import plain
from service.query.rewriting import standalone
from tests.fakes import ScriptedGenerator


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("The battery lasts 24 months. [1]", "The battery lasts 24 months."),
        ("It lasts 24 months [1, 2], then fades【3】.", "It lasts 24 months, then fades."),
        ("It lasts 24 months.¹² The area is 10 m², or 10⁵ mm².", "It lasts 24 months. The area is 10 m², or 10⁵ mm²."),
        ("It lasts 24 months<sup>[1]</sup> and[^2] more【4:0†manual.pdf】.", "It lasts 24 months and more."),
        ("是的。\n\n来源：\n- [1] 手册，第 3 页\n- [2] 年假", "是的。"),
        ("Yes.\n\n**Sources:**\n1. [Manual](https://example.org/m)", "Yes."),
        ("Yes.\n\n### References\n\n[1] Manual, p. 3", "Yes."),
        ("Yes.\n\n[1]: https://example.org\n- [2] Leave, page 4", "Yes."),
        ("Sources:\nthe river.", "Sources:\nthe river."),  # no list below an answer
        ("Yes. Source: “It lasts **two** years.” [1]", "Yes."),
        ("电池可用24个月。 原文：“可用24个月。”[1]", "电池可用24个月。"),
        ("可以。 原文，在“保修”下：“可用24个月。”[1]", "可以。"),
        ("Yes. Source, under “Is it safe?”: “It is.” [1]", "Yes."),
        ("> It lasts 24 months from purchase.\n\nSo two years.", "So two years."),
        ("## Battery\n- **Type**: lithium\n- *Life*: `24` months", "Battery\nType: lithium\nLife: 24 months"),
        ("1. Open the lid.\n2. Press [Reset](https://x.org/r).", "1. Open the lid.\n2. Press Reset."),
        ("| Part | Price |\n|---|---|\n| Lid | 3 EUR |", "Part, Price\nLid, 3 EUR"),
        ("It lasts[[1]](https://x.org/1 \"Manual\") long.", "It lasts long."),
        ("<details type=\"reasoning\"><summary>Thought</summary>\n\nHm [1].\n\n</details>\nYes.", "Yes."),
        ("<think>Which battery?</think>Yes.", "Yes."),
        ("<think>cut off", ""),
        ("Run:\n```sh\napt install <package>\n```", "Run:\napt install <package>"),
        ("Run apt install <package> now<br>or later.", "Run apt install <package> nowor later."),
        ("![chart](chart.png) Done.", "Done."),
        ("3. April", "3. April"),
        ("Plain a_b_c, 2 * 3 * 4 and T3-B.", "Plain a_b_c, 2 * 3 * 4 and T3-B."),
        ("", ""),
    ],
)  # fmt: skip
def test_plain(sent: str, said: str) -> None:
    assert plain(sent) == said
    assert plain(said) == said


def test_a_follow_up_is_rewritten_from_what_a_client_shows_as_from_what_was_said() -> None:
    """Also the check of what was written: a page number of a source is no number that somebody mentioned."""
    shown = "**24 months.** [1]\n\n> The battery of the T3 lasts 24 months.\n\nSources:\n- [1] Manual, page 36"
    prompts = []
    for answer in ("24 months.", shown):
        generator = ScriptedGenerator("Does the battery of the T3 last 36 months in winter?")
        turn = Turn("How long does the battery of the T3 last?", answer)
        asked = asyncio.run(standalone("And in winter?", [turn], generator))
        assert asked == f"And in winter? {turn.question}"
        prompts += generator.prompts
    assert prompts[0] == prompts[1]
