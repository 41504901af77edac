"""Charts and diagrams (SmartArt) of Office: a chart as the table of its values, a diagram as its texts."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import Grid, add_table

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
AXES = frozenset({f"{C}catAx", f"{C}dateAx", f"{C}serAx"})
FIRST_DAY = datetime.datetime(1899, 12, 30)
DAYS_OF_1904 = 1462  # by which the numbers of days are less where they count from 1904
LAST_DAY = 2_958_465
DAY = re.compile(r"[yd]", re.IGNORECASE)
QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
POINTS = frozenset({"node", "asst", "doc"})  # the others stand for arrows and places
DEPTH = 20  # of points below points


@dataclass(frozen=True, slots=True)
class Series:
    """A row of values: its name, and by place what they stand at, what they are, and their sizes in a bubble chart."""

    name: str
    places: dict[int, str]
    values: dict[int, str]
    sizes: dict[int, str]


def add_chart(root: Any, builder: TextBuilder) -> None:
    """Add a chart's title with the unit of its values, then these as a table: a row a category, a column a series."""
    axes = {axis.tag: _title(axis) for axis in root.iter(f"{C}catAx", f"{C}dateAx", f"{C}serAx", f"{C}valAx")}
    category = next((axes[tag] for tag in AXES if axes.get(tag)), "")
    title, unit = _title(root.find(f"{C}chart")), axes.get(f"{C}valAx", "")
    builder.block(f"{title} ({unit})" if title and unit else title or unit)
    series = [_series(node, number) for number, node in enumerate(root.iter(f"{C}ser"), start=1)] or _extended(root)
    groups: list[list[Series]] = []
    for one in series:
        if groups and groups[-1][0].places == one.places and not one.sizes:
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        _add_group(group, category, builder)


def _add_group(group: list[Series], category: str, builder: TextBuilder) -> None:
    columns = [(one.name, one.values) for one in group] + [(f"{one.name} (size)", one.sizes) for one in group if one.sizes]
    numbers = sorted({number for _, values in columns for number in values} | set(group[0].places))
    rows = [[group[0].places.get(number, ""), *(values.get(number, "") for _, values in columns)] for number in numbers]
    add_table(builder, Grid([[category, *(name for name, _ in columns)], *rows]), heads=1)


def _title(node: Any) -> str:
    title = node.find(f"{C}title") if node is not None else None
    if title is None:
        return ""
    paragraphs = ["".join(text.text or "" for text in paragraph.iter(f"{A}t")) for paragraph in title.iter(f"{A}p")]
    cached = [value.text or "" for value in title.iter(f"{C}v")]
    return " ".join(" ".join(paragraphs or cached).split())


def _series(node: Any, number: int) -> Series:
    name = node.find(f"{C}tx")
    places, values = (_first(node, *names) for names in (("cat", "xVal"), ("val", "yVal")))
    return Series(
        " ".join("".join(value.text or "" for value in name.iter(f"{C}v")).split()) if name is not None else f"{number}",
        _levels(places) if places is not None else {},
        _points(values) if values is not None else {},
        _points(sizes) if (sizes := node.find(f"{C}bubbleSize")) is not None else {},
    )


def _first(node: Any, *names: str) -> Any:
    return next((found for name in names if (found := node.find(C + name)) is not None), None)


def _levels(node: Any) -> dict[int, str]:
    """The categories; of several levels (2024, then quarters) each with those above it."""
    levels = [_points(level) for level in node.iter(f"{C}lvl")]
    if not levels:
        return _points(node)
    found = dict(levels[0])
    for level in levels[1:]:
        above = ""
        for number in sorted(found.keys() | level.keys()):
            above = level.get(number, above)
            if number in found:
                found[number] = f"{above} {found[number]}".strip()
    return found


def _points(node: Any) -> dict[int, str]:
    since = next((one.get("val", "1") for one in node.getroottree().getroot().iterchildren(f"{C}date1904")), "0")
    more = DAYS_OF_1904 if since in ("1", "true") else 0
    common = next((code.text or "" for code in node.iter(f"{C}formatCode")), "")
    found = {}
    for point in node.iter(f"{C}pt"):
        value, place = point.find(f"{C}v"), point.get("idx", "")
        if value is not None and place.isdecimal():
            is_number = point.getparent().tag in (f"{C}numCache", f"{C}numLit")
            text = value.text or ""
            found[int(place)] = _number(text, point.get("formatCode") or common, more) if is_number else " ".join(text.split())
    return found


def _number(text: str, code: str, more: int = 0) -> str:
    """A number as the chart shows it, as far as its format changes what it says: percent and days."""
    try:
        value = float(text)
    except ValueError:
        return text
    code = QUOTED.sub("", code)
    if "%" in code:
        return f"{value * 100:.12g}%"
    if DAY.search(code) and "general" not in code.lower() and 0 < value < LAST_DAY:
        when = FIRST_DAY + datetime.timedelta(days=value + more)
        return when.date().isoformat() if value == int(value) else when.isoformat(" ", "minutes")
    return f"{value:.15g}" if abs(value) < 1e15 else text


def _extended(root: Any) -> list[Series]:
    """The newer kinds of charts: waterfall, funnel, treemap."""
    names = [_plain(name) for name in root.iter(f"{CX}tx")]
    found = []
    for number, data in enumerate(root.iter(f"{CX}data")):
        words = [_extended_points(level) for level in data.iterfind(f"{CX}strDim/{CX}lvl")]
        values = next((_extended_points(level) for level in data.iterfind(f"{CX}numDim/{CX}lvl")), {})
        levels = {place: [level[place] for level in reversed(words) if place in level] for place in (words[0] if words else ())}
        places = {place: " ".join(texts) for place, texts in levels.items()}
        found.append(Series(names[number] if number < len(names) else str(number + 1), places, values, {}))
    return found


def _plain(name: Any) -> str:
    return " ".join("".join(value.text or "" for value in name.iter(f"{CX}v")).split())


def _extended_points(level: Any) -> dict[int, str]:
    code = level.get("formatCode", "")
    points = [(point.get("idx", ""), point.text or "") for point in level.iterchildren(f"{CX}pt")]
    return {int(place): _number(text, code) if code else " ".join(text.split()) for place, text in points if place.isdecimal()}


def add_diagram(root: Any, builder: TextBuilder) -> None:
    """Add the texts of a diagram's data as a list, what belongs to a point behind it."""
    points = {point.get("modelId"): point for point in root.iter(f"{D}pt") if point.get("type", "node") in POINTS}
    below: dict[str | None, list[tuple[int, str | None]]] = {}
    for link in root.iter(f"{D}cxn"):
        if link.get("type", "parOf") == "parOf":
            order = link.get("srcOrd", "0")
            below.setdefault(link.get("srcId"), []).append((int(order) if order.isdecimal() else 0, link.get("destId")))
    ordered: list[str | None] = []
    tops = [key for key, point in points.items() if point.get("type") == "doc"] or list(points)
    waiting = [(key, 0) for key in reversed(tops)]
    seen = set()
    while waiting:
        key, depth = waiting.pop()
        if key not in points or key in seen:
            continue
        seen.add(key)
        ordered.append(key)
        if depth < DEPTH:
            waiting += [(child, depth + 1) for _, child in sorted(below.get(key, ()), key=lambda link: link[0], reverse=True)]
    texts = [_text(points[key]) for key in [*ordered, *(key for key in points if key not in seen)]]
    lines = [f"- {text}" for text in texts if text]
    start, _ = builder.block("\n".join(lines))
    builder.keep_whole(start)


def _text(point: Any) -> str:
    body = point.find(f"{D}t")
    paragraphs = body.iter(f"{A}p") if body is not None else ()
    return " ".join(" ".join("".join(text.text or "" for text in paragraph.iter(f"{A}t")) for paragraph in paragraphs).split())
