"""Lists of documents: a page of them costs a page, however many there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service import tools
from service.http.routes.documents import list_documents
from service.resources import make_resources
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.records import Document
from youju.settings import Settings


class CountingStore(Store):
    """Notes how many documents are read at each asking."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: list[int] = []

    def documents(self, *args: Any, **kwargs: Any) -> list[Document]:
        found = super().documents(*args, **kwargs)
        self.read.append(len(found))
        return found


@pytest.mark.parametrize("allowed", [None, ("default",)], ids=["all", "limited"])
def test_a_page_reads_no_more_than_itself(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, allowed: tuple[str, ...] | None
) -> None:
    files = {f"{number:02}.txt": f"Text number {number}." for number in range(20)}
    ingest_files(files, tmp_path / "documents", settings, store, embedder)

    async def main() -> None:
        resources = make_resources(settings, embedder, ScriptedGenerator(""), ThreadWorker)
        counting = CountingStore(settings.database)
        seen = replace(resources, store=counting).limited_to(allowed)
        try:
            page = await list_documents(seen, None, offset=18, limit=5)
            assert ([Path(one.uri).name for one in page.documents], page.total) == (["18.txt", "19.txt"], 20)
            tool = await tools.list_documents(seen, tools.ListArguments(offset=4, limit=3), {})
            assert [Path(one.uri).name for one in tool.documents] == ["04.txt", "05.txt", "06.txt"]
            assert (tool.total, tool.collections) == (20, {"default": 20})
            beyond = await list_documents(seen, "default", offset=100, limit=5)
            assert (beyond.documents, beyond.total) == ([], 20)
            assert counting.read == [2, 3, 0]
        finally:
            counting.close()
            await resources.close()

    asyncio.run(main())
