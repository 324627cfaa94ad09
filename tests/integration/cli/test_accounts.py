import re

from tests.system.running import CommandLine

COMMAND = ("accounts", "turn-off-second-factor")


async def test_nothing_is_turned_off_without_a_word_of_consent(guichet: CommandLine) -> None:
    ended = await guichet(*COMMAND, "claire@example.com")
    assert (ended.code, ended.out) == (2, "")
    assert "Add --yes" in ended.err


async def test_an_address_without_account_is_one_line_and_code_1(guichet: CommandLine) -> None:
    ended = await guichet(*COMMAND, "nobody.at.all@example.com", "--yes")
    assert (ended.code, ended.out) == (1, "")
    assert re.fullmatch(r"guichet: there is no such .*account\n", ended.err)
