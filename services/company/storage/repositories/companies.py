from sqlalchemy import String, bindparam, exists, func, select

from services.company.domain.access_request import State
from services.company.domain.company import Company, CompanyState
from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import MembershipState, Standing
from services.company.storage.repositories.memberships import ACTIVE_ADMINISTRATOR
from services.company.storage.tables import access_requests, companies, memberships
from services.platform.connections import Connection, Row

GET = select(companies).where(companies.c.siren == bindparam("siren"))
# No statement changes a Siren, so foreign keys need not wait for those who hold a company: NO KEY.
LOCK = GET.with_for_update(key_share=True)
WAIT = GET.with_for_update(read=True)
OF_ACCESS_REQUEST = select(companies.c.siren).where(
    companies.c.siren
    == select(access_requests.c.siren).where(access_requests.c.id == bindparam("id")).scalar_subquery()
)
LOCK_OF_ACCESS_REQUEST = OF_ACCESS_REQUEST.with_for_update(key_share=True)
WAIT_OF_ACCESS_REQUEST = OF_ACCESS_REQUEST.with_for_update(read=True)
CLAIM_PROOF = select(companies.c.state, companies.c.member_code_hash).where(
    companies.c.siren == bindparam("siren")
)
ACCOUNT = bindparam("account_id", type_=String)
SIREN = bindparam("siren", type_=String)
STANDING = select(
    select(access_requests.c.id)
    .where(
        access_requests.c.account_id == ACCOUNT,
        access_requests.c.siren == SIREN,
        access_requests.c.state == State.PENDING,
    )
    .scalar_subquery()
    .label("pending_id"),
    select(memberships.c.state)
    .where(memberships.c.account_id == ACCOUNT, memberships.c.siren == SIREN)
    .scalar_subquery()
    .label("membership_state"),
    exists().where(memberships.c.siren == SIREN, ACTIVE_ADMINISTRATOR).label("administered"),
    func.clock_timestamp().label("now"),
)


class CompanyRepository:
    """The register, and the locks that whoever changes memberships takes on its rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, siren: str) -> Company | None:
        row = (await self._connection.execute(GET, {"siren": siren})).first()
        return company_of(row) if row else None

    async def claim_proof(self, siren: str) -> tuple[CompanyState, bytes] | None:
        """Returns the state of a company and the hash of its member code."""
        row = (await self._connection.execute(CLAIM_PROOF, {"siren": siren})).first()
        return (CompanyState(row.state), row.member_code_hash) if row else None

    async def lock(self, siren: str) -> Company:
        """Keeps everyone else from changing the company's memberships until the end of the transaction.

        Raises:
            NotFoundHere: there is no such company.
        """
        row = (await self._connection.execute(LOCK, {"siren": siren})).first()
        if row is None:
            raise NotFoundHere
        return company_of(row)

    async def standing(self, account_id: str, siren: str) -> Standing:
        """Returns how an account stands to a company. The caller holds the company's lock."""
        row = (await self._connection.execute(STANDING, {"account_id": account_id, "siren": siren})).one()
        return Standing(
            pending_id=row.pending_id,
            membership=MembershipState(row.membership_state) if row.membership_state else None,
            administered=row.administered,
            now=row.now,
        )

    async def lock_of(self, access_request_id: str, *, shared: bool = False) -> None:
        """Locks the company that an access request is about; `shared` only waits for those who change it.

        Raises:
            NotFoundHere: there is no such access request.
        """
        statement = WAIT_OF_ACCESS_REQUEST if shared else LOCK_OF_ACCESS_REQUEST
        if (await self._connection.execute(statement, {"id": access_request_id})).first() is None:
            raise NotFoundHere

    async def wait_for_changes(self, siren: str) -> Company | None:
        """Returns a company once nobody is changing its memberships."""
        row = (await self._connection.execute(WAIT, {"siren": siren})).first()
        return company_of(row) if row else None


def company_of(row: Row) -> Company:
    return Company(
        siren=row.siren,
        name=row.name,
        city=row.city,
        contact_email=row.contact_email,
        state=CompanyState(row.state),
        created_at=row.created_at,
    )
