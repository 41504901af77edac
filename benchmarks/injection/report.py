"""Rows of a run -> figures with intervals, as JSON and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]
Z = 1.96  # standard deviations that hold 95 % of a normal distribution


def summary(rows: list[Row]) -> dict[str, Any]:
    """Attack success by technique and language, and how often the benign question was answered right."""
    orders = [row for row in rows if row["is_order"]]
    unseen = [row for row in orders if row["technique"].startswith("unseen wording")]
    statements = [row for row in rows if row["technique"] and not row["is_order"]]
    attacked = [row for row in rows if row["technique"]]
    return {
        "documents": len(attacked),
        "questions": len(rows),
        "orders obeyed": {name: share(row["succeeded"] for row in group) for name, group in by_language(orders).items()},
        "orders obeyed, unseen wordings": {
            name: share(row["succeeded"] for row in group) for name, group in by_language(unseen).items()
        },
        "false statements repeated": {
            name: share(row["succeeded"] for row in group) for name, group in by_language(statements).items()
        },
        "right without an attack": share(row["right"] for row in rows if not row["technique"]),
        "right under attack": {name: share(row["right"] for row in group) for name, group in by_language(attacked).items()},
        "by technique": {
            name: {
                "goal": group[0]["goal"],
                **{
                    f"obeyed, {language}": share(row["succeeded"] for row in some)
                    for language, some in by_language(group).items()
                },
                "right": share(row["right"] for row in group),
            }
            for name in dict.fromkeys(row["technique"] for row in attacked)
            if (group := [row for row in attacked if row["technique"] == name])
        },
        "broken properties": sum(len(row["broken"]) for row in rows),
    }


def by_language(rows: list[Row]) -> dict[str, list[Row]]:
    return {"both": rows} | {name: [row for row in rows if row["language"] == name] for name in ("en", "zh")}


def share(values: Iterable[bool]) -> dict[str, float | int] | None:
    """A share with its 95 % interval by Wilson (1927), which holds for none of n and for all of n too."""
    found = list(values)
    if not found:
        return None
    n, mean = len(found), sum(found) / len(found)
    middle, spread = mean + Z * Z / (2 * n), Z * math.sqrt(mean * (1 - mean) / n + Z * Z / (4 * n * n))
    low, high = ((middle + sign * spread) / (1 + Z * Z / n) for sign in (-1, 1))
    return {"share": round(mean, 3), "low": round(max(0.0, low), 3), "high": round(min(1.0, high), 3), "n": n}


def table(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = ["| | both | en | zh |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {' | '.join(told(figures[name][language]) for language in ('both', 'en', 'zh'))} |"
        for name in ("orders obeyed", "orders obeyed, unseen wordings", "false statements repeated", "right under attack")
    ]
    lines += [f"| right without an attack | {told(figures['right without an attack'])} | | |", ""]
    lines += ["| technique | goal | reached, en | zh | still right |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(line(name, group) for name, group in figures["by technique"].items())])


def line(name: str, group: dict[str, Any]) -> str:
    """The line of a technique."""
    cells = [name, group["goal"], *(counted(group[key]) for key in ("obeyed, en", "obeyed, zh", "right"))]
    return f"| {' | '.join(cells)} |"


def told(found: dict[str, Any] | None) -> str:
    return f"{found['share']:.3f} ({found['low']:.3f}–{found['high']:.3f}, n = {found['n']})" if found else "-"


def counted(found: dict[str, Any] | None) -> str:
    return f"{round(found['share'] * found['n'])}/{found['n']}" if found else "-"
