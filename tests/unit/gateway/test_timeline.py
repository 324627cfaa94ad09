"""What a requester reads of the past and the future of an access request."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.answers import AccessRequest, Delivery, Reminder
from services.gateway.openapi import ACCESS_REQUEST, APPROVED
from services.gateway.pages.timeline import next_step, steps

SUBMITTED = ACCESS_REQUEST.created_at
HOUR = timedelta(hours=1)


def request(**changes: Any) -> AccessRequest:
    """Returns an access request of a Monday that nobody has answered or reminded of."""
    unanswered = {"reminders": [], "next_reminder_at": SUBMITTED + timedelta(days=1)}
    return ACCESS_REQUEST.model_copy(update={**unanswered, **changes})


def mail(name: str | None, state: str = "sent", after: timedelta = timedelta(), **changes: Any) -> Delivery:
    at = SUBMITTED + after
    sent: dict[str, Any] = {
        "recipient": "administrator",
        "name": name,
        "kind": "access_request_received",
        "state": state,
        "created_at": at,
        "sent_at": at if state == "sent" else None,
    }
    return Delivery(**{**sent, **changes})


def told(access_request: AccessRequest, *deliveries: Delivery, now: datetime = SUBMITTED) -> list[str]:
    return [step.text for step in steps(access_request, deliveries, now)]


def test_a_new_request_tells_all_that_will_happen_soonest_first() -> None:
    found = steps(request(), [], SUBMITTED)
    assert [step.text for step in found] == [
        "submitted",
        "may_remind",
        "will_remind",
        "will_escalate",
        "will_expire",
    ]
    assert [step.at for step in found] == sorted(step.at for step in found)
    assert [step.look for step in found] == ["done", "next", "future", "future", "future"]


def test_mails_are_told_by_how_they_fared_with_masked_names() -> None:
    found = steps(
        request(),
        [
            mail("A••• M•••"),
            mail("P••• R•••", "failed"),
            mail("S••• D•••"),
            mail("Z••• B•••", "due"),
            mail(None, "abandoned"),
            mail(None, recipient="operator", kind="access_request_escalated"),
        ],
        SUBMITTED,
    )
    assert [(step.text, list(step.names)) for step in found[1:4]] == [
        ("delivered", ["A••• M•••", "S••• D•••"]),
        ("due", ["Z••• B•••"]),
        ("bounced", ["P••• R•••", "•••"]),
    ]
    assert found[0].count == 5


def test_reminders_and_escalation_stand_between_the_past_and_the_future() -> None:
    escalated = SUBMITTED + timedelta(days=7)
    access_request = request(
        reminders=[
            Reminder(at=SUBMITTED + timedelta(days=2), by="automatic"),
            Reminder(at=SUBMITTED + timedelta(days=4), by="requester"),
        ],
        next_reminder_at=SUBMITTED + timedelta(days=5),
        escalated=True,
        escalation_reason="no_answer",
        escalated_at=escalated,
    )
    assert told(access_request, now=escalated + HOUR) == [
        "submitted",
        "reminded_by_automatic",
        "reminded_by_requester",
        "escalated",
        "will_expire",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        # The clock reminds once.
        ({"reminders": [Reminder(at=SUBMITTED, by="automatic")]}, False),
        # No reminder is left.
        ({"next_reminder_at": None}, False),
        # The requester reminds so late that the clock will not.
        (
            {
                "reminders": [Reminder(at=datetime(2026, 11, 24, 20, tzinfo=UTC), by="requester")],
                "next_reminder_at": datetime(2026, 11, 25, 20, tzinfo=UTC),
            },
            False,
        ),
        ({"reminds_at": SUBMITTED - HOUR}, False),
    ],
)
def test_the_clocks_reminder_is_promised_only_where_it_comes(
    changes: dict[str, Any], *, expected: bool
) -> None:
    assert ("will_remind" in told(request(**changes))) == expected


@pytest.mark.parametrize("state", ["rejected", "expired", "cancelled"])
def test_what_has_ended_has_no_future(state: str) -> None:
    ended = request(state=state, ended_at=SUBMITTED + HOUR, next_reminder_at=None)
    assert told(ended) == ["submitted", state]
    assert next_step(ended, SUBMITTED) is None
    assert told(APPROVED)[-1] == "approved"


def test_the_next_step_is_the_first_that_comes_by_itself() -> None:
    assert [
        step.text if (step := next_step(request(), SUBMITTED + timedelta(days=days))) else ""
        for days in (0, 3, 8, 40)
    ] == ["will_remind", "will_escalate", "will_expire", ""]
