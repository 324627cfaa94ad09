from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.company.domain.company import Company, CompanyState
from services.company.domain.errors import NotFoundHere
from services.company.storage.tables import access_requests, companies

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


class CompanyRepository:
    """The register, and the locks that whoever changes memberships takes on its rows."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, siren: str) -> Company | None:
        row = (await self._session.execute(GET, {"siren": siren})).first()
        return company_of(row) if row else None

    async def claim_proof(self, siren: str) -> tuple[CompanyState, bytes] | None:
        """Returns the state of a company and the hash of its member code."""
        row = (await self._session.execute(CLAIM_PROOF, {"siren": siren})).first()
        return (CompanyState(row.state), row.member_code_hash) if row else None

    async def lock(self, siren: str) -> Company:
        """Keeps everyone else from changing the company's memberships until the end of the transaction.

        Raises:
            NotFoundHere: there is no such company.
        """
        row = (await self._session.execute(LOCK, {"siren": siren})).first()
        if row is None:
            raise NotFoundHere
        return company_of(row)

    async def lock_of(self, access_request_id: str, *, shared: bool = False) -> None:
        """Locks the company that an access request is about; `shared` only waits for those who change it.

        Raises:
            NotFoundHere: there is no such access request.
        """
        statement = WAIT_OF_ACCESS_REQUEST if shared else LOCK_OF_ACCESS_REQUEST
        if (await self._session.execute(statement, {"id": access_request_id})).first() is None:
            raise NotFoundHere

    async def wait_for_changes(self, siren: str) -> Company | None:
        """Returns a company once nobody is changing its memberships."""
        row = (await self._session.execute(WAIT, {"siren": siren})).first()
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
