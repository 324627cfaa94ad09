import asyncio
import json
import uuid

import pytest_asyncio

from guichet.company.v1.company_service_pb2 import ListEveryAccessRequestRequest, RequestAccessRequest
from guichet.company.v1.company_service_pb2_grpc import CompanyServiceStub
from services.platform.rpc_client import open_channel
from services.platform.rpc_context import Acting, acting
from services.platform.service_identity import ServiceIdentity
from tests.system.running import CommandLine, RunningSystem

SIREN, CODE = "652014051", "DEMO0002"


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def pending(system: RunningSystem) -> list[str]:
    """Ids of three access requests that wait, oldest first.

    Their company's administrator is an account that identity does not know: they are escalated at once.
    """
    keys = system.state / "keys"
    address = f"127.0.0.1:{system.settings['GUICHET_COMPANY_PORT']}"
    gateway = ServiceIdentity("gateway", keys)
    ids: list[str] = []
    async with open_channel(
        address, service="guichet.company.v1.CompanyService", identity=gateway
    ) as channel:
        for _ in range(4):
            token = ServiceIdentity("identity", keys).account_token(str(uuid.uuid4()))
            held = acting.set(Acting(account_token=token))
            try:
                answer = await CompanyServiceStub(channel).RequestAccess(
                    RequestAccessRequest(siren=SIREN, member_code=CODE)
                )
            finally:
                acting.reset(held)
            ids.append(answer.pending.id)
    cli = ServiceIdentity("cli", keys)
    async with open_channel(address, service="guichet.company.v1.CompanyService", identity=cli) as channel:
        escalated = ListEveryAccessRequestRequest(escalated=True)
        async with asyncio.timeout(60):
            while (
                len((await CompanyServiceStub(channel).ListEveryAccessRequest(escalated)).access_requests) < 3
            ):
                await asyncio.sleep(0.1)
    return ids[1:]


async def test_lists_pending_requests_newest_first(guichet: CommandLine, pending: list[str]) -> None:
    ended = await guichet("requests", "list", "--state", "pending", "--json")
    assert ended.code == 0
    listed = json.loads(ended.out)
    assert [one["id"] for one in listed] == pending[::-1]
    assert {(one["siren"], one["company_name"], one["state"]) for one in listed} == {
        (SIREN, "Carrefour (démo)", "pending")
    }
    assert all(one["created_at"] < one["expires_at"] for one in listed)


async def test_writes_tab_separated_lines_into_a_pipe(guichet: CommandLine, pending: list[str]) -> None:
    header, *lines = (await guichet("requests", "list")).out.splitlines()
    assert header.split("\t")[:3] == ["id", "siren", "company"]
    assert [line.split("\t")[0] for line in lines] == pending[::-1]


async def test_an_empty_list_is_told_beside_the_data(guichet: CommandLine, pending: list[str]) -> None:
    ended = await guichet("requests", "list", "--state", "rejected")
    assert (ended.code, ended.out, ended.err) == (0, "", "no access request\n")
    assert (await guichet("requests", "list", "--state", "rejected", "--json")).out == "[]\n"


async def test_escalated_requests_say_why(guichet: CommandLine, pending: list[str]) -> None:
    listed = json.loads((await guichet("requests", "list", "--escalated", "--json")).out)
    assert [(one["id"], one["escalation_reason"]) for one in listed] == [
        (one, "mail_bounced") for one in pending[::-1]
    ]


async def test_an_unknown_state_is_code_2(guichet_alone: CommandLine) -> None:
    ended = await guichet_alone("requests", "list", "--state", "lost")
    assert ended.code == 2
    assert "cancelled" in ended.err


async def test_status_counts_what_waits_and_names_every_part(
    guichet: CommandLine, pending: list[str]
) -> None:
    ended = await guichet("status", "--json")
    result = json.loads(ended.out)
    assert ended.code == 0, result
    assert {one["name"] for one in result["parts"]} == {
        "gateway",
        "identity",
        "company",
        "notification",
        "temporal",
        "worker",
    }
    assert set(result["notifications"]) == {"due", "failed", "abandoned"}
    assert result["access_requests"] == {"pending": len(pending), "escalated": len(pending)}
