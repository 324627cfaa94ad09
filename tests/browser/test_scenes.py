"""Every scene is accessible, in light and in dark, on a desk and on a phone, in French and in English."""

import pytest

from tests.browser.accessibility import assert_accessible
from tests.browser.scenes import SCENES
from tests.browser.stage import Scene, Stage
from tests.browser.visitor import DESK, PHONE, Sight

SIGHTS = [Sight(width=DESK), Sight(language="en", width=PHONE, dark=True)]


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_is_accessible(stage: Stage, scene: Scene, sight: Sight) -> None:
    async with stage.showing(scene, sight) as visitor:
        assert await visitor.page.get_attribute("html", "lang") == sight.language
        await assert_accessible(visitor.page)
