"""Documents -> index. `python -m ingest FOLDER` does what `youju ingest FOLDER` does."""
