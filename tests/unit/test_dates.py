from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youju.text.dates import Date, dates, day_asked, is_of_another_day, tells_dates

WRITTEN = [
    ("The next meeting is on 11 March.", [Date(None, 3, 11)]),
    ("March 11th, 2025", [Date(2025, 3, 11)]),
    ("on the 11th of March 2025", [Date(2025, 3, 11)]),
    ("2025-03-11T10:00", [Date(2025, 3, 11)]),
    ("11.3.2025", [Date(2025, 3, 11)]),
    ("下次会议在 3 月 11 日", [Date(None, 3, 11)]),
    ("二〇二五年三月十一日", [Date(2025, 3, 11)]),
    ("２０２５年３月", [Date(2025, 3, None)]),
    ("三月二十一号", [Date(None, 3, 21)]),
    ("11-13 May 2025", [Date(2025, 5, 11), Date(2025, 5, 13)]),
    ("3月11日至13日", [Date(None, 3, 11), Date(None, 3, 13)]),
    ("3月11至13日", [Date(None, 3, 11), Date(None, 3, 13)]),
    ("in May", [Date(None, 5, None)]),
    ("since August", [Date(None, 8, None)]),
    ("You may march 5 km.", []),
    ("It may 2 times", []),
    ("within 3 months", []),
    ("3个月", []),
    ("version 2.3.2025", [Date(2025, 3, 2)]),
    ("11/3/2025", []),
    ("May 5%", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_dates_have_one_form(text: str, expected: list[Date]) -> None:
    assert dates(text) == expected


@pytest.mark.parametrize(
    ("evidence", "said", "tells"),
    [
        ("Next meeting: 11 March, room 2.", "The next meeting is on 11 November.", False),
        ("Next meeting: 11 March, room 2.", "下次会议在 11 月 11 日。", False),
        ("Next meeting: 11 March, room 2.", "下次会议在3月11日。", True),
        ("The launch moves from 1 May to 15 June.", "The launch moves to 15 May.", False),
        ("The launch moves from 1 May to 15 June.", "The launch moves to June 15.", True),
        ("Renewed on March 3, 2024.", "It was renewed in May 2024.", False),
        ("Renewed on March 3, 2024.", "It was renewed in March 2024.", True),
        ("Renewed on March 3.", "It was renewed on 3 March 2024.", False),
        ("Report of 2024. Renewed on March 3.", "It was renewed on 3 March 2024.", True),
        ("从1月15日改为6月15日", "从 1 月 15 日改为 5 月 15 日", False),
        ("It lasts 24 months.", "It lasts 24 months.", True),
    ],
)
def test_a_date_is_told_whole(evidence: str, said: str, tells: bool) -> None:
    assert tells_dates(evidence, said) is tells


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 28))
def test_all_ways_of_writing_tell_each_other(year: int, month: int, day: int) -> None:
    name = "January February March April May June July August September October November December".split()[month - 1]
    ways = [f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}", f"{year}年{month}月{day}日"]
    for one in ways:
        assert dates(one) == [Date(year, month, day)]
        assert all(tells_dates(one, other) for other in ways)
    other = f"{day} {name} {year + 1}"
    assert not any(tells_dates(one, other) for one in ways)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    assert tells_dates(text, text)


TODAY = datetime.date.today()


@pytest.mark.parametrize(
    ("question", "days"),
    [("What is the weather today?", 0), ("今天天气怎么样", 0), ("Who is on duty tomorrow?", 1), ("昨晚谁值班？", -1)],
)
def test_a_day_named_by_when_it_is_asked(question: str, days: int) -> None:
    day = TODAY + datetime.timedelta(days=days)
    assert day_asked(question) == Date(day.year, day.month, day.day)
    assert not is_of_another_day(f"{day.isoformat()} | rain", question)
    assert is_of_another_day(f"{(day - datetime.timedelta(days=40)).isoformat()} | rain", question)
    assert not is_of_another_day("It rains in May.", question)  # of no day


@pytest.mark.parametrize(
    "question", ["What was the weather on 3 May?", "Is the 3 May meeting today?", "Today or tomorrow?", ""]
)
def test_no_day_is_named_by_when_it_is_asked(question: str) -> None:
    assert day_asked(question) is None
    assert not is_of_another_day("2012-01-21 | rain", question)
