"""Query embeddings batched across requests. Knows nothing of requests: callers are threads that block.

Nobody waits to fill a batch. Whoever finds the embedder idle embeds its own texts at once; what arrives meanwhile waits and
goes in one call, made by the first of those who wait. So one alone is as fast as without, and many at once share calls.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from youju.embedding.base import Embedder, Vectors

REMEMBERED = 64  # single texts whose vectors are kept


class _Caller:
    """One that waits: `woken` to find its `vectors`, its `error`, or neither, and then it leads the next batch."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.woken = threading.Event()
        self.vectors: Vectors | None = None
        self.error: BaseException | None = None


class _Batches:
    """Calls of one function for several callers. Safe to call from several threads; the function sees one batch at a time."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], most: int) -> None:
        self._embed, self._most = embed, most
        self._guard = threading.Lock()
        self._waiting: deque[_Caller] = deque()
        self._busy = False
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    def __len__(self) -> int:
        """Callers whose texts are in no call yet."""
        return len(self._waiting)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        caller = _Caller(texts)
        with self._guard:
            if len(texts) == 1 and texts[0] in self._recent:
                return self._recent[texts[0]]
            self._waiting.append(caller)
            leads, self._busy = not self._busy, True
        if not leads:
            caller.woken.wait()
        if caller.vectors is None and caller.error is None:
            self._lead()
        if caller.error is not None:
            raise caller.error
        assert caller.vectors is not None
        if len(texts) == 1:
            self._remember(texts[0], caller.vectors)
        return caller.vectors

    def _remember(self, text: str, vectors: Vectors) -> None:
        """A question is understood, searched and read one after the other: once embedded is enough."""
        with self._guard:
            self._recent[text] = vectors
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)

    def _lead(self) -> None:
        """Embed what waits, the caller of this first, and let the next one lead."""
        with self._guard:
            batch = self._next_batch()
        try:
            vectors = self._embed([text for caller in batch for text in caller.texts])
            start = 0
            for caller in batch:
                caller.vectors = vectors[start : start + len(caller.texts)]
                start += len(caller.texts)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of each caller
            for caller in batch:
                caller.error = error
        finally:
            with self._guard:
                self._busy = bool(self._waiting)
                following = self._waiting[0] if self._waiting else None
            for caller in batch[1:]:
                caller.woken.set()
            if following is not None:
                following.woken.set()

    def _next_batch(self) -> list[_Caller]:
        batch = [self._waiting.popleft()]
        count = len(batch[0].texts)
        while self._waiting and count + len(self._waiting[0].texts) <= self._most:
            batch.append(self._waiting.popleft())
            count += len(batch[-1].texts)
        return batch


class BatchingEmbedder:
    """An `Embedder` over another one. Safe to call from several threads; the one below sees one batch of queries at a time."""

    def __init__(self, embedder: Embedder, most: int = 32) -> None:
        """`most`: texts in one call, unless a single caller brings more."""
        self._embedder = embedder
        self._queries = _Batches(embedder.embed_queries, most)
        self._retrieval_queries = _Batches(embedder.embed_retrieval_queries, most)

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def waiting(self) -> int:
        """Callers whose texts are in no call yet."""
        return len(self._queries) + len(self._retrieval_queries)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_documents(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Raises whatever the embedder raised for the batch that these texts were in."""
        return self._queries(texts)

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        """Raises whatever the embedder raised for the batch that these texts were in."""
        return self._retrieval_queries(texts)
