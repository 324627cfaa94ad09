"""The life of an access request on a real Temporal server; the world around it is a Desk."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.integration.workflows.fakes import Desk
from tests.integration.workflows.running import running, until
from workflows.access_request.messages import (
    SIREN,
    STATE,
    AccessRequestInput,
    AccessRequestOutcome,
    Announced,
    Deadlines,
)


@pytest.mark.parametrize("verdict", ["approve", "reject"])
async def test_a_decision_ends_it_and_people_are_told(temporal: Client, verdict: str) -> None:
    desk = Desk()
    final = {"approve": "approved", "reject": "rejected"}[verdict]
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: desk.told == ["received"])
        desk.outcome = final
        await getattr(run.workflows, verdict)(run.siren, run.id, "decision-1")
        assert await run.handle.result() == AccessRequestOutcome(final)
        assert desk.told == ["received", final]
        attributes = (await run.handle.describe()).typed_search_attributes
        assert (attributes[SIREN], attributes[STATE]) == (run.siren, final)


async def test_a_signal_whose_decision_is_not_recorded_changes_nothing(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await run.workflows.approve(run.siren, run.id, "forged")
        await until(lambda: desk.told == ["received"])
        assert (await run.describe()).state == "pending"


@pytest.mark.parametrize("arguments", [(), ("a", "b"), (b"no JSON",), ({},), (None,)])
async def test_a_malformed_signal_neither_acts_nor_stalls(temporal: Client, arguments: tuple[object]) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        for name in ("approve", "reject", "cancel", "remind", "administrators_changed"):
            await run.handle.signal(name, args=arguments)
        assert (await run.describe()).state == "pending"
        desk.outcome = "approved"
        await run.workflows.approve(run.siren, run.id, "decision-1")
        assert (await run.handle.result()).state == "approved"
        assert desk.told == ["received", "approved"]


async def test_a_submission_that_was_rolled_back_tells_nobody(temporal: Client) -> None:
    desk = Desk(submitted=False)
    async with running(temporal, desk, datetime.now(UTC)) as run:
        assert (await run.handle.result()).state == "never_submitted"
        assert desk.told == []


async def test_a_reminder_tells_the_administrators_again(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await run.workflows.remind(run.siren, run.id, "reminder-1")
        await until(lambda: sorted(desk.told) == ["received", "reminded"])


async def test_a_withdrawal_ends_it(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        desk.outcome = "cancelled"
        await run.workflows.cancel(run.siren, run.id)
        assert (await run.handle.result()).state == "cancelled"
        assert desk.told[-1] == "cancelled"


async def test_silence_reminds_escalates_and_expires(skipping: WorkflowEnvironment) -> None:
    desk = Desk()
    async with running(skipping.client, desk, await skipping.get_current_time()) as run:
        await until(lambda: desk.told == ["received"])
        await skipping.sleep(timedelta(days=8))
        await until(lambda: desk.told == ["received", "reminded", "escalated"])
        assert desk.escalations == ["no_answer"]
        assert (await run.describe()).state == "escalated"
        desk.outcome = "expired"
        await skipping.sleep(timedelta(days=23))
        await until(lambda: desk.told[-1] == "expired")
        assert (await run.handle.result()).state == "expired"


async def test_expiry_waits_for_the_database_to_agree(skipping: WorkflowEnvironment) -> None:
    desk = Desk(outcome="expired", expires_after_looks=2)
    delays = (timedelta(days=40), timedelta(days=40), timedelta(seconds=1))
    async with running(skipping.client, desk, await skipping.get_current_time(), delays) as run:
        assert (await run.handle.result()).state == "expired"
        assert desk.told == ["received", "expired"]


async def test_a_decision_while_escalated_still_ends_it(temporal: Client) -> None:
    desk = Desk()
    delays = (timedelta(days=1), timedelta(), timedelta(days=2))
    async with running(temporal, desk, datetime.now(UTC), delays) as run:
        await until(lambda: "escalated" in desk.told)
        desk.outcome = "approved"
        await run.workflows.approve(run.siren, run.id, "decision-1")
        assert (await run.handle.result()).state == "approved"


async def test_new_administrators_are_told_of_a_pending_request(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: desk.told == ["received"])
        await run.workflows.administrators_changed(run.siren, run.id)
        await until(lambda: desk.told == ["received", "received"])


async def test_a_decision_of_an_outage_is_applied_within_seconds_of_its_end(temporal: Client) -> None:
    desk = Desk(outcome="approved", away_for_looks=2)
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await run.workflows.approve(run.siren, run.id, "decision-1")
        assert (await run.handle.result()).state == "approved"
        scheduled = [
            one.activity_task_scheduled_event_attributes
            for one in (await run.handle.fetch_history()).events
            if one.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
        ]
        assert [one.retry_policy.maximum_interval.ToTimedelta() for one in scheduled] == [
            timedelta(seconds=10)
        ]


async def test_a_forged_reminder_escalates_nothing(temporal: Client) -> None:
    desk = Desk()
    desk.delivered.extend([Announced(sent=1, failed=0), Announced(sent=0, failed=0)])
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: desk.told == ["received"])
        await run.workflows.remind(run.siren, run.id, "forged")
        await until(lambda: desk.told == ["received", "reminded"])
        assert (await run.describe()).state == "pending"
        assert desk.escalations == []


async def test_a_resumed_run_takes_no_step_twice(temporal: Client) -> None:
    desk = Desk()
    now = datetime.now(UTC)
    deadlines = Deadlines(now - timedelta(days=2), now - timedelta(days=1), now + timedelta(days=1))
    resumed = AccessRequestInput(uuid4().hex, "732829320", deadlines, resumed_as="escalated", steps_taken=2)
    async with running(temporal, desk, now, submitted=resumed) as run:
        assert (await run.describe()).state == "escalated"
        desk.outcome = "rejected"
        await run.workflows.reject(run.siren, run.id, "decision-1")
        assert (await run.handle.result()).state == "rejected"
        assert (desk.told, desk.escalations) == (["rejected"], [])


async def test_operators_read_what_it_waits_for_and_what_happened(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: desk.told == ["received"])
        description = await run.describe()
        assert description.waiting_for.startswith(
            "Waiting for an administrator's decision. Next: automatic reminder"
        )
        assert "received: 1 told, 0 unreachable" in description.happened[0]
        shown = await run.handle.describe()
        assert await shown.static_summary() == "Access to Siren 732829320"
        assert "escalation to the operators" in (await shown.static_details() or "")


async def test_submitted_reminded_and_approved_takes_at_most_22_events(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: desk.told == ["received"])
        await run.workflows.remind(run.siren, run.id, "reminder-1")
        await until(lambda: len(desk.told) == 2)
        desk.outcome = "approved"
        await run.workflows.approve(run.siren, run.id, "decision-1")
        await run.handle.result()
        history = await run.handle.fetch_history()
        kinds = [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events]
        assert len(kinds) <= 22, kinds


async def test_every_timer_and_activity_has_a_summary(temporal: Client) -> None:
    desk = Desk()
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: desk.told == ["received"])
        desk.outcome = "approved"
        await run.workflows.approve(run.siren, run.id, "decision-1")
        await run.handle.result()
        summarised = (
            EventType.EVENT_TYPE_TIMER_STARTED,
            EventType.EVENT_TYPE_MARKER_RECORDED,
            EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        )
        events = [one for one in (await run.handle.fetch_history()).events if one.event_type in summarised]
        assert len(events) >= 3
        assert all(one.user_metadata.summary.data for one in events)
