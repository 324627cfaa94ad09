"""What operations and queries read outside a transaction, each in one round trip."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.account import Account
from services.identity.domain.notice import Notice
from services.identity.domain.second_factor import SessionChallenge
from services.identity.storage.tables import accounts, known_clients, notices, session_challenges, sign_ups
from services.identity.storage.unit_of_work import AWAIT, Database
from services.platform.errors import NotFound
from services.platform.idempotency import Once, earlier


@dataclass(frozen=True)
class PendingPassword:
    """The newest sign-up of an unverified account."""

    id: str
    password_hash: str


@dataclass(frozen=True)
class SignInCandidate:
    """What decides whether somebody may sign in. `password_hash` is None where there is no account.

    Before verification it is the newest sign-up's: right or wrong, it opens nothing.
    """

    password_hash: str | None
    client_known: bool


def newest_hash() -> Select[tuple[str]]:
    return (
        select(sign_ups.c.password_hash)
        .where(sign_ups.c.account_id == accounts.c.id)
        .order_by(sign_ups.c.created_at.desc(), sign_ups.c.id)
        .limit(1)
    )


async def newest_sign_up(database: Database, *, email_key: str) -> PendingPassword | None:
    query = (
        select(sign_ups.c.id, sign_ups.c.password_hash)
        .join(accounts)
        .where(accounts.c.email_key == email_key)
        .order_by(sign_ups.c.created_at.desc(), sign_ups.c.id)
        .limit(1)
    )
    async with database.reader.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    return PendingPassword(row.id, row.password_hash) if row else None


async def sign_in_candidate(database: Database, *, email_key: str, client: str) -> SignInCandidate:
    known = (
        select(known_clients.c.client)
        .where(known_clients.c.account_id == accounts.c.id, known_clients.c.client == client)
        .exists()
    )
    own = func.nullif(accounts.c.password_hash, "")
    query = select(
        func.coalesce(own, newest_hash().scalar_subquery()).label("password_hash"), known.label("known")
    ).where(accounts.c.email_key == email_key)
    async with database.reader.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    return SignInCandidate(row.password_hash, row.known) if row else SignInCandidate(None, False)


async def challenge_of(database: Database, challenge_id: str) -> SessionChallenge | None:
    query = select(*session_challenges.columns).where(session_challenges.c.id == challenge_id)
    async with database.reader.connect() as connection:
        row = (await connection.execute(query)).mappings().one_or_none()
    return SessionChallenge(**row) if row else None


async def was_answered(database: Database, once: Once) -> bool:
    """Says whether an earlier call had the key.

    Raises:
        AlreadyExists: idempotency_key_reused, where it was another call.
    """
    async with AsyncSession(database.reader) as session:
        return await earlier(session, once) is not None


async def notice_with_account(database: Database, notice_id: str) -> tuple[Notice, Account]:
    """Returns a notice and whom it is for, under the name that its own sign-up gave.

    Waits for a transaction that is writing it, so that a mail whose workflow was started before the
    commit is not lost.

    Raises:
        NotFound: not_found.
    """
    query = (
        select(
            *(column.label(f"notice_{column.name}") for column in notices.columns),
            *(column.label(f"account_{column.name}") for column in accounts.columns),
            sign_ups.c.full_name.label("chosen_name"),
            sign_ups.c.locale.label("chosen_locale"),
        )
        .join_from(notices, accounts, notices.c.account_id == accounts.c.id)
        .outerjoin(sign_ups, notices.c.sign_up_id == sign_ups.c.id)
        .where(notices.c.id == notice_id)
    )
    async with database.engine.connect() as connection:
        await connection.execute(AWAIT, {"id": notice_id})
        row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("not_found")
    notice = Notice(**{column.name: row[f"notice_{column.name}"] for column in notices.columns})
    account = Account(**{column.name: row[f"account_{column.name}"] for column in accounts.columns})
    if not account.verified and row["chosen_name"] is not None:
        account.full_name, account.locale = row["chosen_name"], row["chosen_locale"]
    return notice, account
