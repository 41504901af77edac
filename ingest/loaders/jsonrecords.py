"""JSON and JSON Lines: each record as lines `key: value`, kept together; a record with a title stands under it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from youju.errors import UnreadableFile
from youju.records import Extracted

TITLE_KEYS = ("title", "Title", "标题", "標題")
TITLE_CHARACTERS = 120
RECORD_LEVEL = 2
LIST_LEVEL = 1


def load(data: bytes) -> Extracted:
    """A list is a list of records; an object is one record, and each list of objects in it a list of records."""
    value = _parsed(decode(data), "")
    builder = TextBuilder()
    if not isinstance(value, dict):
        for record in value if isinstance(value, list) else [value]:
            _add_record(record, builder)
        return builder.build("application/json", "", from_heading=False)
    title = _title(value)
    lists = {key: part for key, part in value.items() if _is_list_of_objects(part)}
    _add_lines({key: part for key, part in value.items() if key not in lists}, builder)
    for key, records in lists.items():
        builder.block(key, heading_level=LIST_LEVEL)
        for record in records:
            _add_record(record, builder)
    return builder.build("application/json", title, from_heading=False)


def load_lines(data: bytes) -> Extracted:
    """A record on each line."""
    builder = TextBuilder()
    for number, line in enumerate(decode(data).split("\n"), start=1):
        if line.strip():
            _add_record(_parsed(line, f"line {number}, "), builder)
    return builder.build("application/x-ndjson", "", from_heading=False)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise UnreadableFile(f"damaged JSON ({where}{reason}).") from error


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _title(record: Any) -> str:
    """What a record calls its title, if that is a short text."""
    if not isinstance(record, dict):
        return ""
    titles = (record.get(key) for key in TITLE_KEYS)
    return next((one for one in titles if isinstance(one, str) and 0 < len(one.strip()) <= TITLE_CHARACTERS), "")


def _add_record(record: Any, builder: TextBuilder) -> None:
    if title := _title(record):
        builder.block(title, heading_level=RECORD_LEVEL)
        record = {key: value for key, value in record.items() if value != title}
    _add_lines(record, builder)


def _add_lines(record: Any, builder: TextBuilder) -> None:
    try:
        text = "\n".join(f"{key}: {value}" if key else value for key, value in _flat("", record))
    except RecursionError as error:
        raise UnreadableFile("damaged JSON (nested too deep).") from error
    start, _ = builder.block(text)
    builder.keep_whole(start)


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Keys with their values as text: `a.b` for what is nested, `a.1` for the objects of a list; nothing for nothing."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flat(f"{key}.{name}" if key else str(name), part)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for number, part in enumerate(value, start=1):
            yield from _flat(f"{key}.{number}" if key else str(number), part)
    else:
        text = ", ".join(_shown(one) for one in value) if isinstance(value, list) else _shown(value)
        if text.strip():
            yield key, text


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
