"""Tables as they stand in people's office files, asked through the whole service without a generator.

    python -m benchmarks.office_tables [--set looked|unseen] [--keep FOLDER]

Makes workbooks, documents, csv and Markdown with titles, notes, merged names of columns, totals, units, dates, blank rows, two
tables in a sheet, stretches of numbers and price breaks, and asks the questions of `office_tables.jsonl` in both languages. An
answer is right if it has the value, wrong if it says anything else; `left` if nothing is composed, so that the generator
would be asked. Questions without an answer ask for what no file has. `looked` are those that rules were mended after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import docx
import openpyxl

from ingest.pipeline import Pipeline, make_plan
from service.events import Ask, Finished
from service.resources import AbsentGenerator, make_resources
from youju.embedding.factory import make_embedder
from youju.errors import GeneratorUnavailable, ModelUnavailable
from youju.evaluation.metrics import complete, holds
from youju.index.sqlite.store import Store
from youju.settings import Settings

QUESTIONS = Path(__file__).with_suffix(".jsonl")
Rows = Sequence[Sequence[object]]

WORKBOOKS: dict[str, dict[str, tuple[Rows, Sequence[str]]]] = {
    "Northgate price list 2026.xlsx": {
        "Prices": ((
            ("Northgate Supplies – price list 2026", None, None, None, None, None),
            ("All prices in EUR per piece, without VAT", None, None, None, None, None),
            (),
            ("Item", "Article no.", "Price per piece", None, None, "Delivery (days)"),
            (None, None, "1-9 pieces", "10-49 pieces", "50+ pieces", None),
            ("Desk lamp Luma", "NG-104", 39.5, 36, 32.9, 3),
            ("Swivel chair Arco", "NG-210", 189, 175, 159, 10),
            ("Filing cabinet Tor", "NG-233", 248, 231, 210, 14),
            ("Whiteboard 120x90", "NG-310", 74.9, 69, 62, 5),
            ("Shredder Mica", "NG-402", 129, 119, 109, 4),
        ), ("A1:F1", "C4:E4")),
        "Freight": ((
            ("Weight", "Germany (€)", "EU (€)", "Outside EU (€)"),
            ("up to 2 kg", 4.9, 12.5, 24), ("2-10 kg", 7.9, 19.9, 46), ("10-31 kg", 14.9, 34, 88), ("over 31 kg", 49, 95, 210),
        ), ()),
    },
    "Budget 2026 Harbour Club.xlsx": {
        "Budget": ((
            ("Harbour Club – budget 2026 (in thousands of euros)", None, None, None, None, None),
            (),
            ("Income", "Q1", "Q2", "Q3", "Q4", "Year"),
            ("Membership fees", 42, 40, 41, 44, 167), ("Berth rents", 18, 35, 52, 21, 126), ("Events", 3, 12, 19, 6, 40),
            ("Total income", 63, 87, 112, 71, 333),
            (), (),
            ("Expenses", "Q1", "Q2", "Q3", "Q4", "Year"),
            ("Salaries", 31, 31, 33, 31, 126), ("Repairs", 9, 22, 8, 14, 53), ("Insurance", 11, 0, 11, 0, 22),
            ("Events", 2, 9, 14, 5, 30), ("Total expenses", 53, 62, 66, 50, 231),
        ), ("A1:F1",)),
    },
    "库存盘点表2026-03.xlsx": {
        "盘点": ((
            ("青禾五金仓库盘点表", None, None, None, None, None, None),
            ("盘点日期：2026年3月31日    单位：件", None, None, None, None, None, None),
            ("仓库", "品名", "规格", "账面数量", "实盘数量", "单价（元）", "负责人"),
            ("一号仓", "六角螺栓", "M8×40", 5200, 5180, 0.45, "沈一鸣"),
            ("一号仓", "平垫圈", "M8", 9800, 9800, 0.08, "沈一鸣"),
            ("一号仓", "角磨机", "100mm", 36, 35, 168, "贺小舟"),
            ("二号仓", "冲击钻", "13mm", 24, 26, 239, "贺小舟"),
            ("二号仓", "切割片", "105mm", 1500, 1460, 3.2, "顾青"),
            ("二号仓", "防护手套", "L", 800, 800, 6.5, "顾青"),
            ("合计", None, None, 17360, 17301, None, None),
        ), ("A1:G1", "A2:G2", "A4:A6", "A7:A9")),
    },
}  # fmt: skip
DOCUMENTS: dict[str, Sequence[str | Rows]] = {
    "Staff handbook Meadow Clinic.docx": (
        "#Annual leave", "Paid leave depends on the years of service.",
        (("Years of service", "Days of leave", "Notice period (weeks)"), ("0-2 years", "22", "4"), ("3-5 years", "25", "6"),
         ("6-10 years", "27", "8"), ("10-20 years", "29", "12"), ("more than 20 years", "31", "16")),
        "#Travel", "Allowances are paid per day.",
        (("Destination", "Daily allowance (€)", "Hotel limit (€)"), ("Domestic", "28", "110"), ("France", "48", "160"),
         ("Switzerland", "64", "210"), ("Norway", "72", "190")),
    ),
    "项目进度 Projects.docx": (
        "#项目进度 Project status", "截至2026年5月的在建项目。",
        (("项目 Project", "负责人 Owner", "预算 Budget（万元）", "开始日期 Start", "截止日期 Due", "完成率 Progress"),
         ("星河 Galaxy", "罗敏 Luo Min", "320", "2025-09-01", "2026-08-31", "65%"),
         ("灯塔 Beacon", "Peter Hahn", "150", "2026-01-15", "2026-06-30", "80%"),
         ("绿洲 Oasis", "白露 Bai Lu", "480", "2025-11-10", "2026-12-20", "40%"),
         ("北斗 Compass", "罗敏 Luo Min", "95", "2026-03-01", "2026-07-15", "30%")),
    ),
}  # fmt: skip
TEXTS = {
    "vehicles.csv": """Plate,Model,Driver,Mileage (km),Next inspection,Fuel
HK-210,Caddy,Irene Foss,84200,2026-09-14,Diesel
HK-233,Kangoo E,Omar Reyes,31850,2027-02-01,Electric
HK-247,Transit,Irene Foss,142300,2026-06-30,Diesel
HK-251,e-Vito,Lena Brandt,20400,2028-01-20,Electric
HK-260,Sprinter,Paul Otieno,98700,2026-11-05,Diesel
""",
    "员工通讯录.csv": """姓名,部门,职务,分机,入职日期
郑晓彤,财务部,会计,8021,2019-04-08
何立,财务部,出纳,8022,2022-07-18
苏婉,市场部,经理,8101,2016-03-01
邓凯,市场部,专员,8103,2024-09-02
马骏,技术部,工程师,8210,2020-10-12
秦岚,技术部,工程师,8211,2021-05-06
""",
    "rooms.md": """# Rooms for hire

Prices include heating. Cancel at least two weeks before.

| Room | Seats | Half day (€) | Full day (€) | Projector |
|------|-------|--------------|--------------|-----------|
| Willow | 12 | 60 | 95 | no |
| Chestnut | 30 | 110 | 180 | yes |
| Great Hall | 150 | 420 | 700 | yes |
| Attic | 8 | 45 | 70 | no |
""",
    "快递资费.md": """# 同城快递资费

以下价格含税，单位：元。

| 重量 | 市内 | 省内 | 省外 |
|------|------|------|------|
| 1kg以内 | 8 | 10 | 14 |
| 1-3kg | 12 | 15 | 22 |
| 3-5kg | 16 | 21 | 34 |
| 5-10kg | 25 | 36 | 60 |

周末派送另加5元。
""",
    "minutes 2026-05-12.md": """# Minutes of the building committee, 12 May 2026

Present: Ada Lund, Tom Reyes, Mira Sato.

## Actions

| No. | Action | Owner | Due | Status |
|-----|--------|-------|-----|--------|
| 1 | Get three offers for the roof | Ada Lund | 2026-05-29 | open |
| 2 | Renew the fire insurance | Tom Reyes | 2026-06-15 | done |
| 3 | Paint the stairwell | Mira Sato | 2026-07-01 | open |
| 4 | Check the lift contract | Tom Reyes | 2026-06-01 | open |
""",
}


def make(folder: Path) -> None:
    for name, sheets in WORKBOOKS.items():
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, (rows, merged) in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            for area in merged:
                sheet.merge_cells(area)
        book.save(folder / name)
    for name, parts in DOCUMENTS.items():
        document = docx.Document()
        for part in parts:
            if isinstance(part, str):
                document.add_heading(part[1:]) if part[0] == "#" else document.add_paragraph(part)
                continue
            table = document.add_table(len(part), len(part[0]), style="Table Grid")
            for at, row in enumerate(part):
                for column, text in enumerate(row):
                    table.cell(at, column).text = str(text)
        document.save(str(folder / name))
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")


async def outcomes(settings: Settings, chosen: str) -> Counter[str]:
    resources = make_resources(settings, generator=AbsentGenerator(ModelUnavailable("not asked for", "")))
    counts: Counter[str] = Counter()
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        if asked["set"] != chosen:
            continue
        told, said = "", False
        try:
            async for event in resources.answerer.stream(Ask(asked["question"])):
                if isinstance(event, Finished):
                    told, said = event.answer.answer, event.answer.verdict != "abstained"
        except GeneratorUnavailable:
            told = "(asks the generator)"
        right = complete(told, asked["answers"]) == 1 and not holds(told, asked.get("without", []))
        outcome = "left" if not said else "right" if right else "wrong"
        outcome = "none, rightly" if outcome == "left" and not asked["answers"] else outcome
        counts[outcome] += 1
        print(f"{outcome:14} {asked['question']}  =>  {told[:150]!r}", flush=True)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="looked")
    parser.add_argument("--keep", type=Path, help="where documents and index are kept")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = told.keep or Path(temporary)
        (place / "documents").mkdir(parents=True, exist_ok=True)
        make(place / "documents")
        settings = Settings(data_dir=place / "data")
        embedder, store = make_embedder(settings), Store(settings.database)
        Pipeline(settings, store, lambda: embedder).run(make_plan([place / "documents"], settings, store))
        print(dict(asyncio.run(outcomes(settings, told.set))))


if __name__ == "__main__":
    main()
