"""The local mailbox is a page like the others; and mails are as accessible as the portal is."""

import pytest

from deploy.local.mailbox.samples import SAMPLES
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Visit
from tests.browser.stage import Stage
from tests.browser.visitor import DESK, PHONE, Sight

SIGHTS = [Sight(width=DESK), Sight(language="en", width=PHONE, dark=True)]

each_sight = pytest.mark.parametrize("sight", SIGHTS, ids=str)


@each_sight
@pytest.mark.parametrize("path", ["/", "/?to=nobody", "/mails", "/messages/1"])
async def test_a_page_of_the_mailbox_is_accessible(
    stage: Stage, visit: Visit, path: str, sight: Sight
) -> None:
    await stage.person("Claire Morel")
    visitor = await visit(sight)
    assert await visitor.open(stage.system.mailbox_url + path) == 200
    await assert_accessible(visitor.page)


@each_sight
async def test_every_mail_is_accessible(stage: Stage, visit: Visit, sight: Sight) -> None:
    visitor = await visit(sight)
    for name in SAMPLES:
        path = f"/mails/{name}/{sight.language}"
        # The mail's own policy lets no script run, not even the one that looks at it.
        answer = await visitor.page.request.get(stage.system.mailbox_url + path)
        await visitor.page.set_content(await answer.text())
        # A reader of mails brings the landmarks.
        await assert_accessible(visitor.page, without=["region"])
