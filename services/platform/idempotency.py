"""The same Idempotency-Key twice is one effect and one answer.

The key is claimed in the transaction of the write it protects. A concurrent repeat waits on the unique
index until that transaction ends, then finds what it wrote.
"""

import hashlib
from dataclasses import dataclass

from google.protobuf.message import Message
from sqlalchemy import Column, DateTime, MetaData, String, Table, func, text

from services.platform.connections import Transaction
from services.platform.errors import AlreadyExists, InvalidArgument

LONGEST_KEY = 200


@dataclass(frozen=True)
class Once:
    """A call that has one effect however often it is made with the same key. An empty key: any number.

    `account_id` is whose key it is: the acting account, or what stands for a client that has not signed
    in. `request` is the whole call, without what a stored digest of it would help to guess.
    """

    account_id: str
    key: str
    request: Message

    @property
    def fingerprint(self) -> str:
        content = type(self.request).__name__.encode() + b"\0"
        content += self.request.SerializeToString(deterministic=True)
        return hashlib.sha256(content).hexdigest()


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


async def claim(transaction: Transaction, once: Once, resource_id: str) -> str | None:
    """Claims a key for the resource about to be written.

    Returns None where the key is new (or empty), and the earlier resource's id where it is a repeat.
    Another call under the same key is an error.

    Raises:
        AlreadyExists: idempotency_key_reused.
        InvalidArgument: idempotency_key_invalid, for a key over 200 characters.
    """
    if not once.key:
        return None
    if len(once.key) > LONGEST_KEY or not once.key.isprintable():
        raise InvalidArgument("idempotency_key_invalid", field="Idempotency-Key")
    row = {
        "account_id": once.account_id,
        "key": once.key,
        "fingerprint": once.fingerprint,
        "resource_id": resource_id,
    }
    if (await transaction.execute(CLAIM, row)).scalar() is not None:
        return None
    return await earlier(transaction, once)


async def earlier(transaction: Transaction, once: Once) -> str | None:
    """Returns the id of what an earlier call with the key wrote, or None where there was none.

    Raises:
        AlreadyExists: idempotency_key_reused.
    """
    found = await transaction.execute(EARLIER, {"account_id": once.account_id, "key": once.key})
    row = found.one_or_none()
    if row is None:
        return None
    if row.fingerprint != once.fingerprint:
        raise AlreadyExists("idempotency_key_reused", field="Idempotency-Key")
    return str(row.resource_id)
