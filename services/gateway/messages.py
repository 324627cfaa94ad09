"""From protos to answers: the only place where one becomes the other."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1 import access_request_pb2, company_pb2
from guichet.identity.v1 import account_pb2, identity_service_pb2, session_pb2
from services.gateway import answers

States = access_request_pb2.AccessRequest.State
Reasons = access_request_pb2.AccessRequest.EscalationReason
Accounts = Mapping[str, account_pb2.Account]

STATES: Mapping[str | None, "States.ValueType"] = {
    None: States.STATE_UNSPECIFIED,
    "pending": States.STATE_PENDING,
    "approved": States.STATE_APPROVED,
    "rejected": States.STATE_REJECTED,
    "expired": States.STATE_EXPIRED,
    "cancelled": States.STATE_CANCELLED,
}
STATE_NAMES = {value: name for name, value in STATES.items()}
ROLES: Mapping[str | None, "company_pb2.Role.ValueType"] = {
    None: company_pb2.ROLE_UNSPECIFIED,
    "member": company_pb2.ROLE_MEMBER,
    "administrator": company_pb2.ROLE_ADMINISTRATOR,
}
ROLE_NAMES = {value: name for name, value in ROLES.items()}
MEMBERSHIP_STATES: Mapping[str | None, "company_pb2.Membership.State.ValueType"] = {
    None: company_pb2.Membership.STATE_UNSPECIFIED,
    "active": company_pb2.Membership.STATE_ACTIVE,
    "suspended": company_pb2.Membership.STATE_SUSPENDED,
}
MEMBERSHIP_STATE_NAMES = {value: name for name, value in MEMBERSHIP_STATES.items()}
ESCALATION_REASONS = {
    Reasons.ESCALATION_REASON_NO_ANSWER: "no_answer",
    Reasons.ESCALATION_REASON_NO_ACTIVE_ADMINISTRATOR: "no_active_administrator",
    Reasons.ESCALATION_REASON_MAIL_BOUNCED: "mail_bounced",
    Reasons.ESCALATION_REASON_CONTESTED: "contested",
}
REMINDED_BY = {
    access_request_pb2.Reminder.ORIGIN_REQUESTER: "requester",
    access_request_pb2.Reminder.ORIGIN_AUTOMATIC: "automatic",
}
METHODS = {
    session_pb2.SECOND_FACTOR_METHOD_PASSKEY: "passkey",
    session_pb2.SECOND_FACTOR_METHOD_TOTP: "totp",
    session_pb2.SECOND_FACTOR_METHOD_RECOVERY_CODE: "recovery_code",
}
VERDICTS = {
    access_request_pb2.Decision.VERDICT_APPROVE: "approve",
    access_request_pb2.Decision.VERDICT_REJECT: "reject",
}


def moment(time: Timestamp) -> datetime:
    return time.ToDatetime(UTC)


def moment_if_set(message: Message, field: str) -> datetime | None:
    return moment(getattr(message, field)) if message.HasField(field) else None


def role_name(role: "company_pb2.Role.ValueType") -> answers.Role:
    return cast("answers.Role", ROLE_NAMES[role])


def account_answer(account: account_pb2.Account) -> answers.Account:
    return answers.Account(
        id=account.id,
        email=account.email,
        full_name=account.full_name,
        locale="en" if account.locale == "en" else "fr",
    )


def session_answer(
    answer: identity_service_pb2.CreateSessionResponse | identity_service_pb2.CompleteSessionResponse,
) -> answers.Session:
    return answers.Session(
        token=answer.token,
        expires_at=moment(answer.expire_time),
        account=account_answer(answer.account),
    )


def own_session_answer(session: session_pb2.Session) -> answers.OwnSession:
    return answers.OwnSession(
        id=session.id,
        created_at=moment(session.create_time),
        last_seen_at=moment(session.last_seen_time),
        expires_at=moment(session.expire_time),
        user_agent=session.user_agent,
        client_address=session.client_address,
        current=session.current,
    )


def challenge_members(challenge: session_pb2.SessionChallenge) -> dict[str, Any]:
    """Returns what the problem second_factor_required tells beside its code."""
    return {
        "challenge_token": challenge.token,
        "expires_at": f"{moment(challenge.expire_time):%Y-%m-%dT%H:%M:%SZ}",
        "methods": [METHODS[method] for method in challenge.methods],
        "passkey_options": json.loads(challenge.passkey_options) if challenge.passkey_options else None,
    }


def membership_answer(membership: company_pb2.Membership) -> answers.Membership:
    return answers.Membership(
        account_id=membership.account_id,
        siren=membership.siren,
        company_name=membership.company_name,
        role=role_name(membership.role),
        state=cast("answers.MembershipState", MEMBERSHIP_STATE_NAMES[membership.state]),
        created_at=moment(membership.create_time),
    )


def company_answer(company: company_pb2.Company, own: company_pb2.Membership) -> answers.Company:
    return answers.Company(
        siren=company.siren,
        name=company.name,
        city=company.city,
        state="closed" if company.state == company_pb2.Company.STATE_CLOSED else "active",
        active_member_count=company.active_member_count,
        active_administrator_count=company.active_administrator_count,
        membership=membership_answer(own),
    )


def member_answer(
    membership: company_pb2.Membership, accounts: Accounts, *, shows_email: bool
) -> answers.Member:
    account = accounts.get(membership.account_id, account_pb2.Account())
    return answers.Member(
        account_id=membership.account_id,
        full_name=account.full_name,
        email=account.email if shows_email else None,
        email_confusable=account.email_confusable if shows_email else None,
        siren=membership.siren,
        role=role_name(membership.role),
        state=cast("answers.MembershipState", MEMBERSHIP_STATE_NAMES[membership.state]),
        created_at=moment(membership.create_time),
    )


def decision_answer(decision: access_request_pb2.Decision, accounts: Accounts) -> answers.Decision:
    decider = accounts.get(decision.decided_by_account_id, account_pb2.Account())
    return answers.Decision(
        verdict=cast("Literal['approve', 'reject']", VERDICTS[decision.verdict]),
        role=role_name(decision.role) if decision.role else None,
        reason=decision.reason,
        by=answers.DecisionMaker(id=decision.decided_by_account_id, full_name=decider.full_name),
        at=moment(decision.create_time),
    )


def access_request_answer(
    access_request: access_request_pb2.AccessRequest, accounts: Accounts
) -> answers.AccessRequest:
    """Returns an access request as its requester and its administrators see it; nobody else gets one."""
    requester = accounts.get(access_request.requester_account_id, account_pb2.Account())
    reason = ESCALATION_REASONS.get(access_request.escalation_reason)
    decided = access_request.HasField("decision")
    return answers.AccessRequest(
        id=access_request.id,
        siren=access_request.siren,
        company_name=access_request.company_name,
        requester=answers.Person(
            id=access_request.requester_account_id,
            full_name=requester.full_name,
            email=requester.email,
            email_confusable=requester.email_confusable,
        ),
        state=cast("answers.AccessRequestState", STATE_NAMES[access_request.state]),
        escalated=reason is not None,
        escalation_reason=cast("answers.EscalationReason | None", reason),
        escalated_at=moment_if_set(access_request, "escalated_time"),
        message=access_request.message,
        created_at=moment(access_request.create_time),
        reminders=[
            answers.Reminder(
                at=moment(reminder.create_time),
                by=cast("Literal['requester', 'automatic']", REMINDED_BY[reminder.origin]),
            )
            for reminder in access_request.reminders
        ],
        next_reminder_at=moment_if_set(access_request, "next_reminder_time"),
        reminds_at=moment_if_set(access_request, "remind_time"),
        escalates_at=moment_if_set(access_request, "escalate_time"),
        expires_at=moment_if_set(access_request, "expire_time"),
        ended_at=moment_if_set(access_request, "end_time"),
        decision=decision_answer(access_request.decision, accounts) if decided else None,
    )


def people_in(access_requests: Iterable[access_request_pb2.AccessRequest]) -> set[str]:
    """Returns the accounts that the answers about these access requests name."""
    found: set[str] = set()
    for access_request in access_requests:
        found.add(access_request.requester_account_id)
        if access_request.HasField("decision"):
            found.add(access_request.decision.decided_by_account_id)
    return found
