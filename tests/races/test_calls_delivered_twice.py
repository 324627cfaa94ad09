"""Every gRPC call of a gateway and of a worker arrives twice. Nothing happens twice."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.local.temporal import register_search_attributes
from tests.races.conftest import OpenLanes
from tests.races.evidence import Evidence
from tests.races.lanes import Lane, decide, through
from tests.system.repeating import RepeatingWire, repeating_wire
from tests.system.replicas import replica
from tests.system.running import RunningSystem
from workflows.access_request.messages import workflow_id

SILENCE = {"GUICHET_REMIND_AFTER": "PT2S", "GUICHET_ESCALATE_AFTER": "PT4S"}
WRITES = {
    *("RequestAccess", "RemindAdministrators", "CancelAccessRequest"),
    *("ApproveAccessRequest", "RejectAccessRequest"),
    *("ConfirmAccessRequest", "SettleAccessRequest", "RecordAutomaticReminder", "EscalateAccessRequest"),
}

DECIDED = ["decision_recorded", "decision_applied"]


@dataclass
class Doubled:
    """A gateway and a worker that reach the services by repeating wires only, in a namespace of their own."""

    door: httpx.AsyncClient
    wires: dict[str, RepeatingWire]
    evidence: Evidence
    one_after_the_other: bool


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="session",
    params=[False, True],
    ids=["one after the other", "at once"],
)
async def doubled(
    request: pytest.FixtureRequest, system: RunningSystem, database: asyncpg.Pool
) -> AsyncIterator[Doubled]:
    at_once: bool = request.param
    namespace = "at-once" if at_once else "one-after-the-other"
    await create_namespace(system, namespace)
    own = {"GUICHET_TEMPORAL_NAMESPACE": namespace}
    async with AsyncExitStack() as stack:
        company = await stack.enter_async_context(replica(system, "company", **own, **SILENCE))
        behind = {
            "identity": int(system.settings["GUICHET_IDENTITY_PORT"]),
            "company": company,
            "notification": int(system.settings["GUICHET_NOTIFICATION_PORT"]),
        }
        wires = {}
        for name, port in behind.items():
            listening, wires[name] = await stack.enter_async_context(repeating_wire(port, at_once=at_once))
            own[f"GUICHET_{name.upper()}_PORT"] = str(listening)
        await stack.enter_async_context(replica(system, "worker", **own))
        gateway = await stack.enter_async_context(replica(system, "gateway", **own))
        door = httpx.AsyncClient(base_url=f"http://localhost:{gateway}", timeout=30)
        await stack.enter_async_context(door)
        client = await Client.connect(system.temporal_address, namespace=namespace)
        yield Doubled(door, wires, Evidence(system, database, client), not at_once)


async def create_namespace(system: RunningSystem, name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).parent / "temporal"), "operator", "namespace", "create"),
        *("--address", system.temporal_address, "--namespace", name),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    async with asyncio.timeout(60):
        while True:
            try:
                return await register_search_attributes(system.temporal_address, name)
            except (RPCError, TimeoutError):  # the server has not heard of its new namespace yet
                await asyncio.sleep(0.2)


def at(doubled: Doubled, lane: Lane) -> Lane:
    people = (through(doubled.door, person) for person in (lane.claire, lane.dora, lane.bruno))
    return Lane(lane.company, *people)


async def test_nothing_happens_twice(open_lanes: OpenLanes, doubled: Doubled) -> None:
    silent, rejecting, withdrawing, approving = (at(doubled, lane) for lane in await open_lanes(4))
    evidence = doubled.evidence
    waiting = await silent.bruno.submits(silent.company)

    reminded = await approving.bruno.submits(approving.company)
    # Confirming tells of reminders too: one made between its two deliveries would make them differ.
    await evidence.until_mailed(reminded, "access_request_received", approving.claire, approving.dora)
    answer = await approving.bruno.call("POST", f"/access-requests/{reminded}/reminders")
    assert (answer.status_code, answer.json()["reminder_count"]) == (202, 1), answer.text
    await evidence.until_mailed(reminded, "access_request_reminder", approving.claire, approving.dora)
    approved = await decide(approving.claire, reminded, "approve")
    assert approved.status_code == 200, approved.text

    withdrawn = await withdrawing.bruno.submits(withdrawing.company)
    await evidence.until_mailed(withdrawn, "access_request_received", withdrawing.claire)
    gone = await withdrawing.bruno.call("DELETE", f"/access-requests/{withdrawn}")
    assert gone.status_code == 204, gone.text

    rejected = await rejecting.bruno.submits(rejecting.company)
    await evidence.until_mailed(rejected, "access_request_received", rejecting.claire)
    answer = await decide(rejecting.dora, rejected, "reject")
    assert answer.status_code == 200, answer.text

    await evidence.until_mailed(waiting, "access_request_escalated", silent.company.contact_email)
    assert (await decide(silent.dora, waiting, "approve")).status_code == 200

    seen = await evidence.of_ended([waiting, reminded, withdrawn, rejected])
    both = [(lane.claire.email, lane.dora.email) for lane in (silent, approving, withdrawing, rejecting)]
    assert seen[waiting].mails == mails(
        received=both[0],
        reminder=both[0],
        escalated=[silent.company.contact_email],
        approved=[silent.bruno.email],
        settled=[silent.claire.email],
    )
    assert seen[reminded].mails == mails(
        received=both[1],
        reminder=both[1],
        approved=[approving.bruno.email],
        settled=[approving.dora.email],
    )
    assert seen[withdrawn].mails == mails(received=both[2], cancelled=both[2])
    assert seen[rejected].mails == mails(
        received=both[3], rejected=[rejecting.bruno.email], settled=[rejecting.claire.email]
    )
    for lane, id_, kinds in (
        (silent, waiting, ["administrators_reminded", "access_request_escalated", *DECIDED]),
        (approving, reminded, ["administrators_reminded", *DECIDED]),
        (withdrawing, withdrawn, ["access_request_cancelled"]),
        (rejecting, rejected, DECIDED),
    ):
        audited = await evidence.audited_since(lane.company.siren, id_)
        assert audited == ["access_request_submitted", *kinds]
        assert await evidence.workflows(lane.company.siren) == [workflow_id(lane.company.siren, id_)]

    answers = doubled.wires["company"].answers
    assert set(answers) >= WRITES
    assert doubled.wires["notification"].answers["SendNotifications"]
    if doubled.one_after_the_other:
        for method in (*WRITES, "SendNotifications"):
            wire = doubled.wires["notification" if method == "SendNotifications" else "company"]
            assert all(first == second for first, second in wire.answers[method]), method


def mails(**addresses: Sequence[str]) -> Counter[tuple[str, str]]:
    return Counter(
        (f"access_request_{kind}", address) for kind, told in addresses.items() for address in told
    )
