"""Indexes that earlier versions wrote (`tests/unit/test_earlier_indexes.py` tells of what)."""

from __future__ import annotations

import lzma
from pathlib import Path

from tests.conftest import ROOT

INDEXES = ROOT / "tests" / "indexes"
VERSIONS = (2, 12)  # of their schemas
NAMES = ["price-list-2024.md", "shipping-policy.txt", "user-manual-frostline-t3.pdf", "warranty-terms.html", "常见问题.md"]


def earlier_index(version: int) -> bytes:
    """The database of an index, as the version with this schema wrote it."""
    return lzma.decompress((INDEXES / f"schema-{version}.db.xz").read_bytes())


def write_earlier(version: int, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(earlier_index(version))
