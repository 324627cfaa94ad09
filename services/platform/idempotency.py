"""The same Idempotency-Key twice is one effect and one answer.

The key is claimed in the transaction of the write it protects. A concurrent repeat waits on the unique
index until that transaction ends, then finds what it wrote.
"""

import hashlib

from google.protobuf.message import Message
from sqlalchemy import Column, DateTime, MetaData, String, Table, func, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.platform.errors import AlreadyExists, InvalidArgument

LONGEST_KEY = 200


def idempotency_keys_table(metadata: MetaData) -> Table:
    return Table(
        "idempotency_keys",
        metadata,
        Column("account_id", String(40), primary_key=True),
        Column("key", String(LONGEST_KEY), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("resource_id", String(80), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    )


CLAIM = text(
    """
    INSERT INTO idempotency_keys (account_id, key, fingerprint, resource_id)
    VALUES (:account_id, :key, :fingerprint, :resource_id)
    ON CONFLICT DO NOTHING
    RETURNING resource_id
    """
)
EARLIER = text(
    "SELECT fingerprint, resource_id FROM idempotency_keys WHERE account_id = :account_id AND key = :key"
)


async def claim(
    session: AsyncSession, *, account_id: str, key: str, request: Message, resource_id: str
) -> str | None:
    """Claims a key for the resource about to be written.

    Returns None where the key is new (or empty), and the earlier resource's id where it is a repeat.
    `request` is the whole call: another call under the same key is an error.

    Raises:
        AlreadyExists: idempotency_key_reused.
        InvalidArgument: idempotency_key_invalid, for a key over 200 characters.
    """
    if not key:
        return None
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidArgument("idempotency_key_invalid", field="Idempotency-Key")
    content = type(request).__name__.encode() + b"\0" + request.SerializeToString(deterministic=True)
    row = {
        "account_id": account_id,
        "key": key,
        "fingerprint": hashlib.sha256(content).hexdigest(),
        "resource_id": resource_id,
    }
    if (await session.execute(CLAIM, row)).scalar() is not None:
        return None
    earlier = (await session.execute(EARLIER, row)).one()
    if earlier.fingerprint != row["fingerprint"]:
        raise AlreadyExists("idempotency_key_reused", field="Idempotency-Key")
    return str(earlier.resource_id)
