"""Retrieval: question to passages, dense and lexical (hybrid search)."""
