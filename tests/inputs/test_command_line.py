"""What `guichet` refuses: one line that says why, a code that is not 0, and nothing changed."""

from pathlib import Path

import pytest

from tests.inputs.scene import Facts
from tests.system.running import RunningSystem

HEADER = b"siren,name,member_code,contact_email,city\n"
GOOD = b"732829320,Atelier,CODE-1,a@example.com,Lyon\n"


# A line of the file, and what is said of it.
LINES = [
    ("73282932,A,CODE,,", "siren: is no Siren"),
    ("732829321,A,CODE,,", "siren: is no Siren"),
    ("000000000,A,CODE,,", "siren: is no Siren"),
    ("٧٣٢٨٢٩٣٢٠,A,CODE,,", "siren: is no Siren"),
    ("７３２８２９３２０,A,CODE,,", "siren: is no Siren"),
    ("73282932000074,A,CODE,,", "siren: is a Siret"),
    ("732 829 320,A,CODE,,", "siren: is the Siren of line 2 again"),
    ("404833048, \u00a0,CODE,,", "name: is empty"),
    (f"652014051,{'é' * 201},CODE,,", "name: is too long"),
    ("500569405,<script>,CODE,,", "name: holds characters"),
    ("384560942,A\u202eB,CODE,,", "name: holds characters"),
    ("542107651,A,CODE,,Ly\x00on", "city: holds characters"),
    ("552100554,A,C,,", "member_code: is no member code"),
    ("552081317,A,CODE,Nom <a@example.com>,", "contact_email: is no e-mail"),
    ("552032534,A,CODE,a@localhost,", "contact_email: is no e-mail"),
    ('775670417,A,CODE,"a@example.com,b@example.com",', "contact_email: is no e-mail"),
    ("356000000,A", "has another number of fields"),
    ('440048882,"A\r\nB",CODE,,', "name: holds characters"),
]
# A file that is none, and what is said of it.
FILES = [
    (HEADER + GOOD + b"404833048,\xff,CODE,,\n", "line 3 is not in UTF-8"),
    (GOOD, "columns missing"),
    (HEADER.replace(b"city", b"town") + GOOD, "columns missing: city; unknown: town"),
    (b"", "the file is empty"),
    (HEADER, "holds no company"),
    (HEADER + b'404833048,"A,CODE,,\n', "line 2 is not CSV"),
]


async def test_every_wrong_line_of_a_file_is_told_and_nothing_is_imported(
    system: RunningSystem, facts: Facts, tmp_path: Path
) -> None:
    written = tmp_path / "members.csv"
    written.write_bytes(HEADER + GOOD + "".join(f"{line}\n" for line, _ in LINES).encode())
    before = await facts.fingerprint()
    ended = await system.command_line()("companies", "import", written)
    assert (ended.code, ended.out) == (1, "")
    complaints = ended.err.splitlines()
    for number, (line, told) in enumerate(LINES, 3):
        separator = ": " if told.startswith("has") else ", "
        assert any(one.startswith(f"line {number}{separator}{told}") for one in complaints), line
    assert len(complaints) == len(LINES) + 1
    after = await facts.fingerprint()
    # A refused import leaves its lines behind for a day, for nobody to read.
    kept = ("company.company_imports", "company.company_import_rows")
    assert {**after, **{table: before[table] for table in kept}} == before


@pytest.mark.parametrize(("content", "told"), FILES, ids=[told for _, told in FILES])
async def test_a_file_that_cannot_be_read_is_told_in_a_line_and_imports_nothing(
    content: bytes, told: str, system: RunningSystem, facts: Facts, tmp_path: Path
) -> None:
    written = tmp_path / "members.csv"
    written.write_bytes(content)
    before = await facts.fingerprint()
    ended = await system.command_line()("companies", "import", written)
    assert (ended.code, ended.out) == (1, "")
    assert told in ended.err
    assert ended.err.count("\n") == 1
    assert await facts.fingerprint() == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("operators", "add", "Nom <a@example.com>"), 1),
        (("operators", "add", "a@localhost"), 1),
        (("operators", "add", "a@example.com,b@example.com"), 1),
        (("operators", "add", "a@example.com\r\nBcc: b@example.com"), 1),
        (("operators", "add", "a@example.com", "--locale", "de"), 1),
        (("operators", "add", ""), 1),
        (("operators", "add"), 2),
        (("requests", "list", "--state", "perhaps"), 2),
        (("companies", "import", "/nowhere/at/all.csv"), 2),
    ],
)
async def test_a_wrong_command_is_told_in_a_line_and_changes_nothing(
    arguments: tuple[str, ...], code: int, system: RunningSystem, facts: Facts
) -> None:
    before = await facts.fingerprint()
    ended = await system.command_line()(*arguments)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err
    assert "Traceback" not in ended.err
    assert await facts.fingerprint() == before
