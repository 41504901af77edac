"""What commands print: JSON or text on standard output; progress and errors on standard error, and never a traceback."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from youju.errors import YoujuError
from youju.model_files.locate import Progress as ModelProgress

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
CollectionOption = Annotated[str | None, typer.Option("--collection", "-c", help="Collection; see YOUJU_COLLECTION.")]

errors = Console(stderr=True, highlight=False, soft_wrap=True)
Command = TypeVar("Command", bound=Callable[..., Any])


def guarded(command: Command) -> Command:
    """Turn an error that a user can mend into one line and its exit code; likewise an interruption."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except YoujuError as error:
            complain(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            errors.print("Stopped. What was done is kept; the same command goes on from there.")
            raise typer.Exit(130) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError):  # the reader of our output has gone, as in `| head`
                sys.stderr.close()
                raise typer.Exit(0) from None
            errors.print(f"youju: {error}. Check the path, the disk and your rights.", markup=False)
            raise typer.Exit(1) from None

    return run  # type: ignore[return-value]


def complain(error: YoujuError) -> None:
    errors.print(f"youju: {error}", markup=False)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextlib.contextmanager
def model_progress() -> Iterator[ModelProgress]:
    """A bar while model files are prepared; nothing when there is nothing to do."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
        console=errors, transient=True, disable=not errors.is_terminal,
    ) as bar:  # fmt: skip
        tasks: dict[str, Any] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
                if not errors.is_terminal:
                    errors.print(f"{label} …", markup=False)
            bar.update(tasks[label], completed=done, total=total)

        yield show
