"""How the load counts: what failed is an error, and what was late is late."""

import asyncio
import itertools

from tests.bench.loops import Run, Sample, Stages, closed_loop, open_loop
from tests.bench.measured import Window
from tests.bench.report import measured_rate


async def test_a_lifecycle_that_fails_is_an_error_and_no_part_of_the_rate() -> None:
    numbers = itertools.count()

    async def lifecycle() -> Stages:
        await asyncio.sleep(0.005)
        if next(numbers) % 2:
            raise RuntimeError("409 already_decided")
        return {"submit": 1.0}

    run = await closed_loop(lifecycle, clients=2, warm_up=0, seconds=0.3, mark=lambda moment: None)
    assert set(run.errors) == {"RuntimeError: 409 already_decided"}
    assert len(run.errors) + sum(not one.error for one in run.samples) == next(numbers)
    assert all(not one.error for one in [*run.completed, *run.planned])


def test_only_what_ended_while_the_window_was_open_makes_the_rate() -> None:
    samples = [
        Sample(-1, -0.1),
        Sample(-1, 0.5),
        Sample(1, 1.5),
        Sample(1.9, 2.1),
        Sample(1, 1.5, error="no"),
    ]
    run = Run(2, samples)
    assert run.rate == 1
    assert [one.began for one in run.planned] == [1, 1.9]


def test_errors_of_the_warm_up_and_after_the_window_are_counted_too() -> None:
    run = Run(2, [Sample(-1, -0.5, error="early"), Sample(1, 1.5), Sample(1.9, 60, error="late")])
    assert run.errors == ["early", "late"]


async def test_an_open_loop_begins_on_time_whatever_became_of_those_before() -> None:
    under_way = 0
    most = 0

    async def lifecycle() -> Stages:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.5)
        under_way -= 1
        return {}

    run = await open_loop(lifecycle, rate=40, warm_up=0, seconds=0.25, mark=lambda moment: None)
    assert most == 10
    assert [round(one.began, 3) for one in sorted(run.samples, key=lambda one: one.began)] == [
        round(number / 40, 3) for number in range(10)
    ]


async def test_latency_counts_from_the_planned_start_even_when_it_could_not_be_kept() -> None:
    blocks = iter([True])

    async def lifecycle() -> Stages:
        if next(blocks, False):
            block_the_loop()
        return {}

    run = await open_loop(lifecycle, rate=20, warm_up=0, seconds=0.2, mark=lambda moment: None)
    second = sorted(run.samples, key=lambda one: one.began)[1]
    assert second.began == 0.05
    assert second.milliseconds > 100


def block_the_loop() -> None:
    until = asyncio.get_running_loop().time() + 0.3
    while asyncio.get_running_loop().time() < until:
        pass


async def test_the_window_is_marked_when_it_opens_and_when_it_closes() -> None:
    moments: list[str] = []

    async def lifecycle() -> Stages:
        await asyncio.sleep(0.01)
        return {}

    await closed_loop(lifecycle, clients=1, warm_up=0.02, seconds=0.05, mark=moments.append)
    assert moments == ["opened", "closed"]


def test_a_run_with_errors_is_marked_in_the_report() -> None:
    clean, failed = Run(1, [Sample(0, 0.5)]), Run(1, [Sample(0, 0.5), Sample(0, 0.6, error="503")])
    assert "⚠" not in measured_rate([Window("full", clean, {}, 0)])
    assert "⚠" in measured_rate([Window("full", clean, {}, 0), Window("full", failed, {}, 0)])
