"""`python -m tests.browser.cost`: what each page costs the gateway, in CPU and on the wire. On Linux."""

import asyncio
import contextlib
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.browser.chromium import MISSING, chromium_program, running_chromium
from tests.browser.scenes import SCENES
from tests.browser.stage import SESSION_COOKIE, Scene, Stage, running_stage

WARM_UP = 10
ROUNDS = 100
AS_A_BROWSER = {"Accept": "text/html", "Accept-Language": "fr"}


def cpu_nanoseconds(process_id: int) -> int:
    """Returns the time that a process's threads have run so far, as the scheduler counts it."""
    total = 0
    for thread in Path(f"/proc/{process_id}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += int((thread / "schedstat").read_text().split()[0])
    return total


async def cost_of(stage: Stage, scene: Scene) -> tuple[float, float, int]:
    """Returns the median and 99th percentile of the CPU milliseconds of a page, and its compressed bytes."""
    cast = await stage.cast(scene, "fr")
    cookies = {SESSION_COOKIE: cast.person.token} if cast.person else {}
    gateway = stage.system.process_ids()["gateway"]
    spent = []
    async with httpx.AsyncClient(
        base_url=stage.system.url, cookies=cookies, headers=AS_A_BROWSER, timeout=30
    ) as http:
        page = (await http.get(scene.path.format_map(cast.names), follow_redirects=True)).url
        for _ in range(WARM_UP + ROUNDS):
            before = cpu_nanoseconds(gateway)
            answer = await http.get(page)
            assert answer.status_code == scene.status, answer.text
            spent.append((cpu_nanoseconds(gateway) - before) / 1e6)
    percentiles = statistics.quantiles(spent[WARM_UP:], n=100)
    return percentiles[49], percentiles[98], answer.num_bytes_downloaded


async def main() -> None:
    program = chromium_program()
    if program is None:
        raise SystemExit(MISSING)
    print("| page | CPU p50, ms | CPU p99, ms | HTML compressed, bytes |\n|---|---|---|---|", flush=True)
    with TemporaryDirectory() as state:
        async with (
            running_chromium(program) as browser,
            running_stage(Path(state) / "state", browser) as stage,
        ):
            for scene in SCENES:
                if scene.do is None:
                    median, highest, size = await cost_of(stage, scene)
                    print(f"| {scene.name} | {median:.1f} | {highest:.1f} | {size:,} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
