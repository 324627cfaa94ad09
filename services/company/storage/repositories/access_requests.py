from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Interval, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from services.company.domain.access_request import (
    AccessRequest,
    Decision,
    EscalationReason,
    Origin,
    Outcome,
    Reminder,
    State,
    Verdict,
)
from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import Role
from services.company.storage.changes import CHANNEL
from services.company.storage.repositories.memberships import ACTIVE_ADMINISTRATOR
from services.company.storage.tables import access_requests, companies, decisions, memberships, reminders
from services.platform.connections import Connection, Row

REMINDED = (
    select(
        func.jsonb_agg(
            func.jsonb_build_array(reminders.c.id, reminders.c.origin, reminders.c.created_at), type_=JSONB
        )
    )
    .where(reminders.c.access_request_id == access_requests.c.id)
    .scalar_subquery()
)
DECIDED = (
    select(
        func.jsonb_agg(
            func.jsonb_build_array(
                decisions.c.id,
                decisions.c.verdict,
                decisions.c.role,
                decisions.c.reason,
                decisions.c.decided_by,
                decisions.c.created_at,
                decisions.c.outcome,
            ),
            type_=JSONB,
        )
    )
    .where(decisions.c.access_request_id == access_requests.c.id)
    .scalar_subquery()
)
# All of an access request in one row, its reminders and decisions as JSON arrays.
SELECT_ACCESS_REQUESTS = select(
    access_requests,
    companies.c.name.label("company_name"),
    REMINDED.label("reminded"),
    DECIDED.label("decided"),
).join(companies, companies.c.siren == access_requests.c.siren)

GET = SELECT_ACCESS_REQUESTS.where(access_requests.c.id == bindparam("id"))
GET_WITH_TIME = GET.add_columns(func.clock_timestamp().label("now"))
GET_WITH_AUDIENCE = GET.add_columns(
    companies.c.contact_email,
    select(
        func.array_agg(
            aggregate_order_by(memberships.c.account_id, memberships.c.created_at, memberships.c.id)
        )
    )
    .where(memberships.c.siren == access_requests.c.siren, ACTIVE_ADMINISTRATOR)
    .scalar_subquery()
    .label("administrators"),
)
ROW = select(access_requests.c.id).where(access_requests.c.id == bindparam("id"))
LOCK = ROW.with_for_update(key_share=True)
WAIT = ROW.with_for_update(read=True)
OVERDUE = (
    SELECT_ACCESS_REQUESTS.where(
        access_requests.c.state == State.PENDING,
        access_requests.c.expire_at < func.clock_timestamp() - bindparam("grace", type_=Interval),
    )
    .order_by(access_requests.c.expire_at)
    .limit(bindparam("limit"))
)
PENDING_IDS = select(access_requests.c.id).where(
    access_requests.c.siren == bindparam("siren"), access_requests.c.state == State.PENDING
)
ADD = insert(access_requests)
ADD_DECISION = insert(decisions)
ADD_REMINDER = insert(reminders)
SAVE = (
    update(access_requests)
    .where(access_requests.c.id == bindparam("of_id"))
    .values(
        {
            column: bindparam(f"new_{column.name}")
            for column in (
                access_requests.c.message,
                access_requests.c.state,
                access_requests.c.escalated_at,
                access_requests.c.escalation_reason,
                access_requests.c.ended_at,
                access_requests.c.revision,
            )
        }
    )
    .returning(func.pg_notify(CHANNEL, access_requests.c.id))
)
SAVE_OUTCOME = (
    update(decisions).where(decisions.c.id == bindparam("of_id")).values(outcome=bindparam("new_outcome"))
)


@dataclass(frozen=True)
class Audience:
    """An access request and whom mails about it go to, administrators by account, oldest first."""

    access_request: AccessRequest
    contact_email: str
    administrators: list[str]


class AccessRequestRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, access_request_id: str) -> AccessRequest | None:
        row = (await self._connection.execute(GET, {"id": access_request_id})).first()
        return access_request_of(row) if row else None

    async def lock(self, access_request_id: str) -> tuple[AccessRequest, datetime]:
        """Returns an access request that nobody else can change before the end of the transaction, and
        the time, read from the database's clock once the lock was held.

        Raises:
            NotFoundHere: there is no such access request.
        """
        one = {"id": access_request_id}
        if (await self._connection.execute(LOCK, one)).first() is None:
            raise NotFoundHere
        # A second statement, because the first one's snapshot is older than the lock.
        row = (await self._connection.execute(GET_WITH_TIME, one)).one()
        return access_request_of(row), row.now

    async def wait_for_changes(self, access_request_id: str) -> None:
        """Returns once nobody is changing the access request."""
        await self._connection.execute(WAIT, {"id": access_request_id})

    async def audience(self, access_request_id: str) -> Audience | None:
        """Returns an access request and whom mails are for. The caller holds the company."""
        row = (await self._connection.execute(GET_WITH_AUDIENCE, {"id": access_request_id})).first()
        return Audience(access_request_of(row), row.contact_email, row.administrators or []) if row else None

    async def overdue(self, grace: timedelta, *, limit: int) -> list[AccessRequest]:
        """Returns those that are pending so long after their deadline, the oldest first."""
        rows = await self._connection.execute(OVERDUE, {"grace": grace, "limit": limit})
        return [access_request_of(row) for row in rows]

    async def pending_ids(self, siren: str) -> Sequence[str]:
        """Returns the ids of a company's pending access requests."""
        return (await self._connection.execute(PENDING_IDS, {"siren": siren})).scalars()

    async def add(self, access_request: AccessRequest) -> None:
        await self._connection.execute(
            ADD,
            {
                "id": access_request.id,
                "account_id": access_request.account_id,
                "siren": access_request.siren,
                "message": access_request.message,
                "state": access_request.state,
                "created_at": access_request.created_at,
                "remind_at": access_request.remind_at,
                "escalate_at": access_request.escalate_at,
                "expire_at": access_request.expire_at,
                "revision": access_request.revision,
            },
        )

    async def add_decision(self, access_request: AccessRequest, decision: Decision) -> None:
        await self._connection.execute(
            ADD_DECISION,
            {
                "id": decision.id,
                "access_request_id": access_request.id,
                "verdict": decision.verdict,
                "role": decision.role,
                "reason": decision.reason,
                "decided_by": decision.decided_by,
                "created_at": decision.created_at,
            },
        )

    async def add_reminder(self, access_request: AccessRequest, reminder: Reminder) -> None:
        await self._connection.execute(
            ADD_REMINDER,
            {
                "id": reminder.id,
                "access_request_id": access_request.id,
                "origin": reminder.origin,
                "created_at": reminder.created_at,
            },
        )

    async def save(self, access_request: AccessRequest, decided: Sequence[Decision] = ()) -> None:
        """Writes what changed, and wakes whoever waits for the access request once it is committed."""
        await self._connection.execute(
            SAVE,
            {
                "of_id": access_request.id,
                "new_message": access_request.message,
                "new_state": access_request.state,
                "new_escalated_at": access_request.escalated_at,
                "new_escalation_reason": access_request.escalation_reason,
                "new_ended_at": access_request.ended_at,
                "new_revision": access_request.revision,
            },
        )
        for decision in decided:
            await self._connection.execute(
                SAVE_OUTCOME, {"of_id": decision.id, "new_outcome": decision.outcome}
            )


def access_request_of(row: Row) -> AccessRequest:
    return AccessRequest(
        id=row.id,
        siren=row.siren,
        company_name=row.company_name,
        account_id=row.account_id,
        message=row.message,
        state=State(row.state),
        created_at=row.created_at,
        remind_at=row.remind_at,
        escalate_at=row.escalate_at,
        expire_at=row.expire_at,
        escalated_at=row.escalated_at,
        escalation_reason=EscalationReason(row.escalation_reason) if row.escalation_reason else None,
        ended_at=row.ended_at,
        revision=row.revision,
        reminders=sorted(
            (
                Reminder(id=id_, origin=Origin(origin), created_at=datetime.fromisoformat(at))
                for id_, origin, at in row.reminded or ()
            ),
            key=lambda one: (one.created_at, one.id),
        ),
        decisions=[
            Decision(
                id=id_,
                verdict=Verdict(verdict),
                role=Role(role) if role else None,
                reason=reason,
                decided_by=decided_by,
                created_at=datetime.fromisoformat(at),
                outcome=Outcome(outcome) if outcome else None,
            )
            for id_, verdict, role, reason, decided_by, at, outcome in row.decided or ()
        ],
    )
