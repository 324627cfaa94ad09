"""Sign-ons to tools, and the tokens that stand for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, all_, bindparam, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.identity.domain.account import Account
from services.identity.domain.grant import Grant, TokenPair
from services.identity.domain.tool import Client, Tool
from services.identity.storage.sign_on_tables import consents, grants, token_pairs, tools
from services.identity.storage.tables import accounts
from services.platform.errors import NotFound

# Built once, for they are on the way of every sign-on.
BY_CODE = (
    select(Grant, Tool, Account)
    .join(Tool, tools.c.id == grants.c.client_id)
    .join(Account, accounts.c.id == grants.c.account_id)
    .where(grants.c.id == bindparam("grant_id"))
)
LOCKED_BY_CODE = BY_CODE.with_for_update(of=grants)
BY_TOKENS = (
    select(Grant, Tool, Account, TokenPair)
    .join(Tool, tools.c.id == grants.c.client_id)
    .join(Account, accounts.c.id == grants.c.account_id)
    .join(TokenPair, token_pairs.c.grant_id == grants.c.id)
    .where(token_pairs.c.id == bindparam("pair_id"))
)
LOCKED_BY_TOKENS = BY_TOKENS.with_for_update(of=(grants, token_pairs))
OF_ACCESS_TOKEN = (
    select(Grant, Tool, Account, TokenPair)
    .join(Tool, tools.c.id == grants.c.client_id)
    .join(Account, accounts.c.id == grants.c.account_id)
    .join(TokenPair, token_pairs.c.grant_id == grants.c.id)
    .where(token_pairs.c.id == bindparam("pair_id"))
    .where(token_pairs.c.access_ended_at.is_(None), token_pairs.c.access_expires_at > bindparam("at"))
    .where(grants.c.ended_at.is_(None), grants.c.expires_at > bindparam("at"))
    .where(tools.c.disabled.is_(False), tools.c.client.is_not(None))
)
ADD_TOKENS = insert(token_pairs).values(
    {column.name: bindparam(f"new_{column.name}") for column in token_pairs.columns}
)
ISSUE_FOR_CODE = ADD_TOKENS.add_cte(
    update(grants)
    .where(grants.c.id == bindparam("used_id"))
    .values(code_used_at=bindparam("used_at"))
    .cte("used")
)
ISSUE_FOR_TOKENS = ADD_TOKENS.add_cte(
    update(token_pairs)
    .where(token_pairs.c.id == bindparam("used_id"))
    .values(refreshed_at=bindparam("used_at"))
    .cte("used")
)
BOTH_SCOPES: ColumnElement[tuple[str, ...]] = literal_column(
    "ARRAY(SELECT DISTINCT unnest(consents.scopes || excluded.scopes) ORDER BY 1)"
)


@dataclass(frozen=True)
class Redeemable:
    """A grant by its code or, where there is a `pair`, by the refresh token of that."""

    grant: Grant
    tool: Tool
    account: Account
    pair: TokenPair | None = None

    @property
    def client(self) -> Client:
        """The tool's client, or NotFound (not_found) where nobody may sign on to it now."""
        if self.tool.signs_on is None:
            raise NotFound("not_found")
        return self.tool.signs_on

    @property
    def issued_at(self) -> datetime:
        return self.pair.issued_at if self.pair else self.grant.created_at

    @property
    def expires_at(self) -> datetime | None:
        """Until when what was presented works. None for tokens without a refresh token."""
        return self.pair.refresh_expires_at if self.pair else self.grant.code_expires_at

    @property
    def used_at(self) -> datetime | None:
        return self.pair.refreshed_at if self.pair else self.grant.code_used_at


class Grants:
    """What ends here and has a tool to tell waits in `ended_untold` for the commit."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.ended_untold: dict[tuple[str, str], str] = {}

    def add(self, grant: Grant) -> None:
        self._session.add(grant)

    async def by_code(self, grant_id: str) -> Redeemable | None:
        """Returns a grant as it is at this moment."""
        row = (await self._session.execute(BY_CODE, {"grant_id": grant_id})).one_or_none()
        return Redeemable(*row) if row else None

    async def by_tokens(self, pair_id: str) -> Redeemable | None:
        """Returns tokens and their grant as they are at this moment."""
        row = (await self._session.execute(BY_TOKENS, {"pair_id": pair_id})).one_or_none()
        return Redeemable(*row) if row else None

    async def locked_by_code(self, grant_id: str) -> Redeemable | None:
        """Returns a grant, locked until the end: of two calls with one code, the second sees it used."""
        row = (await self._session.execute(LOCKED_BY_CODE, {"grant_id": grant_id})).one_or_none()
        return Redeemable(*row) if row else None

    async def locked_by_tokens(self, pair_id: str) -> Redeemable | None:
        """Returns tokens and their grant, both locked, for the same reason."""
        row = (await self._session.execute(LOCKED_BY_TOKENS, {"pair_id": pair_id})).one_or_none()
        return Redeemable(*row) if row else None

    async def issue(self, tokens: TokenPair, used: Redeemable, *, at: datetime) -> None:
        """Writes tokens and what was used up for them, in one round trip: tools wait for it."""
        row = {f"new_{column.name}": getattr(tokens, column.name) for column in token_pairs.columns}
        used_id = used.pair.id if used.pair else used.grant.id
        statement = ISSUE_FOR_TOKENS if used.pair else ISSUE_FOR_CODE
        await self._session.execute(statement, {**row, "used_id": used_id, "used_at": at})

    async def end(self, grant_id: str, *, at: datetime) -> None:
        await self._end(grants.c.id == grant_id, at=at)

    async def end_with_sessions(self, sids: Collection[str], *, at: datetime) -> None:
        if sids:
            await self._end(grants.c.sid.in_(sids), at=at)

    async def end_of_client(self, client_id: str, *, at: datetime) -> None:
        await self._end(grants.c.client_id == client_id, at=at)

    async def end_of_company(self, account_id: str, siren: str, *, role: str, at: datetime) -> int:
        """Ends an account's grants for a company: with a role, those that it does not open."""
        which = (grants.c.account_id == account_id) & (grants.c.siren == siren)
        if role:
            shut = (func.cardinality(tools.c.roles) > 0) & (literal(role) != all_(tools.c.roles))
            which &= grants.c.client_id.in_(select(tools.c.id).where(shut))
        return await self._end(which, at=at)

    async def end_expired(self, *, at: datetime, at_most: int) -> int:
        return await self._end(grants.c.expires_at <= at, at=at, at_most=at_most)

    async def _end(self, which: ColumnElement[bool], *, at: datetime, at_most: int | None = None) -> int:
        """Ends open grants, and returns how many.

        Rows are locked in one order, so that two calls whose grants overlap never wait for each other.
        """
        await self._session.flush()
        in_order = (
            select(grants.c.id)
            .where(which, grants.c.ended_at.is_(None))
            .order_by(grants.c.id)
            .limit(at_most)
            .with_for_update()
            .cte("in_order")
        )
        ended = await self._session.execute(
            update(grants)
            .where(grants.c.id.in_(select(in_order.c.id)), tools.c.id == grants.c.client_id)
            .values(ended_at=at)
            .returning(grants.c.id, grants.c.client_id, grants.c.sid, grants.c.code_used_at, tools.c.client)
        )
        rows = ended.all()
        for row in rows:
            # A tool that never used its code knows nothing that it could forget.
            if row.code_used_at is not None and row.client is not None and row.client.backchannel_logout_uri:
                self.ended_untold[row.client_id, row.sid] = row.id
        return len(rows)

    async def note_logouts(self, grant_ids: Collection[str], *, due: bool) -> None:
        """Notes whether the tools of these grants are still to be told of their ends."""
        if grant_ids:
            await self._session.execute(
                update(grants).where(grants.c.id.in_(grant_ids)).values(logout_due=due)
            )

    async def with_logout_due(self, *, at_most: int) -> list[str]:
        """Returns grants whose tools are to be told, locked, but those that another replica sees to."""
        owed = await self._session.scalars(
            select(grants.c.id)
            .where(grants.c.logout_due)
            .order_by(grants.c.id)
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )
        return list(owed)

    async def remember_consent(
        self, account_id: str, client_id: str, scopes: Collection[str], *, at: datetime
    ) -> None:
        """Adds scopes to those that an account has allowed a tool."""
        row = insert(consents).values(
            account_id=account_id, client_id=client_id, scopes=tuple(scopes), updated_at=at
        )
        await self._session.execute(
            row.on_conflict_do_update(
                index_elements=["account_id", "client_id"], set_={"scopes": BOTH_SCOPES, "updated_at": at}
            )
        )


async def of_access_token(
    reader: AsyncEngine, pair_id: str, *, at: datetime
) -> tuple[Grant, Tool, Account, TokenPair] | None:
    """Returns the grant of an access token that works now, in one round trip."""
    async with AsyncSession(reader, expire_on_commit=False) as session:
        row = (await session.execute(OF_ACCESS_TOKEN, {"pair_id": pair_id, "at": at})).one_or_none()
        session.expunge_all()
    return row
