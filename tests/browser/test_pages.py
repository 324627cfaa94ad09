"""The pages that need no one to be signed in."""

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Visit
from tests.browser.visitor import DESK, PHONE, Sight

PAGES = {
    "home": ("/", 200),
    "verify": ("/verifier?token=abc", 200),
    "verify-without-token": ("/verifier", 200),
    "reset": ("/reinitialiser?token=abc", 200),
    "reset-without-token": ("/reinitialiser", 200),
    "not-found": ("/rien", 404),
}
SIGHTS = [Sight(width=DESK), Sight(language="en", width=PHONE, dark=True)]


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
@pytest.mark.parametrize(("path", "status"), PAGES.values(), ids=PAGES)
async def test_a_page_is_accessible(visit: Visit, path: str, status: int, sight: Sight) -> None:
    visitor = await visit(sight)
    assert await visitor.open(path) == status
    assert await visitor.page.get_attribute("html", "lang") == sight.language
    await assert_accessible(visitor.page)
