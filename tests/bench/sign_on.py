"""`python -m tests.bench.sign_on`: what one tool waits for at each endpoint of sign-on, with one client."""

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.bench.figures import percentile
from tests.system.companies import demo_companies
from tests.system.people import Mailbox, new_person
from tests.system.relying_party import RelyingParty, browser_of, register, registration
from tests.system.running import running_system

WARM_UP_ROUNDS = 20
COMPARED = "GET /me"


async def measured(rounds: int) -> dict[str, list[float]]:
    """Returns the milliseconds of each call, by its name, after a warm-up."""
    took: dict[str, list[float]] = {}

    async def timed(name: str, call: Awaitable[httpx.Response], status: int) -> httpx.Response:
        began = time.perf_counter()
        answer = await call
        took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        assert answer.status_code == status, answer.text
        return answer

    with TemporaryDirectory() as folder:
        async with (
            running_system(Path(folder) / "state") as system,
            httpx.AsyncClient(base_url=system.url, timeout=30) as http,
        ):
            tool = registration("measured")
            party = RelyingParty(http, tool, (await register(system, tool))["measured"])
            claire = await new_person(http, Mailbox(http, system.mailbox_url), "Claire Morel").joins()
            assert (await claire.asks_for(demo_companies()[0])).status_code == 201
            async with browser_of(claire) as browser:
                for number in range(rounds + WARM_UP_ROUNDS):
                    if number == WARM_UP_ROUNDS:
                        took.clear()
                    answer = await timed("authorize", browser.get(party.request()), 303)
                    code = httpx.URL(answer.headers["location"]).params["code"]
                    tokens = (await timed("token (code)", party.exchange(code), 200)).json()
                    await timed("userinfo", party.userinfo(tokens["access_token"]), 200)
                    await timed(COMPARED, claire.call("GET", "/me"), 200)
                    await timed("token (refresh)", party.refresh(tokens["refresh_token"]), 200)
    return took


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=200)
    rounds = arguments.parse_args().rounds
    before = os.getloadavg()[0]
    took = asyncio.run(measured(rounds))
    print(f"{rounds} rounds, load of the machine before: {before:.1f}\n")
    print(f"| endpoint | p50 ms | p99 ms | p50, times {COMPARED} |\n|---|---|---|---|")
    compared = percentile(took[COMPARED], 50)
    for name, samples in took.items():
        p50, p99 = percentile(samples, 50), percentile(samples, 99)
        print(f"| {name} | {p50:.1f} | {p99:.1f} | {p50 / compared:.1f} |")


if __name__ == "__main__":
    main()
