"""HTML and pictures inside Markdown."""

from __future__ import annotations

import pytest

from ingest.loaders import load
from youju.records import Extracted

TABLE = """# Kiln

Pick a **programme** first.
<table border="1">
  <tr><th>Programme</th><th>What it does </th></tr>
  <tr><td>Glaze</td>
    <td>Heats slowly.

      <ul>
        <li>Peak: 1240 °C</li>
        <li>Hold: 15 min</li>
      </ul></td></tr>
  <tr>
    <td>Biscuit</td><td>Peak: 980 °C</td>
</tr></table>

Then close the lid.
"""


def read(text: str) -> Extracted:
    return load(text.encode(), "a.md")


def test_a_table_of_html_is_one_with_its_rows_and_columns() -> None:
    found = read(TABLE)
    assert found.text == (
        "# Kiln\n\nPick a **programme** first.\n\n"
        "Programme: Glaze | What it does: Heats slowly. Peak: 1240 °C Hold: 15 min\n"
        "Programme: Biscuit | What it does: Peak: 980 °C\n\nThen close the lid.\n"
    )
    (table,) = found.tables
    assert [column.name for column in table.columns] == ["Programme", "What it does"]
    assert [found.text[cell.start : cell.end] for row in table.rows for cell in row.cells] == [
        "Glaze", "Heats slowly. Peak: 1240 °C Hold: 15 min", "Biscuit", "Peak: 980 °C",
    ]  # fmt: skip
    assert [found.text[start:end] for start, end in found.whole] == found.text.split("\n")[4:6]


def test_lists_and_headings_of_html_keep_their_places() -> None:
    found = read(
        "<h1 align='center'>Kiln</h1>\n\n<p align='center'><img src='logo.png'></p>\n\n## Parts\n\n"
        "<ul>\n<li>Lid</li>\n\n<li>Door</li>\n</ul>\n\n"
        "<details>\n<summary>More</summary>\n\n1. Open\n2. Close\n\n</details>\n\n<!-- TODO -->\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert found.title == "Kiln"
    assert [(found.text[one.start : one.end], one.level) for one in found.headings] == [("Kiln", 1), ("Parts", 2)]
    assert [[found.text[item.start : item.end] for item in one.items] for one in found.lists] == [
        ["- Lid", "- Door"], ["1. Open", "2. Close"],
    ]  # fmt: skip
    assert "More\n\n1. Open" in found.text
    (table,) = found.tables
    assert found.text[table.start : table.end] == "a: 1 | b: 2"
    assert "<" not in found.text


def test_html_in_an_item_or_quotation_stays_in_it() -> None:
    assert read("- <p>Fill the tank</p>\n- Wait\n\n> <div>Hot!</div>\n").text == "- Fill the tank\n- Wait\n\n> Hot!\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Click ![close_icon](img/close.svg), then go.", "Click close icon, then go."),
        ("1. 单击 ![close_icon](img/close.svg)，退出。", "1. 单击 close icon，退出。"),
        ("> ![tips](img/tips.svg)窍门：按住不放。", "> 窍门：按住不放。"),
        ("Turn ![icon](a.svg) it off.", "Turn  it off."),
        ("![0|main](fig/main.png)", ""),
        ("![The kiln from above](fig/above.png)", "The kiln from above"),
        ("[![build](https://ci/b.svg)](https://ci/) Kiln", " Kiln"),
        ('See <img alt="the lid" src="a.png"> here', "See the lid here"),
        ("One<br>two and <b>bold</b> 10<sup>6</sup> CO<sub>2</sub>", "One two and bold 10⁶ CO₂"),
        (
            "Write `<br>` and `![x](y)` so, <https://a.example/b> too",
            "Write `<br>` and `![x](y)` so, <https://a.example/b> too",
        ),
        ("Put <package> and a < b > c", "Put <package> and a < b > c"),
        ("<your-name>", "<your-name>"),
        ("```\n<table><tr><td>x</td></tr></table>\n![a](b)\n```", "```\n<table><tr><td>x</td></tr></table>\n![a](b)\n```"),
    ],
)
def test_tags_and_pictures_leave_the_words_that_are_seen(written: str, said: str) -> None:
    assert read(f"# T\n\n{written}\n\nEnd.\n").text == f"# T\n\n{said}\n\nEnd.\n"


def test_icons_in_a_table_say_nothing() -> None:
    found = read("| Icon | Name |\n|---|---|\n| ![go](a.svg) | Start |\n| ![halt](b.svg) | Stop <br> now |\n")
    assert found.text == "\n\nName: Start\nName: Stop now\n"


def test_front_matter_before_html_moves_nothing() -> None:
    found = read("---\ntitle: Kiln\n---\n# Lid <a id='x'></a>\n\n<div>\n\nOpen it.\n\n</div>\n")
    assert [found.text[one.start : one.end] for one in found.headings] == ["Lid"]
    assert "Open it." in found.text
    assert "div" not in found.text


@pytest.mark.parametrize("sign", ["<table>\n\n", "<ul>", "![", "![a](", "<img alt='", "<!--", "<sup>", "[![a](b"])
def test_html_that_never_ends_takes_no_longer(sign: str) -> None:
    assert read("# T\n\n" + sign * 3000 + " end").text.startswith("# T")
