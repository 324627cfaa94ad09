"""Rows in, domain objects out.

Lock order, for every transaction: idempotency key, company row, access request row, then anything else.
Whoever changes memberships, or needs them to stay as they are, holds the company's row. An access request's
decisions, reminders and state change under its own row's lock only.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

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
from services.company.domain.company import Company, CompanyState
from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import Membership, MembershipState, Role
from services.company.storage.changes import CHANNEL
from services.company.storage.tables import (
    access_requests,
    audit_events,
    companies,
    decisions,
    memberships,
    reminders,
)

ACTIVE_ADMINISTRATOR = (memberships.c.role == Role.ADMINISTRATOR) & (
    memberships.c.state == MembershipState.ACTIVE
)


def select_access_requests() -> Select[Any]:
    """Everything of an access request in one row: its reminders and decisions as JSON arrays."""
    reminded = (
        select(
            func.jsonb_agg(
                func.jsonb_build_array(reminders.c.id, reminders.c.origin, reminders.c.created_at),
                type_=JSONB,
            )
        )
        .where(reminders.c.access_request_id == access_requests.c.id)
        .scalar_subquery()
    )
    decided = (
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
    return select(
        access_requests,
        companies.c.name.label("company_name"),
        reminded.label("reminded"),
        decided.label("decided"),
    ).join(companies, companies.c.siren == access_requests.c.siren)


def access_request_of(row: Row[Any]) -> AccessRequest:
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


def select_memberships() -> Select[Any]:
    return select(memberships, companies.c.name.label("company_name")).join(
        companies, companies.c.siren == memberships.c.siren
    )


def membership_of(row: Row[Any]) -> Membership:
    return Membership(
        id=row.id,
        account_id=row.account_id,
        siren=row.siren,
        company_name=row.company_name,
        role=Role(row.role),
        state=MembershipState(row.state),
        created_at=row.created_at,
    )


class CompanyRepository:
    """The register, and the locks that whoever changes memberships takes on its rows."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, siren: str) -> Company | None:
        row = (await self._session.execute(select(companies).where(companies.c.siren == siren))).first()
        return company_of(row) if row else None

    async def claim_proof(self, siren: str) -> tuple[CompanyState, bytes] | None:
        """Returns the state of a company and the hash of its member code."""
        columns = select(companies.c.state, companies.c.member_code_hash)
        row = (await self._session.execute(columns.where(companies.c.siren == siren))).first()
        return (CompanyState(row.state), row.member_code_hash) if row else None

    async def lock(self, siren: str) -> Company:
        """Keeps everyone else from changing the company's memberships until the end of the transaction.

        Raises:
            NotFoundHere: there is no such company.
        """
        # No statement changes a Siren, so foreign keys need not wait: NO KEY.
        statement = select(companies).where(companies.c.siren == siren).with_for_update(key_share=True)
        row = (await self._session.execute(statement)).first()
        if row is None:
            raise NotFoundHere
        return company_of(row)

    async def lock_of(self, access_request_id: str, *, shared: bool = False) -> None:
        """Locks the company that an access request is about; `shared` only waits for those who change it.

        Raises:
            NotFoundHere: there is no such access request.
        """
        siren = (
            select(access_requests.c.siren).where(access_requests.c.id == access_request_id).scalar_subquery()
        )
        statement = (
            select(companies.c.siren)
            .where(companies.c.siren == siren)
            .with_for_update(read=shared, key_share=not shared)
        )
        if (await self._session.execute(statement)).first() is None:
            raise NotFoundHere

    async def wait_for_changes(self, siren: str) -> Company | None:
        """Returns a company once nobody is changing its memberships."""
        statement = select(companies).where(companies.c.siren == siren).with_for_update(read=True)
        row = (await self._session.execute(statement)).first()
        return company_of(row) if row else None


def company_of(row: Row[Any]) -> Company:
    return Company(
        siren=row.siren,
        name=row.name,
        city=row.city,
        contact_email=row.contact_email,
        state=CompanyState(row.state),
        created_at=row.created_at,
    )


class MembershipRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, membership_id: str) -> Membership | None:
        row = (
            await self._session.execute(select_memberships().where(memberships.c.id == membership_id))
        ).first()
        return membership_of(row) if row else None

    async def of(self, account_id: str, siren: str) -> Membership | None:
        """Returns an account's membership in a company, suspended ones included."""
        statement = select_memberships().where(
            memberships.c.account_id == account_id, memberships.c.siren == siren
        )
        row = (await self._session.execute(statement)).first()
        return membership_of(row) if row else None

    async def administrators(
        self, siren: str, *, among: Collection[str] | None = None, besides: str = ""
    ) -> list[str]:
        """Returns the accounts that may decide for a company, oldest first."""
        statement = (
            select(memberships.c.account_id)
            .where(memberships.c.siren == siren, ACTIVE_ADMINISTRATOR, memberships.c.account_id != besides)
            .order_by(memberships.c.created_at, memberships.c.id)
        )
        if among is not None:
            statement = statement.where(memberships.c.account_id.in_(among))
        return list((await self._session.execute(statement)).scalars())

    async def grant(self, membership: Membership) -> None:
        """Makes a membership active. One that is there already keeps its id, and never loses a role."""
        values = {
            "id": membership.id,
            "account_id": membership.account_id,
            "siren": membership.siren,
            "role": membership.role,
            "state": membership.state,
            "created_at": membership.created_at,
        }
        statement = upsert(memberships).values(values)
        role = case((ACTIVE_ADMINISTRATOR, memberships.c.role), else_=statement.excluded.role)
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "siren"], set_={"role": role, "state": MembershipState.ACTIVE}
            )
        )

    async def change(self, membership: Membership) -> None:
        await self._session.execute(
            update(memberships)
            .where(memberships.c.id == membership.id)
            .values(role=membership.role, state=membership.state)
        )

    async def end(self, membership: Membership) -> None:
        await self._session.execute(delete(memberships).where(memberships.c.id == membership.id))


class AccessRequestRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, access_request_id: str) -> AccessRequest | None:
        row = (
            await self._session.execute(
                select_access_requests().where(access_requests.c.id == access_request_id)
            )
        ).first()
        return access_request_of(row) if row else None

    async def lock(self, access_request_id: str, *, shared: bool = False) -> tuple[AccessRequest, datetime]:
        """Returns an access request that nobody else can change before the end of the transaction, and
        the time, read from the database's clock once the lock was held.

        Raises:
            NotFoundHere: there is no such access request.
        """
        waiting = (
            select(access_requests.c.id)
            .where(access_requests.c.id == access_request_id)
            .with_for_update(read=shared, key_share=not shared)
        )
        if (await self._session.execute(waiting)).first() is None:
            raise NotFoundHere
        # A second statement, because the first one's snapshot is older than the lock.
        row = (
            await self._session.execute(
                select_access_requests()
                .add_columns(func.clock_timestamp().label("now"))
                .where(access_requests.c.id == access_request_id)
            )
        ).one()
        return access_request_of(row), row.now

    async def pending_of(self, account_id: str, siren: str) -> str | None:
        """Returns the id of an account's pending access request to a company."""
        statement = select(access_requests.c.id).where(
            access_requests.c.account_id == account_id,
            access_requests.c.siren == siren,
            access_requests.c.state == State.PENDING,
        )
        return (await self._session.execute(statement)).scalar()

    async def pending_ids(self, siren: str) -> Sequence[str]:
        """Returns the ids of a company's pending access requests."""
        statement = select(access_requests.c.id).where(
            access_requests.c.siren == siren, access_requests.c.state == State.PENDING
        )
        return (await self._session.execute(statement)).scalars().all()

    async def add(self, access_request: AccessRequest) -> None:
        await self._session.execute(
            insert(access_requests).values(
                id=access_request.id,
                account_id=access_request.account_id,
                siren=access_request.siren,
                message=access_request.message,
                state=access_request.state,
                created_at=access_request.created_at,
                remind_at=access_request.remind_at,
                escalate_at=access_request.escalate_at,
                expire_at=access_request.expire_at,
                revision=access_request.revision,
            )
        )

    async def add_decision(self, access_request: AccessRequest, decision: Decision) -> None:
        await self._session.execute(
            insert(decisions).values(
                id=decision.id,
                access_request_id=access_request.id,
                verdict=decision.verdict,
                role=decision.role,
                reason=decision.reason,
                decided_by=decision.decided_by,
                created_at=decision.created_at,
            )
        )

    async def add_reminder(self, access_request: AccessRequest, reminder: Reminder) -> None:
        await self._session.execute(
            insert(reminders).values(
                id=reminder.id,
                access_request_id=access_request.id,
                origin=reminder.origin,
                created_at=reminder.created_at,
            )
        )

    async def save(self, access_request: AccessRequest, decided: Sequence[Decision] = ()) -> None:
        """Writes what changed, and wakes whoever waits for the access request once it is committed."""
        await self._session.execute(
            update(access_requests)
            .where(access_requests.c.id == access_request.id)
            .values(
                state=access_request.state,
                escalated_at=access_request.escalated_at,
                escalation_reason=access_request.escalation_reason,
                ended_at=access_request.ended_at,
                revision=access_request.revision,
            )
            .returning(func.pg_notify(CHANNEL, access_requests.c.id))
        )
        for decision in decided:
            await self._session.execute(
                update(decisions).where(decisions.c.id == decision.id).values(outcome=decision.outcome)
            )


class AuditRepository:
    """What was done, by whom, to what. Append-only."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        kind: str,
        *,
        by: str,
        siren: str | None = None,
        account_id: str | None = None,
        access_request_id: str | None = None,
        **details: str | int,
    ) -> None:
        """Adds an event. `by` is an account's id, or `service:<name>`; `account_id` is whom it concerns."""
        await self._session.execute(
            insert(audit_events).values(
                kind=kind,
                actor=by,
                siren=siren,
                account_id=account_id,
                access_request_id=access_request_id,
                details=details,
            )
        )
