"""The keys that tokens are signed with. Private parts are encrypted before they come here."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.identity.domain.signing_key import SigningKey
from services.identity.storage.sign_on_tables import signing_keys

TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('identity.signing_keys', 0))")
PRESENT = (
    select(*signing_keys.columns)
    .where(signing_keys.c.algorithm == bindparam("name"), signing_keys.c.starts_at <= bindparam("at"))
    .order_by(signing_keys.c.starts_at.desc())
    .limit(1)
)


class SigningKeys:
    def __init__(self, transaction: AsyncConnection | AsyncSession) -> None:
        self._transaction = transaction

    async def take_turn(self) -> None:
        """Waits until no other replica makes keys."""
        await self._transaction.execute(TAKE_TURN)

    async def add(self, key: SigningKey) -> None:
        await self._transaction.execute(insert(signing_keys).values(vars(key)))

    async def forget(self, key_ids: Collection[str]) -> None:
        if key_ids:
            await self._transaction.execute(delete(signing_keys).where(signing_keys.c.id.in_(key_ids)))

    async def all(self) -> list[SigningKey]:
        rows = (await self._transaction.execute(select(*signing_keys.columns))).mappings()
        return [SigningKey(**row) for row in rows]

    async def present(self, algorithm: str, *, at: datetime) -> SigningKey:
        """Returns the key that signs now. There is one from the service's first start on."""
        row = (await self._transaction.execute(PRESENT, {"name": algorithm, "at": at})).mappings().one()
        return SigningKey(**row)
