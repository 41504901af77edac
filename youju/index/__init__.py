"""The index: the store (SQLite, the only truth) and its vector index (FAISS, a cache of it)."""
