"""What someone who reaches the Temporal frontend sends by its own command line."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from temporalio.client import WorkflowHandle

from tests.races.evidence import Evidence
from tests.races.lanes import Lane, decide, through
from tests.races.pausing import paused_workers
from tests.system.running import RunningSystem
from workflows.access_request.messages import AccessRequestOutcome, workflow_id
from workflows.access_request.workflow import AccessRequestWorkflow

Handle = WorkflowHandle[AccessRequestWorkflow, AccessRequestOutcome]
Temporal = Callable[..., Awaitable[str]]
SIGNALS = ("approve", "reject", "cancel", "remind", "administrators_changed")
HUGE = "x" * 500_000


@pytest.fixture
def temporal(system: RunningSystem) -> Temporal:
    """`temporal workflow …` against the running server, as anyone runs it who can reach it."""

    async def run(command: str, lane: Lane, access_request_id: str, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "temporal"), "workflow", command),
            *("--address", system.temporal_address),
            *("--workflow-id", workflow_id(lane.company.siren, access_request_id)),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    return run


def signal(name: str, argument: object) -> tuple[str, ...]:
    return ("--name", name, "--input", json.dumps(argument))


async def require_untouched(lane: Lane, access_request_id: str, evidence: Evidence) -> None:
    """Asserts that it still waits, in the database and in a workflow that goes on."""
    handle: Handle = evidence.temporal.get_workflow_handle_for(
        AccessRequestWorkflow.run, workflow_id(lane.company.siren, access_request_id)
    )
    async with asyncio.timeout(60):
        described = await handle.query(AccessRequestWorkflow.describe)
    assert (described.state, described.undelivered) == ("pending", 0)
    shown = (await lane.bruno.call("GET", f"/access-requests/{access_request_id}")).json()
    assert (shown["state"], shown["escalated"], shown["decision"], shown["reminders"]) == (
        "pending",
        False,
        None,
        [],
    )
    assert await evidence.role_of(lane.bruno, lane.company.siren) is None
    mails = (await evidence.mails([access_request_id]))[access_request_id]
    assert mails == {
        ("access_request_received", lane.claire.email): 1,
        ("access_request_received", lane.dora.email): 1,
    }


async def asked(lane: Lane, evidence: Evidence) -> str:
    """Bruno asks, and the administrators have it in their mail."""
    access_request_id = await lane.bruno.submits(lane.company)
    await evidence.until_mailed(access_request_id, "access_request_received", lane.claire, lane.dora)
    return access_request_id


async def ends_well(lane: Lane, access_request_id: str, evidence: Evidence, *before: str) -> None:
    """An administrator approves, and everyone is told once."""
    approved = await decide(lane.claire, access_request_id, "approve")
    assert approved.status_code == 200, approved.text
    ended = (await evidence.of_ended([access_request_id]))[access_request_id]
    ended.require_ended("approved", decisions=["applied approve", *before])
    assert ended.mails == {
        ("access_request_received", lane.claire.email): 1,
        ("access_request_received", lane.dora.email): 1,
        ("access_request_approved", lane.bruno.email): 1,
        ("access_request_settled", lane.dora.email): 1,
    }
    assert await evidence.role_of(lane.bruno, lane.company.siren) == "member"


async def test_a_forged_decision_changes_nothing(
    lanes: list[Lane],
    hasty_door: httpx.AsyncClient,
    evidence: Evidence,
    system: RunningSystem,
    temporal: Temporal,
) -> None:
    lane, other, *_ = lanes
    rejected = await asked(other, evidence)
    assert (await decide(other.claire, rejected, "reject")).status_code == 200
    approved = await asked(other, evidence)
    assert (await decide(other.claire, approved, "approve")).status_code == 200
    access_request_id = await asked(lane, evidence)
    # A decision that was recorded and refused: its author was removed before it was applied.
    with paused_workers(system):
        proposed = await through(hasty_door, lane.dora).decides(access_request_id, "approve")
        assert proposed.status_code == 202, proposed.text
        await lane.removes(lane.claire, lane.dora)
    await evidence.until_audited(lane.company.siren, "decision_refused")
    await lane.lets_in(lane.claire, lane.dora, "administrator")

    ids = [
        "unknown",
        *[one for id_ in (rejected, approved, access_request_id) for one in await evidence.decisions(id_)],
    ]
    assert len(ids) == 4
    for name in ("approve", "reject"):
        for decision_id in ids:
            await temporal("signal", lane, access_request_id, *signal(name, {"decision_id": decision_id}))
    await require_untouched(lane, access_request_id, evidence)
    await ends_well(lane, access_request_id, evidence, "refused approve")


async def test_a_forged_withdrawal_or_reminder_changes_nothing(
    lanes: list[Lane], evidence: Evidence, temporal: Temporal
) -> None:
    lane, other, *_ = lanes
    elsewhere = await asked(other, evidence)
    reminded = await other.bruno.call("POST", f"/access-requests/{elsewhere}/reminders")
    assert reminded.status_code == 202, reminded.text
    [reminder] = await evidence.reminders(elsewhere)
    access_request_id = await asked(lane, evidence)
    for name, argument in (
        ("cancel", {"access_request_id": access_request_id}),
        ("cancel", {"access_request_id": elsewhere}),
        ("remind", {"reminder_id": "unknown"}),
        ("remind", {"reminder_id": reminder}),
        ("administrators_changed", {"siren": lane.company.siren}),
        ("administrators_changed", {"siren": "000000000"}),
    ):
        await temporal("signal", lane, access_request_id, *signal(name, argument))
    await require_untouched(lane, access_request_id, evidence)
    await ends_well(lane, access_request_id, evidence)


@pytest.mark.parametrize(
    "arguments",
    {
        "nothing": (),
        "null": ("--input", "null"),
        "empty": ("--input", "{}"),
        "a text": ("--input", '"approve"'),
        "a list": ("--input", "[1, 2]"),
        "numbers for ids": (
            "--input",
            '{"decision_id": 1, "reminder_id": 2, "access_request_id": 3, "siren": 4}',
        ),
        "nested ids": ("--input", '{"decision_id": {"decision_id": []}, "reminder_id": {}, "siren": null}'),
        "two arguments": ("--input", '{"decision_id": "a"}', "--input", '{"decision_id": "b"}'),
        "no JSON": ("--input", "\x01\x02", "--input-meta", "encoding=binary/plain"),
        "a message": ("--input", "{}", "--input-meta", "encoding=json/protobuf"),
        "an unknown encoding": ("--input", "{}", "--input-meta", "encoding=json/forged"),
    }.items(),
    ids=lambda case: case[0],
)
async def test_malformed_arguments_neither_act_nor_stall(
    lanes: list[Lane], evidence: Evidence, temporal: Temporal, arguments: tuple[str, tuple[str, ...]]
) -> None:
    lane = lanes[0]
    access_request_id = await asked(lane, evidence)
    for name in SIGNALS:
        await temporal("signal", lane, access_request_id, "--name", name, *arguments[1])
    await require_untouched(lane, access_request_id, evidence)
    await ends_well(lane, access_request_id, evidence)


async def test_huge_arguments_neither_act_nor_stall(
    lanes: list[Lane], evidence: Evidence, temporal: Temporal, tmp_path: Path
) -> None:
    lane = lanes[0]
    access_request_id = await asked(lane, evidence)
    for name, field in (
        ("approve", "decision_id"),
        ("remind", "reminder_id"),
        ("cancel", "access_request_id"),
    ):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({field: HUGE}))
        await temporal("signal", lane, access_request_id, "--name", name, "--input-file", str(file))
    await require_untouched(lane, access_request_id, evidence)
    await ends_well(lane, access_request_id, evidence)


async def test_an_unknown_signal_neither_acts_nor_stalls(
    lanes: list[Lane], evidence: Evidence, temporal: Temporal
) -> None:
    lane = lanes[0]
    access_request_id = await asked(lane, evidence)
    for name in ("grant", "Approve", "__temporal_forged", "run"):
        await temporal("signal", lane, access_request_id, *signal(name, {"decision_id": "unknown"}))
    await require_untouched(lane, access_request_id, evidence)
    await ends_well(lane, access_request_id, evidence)


@pytest.mark.parametrize("command", ["terminate", "cancel"])
async def test_a_workflow_that_was_ended_from_outside_is_started_again_by_a_decision(
    lanes: list[Lane], evidence: Evidence, temporal: Temporal, command: str
) -> None:
    lane = lanes[0]
    access_request_id = await asked(lane, evidence)
    await temporal(command, lane, access_request_id)
    await evidence.until_closed(lane.company.siren, access_request_id)
    await ends_well(lane, access_request_id, evidence)


async def test_a_workflow_that_was_ended_from_outside_is_started_again_by_a_reminder(
    lanes: list[Lane], evidence: Evidence, temporal: Temporal
) -> None:
    lane = lanes[0]
    access_request_id = await asked(lane, evidence)
    await temporal("terminate", lane, access_request_id)
    reminded = await lane.bruno.call("POST", f"/access-requests/{access_request_id}/reminders")
    assert reminded.status_code == 202, reminded.text
    await evidence.until_mailed(access_request_id, "access_request_reminder", lane.claire, lane.dora)
    rejected = await decide(lane.dora, access_request_id, "reject")
    assert rejected.status_code == 200, rejected.text
    ended = (await evidence.of_ended([access_request_id]))[access_request_id]
    ended.require_ended("rejected", decisions=["applied reject"])
    assert ended.mailed("access_request_received", lane.claire, lane.dora) == [1, 1]
    assert ended.mailed("access_request_reminder", lane.claire, lane.dora) == [1, 1]
