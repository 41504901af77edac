"""Tables of offices with questions about them, in both languages, to fit how questions are read: tariffs by stretches of
numbers, price breaks, columns of yes and no, totals, names in two scripts, quarters."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.tables.sheet import Sheet, made
from training.table_sets import TableCase

Asked = tuple[str, tuple[str, ...], str]
Made = tuple[Sheet, list[Asked]]


@dataclass(frozen=True)
class Tariff:
    """`steps` are the ends of stretches; `forms` ask with a number within one of them and a column."""

    title: str
    key: str
    unit: str
    steps: tuple[int, ...]
    columns: tuple[str, ...]
    forms: tuple[str, ...]
    open_end: str = "over {}"


# fmt: off
TARIFFS = (
    Tariff("Car park fees", "Parking time", " hours", (1, 3, 6, 12, 24), ("Car (€)", "Motorbike (€)", "Van (€)"),
           ("What does a {c} pay for {n} hours?", "How much is {n} hours of parking for a {c}?",
            "{c} parked {n} hours, what fee?")),
    Tariff("Tickets by age", "Age", " years", (5, 12, 17, 64), ("Pool (€)", "Sauna (€)", "Gym (€)"),
           ("What does the {c} cost for a child of {n} years?", "How much is a {c} ticket at the age of {n}?",
            "I am {n} years old, what do I pay for the {c}?"), "{} and over"),
    Tariff("Moving rates", "Distance", " km", (10, 50, 200, 500), ("Small van (€)", "Lorry (€)", "Trailer (€)"),
           ("What is the {c} rate for {n} km?", "How much does a move of {n} km cost with the {c}?", "{c} price at {n} km"),
           "more than {}"),
    Tariff("Pension table", "Years insured", " years", (5, 10, 20, 30),
           ("Basic rate (%)", "Supplement (€)", "Waiting time (days)"),
           ("What is the {c} after {n} years?", "How high is the {c} for someone with {n} years?",
            "Which {c} applies to an employee insured for {n} years?"), "more than {}"),
    Tariff("停车收费标准", "停车时长", "小时", (1, 3, 6, 12), ("小型车（元）", "大型车（元）", "摩托车（元）"),
           ("{c}停{n}小时要多少钱？", "停车{n}小时，{c}收费多少", "{c}停放{n}小时的费用是多少？"), "{}以上"),
    Tariff("门票价格", "年龄", "岁", (6, 14, 18, 60), ("平日票", "周末票", "年卡"),
           ("{n}岁的人{c}多少钱？", "我今年{n}岁，{c}是多少", "{n}岁买{c}要多少钱"), "{}以上"),
    Tariff("用水阶梯价", "月用水量", "吨", (10, 20, 30, 50), ("水价（元/吨）", "污水处理费（元/吨）", "附加费（元）"),
           ("每月用水{n}吨，{c}是多少？", "用{n}吨水的{c}是多少", "{c}在用水{n}吨时是多少"), "{}以上"),
    Tariff("工龄津贴", "工龄", "年", (3, 5, 10, 20), ("津贴（元/月）", "体检次数", "休假天数"),
           ("工龄{n}年的{c}是多少？", "工作{n}年的员工{c}是多少", "干了{n}年，{c}多少"), "{}以上"),
)
GOODS_EN = (
    "Garden hose|Wall clock|Paper tray|Office table|Coffee mug|Bed sheet|Water filter|Tool box|Bike helmet|Floor mat".split("|")
)
GOODS_ZH = "文件夹 保温杯 台历 雨伞 背包 毛毯 签字笔 计算器 收纳箱 电风扇".split()
PEOPLE_EN = "Ada Brook|Ben Castro|Carla Dunn|David Ek|Elin Ford|Farid Gul".split("|")
PEOPLE_ZH = "周涛 吴倩 郑义 王朔 冯玲 陈默".split()
# fmt: on


def office(count: int, seed: int, kinds: Mapping[str, Callable[[random.Random, bool], Made]] | None = None) -> list[TableCase]:
    """So many tables of each kind, in turn English and Chinese."""
    choice, cases = random.Random(seed), []
    for number in range(count):
        for kind, make in (kinds or KINDS).items():
            sheet, asked = make(choice, number % 2 == 1)
            name = f"office-{seed}-{number}-{kind}"
            cases += [TableCase(f"{name}-{at}", one[0], name, sheet, one[1], one[2]) for at, one in enumerate(asked)]
    return cases


def _tariff(choice: random.Random, chinese: bool) -> Made:
    one = choice.choice([some for some in TARIFFS if (some.key[0] > "\u2e80") == chinese])
    least = choice.choice((f"0-{one.steps[0]}", f"up to {one.steps[0]}" if not chinese else f"{one.steps[0]}"))
    behind = "" if not chinese or least.startswith("0") else "以内"
    names = [f"{least}{one.unit}{behind}"]
    names += [f"{low}{choice.choice(('-', '–', ' to ' if not chinese else '至'))}{high}{one.unit}"
              for low, high in zip(one.steps, one.steps[1:], strict=False)]  # fmt: skip
    names.append(one.open_end.format(f"{one.steps[-1]}{one.unit}"))
    rows = [[name, *(str(choice.randint(2, 90)) for _ in one.columns)] for name in names]
    asked: list[Asked] = []
    for _ in range(4):
        at, column = choice.randrange(len(names)), choice.randrange(len(one.columns))
        low = one.steps[at - 1] + 1 if at else 1
        high = one.steps[at] if at < len(one.steps) else one.steps[-1] * 2
        inside = choice.randint(low, max(low, high - (at < len(one.steps) and high > low)))
        short = one.columns[column].split(" (")[0].split("（")[0]
        form = choice.choice(one.forms).format(n=inside, c=short if chinese else short.lower())
        asked.append((form, (rows[at][1 + column],), "stretch"))
    return made([[one.key], *([name] for name in one.columns)], rows, title=one.title), asked


def _breaks(choice: random.Random, chinese: bool) -> Made:
    goods = choice.sample(GOODS_ZH if chinese else GOODS_EN, 6)
    first, second = choice.choice(((9, 49), (4, 19), (24, 99)))
    unit = "件" if chinese else choice.choice((" pieces", " pcs", ""))
    over = "单价（元）" if chinese else choice.choice(("Price per piece (€)", "Unit price", "Price each"))
    columns = [["品名" if chinese else "Product"], [over, f"1-{first}{unit}"], [over, f"{first + 1}-{second}{unit}"],
               [over, f"{second + 1}件以上" if chinese else f"{second + 1}+{unit}"]]  # fmt: skip
    rows = []
    for name in goods:
        price = choice.randint(20, 300)
        rows.append([name, str(price), str(price - choice.randint(1, 5)), str(price - choice.randint(6, 12))])
    asked: list[Asked] = []
    for _ in range(5):
        row, at = choice.choice(rows), choice.randrange(3)
        low, high = ((2, first), (first + 1, second), (second + 1, 2 * second))[at]
        count = choice.randint(low, high)
        if choice.random() < 0.4:
            form = choice.choice(
                ("买{n}件时{p}的单价是多少？", "{p}订{n}件，每件单价多少") if chinese else
                ("What is the unit price of the {p} for {n} pieces?", "How much is one {p} per piece if we order {n}?",
                 "{p}: price per piece at {n} pieces?"))  # fmt: skip
            asked.append((form.format(n=count, p=row[0].lower()), (row[1 + at],), "break"))
        else:
            asked.append((_costs(choice, chinese, count, row[0]), (str(float(count * int(row[1 + at]))),), "times"))
    return made(columns, rows, title="报价单" if chinese else "Price list"), asked


def _costs(choice: random.Random, chinese: bool, count: int, name: str) -> str:
    forms = (
        ("买{n}个{p}一共多少钱？", "{n}件{p}总价是多少", "订购{n}个{p}要花多少钱？", "{p}买{n}个多少钱") if chinese else
        ("How much do {n} {p}s cost?", "What would we pay for {n} {p}s?", "What is the total price of {n} {p}s?",
         "{n} pieces of the {p}, how much altogether?", "How much is it to buy {n} {p}s?")
    )  # fmt: skip
    return choice.choice(forms).format(n=count, p=name.lower())


def _prices(choice: random.Random, chinese: bool) -> Made:
    goods = choice.sample(GOODS_ZH if chinese else GOODS_EN, 7)
    names = ["商品", "单价（元）", "库存", "是否包邮"] if chinese else ["Article", "Price (€)", "In stock", "Washable"]
    yes, no = ("是", "否") if chinese else choice.choice((("yes", "no"), ("Yes", "No"), ("x", "")))
    rows = [[name, str(choice.randint(5, 400)), str(choice.randint(1, 90)), choice.choice((yes, no))] for name in goods]
    rows[0][3], rows[1][3] = yes, no
    row, count = choice.choice(rows), choice.randint(2, 40)
    asked: list[Asked] = [(_costs(choice, chinese, count, row[0]), (str(float(count * int(row[1]))),), "times")]
    one = (f"{row[0]}多少钱？", f"一个{row[0]}的单价是多少") if chinese else (f"How much is the {row[0].lower()}?",
           f"What does one {row[0].lower()} cost?")  # fmt: skip
    asked.append((choice.choice(one), (row[1],), "cell"))
    with_it, without = ([some[0] for some in rows if some[3] == value] for value in (yes, no))
    ask_with = (
        ("哪些商品包邮？", "包邮的商品有哪些") if chinese else ("Which articles are washable?", "List all washable articles.")
    )
    ask_without = ("哪些商品不包邮？", "没有包邮的商品有哪些") if chinese else ("Which articles are not washable?",
                   "List the articles that are not washable.")  # fmt: skip
    asked += [(choice.choice(ask_with), tuple(with_it), "flag"), (choice.choice(ask_without), tuple(without), "flag")]
    asked.append(("有几种商品包邮？" if chinese else "How many articles are washable?", (str(len(with_it)),), "flag"))
    whole = str(sum(int(some[2]) for some in rows))
    asked.append(("库存合计多少？" if chinese else "How many are in stock in total?", (whole,), "sum"))
    rows.append(["合计" if chinese else "Total", "", whole, ""])
    return made([[name] for name in names], rows, title="商品清单" if chinese else "Articles"), asked


def _quarters(choice: random.Random, chinese: bool) -> Made:
    items = (("办公费", "差旅费", "培训费", "水电费", "广告费") if chinese
             else ("Travel", "Training", "Advertising", "Electricity", "Office rent"))  # fmt: skip
    parts = (
        choice.choice((["第一季度", "第二季度", "第三季度", "第四季度"], ["Q1", "Q2", "Q3", "Q4"]))
        if chinese
        else ["Q1", "Q2", "Q3", "Q4"]
    )
    whole = choice.choice(("全年", "合计")) if chinese else choice.choice(("Year", "Total", "Full year"))
    rows = []
    for item in items:
        values = choice.sample(range(5, 90), 4)
        rows.append([item, *map(str, values), str(sum(values))])
    asked: list[Asked] = []
    for _ in range(3):
        row, at = choice.choice(rows), choice.randrange(4)
        told = choice.choice((parts[at], "第" + "一二三四"[at] + "季度")) if chinese else choice.choice(
            (parts[at], "the " + ("first", "second", "third", "fourth")[at] + " quarter"))  # fmt: skip
        form = (
            "{q}的{i}是多少？"
            if chinese
            else choice.choice(("What was spent on {i} in {q}?", "How much {i} did we have in {q}?"))
        )
        asked.append((form.format(q=told, i=row[0] if chinese else row[0].lower()), (row[1 + at],), "cell"))
    row = choice.choice(rows)
    numbers = [int(text) for text in row[1:5]]
    name = row[0] if chinese else row[0].lower()
    for word, pick in zip(("高", "低") if chinese else ("highest", "lowest"), (max, min), strict=True):
        asked.append((f"{name}最{word}的是哪个季度？" if chinese else f"In which quarter was {name} {word}?",
                      (parts[numbers.index(pick(numbers))],), "along"))  # fmt: skip
    asked.append((f"{name}全年一共多少？" if chinese else f"How much is {name} over the whole year?", (row[5],), "cell"))
    columns = [["项目" if chinese else "Item"], *([part] for part in parts), [whole]]
    sums = [str(sum(int(some[at]) for some in rows)) for at in range(1, 6)]
    rows.append(["合计" if chinese else choice.choice(("Total", "Total costs")), *sums])
    return made(columns, rows, title="费用预算（千元）" if chinese else "Costs (in thousands)"), asked


def _tasks(choice: random.Random, chinese: bool) -> Made:
    """Things with a person, a kind, a number and a day; names of columns in one script or in two."""
    both = choice.random() < 0.5
    people = choice.sample(PEOPLE_ZH if chinese else PEOPLE_EN, 3)
    kinds = ("进行中", "已完成", "暂停") if chinese else ("running", "closed", "paused")
    names = ["合同 Contract", "经办人 Manager", "状态 State", "金额 Amount（万元）", "签订日期 Signed"] if both else (
        ["合同", "经办人", "状态", "金额（万元）", "签订日期"] if chinese
        else ["Contract", "Manager", "State", "Amount (€)", "Signed"]
    )  # fmt: skip
    things = choice.sample(GOODS_ZH if chinese else GOODS_EN, 8)
    rows = [
        [f"{thing}{'合同' if chinese else ' contract'}", choice.choice(people), choice.choice(kinds), str(amount),
         f"20{choice.randint(21, 26)}-{choice.randint(1, 12):02}-{choice.randint(1, 28):02}"]
        for thing, amount in zip(things, choice.sample(range(20, 900), 8), strict=True)
    ]  # fmt: skip
    row = choice.choice(rows)
    mine = [some for some in rows if some[1] == row[1]]
    like = [some for some in rows if some[2] == row[2]]
    most, least = (pick(rows, key=lambda some: int(some[3])) for pick in (max, min))
    asked: list[Asked]
    if chinese:
        asked = [
            (choice.choice((f"{row[0]}的金额是多少？", f"{row[0]}多少金额")), (row[3],), "cell"),
            (f"{row[0]}由谁经办？", (row[1],), "cell"), (f"{row[0]}是哪天签订的？", (row[4],), "cell"),
            (f"{row[1]}经办了哪些合同？", tuple(some[0] for some in mine), "list"),
            (f"{row[1]}经办的合同有几份？", (str(len(mine)),), "count"),
            (f"{row[2]}的合同有哪些？", tuple(some[0] for some in like), "list"),
            ("金额最大的合同是哪份？", (most[0],), "most"), ("哪份合同金额最小？", (least[0],), "least"),
            (f"{row[1]}经办的合同金额一共多少？", (str(sum(int(some[3]) for some in mine)),), "sum"),
            ("最早签订的合同是哪份？", (min(rows, key=lambda some: some[4])[0],), "least"),
            ("合同金额总和是多少？", (str(sum(int(some[3]) for some in rows)),), "sum"),
        ]  # fmt: skip
    else:
        thing = row[0].lower()
        asked = [
            (f"What is the amount of the {thing}?", (row[3],), "cell"), (f"Who manages the {thing}?", (row[1],), "cell"),
            (f"When was the {thing} signed?", (row[4],), "cell"),
            (f"Which contracts does {row[1]} manage?", tuple(some[0] for some in mine), "list"),
            (f"How many contracts are managed by {row[1]}?", (str(len(mine)),), "count"),
            (f"Which contracts are {row[2]}?", tuple(some[0] for some in like), "list"),
            ("Which contract has the highest amount?", (most[0],), "most"),
            ("What is the smallest contract?", (least[0],), "least"),
            (f"What is the total amount of the contracts of {row[1]}?", (str(sum(int(some[3]) for some in mine)),), "sum"),
            ("Which contract was signed first?", (min(rows, key=lambda some: some[4])[0],), "least"),
            ("What is the sum of all contract amounts?", (str(sum(int(some[3]) for some in rows)),), "sum"),
        ]  # fmt: skip
    sheet_rows = list(rows)
    if choice.random() < 0.4:
        sheet_rows.append(["合计" if chinese else "Total", "", "", str(sum(int(some[3]) for some in rows)), ""])
    return made([[name] for name in names], sheet_rows, title="合同台账" if chinese else "Contracts"), choice.sample(asked, 7)


KINDS: dict[str, Callable[[random.Random, bool], Made]] = {
    "tariff": _tariff, "breaks": _breaks, "prices": _prices, "quarters": _quarters, "tasks": _tasks,
}  # fmt: skip
