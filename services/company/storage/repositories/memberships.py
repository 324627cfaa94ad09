from collections.abc import Collection

from sqlalchemy import ARRAY, String, any_, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from services.company.domain.membership import Membership, MembershipState, Role
from services.company.storage.tables import companies, memberships
from services.platform.connections import Connection, Row

ACTIVE_ADMINISTRATOR = (memberships.c.role == Role.ADMINISTRATOR) & (
    memberships.c.state == MembershipState.ACTIVE
)
SELECT_MEMBERSHIPS = select(memberships, companies.c.name.label("company_name")).join(
    companies, companies.c.siren == memberships.c.siren
)
GET = SELECT_MEMBERSHIPS.where(memberships.c.id == bindparam("id"))
OF = SELECT_MEMBERSHIPS.where(
    memberships.c.account_id == bindparam("account_id"), memberships.c.siren == bindparam("siren")
)
ADMINISTRATORS = (
    select(memberships.c.account_id)
    .where(memberships.c.siren == bindparam("siren"), ACTIVE_ADMINISTRATOR)
    .order_by(memberships.c.created_at, memberships.c.id)
)
ADMINISTRATORS_AMONG = ADMINISTRATORS.where(
    memberships.c.account_id == any_(bindparam("account_ids", type_=ARRAY(String)))
)
INSERT = insert(memberships)
GRANT = INSERT.on_conflict_do_update(
    index_elements=["account_id", "siren"],
    set_={
        "role": case((ACTIVE_ADMINISTRATOR, memberships.c.role), else_=INSERT.excluded.role),
        "state": MembershipState.ACTIVE,
    },
)


class MembershipRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, membership_id: str) -> Membership | None:
        row = (await self._connection.execute(GET, {"id": membership_id})).first()
        return membership_of(row) if row else None

    async def of(self, account_id: str, siren: str) -> Membership | None:
        """Returns an account's membership in a company, suspended ones included."""
        row = (await self._connection.execute(OF, {"account_id": account_id, "siren": siren})).first()
        return membership_of(row) if row else None

    async def administrators(self, siren: str) -> list[str]:
        """Returns the accounts that may decide for a company, oldest first."""
        return (await self._connection.execute(ADMINISTRATORS, {"siren": siren})).scalars()

    async def administrators_among(self, siren: str, account_ids: Collection[str]) -> list[str]:
        """Returns those of the accounts that may decide for a company."""
        if not account_ids:
            return []
        rows = await self._connection.execute(
            ADMINISTRATORS_AMONG, {"siren": siren, "account_ids": list(account_ids)}
        )
        return rows.scalars()

    async def grant(self, membership: Membership) -> None:
        """Makes a membership active. One that is there already keeps its id, and never loses a role."""
        await self._connection.execute(
            GRANT,
            {
                "id": membership.id,
                "account_id": membership.account_id,
                "siren": membership.siren,
                "role": membership.role,
                "state": membership.state,
                "created_at": membership.created_at,
            },
        )

    async def change(self, membership: Membership) -> None:
        await self._connection.execute(
            update(memberships)
            .where(memberships.c.id == membership.id)
            .values(role=membership.role, state=membership.state)
        )

    async def end(self, membership: Membership) -> None:
        await self._connection.execute(delete(memberships).where(memberships.c.id == membership.id))


def membership_of(row: Row) -> Membership:
    return Membership(
        id=row.id,
        account_id=row.account_id,
        siren=row.siren,
        company_name=row.company_name,
        role=Role(row.role),
        state=MembershipState(row.state),
        created_at=row.created_at,
    )
