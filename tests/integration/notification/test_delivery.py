"""Each event is told once, through a relay that may answer anything."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from dirty_equals import IsPartialDict

from deploy.local.program import free_ports
from guichet.notification.v1.notification_pb2 import Notification
from tests.integration.notification.running import (
    RunningMailbox,
    RunningNotification,
    an_event,
    running_mailbox,
    running_notification,
    somebody,
)

State = Notification.State
SENT, DUE, FAILED = "STATE_SENT", "STATE_DUE", "STATE_FAILED"


async def test_a_mail_carries_its_headers_both_parts_and_its_link(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, event = somebody(), an_event()
    assert await notification.states(event, claire) == [SENT]
    [item] = await mailbox.messages(to=claire.email, kind="access_request_cancelled", request="request-1")
    message = await mailbox.message(item["id"])
    assert message == IsPartialDict(
        {
            "from": "Guichet <ne-pas-repondre@opcommerce.example>",
            "to": f"Claire Dupont <{claire.email}>",
            "subject": "Bruno Petit a annulé sa demande pour Ateliers Morel",
            "kind": "access_request_cancelled",
            "request": "request-1",
        }
    )
    headers = {one["name"]: one["value"] for one in message["headers"]}
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "fr"
    assert headers["Content-Type"].startswith("multipart/alternative")
    assert message["links"][0] == "https://portail.example.org/demandes/request-1"
    assert "https://portail.example.org/demandes/request-1" in message["text"]
    assert "<html" in message["html"]


async def test_a_repeated_call_sends_nothing_more_and_answers_for_all(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, samir, event = somebody(), somebody("Samir Diallo", "en"), an_event()
    first = await notification.send(event, claire)
    again = await notification.send(event, claire, samir)
    assert [one.recipient_id for one in again] == [claire.recipient_id, samir.recipient_id]
    assert again[0] == first[0]
    assert len(await mailbox.messages(to=claire.email)) == 1
    assert [one["subject"] for one in await mailbox.messages(to=samir.email)] == [
        "Bruno Petit cancelled their request for Ateliers Morel"
    ]


async def test_eight_calls_at_once_send_one_mail_and_all_answer_sent(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, event = somebody(), an_event()
    answers = await asyncio.gather(*(notification.states(event, claire) for _ in range(8)))
    assert answers == [[SENT]] * 8
    assert len(await mailbox.messages(to=claire.email)) == 1


async def test_two_replicas_called_at_once_send_one_mail(
    notification: RunningNotification,
    mailbox: RunningMailbox,
    postgres_url: str,
    keys: Path,
    tmp_path: Path,
) -> None:
    people, event = [somebody() for _ in range(6)], an_event()
    async with running_notification(
        tmp_path / "replica.log", database_url=postgres_url, keys=keys, smtp_port=mailbox.smtp_port
    ) as (replica, _):
        await asyncio.gather(
            *(each.states(event, *people) for each in (notification, replica, notification, replica))
        )
        assert await replica.states(event, *reversed(people)) == [SENT] * 6
    for one in people:
        assert len(await mailbox.messages(to=one.email)) == 1


async def test_a_recipient_named_twice_is_told_once(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire = somebody()
    assert await notification.states(an_event(), claire, claire) == [SENT]
    assert len(await mailbox.messages(to=claire.email)) == 1


async def test_a_550_fails_one_recipient_for_good_and_no_other(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    gone, claire, event = somebody(), somebody(), an_event()
    await mailbox.answer(gone.email, "550")
    failed, sent = await notification.send(event, gone, claire)
    assert (failed.state, sent.state) == (failed.STATE_FAILED, sent.STATE_SENT)
    assert failed.last_error == "550 5.1.1 No such mailbox"
    assert await notification.states(event, gone, claire) == [FAILED, SENT]
    assert await mailbox.messages(to=gone.email) == []


async def test_a_451_leaves_one_recipient_due_until_the_relay_takes_it(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    busy, claire, event = somebody(), somebody(), an_event()
    await mailbox.answer(busy.email, "451")
    deferred, _ = await notification.send(event, busy, claire)
    assert (deferred.state, deferred.attempt_count) == (deferred.STATE_DUE, 1)
    assert deferred.last_error == "451 4.3.0 Try again later"
    later, _ = await notification.send(event, busy, claire)
    assert (later.state, later.attempt_count, later.last_error) == (later.STATE_SENT, 2, "")
    assert len(await mailbox.messages(to=claire.email)) == 1


async def test_a_421_leaves_the_rest_due(notification: RunningNotification, mailbox: RunningMailbox) -> None:
    first, second, event = somebody(), somebody(), an_event()
    await mailbox.answer(first.email, "421")
    assert await notification.states(event, first, second) == [DUE, DUE]
    assert await notification.states(event, first, second) == [SENT, SENT]


async def test_a_connection_cut_after_the_mail_repeats_it_under_the_same_message_id(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, event = somebody(), an_event()
    await mailbox.answer(claire.email, "cut_after_data")
    assert await notification.states(event, claire) == [DUE]
    assert await notification.states(event, claire) == [SENT]
    first, again = await mailbox.messages(to=claire.email)
    assert first["message_id"] == again["message_id"]


async def test_two_events_and_two_recipients_have_different_message_ids(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, samir = somebody(), somebody()
    await notification.send(an_event(), claire, samir)
    await notification.send(an_event(), claire)
    found = [*await mailbox.messages(to=claire.email), *await mailbox.messages(to=samir.email)]
    assert len({one["message_id"] for one in found}) == 3


async def test_a_slow_relay_gives_the_call_back_before_its_deadline_and_the_mail_stays_due(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, samir, event = somebody(), somebody(), an_event()
    await mailbox.answer(claire.email, "slow", seconds=4)
    assert await notification.states(event, claire, samir, seconds=2) == [DUE, DUE]
    assert await notification.states(event, claire, samir) == [SENT, SENT]


async def test_a_caller_that_goes_away_does_not_make_a_second_mail(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, event = somebody(), an_event()
    await mailbox.answer(claire.email, "slow", seconds=0.6)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await notification.send(event, claire)
    assert await notification.states(event, claire) == [SENT]
    assert len(await mailbox.messages(to=claire.email)) == 1


async def test_without_a_relay_mails_stay_due_and_are_sent_once_it_is_back(
    postgres_url: str, keys: Path, tmp_path: Path
) -> None:
    [smtp_port] = free_ports(1)
    claire, event = somebody(), an_event()
    async with running_notification(
        tmp_path / "notification.log", database_url=postgres_url, keys=keys, smtp_port=smtp_port
    ) as (notification, _):
        [due] = await notification.send(event, claire)
        assert (due.state, due.attempt_count) == (due.STATE_DUE, 1)
        assert due.last_error
        async with running_mailbox(tmp_path / "late", smtp_port=smtp_port) as mailbox:
            assert await notification.states(event, claire) == [SENT]
            assert len(await mailbox.messages(to=claire.email)) == 1


async def test_a_killed_service_loses_no_mail(
    mailbox: RunningMailbox, postgres_url: str, keys: Path, tmp_path: Path
) -> None:
    claire, event = somebody(), an_event()
    settings: dict[str, Any] = {
        "database_url": postgres_url,
        "keys": keys,
        "smtp_port": mailbox.smtp_port,
    }
    await mailbox.answer(claire.email, "slow", seconds=60)
    async with running_notification(tmp_path / "killed.log", **settings, delivery_seconds="1") as (
        notification,
        process,
    ):
        call = asyncio.create_task(notification.send(event, claire))
        while (await mailbox.http.get("/api/faults")).json()["items"]:
            await asyncio.sleep(0.02)
        process.kill()
        await process.wait()
        await asyncio.gather(call, return_exceptions=True)
    async with running_notification(tmp_path / "again.log", **settings) as (notification, _):
        async with asyncio.timeout(20):
            while await notification.states(event, claire) == [DUE]:
                await asyncio.sleep(0.2)
        assert len(await mailbox.messages(to=claire.email)) == 1


async def test_an_address_outside_ascii_is_reached_where_the_relay_can(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    nadia = somebody("Надежда")
    nadia.email = f"надежда.{nadia.recipient_id}@example.com"
    assert await notification.states(an_event(), nadia) == [SENT]
    [item] = await mailbox.messages(to=nadia.email)
    assert item["to"] == f"Надежда <{nadia.email}>"


async def test_a_relay_that_was_restarted_takes_the_next_mail_at_once(
    postgres_url: str, keys: Path, tmp_path: Path
) -> None:
    [smtp_port] = free_ports(1)
    async with running_notification(
        tmp_path / "notification.log", database_url=postgres_url, keys=keys, smtp_port=smtp_port
    ) as (notification, _):
        for state in ("first", "second"):
            async with running_mailbox(tmp_path / state, smtp_port=smtp_port):
                assert await notification.states(an_event(), somebody()) == [SENT]
