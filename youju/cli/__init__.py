"""The command line: `youju`. Knows how to ask and to print; the work is done by `ingest`, `service` and `youju`."""
