"""What happened to an access request, and what will: the steps that its requester sees, in their order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.gateway.answers import AccessRequest, Delivery
from services.gateway.deliveries import HIDDEN

RECEIVED = "access_request_received"
UNREACHED = ("failed", "abandoned")


@dataclass(frozen=True)
class Step:
    """One line of the timeline. `text` names it in the translations; `names` are masked."""

    look: Literal["done", "bad", "next", "future"]
    text: str
    at: datetime
    names: Sequence[str] = ()
    count: int = 0


def steps(access_request: AccessRequest, deliveries: Sequence[Delivery], now: datetime) -> list[Step]:
    """Returns what happened, oldest first, then what is to come, soonest first.

    `deliveries` is empty where nothing is known of them: the mails are then not spoken of.
    """
    return [
        # By the minute, as they are shown: what belongs together stays together.
        *sorted(past(access_request, deliveries), key=lambda step: step.at.replace(second=0, microsecond=0)),
        *sorted(future(access_request, now), key=lambda step: step.at),
    ]


def past(access_request: AccessRequest, deliveries: Sequence[Delivery]) -> Iterable[Step]:
    received = [one for one in deliveries if one.kind == RECEIVED and one.recipient == "administrator"]
    yield Step("done", "submitted", access_request.created_at, count=len(received))
    yield from mailed(received)
    for reminder in access_request.reminders:
        yield Step("done", f"reminded_by_{reminder.by}", reminder.at)
    if access_request.escalated_at is not None:
        yield Step("done", "escalated", access_request.escalated_at)
    if access_request.ended_at is not None:
        well = access_request.state in ("approved", "cancelled")
        yield Step("done" if well else "bad", access_request.state, access_request.ended_at)


def mailed(received: Sequence[Delivery]) -> Iterable[Step]:
    """Yields a step for those whom the mail reached, one for those it is due to, one for those it cannot."""
    reached = [one for one in received if one.sent_at is not None]
    due = [one for one in received if one.state == "due"]
    unreached = [one for one in received if one.state in UNREACHED]
    if reached:
        yield Step("done", "delivered", max(one.sent_at for one in reached if one.sent_at), names_of(reached))
    if due:
        yield Step("next", "due", max(one.created_at for one in due), names_of(due))
    if unreached:
        yield Step("bad", "bounced", max(one.created_at for one in unreached), names_of(unreached))


def names_of(deliveries: Sequence[Delivery]) -> Sequence[str]:
    """Returns the masked names; of administrators whose account is gone nothing but that they were there."""
    return [one.name or HIDDEN for one in deliveries]


def future(access_request: AccessRequest, now: datetime) -> Iterable[Step]:
    """Yields what is still to come while nobody decides."""
    if access_request.state != "pending":
        return
    may_remind = access_request.next_reminder_at
    if may_remind is not None and may_remind > now:
        yield Step("next", "may_remind", may_remind)
    if access_request.reminds_at is not None and will_remind(access_request, now):
        yield Step("future", "will_remind", access_request.reminds_at)
    if access_request.escalates_at is not None and not access_request.escalated:
        yield Step("future", "will_escalate", access_request.escalates_at)
    if access_request.expires_at is not None:
        yield Step("future", "will_expire", access_request.expires_at)


def will_remind(access_request: AccessRequest, now: datetime) -> bool:
    """Whether the clock will remind: once, if a reminder is left, and none was made shortly before."""
    reminds_at, may_remind = access_request.reminds_at, access_request.next_reminder_at
    if reminds_at is None or may_remind is None or reminds_at <= now:
        return False
    if any(one.by == "automatic" for one in access_request.reminders):
        return False
    return not access_request.reminders or may_remind <= reminds_at


def next_step(access_request: AccessRequest, now: datetime) -> Step | None:
    """Returns what happens next by itself, if anything does."""
    coming = [one for one in future(access_request, now) if one.look == "future" and one.at > now]
    return min(coming, key=lambda step: step.at, default=None)
