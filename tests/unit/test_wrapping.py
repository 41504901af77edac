from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youju.text.language import sentences
from youju.text.wrapping import is_wrapped, one_line

ENGLISH = (
    "Whoever works for Harbour House in London has a right to twenty-six days of leave a year. In the first year they are "
    "granted by the month, and Ms Okafor of the office keeps the list. Days that are left lapse at the end of March."
)
CHINESE = (
    "主机密钥存放在用户目录下的文件中，任何新主机将被自动添加到用户文件里。如果某个主机的身份发生改变，程序就会发出警告，"
    "并且关闭对它的密码认证，以防止有人窃取用户的密码。这个机制的另一个目的是防止中间人攻击，否则这种攻击可能会绕过加密系统。"
)


def chinese_lines(columns: int) -> str:
    each = columns // 2
    return "\n".join(CHINESE[start : start + each] for start in range(0, len(CHINESE), each))


@pytest.mark.parametrize("columns", [60, 72, 78])
def test_wrapped_text_has_the_sentences_of_the_same_text_on_one_line(columns: int) -> None:
    wrapped = textwrap.fill(ENGLISH, columns)
    assert [one_line(wrapped[slice(*span)]) for span in sentences(wrapped)] == [
        ENGLISH[slice(*span)] for span in sentences(ENGLISH)
    ]
    wrapped = chinese_lines(columns)
    assert [one_line(wrapped[slice(*span)]) for span in sentences(wrapped)] == [
        CHINESE[slice(*span)] for span in sentences(CHINESE)
    ]


@given(st.integers(0, 12), st.sampled_from([62, 70, 76]))
def test_the_margin_changes_nothing(margin: int, columns: int) -> None:
    plain = textwrap.fill(ENGLISH, columns)
    moved = textwrap.indent(plain, " " * margin)
    assert [one_line(moved[slice(*span)]) for span in sentences(moved)] == [
        one_line(plain[slice(*span)]) for span in sentences(plain)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Kerrera Road 14\nOban\nTelephone in the morning only",  # short lines
        "What is kept for the whole of the long year in the archive of the firm\n- Invoices\n- Letters",  # a list
        "The first heading of this document which is rather long as headings go:\nText",
        "这一行在文档中相当长，一直写到了行的末尾才停下来没有标点符号\n第二章 总则",  # a heading
        "It ends here, at the very end of a line that is as long as all of the others.\nAnd begins here",
        # Lines of all lengths are no wrapped text, though one of them is the longest.
        "Added a command that lists what was stored\nMended\nMended the end of a run that took very long and was left\n"
        "Faster\nRemoved what nobody has used since the beginning",
    ],
)
def test_other_lines_end_a_sentence(text: str) -> None:
    assert not any(is_wrapped(text, place) for place, sign in enumerate(text) if sign == "\n")


def test_one_line_puts_no_space_between_chinese_characters() -> None:
    assert one_line("关闭对它的\n     密码认证, 以防 ssh\n  命令 in a\nline") == "关闭对它的密码认证, 以防 ssh 命令 in a line"
