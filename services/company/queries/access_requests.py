"""Access requests as their requester, the administrators and the operators see them."""

import asyncio
from datetime import timedelta

from sqlalchemy import Select, tuple_

from services.company.domain.access_request import AccessRequest, State
from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import Membership, MembershipChange, require_administrator
from services.company.queries.pages import Page, page_of
from services.company.storage.changes import Changes
from services.company.storage.repositories.access_requests import SELECT_ACCESS_REQUESTS, access_request_of
from services.company.storage.tables import access_requests
from services.company.storage.unit_of_work import Database, UnitOfWork
from services.platform.paging import key_after, moment_of, page_size_of

LONGEST_WAIT = timedelta(seconds=30)


async def get_access_request(access_request_id: str, *, account_id: str, database: Database) -> AccessRequest:
    """Returns an access request to its requester and to the administrators of its company.

    Raises:
        NotFoundHere: there is none, or the account is neither.
    """
    async with database.reading() as work:
        access_request = await work.access_requests.get(access_request_id)
        if access_request is None:
            raise NotFoundHere
        if access_request.account_id != account_id:
            membership = await work.memberships.of(account_id, access_request.siren)
            if membership is None or not membership.decides:
                raise NotFoundHere
    return access_request


async def get_lost_administration(
    access_request_id: str, *, account_id: str, database: Database
) -> Membership | MembershipChange:
    """Returns what an account has become that could once decide an access request: the membership that it
    has now, or the end of the one it had.

    Raises:
        NotFoundHere: there is none, or the account never could, or still can.
    """
    async with database.reading() as work:
        access_request = await work.access_requests.get(access_request_id)
        if access_request is None:
            raise NotFoundHere
        siren = access_request.siren
        if not await work.audit.could_decide(siren, account_id, since=access_request.created_at):
            raise NotFoundHere
        membership = await work.memberships.of(account_id, siren)
        now = membership or await work.audit.last_end(siren, account_id)
    if now is None or (membership is not None and membership.decides):
        raise NotFoundHere
    return now


async def wait_access_request(
    access_request_id: str,
    *,
    known_revision: int,
    wait: timedelta,
    account_id: str,
    database: Database,
    changes: Changes,
) -> AccessRequest:
    """Returns an access request once its revision differs from the known one, or the wait is over."""
    until = asyncio.get_running_loop().time() + min(wait, LONGEST_WAIT).total_seconds()
    waiting = True
    with changes.watch(access_request_id) as watch:
        while True:
            access_request = await get_access_request(
                access_request_id, account_id=account_id, database=database
            )
            if access_request.revision != known_revision or not waiting:
                return access_request
            waiting = await watch.changed(until)


async def list_own_access_requests(
    *, account_id: str, state: State | None, page_size: int, page_token: str, database: Database
) -> Page[AccessRequest]:
    statement = SELECT_ACCESS_REQUESTS.where(access_requests.c.account_id == account_id)
    async with database.reading() as work:
        return await newest_first(work, statement, state, page_size, page_token, filter_=("own", account_id))


async def list_company_access_requests(
    siren: str, *, account_id: str, state: State | None, page_size: int, page_token: str, database: Database
) -> Page[AccessRequest]:
    """Lists those of a company for its administrators.

    Raises:
        NotFoundHere: a stranger. NotAnAdministrator: a plain member.
    """
    statement = SELECT_ACCESS_REQUESTS.where(access_requests.c.siren == siren)
    async with database.reading() as work:
        require_administrator(await work.memberships.of(account_id, siren))
        return await newest_first(work, statement, state, page_size, page_token, filter_=("company", siren))


async def list_every_access_request(
    *, state: State | None, escalated: bool, page_size: int, page_token: str, database: Database
) -> Page[AccessRequest]:
    """Lists those of all companies, for operators."""
    statement = SELECT_ACCESS_REQUESTS
    if escalated:
        statement = statement.where(access_requests.c.escalated_at.is_not(None))
    async with database.reading() as work:
        filter_ = ("every", "escalated" if escalated else "")
        return await newest_first(work, statement, state, page_size, page_token, filter_=filter_)


async def newest_first(
    work: UnitOfWork,
    statement: Select[tuple[object, ...]],
    state: State | None,
    page_size: int,
    page_token: str,
    *,
    filter_: tuple[str, ...],
) -> Page[AccessRequest]:
    size = page_size_of(page_size)
    filter_ = (*filter_, state or "")
    key = tuple_(access_requests.c.created_at, access_requests.c.id)
    if state is not None:
        statement = statement.where(access_requests.c.state == state)
    if after := key_after(page_token, filter_=filter_, parts=2):
        statement = statement.where(key < (moment_of(after[0]), after[1]))
    statement = statement.order_by(access_requests.c.created_at.desc(), access_requests.c.id.desc()).limit(
        size + 1
    )
    rows = (await work.connection.execute(statement)).all()
    items = [access_request_of(row) for row in rows]
    return page_of(items, size=size, filter_=filter_)
