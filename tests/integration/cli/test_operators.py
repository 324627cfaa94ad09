import json

from tests.system.running import CommandLine


async def test_an_operator_is_added_once_and_listed(guichet: CommandLine) -> None:
    first = await guichet("operators", "add", "Accueil@Example.com", "--locale", "en")
    again = await guichet("operators", "add", "Accueil@example.com")
    assert (first.code, again.code) == (0, 0)
    assert first.out.endswith(" added\n")
    assert again.out.endswith(" was an operator already\n")
    listed = json.loads((await guichet("operators", "list", "--json")).out)
    assert [(one["email"].lower(), one["locale"]) for one in listed] == [("accueil@example.com", "en")]
    table = (await guichet("operators", "list")).out.splitlines()
    assert [line.split("\t")[0].lower() for line in table] == ["email", "accueil@example.com"]


async def test_a_wrong_address_is_one_line_and_code_1(guichet: CommandLine) -> None:
    ended = await guichet("operators", "add", "Nom <a@example.com>")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "guichet: this is not an e-mail address that can receive mail\n"
