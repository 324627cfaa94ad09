import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.company_file import COLUMNS, CompanyRow, LineError, UnreadableFile, read_companies

HEADER = "siren,name,member_code,contact_email,city\n"

cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=30)


@given(
    rows=st.lists(
        st.tuples(cells.map(lambda cell: f"x{cell}"), cells, cells, cells, cells), min_size=1, max_size=8
    ),
    order=st.permutations(COLUMNS),
    delimiter=st.sampled_from(",;\t"),
    mark=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_reads_back_what_any_spreadsheet_writes(
    rows: list[tuple[str, ...]], order: list[str], delimiter: str, mark: bool, line_end: str
) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(order)
    for row in rows:
        values = dict(zip(COLUMNS, row, strict=True))
        writer.writerow([values[column] for column in order])
    content = written.getvalue().encode("utf-8-sig" if mark else "utf-8")
    read, errors = read_companies(content)
    assert errors == []
    assert [(row.siren, row.name, row.member_code, row.contact_email, row.city) for row in read] == rows


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_line(content: bytes) -> None:
    said = ""
    rows: list[CompanyRow] = []
    errors: list[LineError] = []
    try:
        rows, errors = read_companies(content)
    except UnreadableFile as refused:
        said = str(refused)
    assert bool(said) != bool(rows or errors)
    assert "\n" not in said


def test_a_row_has_the_line_it_begins_on_across_empty_lines_and_line_ends_in_cells() -> None:
    content = HEADER + '\n1,"two\nlines",c,d,e\n\n2,n,c,d,e\n'
    rows, _ = read_companies(content.encode())
    assert [(row.line, row.siren) for row in rows] == [(3, "1"), (6, "2")]


def test_lines_of_another_length_are_told_and_the_others_read() -> None:
    rows, errors = read_companies((HEADER + "1,n,c\n2,n,c,d,e\n3,n,c,d,e,f\n").encode())
    assert errors == [LineError(2, "", "field_count"), LineError(4, "", "field_count")]
    assert rows == [CompanyRow(3, "2", "n", "c", "d", "e")]


def test_header_names_may_be_in_capitals_and_padded() -> None:
    rows, _ = read_companies("\ufeffSIREN ; Name;MEMBER_CODE;contact_email;City\n1;n;c;d;e\n".encode())
    assert rows == [CompanyRow(2, "1", "n", "c", "d", "e")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (HEADER.encode(), "holds no company"),
        (b"siren,name,member_code,city\n1,n,c,e\n", "missing: contact_email"),
        (b"siren,name,member_code,contact_email,city,phone\n", "unknown: phone"),
        (b"siren,siren,name,member_code,contact_email,city\n", "given twice: siren"),
        (b"siret,name\n", "missing: siren, member_code, contact_email, city; unknown: siret"),
        (HEADER.encode() + "1,Épicerie,c,d,e\n".encode("latin-1"), "line 2 is not in UTF-8"),
        (HEADER.encode() + b'1,n,c,d,e\n2,"never closed,c,d,e\n', "line 3 is not CSV"),
        (HEADER.encode() + b"1," + b"n" * 200_000 + b",c,d,e\n", "line 2 is not CSV"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_to_mend(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read_companies(content)
