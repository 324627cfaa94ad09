"""Reads of the ledger."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from services.notification.storage.tables import notifications
from services.platform.connections import Connections, Row
from services.platform.paging import key_after, moment_of, page_size_of, page_token

MOST_DELIVERIES = 1000
LATEST = (
    select(notifications)
    .ext(distinct_on(notifications.c.recipient_id, notifications.c.kind))
    .where(
        notifications.c.access_request_id == bindparam("access_request_id"),
        # Lets the planner use the partial index.
        notifications.c.access_request_id != "",
    )
    .order_by(
        notifications.c.recipient_id,
        notifications.c.kind,
        notifications.c.created_at.desc(),
        notifications.c.id.desc(),
    )
    .subquery()
)
DELIVERIES = select(LATEST).order_by(LATEST.c.created_at, LATEST.c.id).limit(MOST_DELIVERIES)


async def deliveries_of(connections: Connections, access_request_id: str) -> Sequence[Row]:
    """Returns the latest notification of each recipient and kind about an access request, oldest first."""
    async with connections.alone() as connection:
        return (await connection.execute(DELIVERIES, {"access_request_id": access_request_id})).all()


async def notifications_page(
    connections: Connections, *, access_request_id: str, state: str, page_size: int, page_token_: str
) -> tuple[Sequence[Row], str]:
    """Returns a page of notifications, newest first, and the token of the next one.

    Raises:
        InvalidArgument: invalid_cursor, invalid_limit.
    """
    size = page_size_of(page_size)
    filter_ = (access_request_id, state)
    table = notifications.c
    statement = select(notifications).order_by(table.created_at.desc(), table.id.desc()).limit(size + 1)
    if access_request_id:
        # The second condition lets the planner use the partial index.
        statement = statement.where(table.access_request_id == access_request_id).where(
            table.access_request_id != ""
        )
    if state:
        statement = statement.where(table.state == state)
    after = key_after(page_token_, filter_=filter_, parts=2)
    if after is not None:
        statement = statement.where(
            tuple_(table.created_at, table.id) < tuple_(moment_of(after[0]), after[1])
        )
    async with connections.alone() as connection:
        rows = (await connection.execute(statement)).all()
    if len(rows) <= size:
        return rows, ""
    last = rows[size - 1]
    return rows[:size], page_token((last.created_at.isoformat(), last.id), filter_=filter_)
