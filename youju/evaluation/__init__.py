"""Measuring answers on a file of questions: metrics, their uncertainty, a run, and its report. Knows nothing of ingest."""
