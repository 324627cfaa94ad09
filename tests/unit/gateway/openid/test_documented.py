"""docs/openid.md names tests: they are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
FOLDERS = ("relying_parties", "unit/gateway/openid", "e2e/sign_on", "integration/identity", "histories")


def test_every_test_that_the_checks_name_is_there() -> None:
    checks = (ROOT / "docs" / "openid.md").read_text(encoding="utf-8").partition("\n## Checks\n")[2]
    named = set(re.findall(r"`(test_\w+)`", checks))
    written = "".join(
        file.read_text(encoding="utf-8")
        for folder in FOLDERS
        for file in (ROOT / "tests" / folder).glob("*.py")
    )
    there = set(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))
    assert len(named) > 20
    assert named - there == set()
    for path in re.findall(r"`(tests/[\w/.]+)`", checks):
        assert (ROOT / path).exists(), path
