"""`python -m benchmarks.faults NAME ...`: runs one of the measurements. Exit code 1 if anything was not as it has to be."""

import importlib
import sys

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("disk", "kills", "damage", "swaps"):
        sys.exit("usage: python -m benchmarks.faults disk|kills|damage|swaps [--help]")
    name = sys.argv.pop(1)
    sys.exit(importlib.import_module(f"benchmarks.faults.{name}").main())
