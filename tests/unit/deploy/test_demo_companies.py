import csv
import re
from pathlib import Path

from stdnum.fr import siren as siren_number

from deploy.local.demo import generate


def rows() -> list[dict[str, str]]:
    with generate.FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_has_at_least_200_companies_with_distinct_valid_sirens() -> None:
    sirens = [row["siren"] for row in rows()]
    assert len(sirens) >= 200
    assert len(set(sirens)) == len(sirens)
    assert [siren for siren in sirens if not siren_number.is_valid(siren)] == []


def test_is_plainly_demo_data() -> None:
    for row in rows():
        assert row["name"].endswith("(démo)")
        assert re.fullmatch(r"[^@]+@example\.(com|org)", row["contact_email"])
        assert re.fullmatch(r"DEMO\d{4}", row["member_code"])


def test_begins_with_the_example_of_the_texts() -> None:
    first = rows()[0]
    assert (first["siren"], first["member_code"]) == ("732829320", "DEMO0001")


def test_is_what_the_generator_writes(tmp_path: Path) -> None:
    written = tmp_path / "companies.csv"
    generate.write(written)
    assert written.read_bytes() == generate.FILE.read_bytes()
