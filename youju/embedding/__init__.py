"""Texts to vectors: the `Embedder` protocol, what runs it, and which one the settings name."""
