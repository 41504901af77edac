"""Faults put in on purpose: `python -m benchmarks.faults disk|kills|damage|swaps --help`. See docs/measurements.md."""
