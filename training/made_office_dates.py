"""Tables of offices with questions that count days and money: what is left of budgets, days between dates, the earlier of two
things, limits asked of no row in particular, in both languages."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable

from service.tables.sheet import made
from training.made_office_tables import GOODS_EN, GOODS_ZH, PEOPLE_EN, PEOPLE_ZH, Asked, Made

# fmt: off
POSTS_EN = "Travel|Catering|Printing|Software|Workshops|Postage|Cleaning|Furniture".split("|")
POSTS_ZH = "差旅 餐饮 印刷 软件 会议 邮寄 保洁 家具".split()
PLANNED_EN = ("Budget", "Budget 2025 (€)", "Planned", "Approved amount", "Allocated")
SPENT_EN = ("Spent", "Spent so far", "Actual", "Used", "Paid")
PLANNED_ZH = ("预算", "预算（元）", "计划金额", "批准额度")
SPENT_ZH = ("已用", "实际支出", "已支出（元）", "已使用")
PLACES_EN = "Lisbon|Vienna|Dublin|Krakow|Athens|Malmo".split("|")
PLACES_ZH = "成都 厦门 沈阳 长沙 合肥 昆明".split()
# fmt: on


def budgets(choice: random.Random, chinese: bool) -> Made:
    plan, spent = (choice.choice(some) for some in ((PLANNED_ZH, SPENT_ZH) if chinese else (PLANNED_EN, SPENT_EN)))
    posts = choice.sample(POSTS_ZH if chinese else POSTS_EN, 5)
    rows = [[post, str(amount), str(choice.randint(5, amount))] for post in posts for amount in (choice.randint(20, 900) * 10,)]
    asked: list[Asked] = []
    for row in choice.sample(rows, 3):
        name, left = row[0] if chinese else row[0].lower(), (str(int(row[1]) - int(row[2])),)
        forms = (
            ("{p}预算还剩多少？", "{p}的预算剩余多少", "{p}还有多少没用？", "{p}结余是多少？") if chinese else
            ("How much of the {p} budget is left?", "What is left for {p}?", "How much remains of the {p} budget?",
             "What remains for {p}?", "How much {p} budget do we still have?")
        )  # fmt: skip
        asked.append((choice.choice(forms).format(p=name), left, "rest"))
    whole = (str(sum(int(row[1]) - int(row[2]) for row in rows)),)
    of_all = (
        ("预算一共还剩多少？", "总预算剩余多少？")
        if chinese
        else ("How much budget is left in total?", "What is left of the whole budget?")
    )
    asked.append((choice.choice(of_all), whole, "rest"))
    row = choice.choice(rows)
    of_one = ("{p}用了多少？", "{p}已经支出多少") if chinese else ("How much was spent on {p}?", "What did we spend on {p}?")
    asked.append((choice.choice(of_one).format(p=row[0] if chinese else row[0].lower()), (row[2],), "cell"))
    of_plan = "{p}的预算是多少？" if chinese else choice.choice(("What is the budget for {p}?", "How high is the {p} budget?"))
    asked.append((of_plan.format(p=row[0] if chinese else row[0].lower()), (row[1],), "cell"))
    return made([["项目" if chinese else "Post"], [plan], [spent]], rows, title="预算执行表" if chinese else "Budget"), asked


def dates(choice: random.Random, chinese: bool) -> Made:
    things = choice.sample(GOODS_ZH if chinese else GOODS_EN, 5)
    people = choice.sample(PEOPLE_ZH if chinese else PEOPLE_EN, 3)
    rows, days = [], []
    for thing in things:
        start = datetime.date(2025, 1, 1) + datetime.timedelta(days=choice.randint(0, 500))
        length = choice.randint(5, 200)
        rows.append([thing, choice.choice(people), start.isoformat(), (start + datetime.timedelta(days=length)).isoformat()])
        days.append(length)
    end = "截止日期" if chinese else choice.choice(("Due", "End", "Deadline"))
    names = ["事项", "负责人", "开始日期", end] if chinese else ["Task", "Owner", "Start", end]
    at, count = choice.randrange(len(rows)), choice.choice((7, 10, 14, 30, 45))
    name = rows[at][0] if chinese else rows[at][0].lower()
    later = (datetime.date.fromisoformat(rows[at][3]) + datetime.timedelta(days=count)).isoformat()
    first, second = choice.sample(rows, 2)
    earlier = min((first, second), key=lambda row: row[3])
    both = (first[0], second[0]) if chinese else (first[0].lower(), second[0].lower())
    mine = [row[0] for row in rows if row[1] == rows[at][1]]
    asked: list[Asked]
    if chinese:
        apart = choice.choice(("{}从开始到截止一共多少天？", "{}的开始日期和截止日期相隔几天？"))
        first_of = choice.choice(("{}和{}哪个截止更早？", "{}和{}哪个先截止？"))
        asked = [
            (apart.format(name), (str(days[at]),), "days"), (first_of.format(*both), (earlier[0],), "earlier"),
            (f"{name}的截止日期之后{count}天是哪天？", (later,), "day"),
            (f"{name}截止日期{count}天后是几号？", (later,), "day"),
            (f"{name}什么时候截止？", (rows[at][3],), "cell"), (f"{rows[at][1]}负责几件事项？", (str(len(mine)),), "count"),
            (f"{rows[at][1]}有几项？", (str(len(mine)),), "count"),
        ]  # fmt: skip
    else:
        end = end.lower()
        apart = choice.choice(
            ("How many days are there between start and {e} of the {n}?", "How many days from start to {e} of the {n}?")
        )
        shifted = choice.choice(("What date is {c} days after the {e} of the {n}?", "Which day is {c} days after the {n} {e}?"))
        first_of = choice.choice(
            ("Which is earlier, the {e} of the {a} or of the {b}?", "Which {e} comes first, that of the {a} or the {b}?")
        )
        asked = [
            (apart.format(n=name, e=end), (str(days[at]),), "days"), (shifted.format(c=count, n=name, e=end), (later,), "day"),
            (first_of.format(e=end, a=both[0], b=both[1]), (earlier[0],), "earlier"),
            (f"When is the {end} of the {name}?", (rows[at][3],), "cell"),
            (f"How many tasks does {rows[at][1]} have?", (str(len(mine)),), "count"),
            (f"How many tasks does {rows[at][1]} own?", (str(len(mine)),), "count"),
        ]  # fmt: skip
    return made([[name] for name in names], rows, title="任务清单" if chinese else "Tasks"), asked


def limits(choice: random.Random, chinese: bool) -> Made:
    """Amounts by place or kind, one of which is asked for without saying which: all are told."""
    places = choice.sample(PLACES_ZH if chinese else PLACES_EN, 4)
    names = ["城市", "住宿上限（元/晚）", "餐补（元/天）"] if chinese else ["City", "Hotel limit (€)", "Meal allowance (€)"]
    values = choice.sample(range(90, 400), 4), choice.sample(range(20, 80), 4)
    rows = [[place, str(hotel), str(meal)] for place, hotel, meal in zip(places, *values, strict=True)]
    at = choice.randrange(4)
    hotels, meals = tuple(row[1] for row in rows), tuple(row[2] for row in rows)
    if chinese:
        asked: list[Asked] = [
            ("住宿最多能报多少钱？", hotels, "each"), ("住宿上限是多少？", hotels, "each"), ("餐补每天多少？", meals, "each"),
            (f"{places[at]}的住宿上限是多少？", (hotels[at],), "cell"), (f"去{places[at]}餐补多少", (meals[at],), "cell"),
            ("住宿上限最高的城市是哪个？", (max(rows, key=lambda row: int(row[1]))[0],), "most"),
        ]  # fmt: skip
    else:
        asked = [
            ("How much may a hotel cost at most?", hotels, "each"), ("What is the hotel limit?", hotels, "each"),
            ("What is the meal allowance?", meals, "each"), ("How much is the meal allowance per day?", meals, "each"),
            (f"What is the hotel limit in {places[at]}?", (hotels[at],), "cell"),
            (f"How much may a hotel in {places[at]} cost at most?", (hotels[at],), "cell"),
            ("Which city has the highest hotel limit?", (max(rows, key=lambda row: int(row[1]))[0],), "most"),
            ("What is the highest hotel limit?", (max(hotels, key=int),), "most"),
        ]  # fmt: skip
    return made([[name] for name in names], rows, title="差旅标准" if chinese else "Travel limits"), choice.sample(asked, 4)


COUNTING: dict[str, Callable[[random.Random, bool], Made]] = {"budgets": budgets, "dates": dates, "limits": limits}
