"""`python -m tests.browser.screens`: takes pictures of every scene, in each language, theme and width."""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.browser.chromium import MISSING, chromium_program, running_chromium
from tests.browser.scenes import SCENES
from tests.browser.stage import Scene, Stage, running_stage
from tests.browser.visitor import DESK, PHONE, Language, Sight
from tests.system.running import ROOT

PICTURES = ROOT / ".guichet" / "screens"
# CSS pixels: what is below is more of the same.
TALLEST = 5_000
LANGUAGES: tuple[Language, ...] = get_args(Language)
SIGHTS = [
    Sight(language, width, dark)
    for language in LANGUAGES
    for dark in (False, True)
    for width in (DESK, PHONE)
]


async def photograph(stage: Stage, scene: Scene, language: Language, folder: Path) -> None:
    """Takes the pictures of a scene in a language: it is shown once, and looked at from every side."""
    seen = [sight for sight in SIGHTS if sight.language == language]
    async with stage.showing(scene, seen[0]) as visitor:
        for sight in seen:
            await visitor.page.set_viewport_size(sight.viewport)
            await visitor.page.emulate_media(color_scheme=sight.colours)
            height: int = await visitor.page.evaluate("() => document.documentElement.scrollHeight")
            await visitor.page.screenshot(
                path=folder / picture_name(scene, sight),
                full_page=True,
                clip={"x": 0, "y": 0, "width": sight.width, "height": min(height, TALLEST)},
                animations="disabled",
            )


def picture_name(scene: Scene, sight: Sight) -> str:
    return f"{scene.name}-{sight}.png"


def write_index(scenes: Sequence[Scene], folder: Path) -> None:
    """Writes the page that shows all pictures, and hides some of them without script."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    pictures = [[(sight, picture_name(scene, sight)) for sight in SIGHTS] for scene in scenes]
    page = templates.get_template("screens.html").render(scenes=list(zip(scenes, pictures, strict=True)))
    (folder / "index.html").write_text(page, encoding="utf-8")


async def take_pictures(scenes: Sequence[Scene], folder: Path) -> None:
    program = chromium_program()
    if program is None:
        raise SystemExit(MISSING)
    began = time.monotonic()
    with TemporaryDirectory() as state:
        async with (
            running_chromium(program) as browser,
            running_stage(Path(state) / "state", browser) as stage,
        ):
            for number, scene in enumerate(scenes, start=1):
                await asyncio.gather(*(photograph(stage, scene, one, folder) for one in LANGUAGES))
                print(f"{time.monotonic() - began:5.1f} s  {number}/{len(scenes)}  {scene.name}", flush=True)
    write_index(scenes, folder)
    print(f"{len(scenes) * len(SIGHTS)} pictures of {len(scenes)} scenes: {folder / 'index.html'}")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="make screens", description=__doc__)
    parser.add_argument("--only", metavar="NAME", default="", help="scenes whose name starts with NAME")
    only: str = parser.parse_args(arguments).only
    scenes = [scene for scene in SCENES if scene.name.startswith(only)]
    if not scenes:
        names = ", ".join(scene.name for scene in SCENES)
        raise SystemExit(f"no scene is called {only}: there are {names}")
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    asyncio.run(take_pictures(scenes, PICTURES))


if __name__ == "__main__":
    main(sys.argv[1:])
