"""What a command writes: data on standard output, all else on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.table import Table
from rich.text import Text

OUT = Console(highlight=False, markup=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

FAILED = 1
WRONG_USE = 2


class CommandFailed(Exception):
    """Ends the command with a line on standard error, and a code: 1 failed, 2 wrong use or settings."""

    def __init__(self, line: str, code: int = FAILED) -> None:
        super().__init__(line)
        self.code = code


def say(line: str) -> None:
    """Writes a message to the person, on standard error."""
    ERR.print(Text(line))


def write(line: str) -> None:
    """Writes data, on standard output."""
    OUT.print(Text(line))


def write_json(value: object) -> None:
    """Writes one JSON document, with non-ASCII letters as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Writes a table on a terminal, and tab-separated lines with a header into a pipe or file."""
    if not OUT.is_terminal:
        for row in (columns, *rows):
            sys.stdout.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    OUT.print(table)


def written(time: Timestamp) -> str | None:
    """Returns a time as the JSON API writes it, None where it is unset."""
    return time.ToJsonString() if time.seconds else None


def confirm(question: str, *, yes: bool) -> None:
    """Asks the person before something that hurts, unless they said `--yes` already.

    Raises:
        CommandFailed: they said no, or nobody is there to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(f"{question} Add --yes to say so", WRONG_USE)
    if not typer.confirm(question, err=True):
        raise CommandFailed("nothing was changed")


def flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
