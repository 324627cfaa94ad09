"""Every scene is accessible, light and still: light and dark, on a desk and on a phone, in both languages."""

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.lightness import assert_light, assert_still
from tests.browser.scenes import SCENES
from tests.browser.stage import Scene, Stage
from tests.browser.visitor import DESK, PHONE, Sight

MEASURED = [scene for scene in SCENES if scene.script]
SIGHTS = [Sight(width=DESK), Sight(language="en", width=PHONE, dark=True)]


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
@pytest.mark.parametrize("scene", MEASURED, ids=lambda scene: scene.name)
async def test_a_scene_is_accessible_light_and_still(stage: Stage, scene: Scene, sight: Sight) -> None:
    async with stage.showing(scene, sight) as visitor:
        assert await visitor.page.get_attribute("html", "lang") == sight.language
        await assert_light(visitor)
        await assert_still(visitor.page)
        await assert_accessible(visitor.page)
