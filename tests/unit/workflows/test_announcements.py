from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1.access_request_pb2 import AccessRequest, Decision, Reminder
from guichet.company.v1.company_pb2 import Role
from guichet.identity.v1.account_pb2 import Account, Operator
from workflows.access_request.announcements import (
    Audience,
    account_ids_in,
    is_stale,
    mails_about,
    without_account,
)
from workflows.access_request.messages import Announcement

ALICE = Account(id="alice", email="alice@example.com", full_name="Alice", locale="fr")
BOB = Account(id="bob", email="bob@example.com", full_name="Bob", locale="en")
CARL = Account(id="carl", email="carl@example.com", full_name="Carl", locale="fr")


def at(hour: int) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(datetime(2026, 11, 23, hour, tzinfo=UTC))
    return timestamp


def audience(access_request: AccessRequest, contact_email: str = "contact@example.com") -> Audience:
    return Audience(
        access_request=access_request,
        contact_email=contact_email,
        administrator_account_ids=["alice", "bob"],
        accounts={one.id: one for one in (ALICE, BOB, CARL)},
        operators=[Operator(email="desk@example.org", locale="fr")],
    )


def access_request(state: AccessRequest.State.ValueType = AccessRequest.STATE_PENDING) -> AccessRequest:
    return AccessRequest(
        id="r1",
        siren="732829320",
        company_name="Ateliers Morel",
        requester_account_id="carl",
        message="Bonjour",
        state=state,
        create_time=at(8),
        escalate_time=at(9),
        expire_time=at(10),
        end_time=at(11),
    )


def approved_by(account_id: str) -> AccessRequest:
    settled = access_request(AccessRequest.STATE_APPROVED)
    settled.decision.CopyFrom(
        Decision(
            verdict=Decision.VERDICT_APPROVE,
            role=Role.ROLE_MEMBER,
            decided_by_account_id=account_id,
            create_time=at(9),
        )
    )
    return settled


def test_every_administrator_receives_an_access_request() -> None:
    [mail] = mails_about(Announcement("r1", "received"), audience(access_request()))
    assert (mail.kind, mail.event_id, mail.access_request_id) == (
        "access_request_received",
        "r1/received",
        "r1",
    )
    assert [one.email for one in mail.recipients] == ["alice@example.com", "bob@example.com"]
    assert mail.parameters["requester_name"] == "Carl"
    assert mail.parameters["expire_time"] == "2026-11-23T10:00:00Z"


def test_a_reminder_that_nobody_recorded_tells_nobody() -> None:
    assert mails_about(Announcement("r1", "reminded", "forged"), audience(access_request())) == []


def test_each_reminder_is_an_event_of_its_own() -> None:
    pending = access_request()
    pending.reminders.append(Reminder(id="n1", origin=Reminder.ORIGIN_AUTOMATIC))
    [mail] = mails_about(Announcement("r1", "reminded", "n1"), audience(pending))
    assert mail.event_id == "r1/reminder/n1"
    assert (mail.parameters["origin"], mail.parameters["reminder_count"]) == ("automatic", "1")


def test_an_approval_tells_the_requester_and_the_other_administrators() -> None:
    to_requester, to_others = mails_about(Announcement("r1", "approved"), audience(approved_by("alice")))
    assert (to_requester.kind, [one.email for one in to_requester.recipients]) == (
        "access_request_approved",
        ["carl@example.com"],
    )
    assert (to_others.kind, [one.email for one in to_others.recipients]) == (
        "access_request_settled",
        ["bob@example.com"],
    )
    assert to_others.parameters["decider_name"] == "Alice"


def test_a_requester_who_became_administrator_is_told_once() -> None:
    settled = approved_by("alice")
    told = audience(settled)
    told.administrator_account_ids.append("carl")
    mails = mails_about(Announcement("r1", "approved"), told)
    addresses = [one.email for mail in mails for one in mail.recipients]
    assert sorted(addresses) == ["bob@example.com", "carl@example.com"]


def test_an_escalation_tells_operators_and_the_contact_on_file() -> None:
    escalated = access_request()
    escalated.escalation_reason = AccessRequest.ESCALATION_REASON_NO_ANSWER
    [mail] = mails_about(Announcement("r1", "escalated"), audience(escalated))
    assert [one.recipient_id.split(":")[0] for one in mail.recipients] == ["operator", "contact"]
    assert mail.parameters["reason"] == "no_answer"


def test_a_company_without_a_contact_on_file_leaves_the_operators() -> None:
    [mail] = mails_about(Announcement("r1", "escalated"), audience(access_request(), contact_email=""))
    assert [one.email for one in mail.recipients] == ["desk@example.org"]


def test_an_account_that_was_deleted_is_passed_over() -> None:
    told = audience(access_request())
    told.administrator_account_ids.append("gone")
    [mail] = mails_about(Announcement("r1", "received"), told)
    assert len(mail.recipients) == 2
    assert without_account(Announcement("r1", "received"), told) == 1
    assert without_account(Announcement("r1", "received"), audience(access_request())) == 0


def test_whoever_a_mail_names_is_looked_up() -> None:
    assert account_ids_in(approved_by("dora"), ["alice"]) == ["alice", "carl", "dora"]


def test_an_ask_is_stale_once_it_was_answered() -> None:
    answered = audience(approved_by("alice"))
    assert is_stale(Announcement("r1", "received"), answered)
    assert not is_stale(Announcement("r1", "approved"), answered)
    assert not is_stale(Announcement("r1", "received"), audience(access_request()))
