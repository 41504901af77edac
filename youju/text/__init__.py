"""Texts: language, sentences and words, invisible characters, quantities."""
