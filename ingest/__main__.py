"""`python -m ingest FOLDER`: the same as `youju ingest FOLDER`."""

import typer

from youju.cli.ingest import ingest

if __name__ == "__main__":
    typer.run(ingest)
