import json
import re
import uuid

import pytest_asyncio

from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import (
    AbandonNotificationsRequest,
    Recipient,
    SendNotificationsRequest,
)
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from services.platform.rpc_client import open_channel
from services.platform.service_identity import ServiceIdentity
from tests.system.running import CommandLine, RunningSystem

ABANDONED = 101
REQUEST = "request-of-these-mails"


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def event_id(system: RunningSystem) -> str:
    """An event about one access request: a mail was sent, and more than a page of others given up."""
    event = str(uuid.uuid4())
    address = f"127.0.0.1:{system.settings['GUICHET_NOTIFICATION_PORT']}"
    async with open_channel(
        address,
        service="guichet.notification.v1.NotificationService",
        identity=ServiceIdentity("worker", system.state / "keys"),
    ) as channel:
        stub = NotificationServiceStub(channel)
        sent = await stub.SendNotifications(
            SendNotificationsRequest(
                event_id=event,
                kind="access_request_cancelled",
                access_request_id=REQUEST,
                recipients=[Recipient(recipient_id="claire", email="claire@example.com", locale="fr")],
                parameters={
                    "siren": "732829320",
                    "company_name": "Ateliers Morel",
                    "requester_name": "Bruno Petit",
                    "cancel_time": "2026-11-23T09:12:00Z",
                },
            )
        )
        assert [one.state for one in sent.notifications] == [Notification.STATE_SENT]
        await stub.AbandonNotifications(
            AbandonNotificationsRequest(
                event_id=event,
                kind="access_request_cancelled",
                access_request_id=REQUEST,
                recipient_ids=[f"account-{number}" for number in range(ABANDONED)],
            )
        )
    return event


async def test_mails_that_were_given_up_are_listed_to_the_last_page(
    guichet: CommandLine, event_id: str
) -> None:
    ended = await guichet("notifications", "list", "--state", "abandoned", "--json")
    assert ended.code == 0, ended
    listed = json.loads(ended.out)
    assert {(one["event_id"], one["state"], one["sent_at"]) for one in listed} == {
        (event_id, "abandoned", None)
    }
    assert len({one["recipient_id"] for one in listed}) == len(listed) == ABANDONED


async def test_mails_about_one_access_request_are_listed_in_every_state(
    guichet: CommandLine, event_id: str
) -> None:
    header, *lines = (await guichet("notifications", "list", "--request", REQUEST)).out.splitlines()
    assert header.split("\t") == ["id", "kind", "recipient", "request", "state", "tries", "created", "error"]
    assert len(lines) == ABANDONED + 1
    sent = [line.split("\t")[1:5] for line in lines if "\tsent\t" in line]
    assert sent == [["access_request_cancelled", "claire", REQUEST, "sent"]]
    other = await guichet("notifications", "list", "--request", "another-request")
    assert (other.code, other.out, other.err) == (0, "", "no notification\n")


async def test_status_counts_the_mails_that_did_not_go_out(guichet: CommandLine, event_id: str) -> None:
    ended = await guichet("status")
    assert re.search(rf"^mails: \d+ due, \d+ failed, {ABANDONED} abandoned$", ended.err, re.MULTILINE)
