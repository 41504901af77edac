"""FAISS: a cache of the vectors in the store, checksummed and always rebuildable. The only place that knows FAISS.

`index.py` follows the store and searches; `shards.py` holds the vectors of a language, all of them as they are or, of very
many, as codes in lists; `building.py` makes the latter beside the former; `file.py` writes and reads.
"""

from youju.index.vectors.index import VectorIndex

__all__ = ["VectorIndex"]
