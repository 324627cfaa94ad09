"""Releases follow one another in the middle of open access requests; real worker processes."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.histories.changes import PATCHED, UNPATCHED, release
from tests.histories.saved import steps_of
from tests.histories.stage import PATIENCE_SECONDS, OpenRequest, Stage, until

SOON = timedelta(seconds=1)
AT_THE_START, AT_THE_END = "patch look-first", "patch confirm-last"
SIDE_BY_SIDE = 8

pytestmark = pytest.mark.timeout(600)


async def open_requests(stage: Stage) -> list[OpenRequest]:
    """Opens one access request that is pending, one that was reminded, and one that is escalated."""
    requests = [await stage.submit(), await stage.submit(remind=SOON), await stage.submit(escalate=SOON)]
    await requests[0].told("received")
    await requests[1].told("reminder/automatic")
    await requests[2].in_state("escalated")
    return requests


async def steps(request: OpenRequest) -> list[str]:
    return steps_of(await request.handle.fetch_history())


async def until_refused(request: OpenRequest) -> None:
    """Returns once a worker has failed on a request's history."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "workflow task failed" not in await steps(request):
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_an_upgraded_worker_goes_on_with_open_requests(
    stage: Stage, tmp_path: Path, how: signal.Signals
) -> None:
    await stage.start_worker()
    old = await open_requests(stage)
    await stage.end_workers(how)
    await old[1].remind()
    await stage.start_worker(release(tmp_path / "next", PATCHED))
    await old[1].told("reminder/reminder-2")
    new = await stage.submit()
    await new.told("received")
    for request in (*old, new):
        await request.decide("approve")
    for request in (*old, new):
        assert await request.outcome() == "approved"
        taken = await steps(request)
        assert "workflow task failed" not in taken
        assert AT_THE_END in taken
        assert (AT_THE_START in taken) == (request is new)
        told = stage.world.told_about(request.case)
        assert len(told) == len(set(told))


async def test_a_rolling_restart_brings_every_request_to_its_end(stage: Stage, tmp_path: Path) -> None:
    """Small caches make requests change hands between the releases all the time."""
    old_worker = await stage.start_worker(cached_workflows=2)
    old = await open_requests(stage)
    await stage.start_worker(release(tmp_path / "next", PATCHED), cached_workflows=2)
    new = [await stage.submit() for _ in range(SIDE_BY_SIDE)]
    for request in new:
        await request.remind()
    for request in new:
        await request.told("reminder/reminder-1")
    for request in new[::2]:
        await request.decide("reject")
    for request in new[::2]:
        assert await request.outcome() == "rejected"
    await stage.end(old_worker, signal.SIGTERM)
    for request in (*old, *new[1::2]):
        await request.decide("approve")
    for request in (*old, *new[1::2]):
        assert await request.outcome() == "approved"
        assert AT_THE_END in await steps(request)
    for request in new:
        assert stage.world.told_about(request.case).count("reminder/reminder-1") == 1


async def test_an_unpatched_change_loses_nothing_and_going_back_heals_it(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.start_worker()
    requests = await open_requests(stage)
    await stage.end_workers(signal.SIGTERM)
    await stage.start_worker(release(tmp_path / "wrong", UNPATCHED))
    for request in requests:
        await request.decide("approve")
    for request in requests:
        await until_refused(request)
        assert (await request.handle.describe()).status is WorkflowExecutionStatus.RUNNING
        assert request.case.state == "pending"
    await stage.end_workers(signal.SIGTERM)
    await stage.start_worker()
    for request in requests:
        assert await request.outcome() == "approved"


async def test_going_back_from_a_patched_release_holds_its_requests_until_it_returns(
    stage: Stage, tmp_path: Path
) -> None:
    next_release = release(tmp_path / "next", PATCHED)
    await stage.start_worker(next_release)
    request = await stage.submit()
    await request.told("received")
    await stage.end_workers(signal.SIGTERM)
    await stage.start_worker()
    await request.remind()
    await until_refused(request)
    other = await stage.submit()
    await other.told("received")
    await stage.end_workers(signal.SIGTERM)
    await stage.start_worker(next_release)
    await until(lambda: "reminder/reminder-1" in stage.world.told_about(request.case))
    for one in (request, other):
        await one.decide("approve")
    for one in (request, other):
        assert await one.outcome() == "approved"
