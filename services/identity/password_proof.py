"""The password once more, before what only the account's owner may change."""

from dataclasses import dataclass

from sqlalchemy import select

from services.identity.domain.account import Account
from services.identity.domain.email_address import EmailAddress
from services.identity.parts import Parts
from services.identity.storage.tables import accounts
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import InvalidArgument, Unauthenticated
from services.platform.rate_limits import Use


@dataclass(frozen=True)
class ProvenPassword:
    """The password of an account as it was a moment ago."""

    account_id: str
    email: EmailAddress
    full_name: str
    password_hash: str
    field: str

    async def locked(self, work: UnitOfWork) -> Account:
        """Returns the account, locked, if it still has the password: another change may have come first."""
        account = await work.accounts.locked_by_id(self.account_id)
        if account is None or account.password_hash != self.password_hash:
            raise InvalidArgument("password_wrong", field=self.field)
        return account


async def prove_password(
    parts: Parts, *, account_id: str, password: str, client: str, field: str = "password"
) -> ProvenPassword:
    """Checks the password of the acting account. Wrong ones count as sign-ins that failed.

    Raises:
        InvalidArgument: password_wrong, on `field`.
        ResourceExhausted: rate_limited.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    async with parts.database.reader.connect() as connection:
        query = select(accounts.c.email, accounts.c.full_name, accounts.c.password_hash)
        row = (await connection.execute(query.where(accounts.c.id == account_id))).one_or_none()
    if row is None:
        raise Unauthenticated("unauthenticated")
    settings, client_mark = parts.settings, parts.of_client(client)
    email = EmailAddress.parse(row.email)
    address_mark = parts.of_address(email)
    uses = [
        Use(settings.limit_sign_in_per_client, ("sign_in_client", client_mark)),
        Use(settings.limit_sign_in_per_address_and_client, ("sign_in", address_mark, client_mark)),
    ]
    await parts.limits.spend(*uses)
    if not await parts.passwords.matches(row.password_hash, password):
        raise InvalidArgument("password_wrong", field=field)
    async with parts.database.work() as work:
        await parts.limits.give_back(work.session, *uses)
        await work.commit()
    return ProvenPassword(account_id, email, row.full_name, row.password_hash, field)
