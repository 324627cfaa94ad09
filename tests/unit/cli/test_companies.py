import pytest

from services.cli.companies import BYTES_PER_CALL, ROWS_PER_CALL, SENTENCES, batches, complaint
from services.cli.company_file import CompanyRow, LineError


def rows(count: int, name: str = "n") -> list[CompanyRow]:
    return [CompanyRow(line, str(line), name, "c", "", "") for line in range(2, count + 2)]


def test_rows_go_in_order_in_calls_of_a_thousand() -> None:
    sent = list(batches(rows(2 * ROWS_PER_CALL + 1)))
    assert [len(batch) for batch in sent] == [ROWS_PER_CALL, ROWS_PER_CALL, 1]
    assert [row.line for batch in sent for row in batch] == list(range(2, 2 * ROWS_PER_CALL + 3))


def test_long_rows_go_in_smaller_calls() -> None:
    sent = list(batches(rows(100, name="é" * 50_000)))
    assert sum(map(len, sent)) == 100
    assert all(sum(row.ByteSize() for row in batch) <= BYTES_PER_CALL for batch in sent)


def test_no_row_is_no_call() -> None:
    assert list(batches([])) == []


@pytest.mark.parametrize("reason", [*SENTENCES, "field_count", "a_reason_of_tomorrow"])
def test_every_reason_is_a_line_that_names_its_place(reason: str) -> None:
    said = complaint(LineError(57, "siren", reason, other_line=12))
    assert said.startswith("line 57")
    assert "{" not in said


def test_a_duplicate_names_the_other_line() -> None:
    assert "line 12" in complaint(LineError(57, "siren", "siren_duplicate", other_line=12))
