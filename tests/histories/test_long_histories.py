"""A history that becomes too long goes on as a new run; the server calls 40 events too long."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from temporalio.client import WorkflowHistory

from tests.histories.saved import outcome_of
from tests.histories.stage import LONG_AFTER_EVENTS, PATIENCE_SECONDS, OpenRequest, Stage
from workflows.access_request.messages import DEADLINE, SIREN, STATE

SOON = timedelta(seconds=1)
ROUNDS, AT_ONCE = 8, 12
LONGEST_RUN_EVENTS = 4 * LONG_AFTER_EVENTS

pytestmark = pytest.mark.timeout(600)


async def made_long(request: OpenRequest) -> None:
    """Reminds until it goes on as a new run."""
    first = (await request.handle.describe()).run_id
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await request.handle.describe()).run_id == first:
            await request.remind()
            await request.told(f"reminder/reminder-{len(request.case.reminders)}")


async def runs_of(stage: Stage, request: OpenRequest) -> list[WorkflowHistory]:
    """Returns the histories of all runs of one access request, newest first."""
    run_id, runs = (await request.handle.describe()).run_id, []
    while run_id:
        history = await stage.client.get_workflow_handle(request.handle.id, run_id=run_id).fetch_history()
        runs.append(history)
        started = history.events[0].workflow_execution_started_event_attributes
        run_id = started.continued_execution_run_id
    return runs


async def test_what_operators_read_is_there_after_it_goes_on(stage: Stage) -> None:
    await stage.start_worker()
    request = await stage.submit()
    await request.told("received")
    before = await request.handle.describe()
    await made_long(request)
    after = await request.handle.describe()
    assert after.run_id != before.run_id
    assert after.typed_search_attributes[SIREN] == before.typed_search_attributes[SIREN]
    assert after.typed_search_attributes[STATE] == before.typed_search_attributes[STATE]
    assert after.typed_search_attributes[DEADLINE] == before.typed_search_attributes[DEADLINE]
    description = await request.describe()
    assert description.state == "pending"
    assert "received: 1 told" in description.happened[0]


async def test_time_takes_each_step_once_over_several_runs(stage: Stage) -> None:
    await stage.start_worker()
    request = await stage.submit(remind=SOON, escalate=10 * SOON, expire=20 * SOON)
    await request.told("reminder/automatic")
    await made_long(request)
    await request.in_state("escalated")
    await made_long(request)
    request.case.outcome = "expired"
    assert await request.outcome() == "expired"
    assert len(await runs_of(stage, request)) >= 3
    assert request.case.reminders.count("automatic") == 1
    told = Counter(stage.world.told_about(request.case))
    assert told["received"] == told["reminder/automatic"] == told["expired"] == 1
    assert [times for event, times in told.items() if event.startswith("escalated")] == [1]


async def test_no_signal_is_lost_at_the_moment_it_goes_on(stage: Stage) -> None:
    """Reminders come faster than they are told, so that some arrive while the run is being replaced."""
    await stage.start_worker()
    requests = [await stage.submit() for _ in range(AT_ONCE)]
    for request in requests:
        await request.told("received")
    for _ in range(ROUNDS):
        await asyncio.gather(*(request.remind() for request in requests for _ in range(2)))
    for request in requests:
        for number in range(2 * ROUNDS):
            await request.told(f"reminder/reminder-{number + 1}")
        await request.decide("approve")
    replaced = 0
    for request in requests:
        assert await request.outcome() == "approved"
        runs = await runs_of(stage, request)
        replaced += len(runs) - 1
        assert all(len(run.events) < LONGEST_RUN_EVENTS for run in runs), [outcome_of(run) for run in runs]
        told = stage.world.told_about(request.case)
        assert len(told) == len(set(told))
    assert replaced
