"""Metrics, traces, readiness, and the state of the index."""
