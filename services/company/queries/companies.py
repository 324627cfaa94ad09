"""Companies and memberships as their members see them."""

from dataclasses import replace

from sqlalchemy import bindparam, func, select, tuple_

from services.company.domain.access_request import AccessRequest, State
from services.company.domain.company import Company
from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import (
    Membership,
    MembershipChange,
    MembershipState,
    require_active,
)
from services.company.queries.pages import Page, page_of
from services.company.storage.repositories.access_requests import SELECT_ACCESS_REQUESTS, access_request_of
from services.company.storage.repositories.memberships import (
    ACTIVE_ADMINISTRATOR,
    SELECT_MEMBERSHIPS,
    membership_of,
)
from services.company.storage.tables import access_requests, companies, memberships
from services.company.storage.unit_of_work import Database
from services.platform.paging import key_after, moment_of, page_size_of

MOST_OF_ONE_ACCOUNT = 1000
OWN_MEMBERSHIPS = (
    SELECT_MEMBERSHIPS.where(memberships.c.account_id == bindparam("account_id"))
    .order_by(companies.c.name, companies.c.siren)
    .limit(MOST_OF_ONE_ACCOUNT)
)
COUNT_ACTIVE = select(
    func.count().filter(memberships.c.state == MembershipState.ACTIVE).label("members"),
    func.count().filter(ACTIVE_ADMINISTRATOR).label("administrators"),
).where(memberships.c.siren == bindparam("siren"))
OWN_PENDING = (
    SELECT_ACCESS_REQUESTS.where(
        access_requests.c.account_id == bindparam("account_id"), access_requests.c.state == State.PENDING
    )
    .order_by(access_requests.c.created_at.desc(), access_requests.c.id.desc())
    .limit(MOST_OF_ONE_ACCOUNT)
)


async def get_own_access(
    account_id: str, *, database: Database
) -> tuple[list[Membership], list[AccessRequest]]:
    """Returns an account's memberships by company name, and its pending access requests newest first."""
    own = {"account_id": account_id}
    async with database.reading() as work:
        held_rows = (await work.connection.execute(OWN_MEMBERSHIPS, own)).all()
        pending_rows = (await work.connection.execute(OWN_PENDING, own)).all()
    return [membership_of(row) for row in held_rows], [access_request_of(row) for row in pending_rows]


async def get_ended_membership(siren: str, *, account_id: str, database: Database) -> MembershipChange:
    """Returns how an account's last membership of a company ended.

    Raises:
        NotFoundHere: it never had one, or has one now.
    """
    async with database.reading() as work:
        held = await work.memberships.of(account_id, siren)
        ended = await work.audit.last_end(siren, account_id)
    if held is not None or ended is None:
        raise NotFoundHere
    return ended


async def list_ended_memberships(account_id: str, *, database: Database) -> list[MembershipChange]:
    """Returns the last end for each company that an account is no longer in, newest first, 50 at most."""
    async with database.reading() as work:
        return await work.audit.last_ends(account_id)


async def get_company(siren: str, *, account_id: str, database: Database) -> tuple[Company, Membership]:
    """Returns a company, and the account's membership in it, to an active member.

    Raises:
        NotFoundHere: the account is none.
    """
    async with database.reading() as work:
        membership = require_active(await work.memberships.of(account_id, siren))
        company = await work.companies.get(siren)
        counts = (await work.connection.execute(COUNT_ACTIVE, {"siren": siren})).one()
    if company is None:
        raise NotFoundHere
    return (
        replace(
            company, active_member_count=counts.members, active_administrator_count=counts.administrators
        ),
        membership,
    )


async def list_memberships(
    siren: str, *, account_id: str, page_size: int, page_token: str, database: Database
) -> Page[Membership]:
    """Lists a company's memberships, oldest first, for an active member.

    Raises:
        NotFoundHere: the account is none.
    """
    size = page_size_of(page_size)
    filter_ = ("memberships", siren)
    key = tuple_(memberships.c.created_at, memberships.c.id)
    statement = SELECT_MEMBERSHIPS.where(memberships.c.siren == siren)
    if after := key_after(page_token, filter_=filter_, parts=2):
        statement = statement.where(key > (moment_of(after[0]), after[1]))
    statement = statement.order_by(memberships.c.created_at, memberships.c.id).limit(size + 1)
    async with database.reading() as work:
        require_active(await work.memberships.of(account_id, siren))
        rows = (await work.connection.execute(statement)).all()
    return page_of([membership_of(row) for row in rows], size=size, filter_=filter_)
