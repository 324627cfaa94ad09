"""The organisation's CSV file of member companies, read without changing a letter of it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

COLUMNS = ("siren", "name", "member_code", "contact_email", "city")
DELIMITERS = ",;\t"


class UnreadableFile(Exception):
    """The file as a whole cannot be read. The text is a line for the person who made it."""


@dataclass(frozen=True)
class CompanyRow:
    """One company as written. `line` is where its row begins, from 1."""

    line: int
    siren: str
    name: str
    member_code: str
    contact_email: str
    city: str


@dataclass(frozen=True)
class LineError:
    """What is wrong with a line. `column` is empty where the whole line is; `other_line` is 0 for none."""

    line: int
    column: str
    reason: str
    other_line: int = 0


def read_companies(content: bytes) -> tuple[list[CompanyRow], list[LineError]]:
    """Returns the rows that have the right shape, and what is wrong with the others.

    UTF-8, with or without a byte order mark; separated by commas, semicolons or tabs; columns in any
    order, as the header names them. Empty lines are passed over.

    Raises:
        UnreadableFile: it is no such file, or holds no company.
    """
    text = decoded(content)
    delimiter = delimiter_of(text)
    rows: list[CompanyRow] = []
    errors: list[LineError] = []
    records = numbered_records(text, delimiter)
    header = header_of(next(records, (1, [])))
    for line, fields in records:
        if len(fields) != len(header):
            errors.append(LineError(line, "", "field_count"))
        else:
            rows.append(CompanyRow(line, **dict(zip(header, fields, strict=True))))
    if not rows and not errors:
        raise UnreadableFile("the file holds no company, only its header")
    return rows, errors


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"line {line} is not in UTF-8: save the file as “CSV UTF-8” (byte {error.start})"
        ) from None


def delimiter_of(text: str) -> str:
    """Returns the delimiter by which the first line has the most columns of ours."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=lambda one: len({name_of(cell) for cell in first.split(one)} & set(COLUMNS)))


def numbered_records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the fields of each record that is not empty, with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(f"line {line} is not CSV: {error}") from None


def header_of(record: tuple[int, list[str]]) -> list[str]:
    line, cells = record
    names = [name_of(cell) for cell in cells]
    expected = f"the header must be {','.join(COLUMNS)}, in any order"
    if not names:
        raise UnreadableFile(f"the file is empty; {expected}")
    found = {
        "missing": [name for name in COLUMNS if name not in names],
        "unknown": [name or "(no name)" for name in names if name not in COLUMNS],
        "given twice": sorted({name for name in names if name in COLUMNS and names.count(name) > 1}),
    }
    complaints = [f"{what}: {', '.join(which)}" for what, which in found.items() if which]
    if complaints:
        raise UnreadableFile(f"line {line}, columns {'; '.join(complaints)}; {expected}")
    return names


def name_of(cell: str) -> str:
    return " ".join(cell.strip('" ').split()).lower()
