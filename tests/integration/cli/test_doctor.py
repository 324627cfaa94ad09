import json
import stat
from pathlib import Path

from services.platform.service_identity import SERVICES, create_keys
from tests.system.running import CommandLine, RunningSystem


async def test_finds_nothing_wrong_beside_a_running_system(guichet: CommandLine) -> None:
    ended = await guichet("doctor")
    assert ended.code == 0, ended
    assert ended.err == ""
    _, *lines = ended.out.splitlines()
    assert {line.split("\t")[0] for line in lines} == {"ok"}
    assert "password" not in ended.out


async def test_where_nothing_runs_each_finding_says_how_to_mend_it(
    guichet_alone: CommandLine, tmp_path: Path
) -> None:
    ended = await guichet_alone("doctor", "--json")
    assert ended.code == 1
    findings = {one["check"]: one for one in json.loads(ended.out)}
    assert findings["Python"]["ok"]
    failed = [one for one in findings.values() if not one["ok"]]
    assert all(one["mend"] for one in failed)
    assert "GUICHET_DATABASE_URL" in findings["PostgreSQL"]["mend"]
    assert "GUICHET_KEYS_DIR" in findings["keys"]["mend"]


async def test_a_service_that_is_away_is_one_line_that_says_how_to_start_it(
    guichet_alone: CommandLine, tmp_path: Path
) -> None:
    created = await guichet_alone("keys", "create")
    assert (created.code, created.out) == (0, f"{tmp_path / 'state' / 'keys'}\n")
    alone = CommandLine({"GUICHET_STATE_DIR": str(tmp_path / "state"), "GUICHET_COMPANY_PORT": "1"})
    ended = await alone("requests", "list")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("guichet: the company service does not answer at 127.0.0.1:1: start Guichet")
    assert ended.err.count("\n") == 1


async def test_foreign_keys_are_one_line_that_names_the_setting(
    guichet: CommandLine, system: RunningSystem, tmp_path: Path
) -> None:
    create_keys(tmp_path / "keys")
    foreign = CommandLine(
        {"GUICHET_STATE_DIR": str(system.state), "GUICHET_KEYS_DIR": str(tmp_path / "keys")}
    )
    for command in (("operators", "list"), ("requests", "list"), ("notifications", "list")):
        ended = await foreign(*command)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith(
            "guichet: the service does not know this command line's key: GUICHET_KEYS_DIR"
        )
        assert ended.err.count("\n") == 1


async def test_keys_are_created_once_and_for_their_owner_alone(
    guichet_alone: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    await guichet_alone("keys", "create", folder)
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    await guichet_alone("keys", "create", folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == first
    assert set(first) == {f"{name}.{kind}" for name in SERVICES for kind in ("key", "pub", "secret")}
    private = [*folder.glob("*.key"), *folder.glob("*.secret")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in private} == {0o600}


async def test_a_wrong_setting_is_one_line_and_code_2(tmp_path: Path) -> None:
    wrong = CommandLine({"GUICHET_STATE_DIR": str(tmp_path), "GUICHET_COMPANY_PORT": "many"})
    ended = await wrong("status")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("wrong settings: GUICHET_COMPANY_PORT: ")
    assert ended.err.count("\n") == 1


async def test_help_has_an_example_for_every_command(guichet_alone: CommandLine) -> None:
    for command in (("companies", "import"), ("requests", "list"), ("notifications", "list"), ("doctor",)):
        ended = await guichet_alone(*command, "--help")
        assert ended.code == 0
        assert "Example: guichet" in ended.out
