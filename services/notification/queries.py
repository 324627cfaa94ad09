"""Reads of the ledger."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notification.storage.tables import notifications
from services.platform.paging import key_after, moment_of, page_size_of, page_token


async def notifications_page(
    engine: AsyncEngine, *, access_request_id: str, state: str, page_size: int, page_token_: str
) -> tuple[Sequence[Row[Any]], str]:
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
    async with engine.connect() as connection:
        rows = (await connection.execute(statement)).all()
    if len(rows) <= size:
        return rows, ""
    last = rows[size - 1]
    return rows[:size], page_token((last.created_at.isoformat(), last.id), filter_=filter_)
