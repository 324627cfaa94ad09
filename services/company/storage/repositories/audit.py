import re
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select

from services.company.domain.membership import MembershipChange, MembershipState, Role
from services.company.storage.tables import audit_events, companies, memberships
from services.platform.connections import Connection, Row

EVENT_ID = re.compile(r"[0-9]{1,18}")
ADD = insert(audit_events).returning(audit_events.c.id)
MEMBERSHIP_CHANGE = (
    select(audit_events, companies.c.name.label("company_name"))
    .join(companies, companies.c.siren == audit_events.c.siren)
    .where(
        audit_events.c.id == bindparam("id"),
        audit_events.c.siren == bindparam("siren"),
        or_(audit_events.c.kind == "membership_updated", audit_events.c.kind == "membership_ended"),
    )
)
LAST_END = (
    select(audit_events, companies.c.name.label("company_name"))
    .join(companies, companies.c.siren == audit_events.c.siren)
    .where(
        audit_events.c.siren == bindparam("siren"),
        audit_events.c.account_id == bindparam("account_id"),
        audit_events.c.kind == "membership_ended",
    )
    .order_by(audit_events.c.id.desc())
    .limit(1)
)

COULD_DECIDE = (
    select(audit_events.c.id)
    .where(
        audit_events.c.siren == bindparam("siren"),
        audit_events.c.account_id == bindparam("account_id"),
        audit_events.c.created_at > bindparam("since"),
        or_(
            and_(
                audit_events.c.kind == "membership_ended",
                audit_events.c.details["role"].astext == Role.ADMINISTRATOR,
                audit_events.c.details["state"].astext == MembershipState.ACTIVE,
            ),
            and_(
                audit_events.c.kind == "membership_updated",
                audit_events.c.details["role_before"].astext == Role.ADMINISTRATOR,
                audit_events.c.details["state_before"].astext == MembershipState.ACTIVE,
            ),
        ),
    )
    .limit(1)
)

MOST_ENDS = 50
LAST_OF_EACH = (
    select(func.max(audit_events.c.id))
    .where(
        audit_events.c.account_id == bindparam("account_id"),
        audit_events.c.kind == "membership_ended",
        ~exists().where(
            memberships.c.account_id == audit_events.c.account_id, memberships.c.siren == audit_events.c.siren
        ),
    )
    .group_by(audit_events.c.siren)
)
LAST_ENDS = (
    select(audit_events, companies.c.name.label("company_name"))
    .join(companies, companies.c.siren == audit_events.c.siren)
    .where(audit_events.c.id.in_(LAST_OF_EACH))
    .order_by(audit_events.c.id.desc())
    .limit(MOST_ENDS)
)


class AuditRepository:
    """What was done, by whom, to what. Append-only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        kind: str,
        *,
        by: str,
        siren: str | None = None,
        account_id: str | None = None,
        access_request_id: str | None = None,
        **details: str | int,
    ) -> str:
        """Adds an event, and returns its id.

        `by` is an account's id, or `service:<name>`; `account_id` is whom it concerns.
        """
        added = await self._connection.execute(
            ADD,
            {
                "kind": kind,
                "actor": by,
                "siren": siren,
                "account_id": account_id,
                "access_request_id": access_request_id,
                "details": details,
            },
        )
        return str(added.scalar_one())

    async def membership_change(self, event_id: str, siren: str) -> MembershipChange | None:
        """Returns what an event says was done to a membership of a company."""
        if not EVENT_ID.fullmatch(event_id):
            return None
        parameters = {"id": int(event_id), "siren": siren}
        row = (await self._connection.execute(MEMBERSHIP_CHANGE, parameters)).first()
        return membership_change_of(row) if row else None

    async def last_end(self, siren: str, account_id: str) -> MembershipChange | None:
        """Returns how an account's last membership of a company ended, if one did."""
        parameters = {"siren": siren, "account_id": account_id}
        row = (await self._connection.execute(LAST_END, parameters)).first()
        return membership_change_of(row) if row else None

    async def could_decide(self, siren: str, account_id: str, *, since: datetime) -> bool:
        """Tells whether an account has lost, after a time, the right to decide for a company."""
        parameters = {"siren": siren, "account_id": account_id, "since": since}
        return (await self._connection.execute(COULD_DECIDE, parameters)).first() is not None

    async def last_ends(self, account_id: str) -> list[MembershipChange]:
        """Returns the last end for each company that an account is no longer in, newest first, 50 at most."""
        rows = await self._connection.execute(LAST_ENDS, {"account_id": account_id})
        return [membership_change_of(row) for row in rows]


def membership_change_of(row: Row) -> MembershipChange:
    return MembershipChange(
        account_id=row.account_id,
        siren=row.siren,
        company_name=row.company_name,
        by_own_account=row.actor == row.account_id,
        role=Role(row.details["role"]),
        state=MembershipState(row.details["state"]),
        changed_at=row.created_at,
    )
