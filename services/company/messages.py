"""The border between domain objects and protos."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1 import access_request_pb2, company_pb2, company_service_pb2
from services.company.domain.access_request import (
    AccessRequest,
    Decision,
    EscalationReason,
    Origin,
    ReminderPolicy,
    State,
    Verdict,
)
from services.company.domain.company import Company, CompanyState
from services.company.domain.import_row import ImportRow, RowError
from services.company.domain.membership import Membership, MembershipChange, MembershipState, Role
from services.platform.errors import InvalidArgument

proto = access_request_pb2.AccessRequest

STATES = {
    State.PENDING: proto.STATE_PENDING,
    State.APPROVED: proto.STATE_APPROVED,
    State.REJECTED: proto.STATE_REJECTED,
    State.EXPIRED: proto.STATE_EXPIRED,
    State.CANCELLED: proto.STATE_CANCELLED,
}
ESCALATION_REASONS = {
    EscalationReason.NO_ANSWER: proto.ESCALATION_REASON_NO_ANSWER,
    EscalationReason.NO_ACTIVE_ADMINISTRATOR: proto.ESCALATION_REASON_NO_ACTIVE_ADMINISTRATOR,
    EscalationReason.MAIL_BOUNCED: proto.ESCALATION_REASON_MAIL_BOUNCED,
    EscalationReason.CONTESTED: proto.ESCALATION_REASON_CONTESTED,
}
ORIGINS = {
    Origin.REQUESTER: access_request_pb2.Reminder.ORIGIN_REQUESTER,
    Origin.AUTOMATIC: access_request_pb2.Reminder.ORIGIN_AUTOMATIC,
}
VERDICTS = {
    Verdict.APPROVE: access_request_pb2.Decision.VERDICT_APPROVE,
    Verdict.REJECT: access_request_pb2.Decision.VERDICT_REJECT,
}
ROLES = {
    Role.MEMBER: company_pb2.ROLE_MEMBER,
    Role.ADMINISTRATOR: company_pb2.ROLE_ADMINISTRATOR,
}
MEMBERSHIP_STATES = {
    MembershipState.ACTIVE: company_pb2.Membership.STATE_ACTIVE,
    MembershipState.SUSPENDED: company_pb2.Membership.STATE_SUSPENDED,
}
COMPANY_STATES = {
    CompanyState.ACTIVE: company_pb2.Company.STATE_ACTIVE,
    CompanyState.CLOSED: company_pb2.Company.STATE_CLOSED,
}

STATE_OF = {number: state for state, number in STATES.items()}
ESCALATION_REASON_OF = {number: reason for reason, number in ESCALATION_REASONS.items()}
ROLE_OF = {number: role for role, number in ROLES.items()}
MEMBERSHIP_STATE_OF = {number: state for state, number in MEMBERSHIP_STATES.items()}


def state_of(number: proto.State.ValueType) -> State | None:
    """Returns a filter's state; None, for unspecified, means all."""
    if number and number not in STATE_OF:
        raise InvalidArgument("invalid_state", field="state")
    return STATE_OF.get(number)


def role_of(number: company_pb2.Role.ValueType) -> Role | None:
    if number and number not in ROLE_OF:
        raise InvalidArgument("invalid_role", field="role")
    return ROLE_OF.get(number)


def membership_state_of(number: company_pb2.Membership.State.ValueType) -> MembershipState | None:
    if number and number not in MEMBERSHIP_STATE_OF:
        raise InvalidArgument("invalid_state", field="state")
    return MEMBERSHIP_STATE_OF.get(number)


def escalation_reason_of(number: proto.EscalationReason.ValueType) -> EscalationReason:
    if number not in ESCALATION_REASON_OF:
        raise InvalidArgument("invalid_reason", field="reason")
    return ESCALATION_REASON_OF[number]


def import_row_of(row: company_service_pb2.CompanyImportRow) -> ImportRow:
    return ImportRow(
        line=row.line,
        siren=row.siren,
        name=row.name,
        member_code=row.member_code,
        contact_email=row.contact_email,
        city=row.city,
    )


def timestamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def access_request_message(access_request: AccessRequest, policy: ReminderPolicy) -> proto:
    reason = access_request.escalation_reason
    decision = access_request.decision
    return proto(
        id=access_request.id,
        siren=access_request.siren,
        company_name=access_request.company_name,
        requester_account_id=access_request.account_id,
        message=access_request.message,
        state=STATES[access_request.state],
        escalation_reason=ESCALATION_REASONS[reason] if reason else proto.ESCALATION_REASON_UNSPECIFIED,
        escalated_time=timestamp(access_request.escalated_at),
        create_time=timestamp(access_request.created_at),
        remind_time=timestamp(access_request.remind_at),
        escalate_time=timestamp(access_request.escalate_at),
        expire_time=timestamp(access_request.expire_at),
        next_reminder_time=timestamp(access_request.next_reminder_at(policy)),
        reminders=[
            access_request_pb2.Reminder(
                id=reminder.id, origin=ORIGINS[reminder.origin], create_time=timestamp(reminder.created_at)
            )
            for reminder in access_request.reminders
        ],
        decision=decision_message(decision) if decision else None,
        end_time=timestamp(access_request.ended_at),
        revision=access_request.revision,
    )


def decision_message(decision: Decision) -> access_request_pb2.Decision:
    return access_request_pb2.Decision(
        id=decision.id,
        verdict=VERDICTS[decision.verdict],
        role=ROLES[decision.role] if decision.role else company_pb2.ROLE_UNSPECIFIED,
        reason=decision.reason,
        decided_by_account_id=decision.decided_by,
        create_time=timestamp(decision.created_at),
    )


def membership_message(membership: Membership) -> company_pb2.Membership:
    return company_pb2.Membership(
        id=membership.id,
        account_id=membership.account_id,
        siren=membership.siren,
        company_name=membership.company_name,
        role=ROLES[membership.role],
        state=MEMBERSHIP_STATES[membership.state],
        create_time=timestamp(membership.created_at),
    )


def membership_change_message(change: MembershipChange) -> company_pb2.MembershipChange:
    return company_pb2.MembershipChange(
        account_id=change.account_id,
        siren=change.siren,
        company_name=change.company_name,
        by_own_account=change.by_own_account,
        role=ROLES[change.role],
        state=MEMBERSHIP_STATES[change.state],
        change_time=timestamp(change.changed_at),
    )


def company_message(company: Company) -> company_pb2.Company:
    return company_pb2.Company(
        siren=company.siren,
        name=company.name,
        city=company.city,
        state=COMPANY_STATES[company.state],
        active_member_count=company.active_member_count,
        active_administrator_count=company.active_administrator_count,
        create_time=timestamp(company.created_at),
    )


def row_error_message(error: RowError) -> company_service_pb2.CompanyImportError:
    return company_service_pb2.CompanyImportError(
        line=error.line, column=error.column, reason=error.reason, other_line=error.other_line
    )
