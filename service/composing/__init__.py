"""Answers that code composes from what the documents hold, without a draft by the generator."""
