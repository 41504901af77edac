"""Chinese tables of admissions made by rule, with many rows alike, and questions about them: most ask for what is there, some
for provinces, years or subjects that are not."""

from __future__ import annotations

import random
from collections.abc import Iterator

from service.tables.sheet import Sheet, made
from training.table_sets import TableCase

PROVINCES = (
    "云南 贵州 四川 湖南 湖北 河南 河北 山东 山西 陕西 江西 安徽 福建 广东 广西 甘肃 吉林 辽宁 黑龙江 内蒙古 新疆 宁夏 青海"
).split()
SCHOOLS = "江源大学 海州理工学院 北岭师范大学 南屏医科大学 东湖农业大学".split()
SUBJECTS = ("理科", "文科")
COLUMNS = ("最低分", "最高分", "平均分", "录取人数", "计划数")
FORMS = (
    "{year}年{province}{subject}的{column}是多少？", "{province}{year}年{subject}{column}是多少",
    "{subject}{column}，{province}，{year}年",
    "{school}{year}年在{province}{subject}的{column}是多少？", "请问{year}年{province}省{subject}{column}多少",
    "我想查{province}{subject}{year}年的{column}",
)  # fmt: skip
COUNTED = ("{year}年在{province}录取了多少名{subject}生？", "{school}{year}年在{province}{subject}招了多少人")


def admissions(tables: int, seed: int) -> list[TableCase]:
    """Cases whose kind is `cell`, `extreme`, `sum` or `absent`."""
    choice, cases = random.Random(seed), []
    for number in range(tables):
        school = choice.choice(SCHOOLS)
        provinces, years = choice.sample(PROVINCES, 8), sorted(choice.sample(range(2016, 2024), 3), reverse=True)
        rows = [
            [province, str(year), subject, *_scores(choice, subject)]
            for province in provinces for year in years for subject in SUBJECTS
        ]  # fmt: skip
        sheet = made([["省份"], ["年份"], ["科类"], *([name] for name in COLUMNS)], rows, title=f"{school}历年录取分数")
        asked = list(_questions(choice, school, rows, provinces, years))
        cases += [
            TableCase(f"{seed}-{number}-{at}", question, f"{seed}-{number}", sheet, answers, kind)
            for at, (question, answers, kind) in enumerate(asked)
        ]  # fmt: skip
    return cases


def _scores(choice: random.Random, subject: str) -> list[str]:
    lowest = choice.randint(470, 590) + (15 if subject == "文科" else 0)
    highest = lowest + choice.randint(10, 40)
    people = choice.randint(5, 90)
    average = f"{choice.uniform(lowest + 1, highest - 1):.1f}"
    return [str(lowest), str(highest), average, str(people), str(people + choice.randint(0, 4))]


def _questions(
    choice: random.Random, school: str, rows: list[list[str]], provinces: list[str], years: list[int]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for form in choice.sample(FORMS, 4):
        row, column = choice.choice(rows), choice.choice(range(len(COLUMNS)))
        names = {"school": school, "province": row[0], "year": row[1], "subject": row[2], "column": COLUMNS[column]}
        yield form.format(**names), (row[3 + column],), "cell"
    row = choice.choice(rows)
    yield choice.choice(COUNTED).format(school=school, province=row[0], year=row[1], subject=row[2]), (row[6],), "cell"
    year, subject = str(choice.choice(years)), choice.choice(SUBJECTS)
    some = [row for row in rows if row[1] == year and row[2] == subject]
    for word, pick in (("高", max), ("低", min)):
        best = pick(int(row[3]) for row in some)
        found = [row[0] for row in some if int(row[3]) == best]
        if len(found) == 1:
            yield f"{year}年{subject}最低分最{word}的省份是哪个？", (found[0],), "extreme"
    yield f"{year}年{subject}一共录取了多少人？", (str(sum(int(row[6]) for row in some)),), "sum"
    absent = choice.choice([name for name in PROVINCES if name not in provinces])
    yield f"{year}年{absent}{subject}的最低分是多少？", (), "absent"
    later = choice.choice([one for one in range(2010, 2026) if one not in years])
    yield f"{later}年{choice.choice(provinces)}{subject}的最低分是多少？", (), "absent"


def sheet_as_csv(sheet: Sheet) -> str:
    lines = [",".join(sheet.names), *(",".join(value.text for value in row) for row in sheet.values)]
    return "\n".join(lines) + "\n"
