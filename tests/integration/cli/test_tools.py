import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from deploy.local.demo_import import DEMO_TOOLS, MEMO_URL
from tests.system.running import ROOT, CommandLine, Ended, RunningSystem

WORDS = {"fr": "Ged", "en": "Documents"}
GED: dict[str, Any] = {"id": "ged-2", "name": WORDS, "description": WORDS, "url": "https://ged.example.org/"}
CLIENT = {
    "redirect_uris": ["https://ged.example.org/back"],
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "ES256",
    "scopes": ["openid", "company"],
}


async def imported(guichet: CommandLine, folder: Path, *entries: object, more: tuple[str, ...] = ()) -> Ended:
    file = folder / "tools.json"
    file.write_text(json.dumps(entries))
    return await guichet("tools", "import", file, *more)


async def test_the_demo_tools_are_there_and_importing_them_again_changes_nothing(
    guichet: CommandLine, system: RunningSystem, tmp_path: Path
) -> None:
    demo = DEMO_TOOLS.read_text().replace(MEMO_URL, system.memo_url)
    ended = await imported(guichet, tmp_path, *json.loads(demo))
    assert (ended.code, ended.out, ended.err) == (0, "0 created, 0 updated, 4 unchanged\n", "")
    listed = (await guichet("tools", "list")).out.splitlines()
    assert [line.split("\t")[0] for line in listed][:5] == [
        "id",
        "contributions",
        "web-services",
        "memo",
        "ged",
    ]


async def test_what_is_listed_can_be_imported(guichet: CommandLine, tmp_path: Path) -> None:
    listed = json.loads((await guichet("tools", "list", "--json")).out)
    again = await imported(guichet, tmp_path, *listed, more=("--json",))
    changes = json.loads(again.out)
    assert changes["unchanged"] == [tool["id"] for tool in listed]
    assert [changes["created"], changes["updated"], changes["secrets"]] == [[], [], {}]


async def test_a_client_is_told_its_secret_once(guichet: CommandLine, tmp_path: Path) -> None:
    tool = {**GED, "id": "told-once", "client": CLIENT}
    tried = await imported(guichet, tmp_path, tool, more=("--dry-run", "--json"))
    assert json.loads(tried.out) == {
        "dry_run": True,
        "created": ["told-once"],
        "updated": [],
        "unchanged": [],
        "secrets": {},
        "errors": [],
    }
    assert "told-once" not in (await guichet("tools", "list")).out

    first = await imported(guichet, tmp_path, tool)
    name, secret = first.out.splitlines()[-1].split("\t")
    assert name == "told-once"
    assert len(secret) >= 43
    assert "told this once" in first.err
    changed = await imported(guichet, tmp_path, {**tool, "icon": "star"})
    assert changed.out == "0 created, 1 updated, 0 unchanged\n"
    assert secret not in (await guichet("tools", "show", "told-once", "--json")).out

    rotated = await guichet("tools", "rotate-secret", "told-once")
    assert rotated.out.strip() not in ("", secret)
    assert "the former secret works until" in rotated.err
    at_once = await guichet("tools", "rotate-secret", "told-once", "--at-once", "--yes", "--json")
    assert json.loads(at_once.out)["previous_expires_at"] is None
    unsure = await guichet("tools", "rotate-secret", "told-once", "--at-once")
    assert (unsure.code, unsure.out) == (2, "")
    assert "--yes" in unsure.err


async def test_secrets_are_in_no_log(guichet: CommandLine, system: RunningSystem, tmp_path: Path) -> None:
    ended = await imported(guichet, tmp_path, {**GED, "id": "canary", "client": CLIENT}, more=("--json",))
    secret = json.loads(ended.out)["secrets"]["canary"]
    logs = [file.read_text() for file in (system.state / "logs").iterdir()]
    assert any("tool.set" in log for log in logs)
    assert not any(secret in log for log in logs)


async def test_errors_anywhere_are_all_told_by_entry_and_nothing_is_imported(
    guichet: CommandLine, tmp_path: Path
) -> None:
    http_elsewhere = {**CLIENT, "redirect_uris": ["http://ged.example.org/back"], "scopes": ["company"]}
    ended = await imported(
        guichet,
        tmp_path,
        {**GED, "id": "good"},
        {**GED, "id": "Bad Id", "icon": "unicorn"},
        {**GED, "id": "bad", "client": http_elsewhere},
        {**GED, "id": "worse", "colour": "red"},
    )
    assert (ended.code, ended.out) == (1, "")
    said = ended.err.splitlines()
    assert said[-1].endswith("nothing was imported")
    for start in (
        "entry 2, Bad Id, id: 1 to 40",
        "entry 2, Bad Id, icon: one of calculator",
        "entry 3, bad, client.redirect_uris: at least one https",
        "entry 3, bad, client.scopes: openid",
        "entry 4, worse: ",
    ):
        assert sum(line.startswith(start) for line in said) == 1, ended.err
    assert len(said) == 6
    assert "good" not in (await guichet("tools", "list")).out.split()


@pytest.mark.parametrize("content", ["{", "{}", "[]", "\x00"])
async def test_a_file_that_is_none_is_one_line(guichet: CommandLine, tmp_path: Path, content: str) -> None:
    file = tmp_path / "tools.json"
    file.write_text(content)
    ended = await guichet("tools", "import", file)
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)


async def test_a_tool_is_added_disabled_kept_so_by_an_import_and_enabled(
    guichet: CommandLine, tmp_path: Path
) -> None:
    added = await guichet(
        *("tools", "add", "ged-3", "--name", "Ged", "--description", "Documents"),
        *("--url", "https://ged.example.org/", "--redirect-uri", "https://ged.example.org/back"),
    )
    assert (added.code, len(added.out.strip()) >= 43) == (0, True)
    again = await guichet(
        *("tools", "add", "ged-3", "--name", "Ged", "--description", "Documents"),
        *("--url", "https://ged.example.org/"),
    )
    assert (again.code, again.out) == (1, "")
    assert "is there already" in again.err
    assert (await guichet("tools", "disable", "ged-3")).code == 2
    assert (await guichet("tools", "disable", "ged-3", "--yes")).out == "ged-3 is disabled\n"
    shown = json.loads((await guichet("tools", "show", "ged-3", "--json")).out)
    assert shown.pop("disabled")
    await imported(guichet, tmp_path, {**shown, "icon": "star"})
    assert "ged-3\tGed\tclient_secret_basic\teveryone\tdisabled" in (await guichet("tools", "list")).out
    assert (await guichet("tools", "enable", "ged-3")).out == "ged-3 is shown\n"


ADD = ("tools", "add", "wrong-x", "--name", "Ged", "--description", "Documents", "--url", "https://g.example")
BACK = ("--redirect-uri", "https://g.example/back")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--name", "<b>"), ["--name: a text of 100"]),
        (("--name-en", "<b>", "--icon", "lion"), ["--name-en: a text of 100", "--icon: one of calculator"]),
        (("--url", "javascript:1", "--role", "owner"), ["--url: an http", "--role: member and"]),
        (("--redirect-uri", "http://g.example/"), ["--redirect-uri: at least one https address"]),
        ((*BACK, "--auth-method", "basic"), ["--auth-method: client_secret_basic, client_secret_post"]),
        ((*BACK, "--scope", "email"), ["--scope: openid, and if wished"]),
        ((*BACK, "--auth-method", "private_key_jwt"), ["--jwks: a JSON Web Key Set"]),
        ((*BACK, "--auth-method", "private_key_jwt", "--jwks", str(ROOT / "LICENSE")), ["--jwks: a JSON"]),
        ((*BACK, "--jwks", "/nowhere"), ["guichet: /nowhere: No such file"]),
        (("--scope", "openid"), ["guichet: --redirect-uri is needed beside"]),
    ],
)
async def test_what_is_wrong_with_a_tool_that_is_added_is_said_by_option(
    guichet: CommandLine, more: tuple[str, ...], said: list[str]
) -> None:
    ended = await guichet(*ADD, *more)
    assert (ended.code in (1, 2), ended.out) == (True, "")
    lines = [line for line in ended.err.splitlines() if line != "guichet: wrong-x was not added"]
    assert len(lines) == len(said), ended.err
    for start in said:
        assert sum(line.startswith(start) for line in lines) == 1, ended.err


async def test_a_tool_is_added_with_its_public_keys(guichet: CommandLine, tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig"})
    files = {private: tmp_path / f"{private}.json" for private in (True, False)}
    for private, file in files.items():
        file.write_text(json.dumps({"keys": [key.as_dict(private=private)]}))
    add = ("tools", "add", "keyed", *ADD[3:], *BACK, "--auth-method", "private_key_jwt", "--jwks")
    refused = await guichet(*add, str(files[True]))
    assert (refused.code, refused.out) == (1, "")
    assert "--jwks: a JSON Web Key Set of public keys" in refused.err
    added = await guichet(*add, str(files[False]))
    assert (added.code, added.out) == (0, "")
    shown = json.loads((await guichet("tools", "show", "keyed", "--json")).out)
    assert shown["client"]["token_endpoint_auth_method"] == "private_key_jwt"


@pytest.mark.parametrize("more", [("--position", "99999999999"), ("--position", "-1"), ("--name", "\udcff")])
async def test_what_no_tool_can_hold_is_wrong_use(guichet: CommandLine, more: tuple[str, ...]) -> None:
    ended = await guichet(*ADD, *more)
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "command", [("show", "nothing"), ("rotate-secret", "nothing"), ("disable", "nothing", "--yes")]
)
async def test_an_unknown_tool_is_one_line(guichet: CommandLine, command: tuple[str, ...]) -> None:
    ended = await guichet("tools", *command)
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "there is no such tool" in ended.err


async def test_a_tool_without_sign_on_has_no_secret(guichet: CommandLine) -> None:
    ended = await guichet("tools", "rotate-secret", "ged")
    assert (ended.code, ended.out) == (1, "")
    assert "has no secret" in ended.err


async def test_new_signing_keys_are_published_ahead(guichet: CommandLine) -> None:
    first, again = [await guichet("keys", "rotate-signing") for _ in range(2)]
    assert first.code == 0
    assert first.out.startswith("20")
    assert again.out == first.out


async def test_signing_keys_that_others_may_know_are_replaced_at_once(guichet: CommandLine) -> None:
    asked = await guichet("keys", "rotate-signing", "--at-once")
    assert (asked.code, asked.out) == (2, "")
    assert "--yes" in asked.err
    rotated = await guichet("keys", "rotate-signing", "--at-once", "--yes")
    assert rotated.code == 0, rotated.err
    assert datetime.fromisoformat(rotated.out.strip()) < datetime.now(UTC)
    assert "read them now" in rotated.err
