"""`guichet companies import`: the organisation's file of member companies, as a whole or not at all."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from guichet.company.v1.company_service_pb2 import (
    AddCompanyImportRowsRequest,
    CompanyImportRow,
    FinishCompanyImportRequest,
    FinishCompanyImportResponse,
    StartCompanyImportRequest,
)
from services.cli.company_file import COLUMNS, CompanyRow, LineError, UnreadableFile, read_companies
from services.cli.connection import company_service
from services.cli.console import ERR, WRONG_USE, CommandFailed, say, write, write_json
from services.cli.settings import CliSettings
from services.platform.settings import load

app = typer.Typer(no_args_is_help=True, help="Member companies of the organisation.")

ROWS_PER_CALL = 1000
BYTES_PER_CALL = 2_000_000
SECONDS_PER_CALL = 60.0
ERRORS_SHOWN = 50

SENTENCES = {
    "siren_invalid": "is no Siren: nine digits, the last of which checks the others",
    "siret_given": "is a Siret (14 digits): give its first nine, the Siren",
    "siren_duplicate": "is the Siren of line {other_line} again",
    "name_empty": "is empty",
    "name_too_long": "is too long",
    "member_code_invalid": "is no member code: 4 to 40 letters, digits or . - _ /",
    "email_invalid": "is no e-mail address",
    "city_too_long": "is too long",
    "invalid_text": "holds characters that cannot be shown (control characters, direction marks)",
}


@app.command("import", epilog="Example: guichet companies import members.csv --dry-run")
def import_companies(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help=f"Columns: {','.join(COLUMNS)}.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Creates and updates companies from a CSV file.

    An error on any line imports nothing. Importing the same file twice changes nothing the second time.
    Companies that the file does not name stay as they are.
    """
    settings = load(CliSettings)
    try:
        rows, malformed = read_companies(contents(file))
    except UnreadableFile as error:
        raise CommandFailed(f"{file}: {error}") from None
    errors, result = asyncio.run(sent(settings, rows, malformed, dry_run=dry_run))
    if as_json:
        write_json(document(errors, result, dry_run=dry_run))
    if result is None:
        for one in errors[:ERRORS_SHOWN]:
            say(complaint(one))
        if len(errors) > ERRORS_SHOWN:
            say(f"… and {len(errors) - ERRORS_SHOWN} more (--json lists them all)")
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise CommandFailed(f"{file}: {count}, nothing was imported")
    if not as_json:
        would = "would be " if dry_run else ""
        write(
            f"{result.created_count} {would}created, {result.updated_count} {would}updated,"
            f" {result.unchanged_count} unchanged"
        )


def contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", WRONG_USE) from None


async def sent(
    settings: CliSettings, rows: list[CompanyRow], malformed: list[LineError], *, dry_run: bool
) -> tuple[list[LineError], FinishCompanyImportResponse | None]:
    """Has every row checked, and the import applied if nothing is wrong anywhere.

    Returns every error by line, and the outcome: None where there are errors. An import that is not
    finished changes nothing.
    """
    errors = list(malformed)
    async with company_service(settings) as company:
        started = await company.StartCompanyImport(StartCompanyImportRequest())
        with progress(len(rows)) as advance:
            for batch in batches(rows):
                request = AddCompanyImportRowsRequest(import_id=started.import_id, rows=batch)
                answer = await company.AddCompanyImportRows(request, timeout=SECONDS_PER_CALL)
                errors += [
                    LineError(one.line, one.column, one.reason, one.other_line) for one in answer.errors
                ]
                advance(len(batch))
        if errors:
            return sorted(errors, key=lambda one: (one.line, one.column)), None
        finish = FinishCompanyImportRequest(import_id=started.import_id, dry_run=dry_run)
        return [], await company.FinishCompanyImport(finish, timeout=SECONDS_PER_CALL)


def batches(rows: list[CompanyRow]) -> Iterator[list[CompanyImportRow]]:
    """Yields the rows in order, in calls that the service takes: by count, and by size."""
    batch: list[CompanyImportRow] = []
    size = 0
    for row in rows:
        message = CompanyImportRow(**asdict(row))
        if batch and (len(batch) == ROWS_PER_CALL or size + message.ByteSize() > BYTES_PER_CALL):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += message.ByteSize()
    if batch:
        yield batch


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """Shows on a terminal how many of the rows were checked."""
    with Progress(console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        task = bar.add_task("Checking companies", total=total)
        yield lambda count: bar.advance(task, count)


def complaint(error: LineError) -> str:
    if error.reason == "field_count":
        return f"line {error.line}: has another number of fields than the header"
    sentence = SENTENCES.get(error.reason, error.reason).format(other_line=error.other_line)
    return f"line {error.line}, {error.column}: {sentence}"


def document(
    errors: list[LineError], result: FinishCompanyImportResponse | None, *, dry_run: bool
) -> dict[str, object]:
    counts = result or FinishCompanyImportResponse()
    return {
        "dry_run": dry_run,
        "created": counts.created_count,
        "updated": counts.updated_count,
        "unchanged": counts.unchanged_count,
        "errors": [asdict(error) for error in errors],
    }
