"""Grounding: draft to verified sentences with citations, so that nothing is invented (hallucination)."""
