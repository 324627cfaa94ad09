import json
from pathlib import Path

from stdnum import luhn

from deploy.local.demo_import import DEMO_COMPANIES
from tests.system.running import CommandLine

HEADER = "siren,name,member_code,contact_email,city"


def siren(number: int) -> str:
    digits = f"9{number:07}"
    return digits + str(luhn.calc_check_digit(digits))


def written(folder: Path, *lines: str) -> Path:
    file = folder / "members.csv"
    file.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return file


async def test_the_demo_companies_are_there_and_importing_them_again_changes_nothing(
    guichet: CommandLine,
) -> None:
    ended = await guichet("companies", "import", DEMO_COMPANIES)
    assert (ended.code, ended.out) == (0, "0 created, 0 updated, 230 unchanged\n")
    assert ended.err == ""


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    guichet: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path, f"{siren(1)},Atelier « Épi » & Fils,CODE-1,a@example.com,Évry")
    first = await guichet("companies", "import", file, "--dry-run")
    assert (first.code, first.out) == (0, "1 would be created, 0 would be updated, 0 unchanged\n")
    assert (await guichet("companies", "import", file)).out == "1 created, 0 updated, 0 unchanged\n"

    file = written(tmp_path, f"{siren(1)},Atelier Épi,CODE-1,a@example.com,Évry")
    again = await guichet("companies", "import", file, "--json")
    assert json.loads(again.out) == {
        "dry_run": False,
        "created": 0,
        "updated": 1,
        "unchanged": 0,
        "errors": [],
    }


async def test_errors_anywhere_are_all_told_by_line_and_nothing_is_imported(
    guichet: CommandLine, tmp_path: Path
) -> None:
    good = [f"{siren(number)},Société {number},CODE{number},,Lyon" for number in range(100, 1300)]
    good[55] = f"{siren(155)},,CODE,not an address,Lyon"
    good[1150] = f"{siren(100)},Société 100 again,CODE,,Lyon"
    good[1151] = "73282932000074,A Siret,CODE,,Lyon"
    good[1152] = "too,few"
    file = written(tmp_path, *good)
    ended = await guichet("companies", "import", file, "--json")
    assert ended.code == 1
    assert ended.err.endswith(f"guichet: {file}: 5 errors, nothing was imported\n")
    assert "line 57, name: is empty\n" in ended.err
    assert "line 1152, siren: is the Siren of line 2 again\n" in ended.err
    result = json.loads(ended.out)
    assert (result["created"], result["updated"]) == (0, 0)
    assert [(one["line"], one["column"], one["reason"]) for one in result["errors"]] == [
        (57, "contact_email", "email_invalid"),
        (57, "name", "name_empty"),
        (1152, "siren", "siren_duplicate"),
        (1153, "siren", "siret_given"),
        (1154, "", "field_count"),
    ]
    dry_run = await guichet(
        "companies", "import", written(tmp_path, good[0], good[1149]), "--dry-run", "--json"
    )
    assert json.loads(dry_run.out)["created"] == 2


async def test_a_file_that_is_none_is_one_line_and_code_1(guichet_alone: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("siren;name\n732829320;A\n")
    ended = await guichet_alone("companies", "import", file)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"guichet: {file}: line 1, columns missing: member_code, contact_email, city")
    assert ended.err.count("\n") == 1


async def test_a_missing_file_and_a_wrong_option_are_code_2(
    guichet_alone: CommandLine, tmp_path: Path
) -> None:
    missing = await guichet_alone("companies", "import", tmp_path / "none.csv")
    assert (missing.code, missing.out) == (2, "")
    assert missing.err == f"guichet: {tmp_path / 'none.csv'}: No such file or directory\n"
    assert (await guichet_alone("companies", "import", "--nonsense")).code == 2
