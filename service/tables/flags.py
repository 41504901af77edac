"""Columns of yes and no (`Projector: yes`, `是否包邮：是`): the rows that have the thing, and those that have it not."""

from __future__ import annotations

from collections.abc import Sequence

from service.tables.values import Value, is_nothing, plain

YES = frozenset({"yes", "y", "true", "x", "✓", "✔", "√", "☑", "是", "有", "可", "支持"})
NO = frozenset({"no", "n", "false", "✗", "✘", "×", "☐", "否", "无", "没有", "不可", "不支持"})


def flag(value: Value) -> bool | None:
    """Whether a cell says yes; None where it says something else."""
    text = value.text.strip().lower()
    if text in YES or plain(text) in YES:
        return True
    return False if text in NO or is_nothing(text) else None


def flags(values: Sequence[Value]) -> tuple[bool, ...] | None:
    """What each cell of a column says; None where it is no column of yes and no."""
    found = [flag(value) for value in values]
    if any(one is None for one in found) or len(set(found)) < 2:
        return None
    return tuple(bool(one) for one in found)
