"""Mails that do not go out hold up no decision, and are not lost out of sight."""

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.integration.workflows.fakes import Desk
from tests.integration.workflows.running import running, until
from workflows.access_request.messages import Announced


@pytest.mark.parametrize(
    ("told", "reason"),
    [(Announced(sent=0, failed=2), "mail_bounced"), (Announced(sent=0, failed=0), "no_active_administrator")],
)
async def test_nobody_reachable_escalates_at_once(temporal: Client, told: Announced, reason: str) -> None:
    desk = Desk()
    desk.delivered.append(told)
    async with running(temporal, desk, datetime.now(UTC)):
        await until(lambda: "escalated" in desk.told)
        assert desk.escalations == [reason]


async def test_a_relay_that_is_away_delays_mails_and_not_the_decision(temporal: Client) -> None:
    desk = Desk()
    desk.delivered.extend(["mail_deferred", "mail_deferred"])
    async with running(temporal, desk, datetime.now(UTC)) as run:
        await until(lambda: not desk.delivered or len(desk.delivered) < 2)
        desk.outcome = "approved"
        await run.workflows.approve(run.siren, run.id, "decision-1")
        assert (await run.handle.result()).state == "approved"
        assert sorted(desk.told) == ["approved", "received"]
        history = await run.handle.fetch_history()
        kinds = [event.event_type for event in history.events]
        assert EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED in kinds


async def test_a_relay_that_stalls_holds_up_no_decision(temporal: Client) -> None:
    desk = Desk(relay_answers=asyncio.Event())
    async with running(temporal, desk, datetime.now(UTC)) as run:
        desk.outcome = "approved"
        await run.workflows.approve(run.siren, run.id, "decision-1")
        await until(lambda: desk.state == "approved")
        assert desk.told == []
        assert desk.relay_answers is not None
        desk.relay_answers.set()
        assert (await run.handle.result()).state == "approved"
        assert {"received", "approved"} <= set(desk.told)


async def test_a_mail_that_stays_due_for_three_days_is_given_up(skipping: WorkflowEnvironment) -> None:
    desk = Desk(delivered=deque(["mail_deferred"] * 10_000))
    async with running(skipping.client, desk, await skipping.get_current_time()) as run:
        await skipping.sleep(timedelta(days=3, hours=1))
        await until(lambda: "abandoned received" in desk.told)
        desk.delivered.clear()
        assert desk.escalations == ["mail_bounced"]
        assert (await run.describe()).state == "escalated"
