"""Chinese tables of invented records with questions about them, to fit how questions are read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from service.tables.sheet import Sheet, made
from training.table_sets import TableCase

Row = list[str]
Asked = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True)
class Theme:
    """`kinds` are columns of few values; `numbers` columns with the words for more and for less of them, and their bounds."""

    title: str
    entity: str
    key: str
    names: Callable[[random.Random], str]
    kinds: dict[str, tuple[str, ...]]
    numbers: dict[str, tuple[str, str, float, float]]
    years: tuple[int, ...] = ()


SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红文建国"
PLACES = "青石 白沙 云岭 金川 东平 西湾 南浦 北塘 长桥 高岭 清河 临江 海宁 安阳 丰南 永康 武定 泰和 新会 昌黎 定远 靖江".split()
GOODS = "水泵 阀门 电机 轴承 传感器 控制器 变压器 滤芯 继电器 压缩机 打印机 显示器 键盘 路由器 摄像头".split()


def _person(choice: random.Random) -> str:
    return choice.choice(SURNAMES) + "".join(choice.sample(GIVEN, choice.choice((1, 2))))


def _place(end: str) -> Callable[[random.Random], str]:
    return lambda choice: choice.choice(PLACES) + end


def _model(choice: random.Random) -> str:
    return f"{choice.choice('ABCDHKMNPX')}{choice.choice('BDEGLST')}-{choice.randint(10, 990)}"


def _good(choice: random.Random) -> str:
    return choice.choice(PLACES) + choice.choice(GOODS)


# fmt: off
THEMES = (
    Theme("员工名册", "员工", "姓名", _person,
          {"部门": ("研发部", "市场部", "财务部", "生产部", "行政部"), "职务": ("工程师", "主管", "专员", "经理")},
          {"年龄": ("大", "小", 22, 60), "月薪": ("高", "低", 4000, 30000), "工龄": ("长", "短", 1, 30)}),
    Theme("产品目录", "产品", "型号", _model,
          {"类别": ("阀门", "水泵", "电机", "仪表"), "产地": ("苏州", "宁波", "佛山", "青岛")},
          {"单价（元）": ("高", "低", 20, 9000), "库存": ("多", "少", 0, 900), "重量（kg）": ("重", "轻", 1, 300)}),
    Theme("各县统计", "县", "县名", _place("县"),
          {"所属地区": ("东部", "西部", "中部")},
          {"人口（万人）": ("多", "少", 10, 150), "面积（平方公里）": ("大", "小", 300, 5000),
           "粮食产量（吨）": ("高", "低", 1000, 90000)}),
    Theme("分公司业绩", "分公司", "分公司", _place("分公司"),
          {"大区": ("华北", "华南", "西南", "东北")},
          {"销售额（万元）": ("高", "低", 100, 9000), "完成率": ("高", "低", 40, 130), "客户数": ("多", "少", 5, 400)}),
    Theme("各市工资", "市", "城市", _place("市"),
          {"类型": ("城镇", "农村"), "行业": ("制造业", "建筑业")},
          {"最低工资": ("高", "低", 1500, 3000), "最高工资": ("高", "低", 6000, 30000), "平均工资": ("高", "低", 3100, 5900)},
          (2019, 2020, 2021, 2022)),
    Theme("水库水情", "水库", "水库名称", _place("水库"),
          {"时段": ("汛期", "枯水期")},
          {"最低水位": ("高", "低", 100, 180), "最高水位": ("高", "低", 181, 260), "蓄水量": ("多", "少", 10, 900)},
          (2018, 2019, 2020)),
    Theme("设备台账", "设备", "设备名称", _good,
          {"状态": ("在用", "停用", "维修"), "车间": ("一车间", "二车间", "三车间")},
          {"购置价格": ("高", "低", 500, 90000), "使用年限": ("长", "短", 1, 20), "功率（kW）": ("大", "小", 1, 400)}),
)
YEARLY = (
    *(theme for theme in THEMES if theme.years),
    Theme("各校期末成绩", "学校", "学校", _place("中学"),
          {"科目": ("语文", "数学", "英语"), "学段": ("初中", "高中")},
          {"最低成绩": ("高", "低", 20, 55), "最高成绩": ("高", "低", 90, 120), "平均成绩": ("高", "低", 60, 85),
           "参考人数": ("多", "少", 80, 700)},
          (2020, 2021, 2022)),
    Theme("景区接待情况", "景区", "景区", _place("景区"),
          {"季节": ("旺季", "淡季")},
          {"游客人数": ("多", "少", 900, 80000), "门票收入（万元）": ("高", "低", 20, 4000), "平均票价": ("高", "低", 20, 200)},
          (2021, 2022, 2023, 2024)),
    Theme("岗位招聘计划", "单位", "单位", _place("医院"),
          {"岗位": ("医生", "护士", "药师")},
          {"计划人数": ("多", "少", 10, 60), "报名人数": ("多", "少", 61, 900), "最低分数": ("高", "低", 50, 70),
           "最高分数": ("高", "低", 71, 98)},
          (2022, 2023, 2024)),
    Theme("部门预算", "部门", "部门", _place("办事处"),
          {"类别": ("人员经费", "公用经费")},
          {"预算数（万元）": ("多", "少", 100, 900), "执行数（万元）": ("多", "少", 50, 899), "执行率": ("高", "低", 40, 100)},
          (2020, 2021, 2022, 2023)),
)
# fmt: on


def chinese(count: int, seed: int, themes: Sequence[Theme] = THEMES) -> list[TableCase]:
    """So many tables, with about a dozen questions each."""
    choice, cases = random.Random(seed), []
    for number in range(count):
        theme = choice.choice(themes)
        sheet, rows = table_of(theme, choice)
        for at, (question, answers, kind) in enumerate(questions(theme, rows, choice)):
            cases.append(TableCase(f"zh-{seed}-{number}-{at}", question, f"zh-{seed}-{number}", sheet, answers, kind))
    return cases


def table_of(theme: Theme, choice: random.Random) -> tuple[Sheet, list[dict[str, str]]]:
    names = list(dict.fromkeys(theme.names(choice) for _ in range(choice.randint(8, 30))))
    rows: list[dict[str, str]] = []
    for name in names[:12] if theme.years else names:
        repeats = [(year, kind) for year in theme.years for kind in next(iter(theme.kinds.values()))] or [(0, "")]
        for year, kind in repeats:
            row = {theme.key: name} | ({"年份": str(year)} if year else {})
            row |= {column: choice.choice(values) for column, values in theme.kinds.items()}
            if kind:
                row[next(iter(theme.kinds))] = kind
            for column, (_, _, low, high) in theme.numbers.items():
                value = choice.uniform(low, high)
                row[column] = f"{value:.1f}%" if column.endswith("率") else str(round(value))
            rows.append(row)
    columns = [[column] for column in rows[0]]
    return made(columns, [list(row.values()) for row in rows], title=theme.title), rows


def short(column: str) -> str:
    return column.split("（")[0]


def questions(theme: Theme, rows: Sequence[dict[str, str]], choice: random.Random) -> Iterator[Asked]:
    entity, key = theme.entity, theme.key
    for _ in range(4):
        row, column = choice.choice(rows), choice.choice(list(theme.numbers))
        kind = next(iter(theme.kinds))
        who = f"{row['年份']}年{row[key]}{row[kind]}" if theme.years else row[key]
        if theme.years and choice.random() < 0.5:
            who = f"{row[key]}{row['年份']}年{row[kind]}"
        if theme.years and choice.random() < 0.3:
            parts = [row[key], f"{row['年份']}年", row[kind]]
            who = choice.choice(("", "，")).join(choice.sample(parts, 3))
        ask = choice.choice(("{}的{}是多少？", "{}{}多少", "请问{}的{}是多少", "查一下{}的{}", "{}{}是多少？"))
        yield ask.format(who, short(column)), (row[column],), "cell"
    if theme.years:
        yield from _of_year(theme, rows, choice)
        return
    row = choice.choice(rows)
    kind = choice.choice(list(theme.kinds))
    yield (
        choice.choice((f"{row[key]}属于哪个{kind}？", f"{row[key]}的{kind}是什么？", f"{row[key]}是哪个{kind}的？")),
        (row[kind],),
        "cell",
    )
    yield from _extremes(theme, rows, choice)
    value = row[kind]
    of_kind = [one for one in rows if one[kind] == value]
    yield (
        choice.choice((f"{value}有多少个{entity}？", f"{kind}为{value}的{entity}有几个？", f"一共有多少个{value}的{entity}")),
        (str(len(of_kind)),),
        "count",
    )
    if len(of_kind) <= 6:
        yield (
            choice.choice((f"{kind}是{value}的{entity}有哪些？", f"列出{value}的{entity}")),
            tuple(one[key] for one in of_kind),
            "list",
        )
    yield from _computed(theme, rows, of_kind, value, choice)
    yield from _compared(theme, rows, choice)


def _of_year(theme: Theme, rows: Sequence[dict[str, str]], choice: random.Random) -> Iterator[Asked]:
    """Among the rows of one year and kind: the most, the sum, the mean."""
    kind = next(iter(theme.kinds))
    for _ in range(3):
        row, column = choice.choice(rows), choice.choice(list(theme.numbers))
        year, value, name = row["年份"], row[kind], short(column)
        some = [one for one in rows if one["年份"] == year and one[kind] == value]
        for word, pick in zip(theme.numbers[column][:2], (max, min), strict=True):
            best = pick(number(one[column]) for one in some)
            found = [one[theme.key] for one in some if number(one[column]) == best]
            if len(found) == 1:
                form = choice.choice(("{}年{}{}最{}的{}是哪个？", "{0}年{1}里哪个{4}的{2}最{3}？", "{}年{}，{}最{}的是哪个{}"))
                yield form.format(year, value, name, word, theme.entity), (found[0],), "most"
        total = sum(number(one[column]) for one in some)
        yield choice.choice((f"{year}年{value}{name}合计多少？", f"{year}年{value}的{name}一共是多少")), (str(total),), "sum"
        yield f"{year}年{value}的平均{name}是多少？", (str(total / len(some)),), "mean"


def _extremes(theme: Theme, rows: Sequence[dict[str, str]], choice: random.Random) -> Iterator[Asked]:
    column = choice.choice(list(theme.numbers))
    more, less = theme.numbers[column][:2]
    for word, pick in ((more, max), (less, min)):
        wanted = pick(number(row[column]) for row in rows)
        best = [row for row in rows if number(row[column]) == wanted]
        if len(best) == 1:
            yield (
                choice.choice(
                    (
                        f"哪个{theme.entity}的{short(column)}最{word}？",
                        f"{short(column)}最{word}的{theme.entity}是哪个？",
                        f"谁的{short(column)}最{word}",
                    )
                ),
                (best[0][theme.key],),
                "most",
            )
        yield f"{short(column)}最{word}是多少？", (best[0][column],), "maximum"
    kind = choice.choice(list(theme.kinds))
    value = choice.choice(theme.kinds[kind])
    some = [row for row in rows if row[kind] == value]
    if len(some) > 1:
        best_of = max(number(row[column]) for row in some)
        named = [row[theme.key] for row in some if number(row[column]) == best_of]
        if len(named) == 1:
            yield (
                choice.choice(
                    (f"{value}中{short(column)}最{more}的{theme.entity}是谁？", f"{value}里{short(column)}最{more}的是哪个")
                ),
                (named[0],),
                "most",
            )


def _computed(
    theme: Theme, rows: Sequence[dict[str, str]], of_kind: Sequence[dict[str, str]], value: str, choice: random.Random
) -> Iterator[Asked]:
    column = choice.choice([one for one in theme.numbers if not one.endswith("率")])
    name = short(column)
    total = sum(number(row[column]) for row in rows)
    yield (
        choice.choice((f"所有{theme.entity}的{name}合计是多少？", f"{name}一共是多少？", f"全部{theme.entity}{name}总和")),
        (str(total),),
        "sum",
    )
    yield choice.choice((f"{theme.entity}的平均{name}是多少？", f"平均{name}是多少")), (str(total / len(rows)),), "mean"
    if len(of_kind) > 1:
        part = sum(number(row[column]) for row in of_kind)
        yield f"{value}的{name}合计是多少？", (str(part),), "sum"
        yield f"{value}的平均{name}是多少？", (str(part / len(of_kind)),), "mean"


def _compared(theme: Theme, rows: Sequence[dict[str, str]], choice: random.Random) -> Iterator[Asked]:
    column = choice.choice(list(theme.numbers))
    name, more = short(column), theme.numbers[column][0]
    one, other = choice.sample(list(rows), 2)
    a, b = number(one[column]), number(other[column])
    if a == b:
        return
    if a < b:
        one, other, a, b = other, one, b, a
    first, second = one[theme.key], other[theme.key]
    yield (
        choice.choice((f"{first}比{second}的{name}{more}多少？", f"{first}和{second}的{name}相差多少？")),
        (str(a - b),),
        "difference",
    )
    yield f"{second}和{first}哪个{name}更{more}？", (first,), "compare"
    values = sorted(number(row[column]) for row in rows)
    bound = round((values[len(values) // 2] + values[len(values) // 2 - 1]) / 2) + 0.5
    over = [row for row in rows if number(row[column]) > bound]
    yield (
        choice.choice((f"{name}超过{bound:g}的{theme.entity}有多少个？", f"{name}高于{bound:g}的有几个")),
        (str(len(over)),),
        "count",
    )
    if 0 < len(over) <= 6:
        yield f"哪些{theme.entity}的{name}超过{bound:g}？", tuple(row[theme.key] for row in over), "list"


def number(text: str) -> float:
    return float(text.rstrip("%"))
