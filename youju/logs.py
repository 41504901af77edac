"""What the programs log: one line per event on standard error, as JSON for machines or as text for people.

No line holds a question, a text of a document, a name of a file or a key, unless `YOUJU_LOG_TEXT` is set: our own messages
name routes, numbers and ids; of exceptions only their types and places are kept, since their messages quote what they
stumble over; and other libraries are heard from warnings up, by the first line of what they say.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
import unicodedata
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from youju.settings import Settings

OURS = ("youju", "uvicorn")  # loggers whose messages hold nothing that is anybody's secret
LONGEST = 1000  # characters of a message of another library

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_request: ContextVar[dict[str, Any] | None] = ContextVar("youju_request", default=None)
log = logging.getLogger("youju")


def begin_request(request_id: str) -> dict[str, Any]:
    """Name the request that this task, and all that it starts, serves; returns what `annotate` adds to."""
    facts: dict[str, Any] = {"request_id": request_id}
    _request.set(facts)
    return facts


def annotate(**facts: Any) -> None:
    """Add to what the line of the present request will say; without a request nothing happens."""
    known = _request.get()
    if known is not None:
        known.update(facts)


def event(logger: logging.Logger, level: int, message: str, /, **fields: Any) -> None:
    """Log a message with fields."""
    logger.log(level, message, extra={"fields": fields})


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Let everything in this process log to `stream` (standard error), also warnings and errors that nobody caught."""
    level = settings.log_level.upper()
    logging.basicConfig(level=level, handlers=[make_handler(settings, stream or sys.stderr)], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda failed: (
        _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback) if failed.exc_value else None
    )


def make_handler(settings: Settings, stream: TextIO) -> logging.Handler:
    """A handler in the format that the settings name; `auto` is text on a terminal and JSON elsewhere."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextLines(settings.log_text) if writes_text(settings, stream) else JsonLines(settings.log_text))
    handler.addFilter(_is_no_repetition)
    if not settings.log_text:
        handler.addFilter(_may_be_heard)
    return handler


def writes_text(settings: Settings, stream: TextIO) -> bool:
    return settings.log_format == "text" or (settings.log_format == "auto" and stream.isatty())


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII, so that nothing in it can end a line or turn the direction of a terminal."""

    def __init__(self, with_text: bool = False) -> None:
        super().__init__()
        self._with_text = with_text

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record, self._with_text),
            **_fields(record),
        }
        if record.exc_info and record.exc_info[0]:
            fields["traceback"] = _traceback(record.exc_info, self._with_text)
        return json.dumps(fields, default=str)


class TextLines(logging.Formatter):
    """`time LEVEL logger: message name=value …`, with tracebacks below. Control characters are escaped."""

    def __init__(self, with_text: bool = False) -> None:
        super().__init__()
        self._with_text = with_text

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        begin = f"{_time(record):%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}:"
        lines = [f"{begin} {_message(record, self._with_text)}{fields}"]
        if record.exc_info and record.exc_info[0]:
            lines += [f"  {one}" for one in _traceback(record.exc_info, self._with_text).splitlines()]
        return "\n".join(_shown(one) for one in lines)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    request = _request.get()
    fields = {"request_id": request["request_id"]} if request else {}
    return fields | getattr(record, "fields", {})


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] in OURS


def _is_no_repetition(record: logging.LogRecord) -> bool:
    """The server's own traceback of a failed request repeats ours, which has the request id."""
    return not (record.name == "uvicorn.error" and str(record.msg).startswith("Exception in ASGI application"))


def _may_be_heard(record: logging.LogRecord) -> bool:
    """Below warnings, libraries tell what passes through them."""
    return _is_ours(record) or record.levelno >= logging.WARNING


def _message(record: logging.LogRecord, with_text: bool) -> str:
    message = record.getMessage()
    if _is_ours(record) or with_text:
        return message
    return message.partition("\n")[0][:LONGEST]  # below it, asyncio and warnings show objects and source


def _traceback(exc_info: Any, with_text: bool) -> str:
    found = traceback.TracebackException(*exc_info)
    return "".join(found.format() if with_text else _places(found)).rstrip()


def _places(found: traceback.TracebackException) -> Iterator[str]:
    """The traceback without the messages of the exceptions."""
    before = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    if before is not None:
        yield from _places(before)
        yield "and then\n"
    yield from found.stack.format()
    kind = found.exc_type
    yield f"{kind.__module__}.{kind.__qualname__}\n" if kind else "unknown\n"
    for inner in found.exceptions or ():
        yield "of which one\n"
        yield from _places(inner)


def _shown(text: str) -> str:
    """Without signs that would end the line, move the cursor or turn the direction of text."""
    return "".join(
        f"\\u{ord(sign):04x}" if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") else sign for sign in text
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("the program failed", exc_info=(kind, error, trace))
