"""Which rows of tables a question names."""

from __future__ import annotations

import pytest

from youju.text.rows import named_rows, rows

CODES = "alpha_3: XXX | name: The codes for transactions where no currency is involved\nalpha_3: ZAR | name: Rand"
YEARS = "country: Brazil | year: 1957 | pop: 65\ncountry: Brazil | year: 1962 | pop: 76\ncountry: Chad | year: 1962 | pop: 3"
COMMANDS = (
    "apt update | Updates the lists that /etc/apt/sources.list names. Do so first.\n"
    "apt search word | Searches packages for a word\ncommand < file | Takes a file as input"
)
CITIES = "城市等级: 一类 | 城市: 北京、上海 | 经理（元/晚）: 700\n城市等级: 二类 | 城市: 杭州、南京 | 经理（元/晚）: 550"


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Which currency has the code ZAR?", CODES, ["alpha_3: ZAR | name: Rand"]),
        ("How many people lived in Brazil in 1962?", YEARS, ["country: Brazil | year: 1962 | pop: 76"]),
        ("Which country had most people in 1962?", YEARS, []),  # numbers alone name no row
        ("Compare Brazil and Chad in 1962.", YEARS, YEARS.split("\n")[1:]),
        ("在杭州出差，经理住宿一晚最多能报多少钱？", CITIES, [CITIES.split("\n")[1]]),
        ("How do I search for a package with apt?", COMMANDS, []),
        ("Which command reads a file of names?", COMMANDS, []),
        ("哪个命令读取文件？", "文件 命令 | 打开\n目录 命令 | 列出", []),
        (
            "Which pump is heavier, the oil pump or the gas pump?",
            "Oil pump | 4 kg\nGas pump | 5 kg",
            ["Oil pump | 4 kg", "Gas pump | 5 kg"],
        ),
        ("Where is it?", "Plain text.\nMore of it.", []),
    ],
)
def test_the_rows_that_a_question_names(question: str, text: str, expected: list[str]) -> None:
    (found,) = named_rows(question, [text])
    assert [text[start:end] for start, end in sorted(found)] == expected


def test_a_row_of_another_text_may_be_named_better() -> None:
    assert named_rows("How many floats are in Tromso?", ["Item: Floats | Place: Oslo", "Item: Floats | Place: Tromso"]) == [
        set(),
        {(0, 28)},
    ]


def test_rows_are_lines_of_cells() -> None:
    text = "Title\na | b\n\nc | d"
    assert [text[start:end] for start, end in rows(text)] == ["a | b", "c | d"]
