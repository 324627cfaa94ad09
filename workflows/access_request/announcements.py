"""Who is told what, when something happens to an access request. Pure: audience in, mails out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from guichet.company.v1.access_request_pb2 import AccessRequest, Decision, Reminder
from guichet.company.v1.company_pb2 import Role
from guichet.identity.v1.account_pb2 import Account, Operator
from guichet.notification.v1.notification_service_pb2 import Recipient, SendNotificationsRequest
from workflows.access_request.messages import Announcement
from workflows.recipients import of_accounts, of_contact, of_operators
from workflows.services import rfc3339

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Audience:
    """An access request and the people it concerns. `accounts` holds all that it names, by id."""

    access_request: AccessRequest
    contact_email: str
    administrator_account_ids: list[str]
    accounts: Mapping[str, Account]
    operators: list[Operator]

    @property
    def requester(self) -> Account:
        return self.account(self.access_request.requester_account_id)

    @property
    def administrators(self) -> list[Account]:
        return [self.accounts[one] for one in self.administrator_account_ids if one in self.accounts]

    def account(self, account_id: str) -> Account:
        """Returns an account, or a nameless one where it was deleted."""
        return self.accounts.get(account_id, Account(id=account_id))


def account_ids_in(access_request: AccessRequest, administrator_account_ids: Iterable[str]) -> list[str]:
    """Returns the accounts that announcements about an access request may name."""
    named = {access_request.requester_account_id, *administrator_account_ids}
    if access_request.HasField("decision"):
        named.add(access_request.decision.decided_by_account_id)
    return sorted(named)


def is_stale(announcement: Announcement, audience: Audience) -> bool:
    """Whether it asks for a decision that is not needed any more."""
    asks = announcement.event in ("received", "reminded")
    return asks and audience.access_request.state != AccessRequest.STATE_PENDING


def without_account(announcement: Announcement, audience: Audience) -> int:
    """Returns how many administrators a new access request cannot reach, for their account is gone."""
    gone = set(audience.administrator_account_ids) - set(audience.accounts)
    return len(gone) if announcement.event == "received" else 0


def mails_about(announcement: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    """Returns the mails of one announcement. Some may have no recipient."""
    return COMPOSERS[announcement.event](announcement, audience)


def received(_: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    return [
        mail(
            audience,
            "received",
            "access_request_received",
            of_accounts(audience.administrators),
            ask(audience),
        )
    ]


def reminded(announcement: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    reminders = audience.access_request.reminders
    reminder = next((one for one in reminders if one.id == announcement.reminder_id), None)
    if reminder is None:
        return []
    automatic = reminder.origin == Reminder.ORIGIN_AUTOMATIC
    parameters = {
        **ask(audience),
        "origin": "automatic" if automatic else "requester",
        "reminder_count": str(len(reminders)),
    }
    event = f"reminder/{reminder.id}"
    return [
        mail(audience, event, "access_request_reminder", of_accounts(audience.administrators), parameters)
    ]


def escalated(_: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    access_request = audience.access_request
    reason = AccessRequest.EscalationReason.Name(access_request.escalation_reason)
    parameters = {
        **whom(audience),
        "requester_email": audience.requester.email,
        "reason": reason.removeprefix("ESCALATION_REASON_").lower(),
        "create_time": rfc3339(access_request.create_time),
        "expire_time": rfc3339(access_request.expire_time),
    }
    recipients = [*of_operators(audience.operators), *of_contact(audience.contact_email)]
    return [mail(audience, "escalated", "access_request_escalated", recipients, parameters)]


def decided(_: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    decision = audience.access_request.decision
    approved = decision.verdict == Decision.VERDICT_APPROVE
    role = "administrator" if decision.role == Role.ROLE_ADMINISTRATOR else "member"
    outcome = {
        "siren": audience.access_request.siren,
        "company_name": audience.access_request.company_name,
        "reason": decision.reason,
        "decider_name": audience.account(decision.decided_by_account_id).full_name,
        "decide_time": rfc3339(decision.create_time),
    }
    others = [
        one
        for one in audience.administrators
        if one.id not in (decision.decided_by_account_id, audience.requester.id)
    ]
    return [
        mail(
            audience,
            "decided",
            "access_request_approved" if approved else "access_request_rejected",
            of_requester(audience),
            {**outcome, "role": role} if approved else outcome,
        ),
        mail(
            audience,
            "settled",
            "access_request_settled",
            of_accounts(others),
            {
                **outcome,
                "requester_name": audience.requester.full_name,
                "verdict": "approve" if approved else "reject",
                "role": role if approved else "",
            },
        ),
    ]


def expired(_: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    parameters = {
        **whom(audience),
        "requester_account_id": audience.requester.id,
        "create_time": rfc3339(audience.access_request.create_time),
        "expire_time": rfc3339(audience.access_request.expire_time),
    }
    recipients = [*of_requester(audience), *of_accounts(audience.administrators)]
    return [mail(audience, "expired", "access_request_expired", recipients, parameters)]


def cancelled(_: Announcement, audience: Audience) -> list[SendNotificationsRequest]:
    parameters = {**whom(audience), "cancel_time": rfc3339(audience.access_request.end_time)}
    recipients = of_accounts(audience.administrators)
    return [mail(audience, "cancelled", "access_request_cancelled", recipients, parameters)]


COMPOSERS: Mapping[str, Callable[[Announcement, Audience], list[SendNotificationsRequest]]] = {
    "received": received,
    "reminded": reminded,
    "escalated": escalated,
    "approved": decided,
    "rejected": decided,
    "expired": expired,
    "cancelled": cancelled,
}


def mail(
    audience: Audience, event: str, kind: str, recipients: list[Recipient], parameters: Parameters
) -> SendNotificationsRequest:
    access_request_id = audience.access_request.id
    return SendNotificationsRequest(
        event_id=f"{access_request_id}/{event}",
        kind=kind,
        access_request_id=access_request_id,
        recipients=recipients,
        parameters=parameters,
    )


def of_requester(audience: Audience) -> list[Recipient]:
    return of_accounts([audience.requester] if audience.requester.email else [])


def whom(audience: Audience) -> Parameters:
    return {
        "siren": audience.access_request.siren,
        "company_name": audience.access_request.company_name,
        "requester_name": audience.requester.full_name,
    }


def ask(audience: Audience) -> Parameters:
    access_request = audience.access_request
    return {
        **whom(audience),
        "requester_email": audience.requester.email,
        "requester_email_confusable": "true" if audience.requester.email_confusable else "",
        "message": access_request.message,
        "create_time": rfc3339(access_request.create_time),
        "escalate_time": rfc3339(access_request.escalate_time),
        "expire_time": rfc3339(access_request.expire_time),
    }
