"""The ledger of notifications: a row is written before its mail is sent, and marked after it.

Each method is one statement, committed by itself: no connection is held while a relay makes us wait.
A claim keeps other calls off a row until it is marked, or until the claim runs out because the process
that held it died.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import TextClause, text

from services.platform.connections import Connections, Row, Rows

LONGEST_ERROR = 500
NOT_NAMED = "not among the recipients any more"

# Rows are locked in the order of their recipients, so that two calls for one event cannot deadlock.
# Whoever was due and is not named any more is given up, lest the row stay due for ever; if named again,
# that one is told after all.
CLAIM = text(
    """
    WITH not_named AS (
        UPDATE notifications SET state = 'abandoned', last_error = :not_named, claimed_until = NULL
        WHERE event_id = :event_id AND state = 'due' AND recipient_id <> ALL(CAST(:recipient_ids AS text[]))
            AND coalesce(claimed_until < clock_timestamp(), true)
    )
    INSERT INTO notifications AS held
        (id, event_id, recipient_id, kind, access_request_id, state, claimed_until)
    SELECT id, :event_id, recipient_id, :kind, :access_request_id, 'due', clock_timestamp() + :lease
    FROM unnest(CAST(:ids AS text[]), CAST(:recipient_ids AS text[])) AS told (id, recipient_id)
    ON CONFLICT (event_id, recipient_id) DO UPDATE
        SET claimed_until = EXCLUDED.claimed_until, state = 'due',
            last_error = CASE held.state WHEN 'due' THEN held.last_error ELSE '' END
        WHERE (held.state = 'due' OR (held.state = 'abandoned' AND held.last_error = :not_named))
            AND coalesce(held.claimed_until < clock_timestamp(), true)
    RETURNING recipient_id
    """
)
STANDING = text(
    "SELECT * FROM notifications"
    " WHERE event_id = :event_id AND (recipient_id = ANY(:recipient_ids) OR state = 'due')"
)
# A mail that the relay has accepted is sent, even where it was given up in the meantime.
MARK_SENT = text(
    """
    UPDATE notifications
    SET state = 'sent', sent_at = clock_timestamp(), attempt_count = attempt_count + 1,
        last_error = '', claimed_until = NULL
    WHERE event_id = :event_id AND recipient_id = :recipient_id AND state <> 'sent'
    """
)
MARK_FAILED = text(
    """
    UPDATE notifications
    SET state = 'failed', attempt_count = attempt_count + 1, last_error = :error, claimed_until = NULL
    WHERE event_id = :event_id AND recipient_id = :recipient_id AND state = 'due'
    """
)
DEFER = text(
    """
    UPDATE notifications
    SET attempt_count = attempt_count + 1, last_error = :error, claimed_until = NULL
    WHERE event_id = :event_id AND recipient_id = ANY(:recipient_ids) AND state = 'due'
    """
)
ABANDON = text(
    """
    WITH not_named AS (
        UPDATE notifications SET state = 'abandoned', last_error = :not_named, claimed_until = NULL
        WHERE event_id = :event_id AND state = 'due' AND recipient_id <> ALL(CAST(:recipient_ids AS text[]))
    )
    INSERT INTO notifications AS held (id, event_id, recipient_id, kind, access_request_id, state)
    SELECT id, :event_id, recipient_id, :kind, :access_request_id, 'abandoned'
    FROM unnest(CAST(:ids AS text[]), CAST(:recipient_ids AS text[])) AS told (id, recipient_id)
    ON CONFLICT (event_id, recipient_id) DO UPDATE
        SET state = 'abandoned', claimed_until = NULL
        WHERE held.state = 'due'
    RETURNING recipient_id
    """
)


class Ledger:
    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def claim(
        self,
        event_id: str,
        recipient_ids: Collection[str],
        *,
        kind: str,
        access_request_id: str,
        lease: timedelta,
    ) -> set[str]:
        """Writes what is missing, and returns the recipients that are due and now ours to tell.

        Gives up whoever else is due of the event, and in nobody's hands.
        """
        rows = new_rows(event_id, recipient_ids, kind=kind, access_request_id=access_request_id)
        async with self._connections.alone() as connection:
            return set((await connection.execute(CLAIM, {**rows, "lease": lease})).scalars())

    async def standing(self, event_id: str, recipient_ids: Sequence[str]) -> dict[str, Row]:
        """Returns notifications of an event by recipient: those of the recipients, and all that are due."""
        parameters = {"event_id": event_id, "recipient_ids": list(recipient_ids)}
        async with self._connections.alone() as connection:
            rows = (await connection.execute(STANDING, parameters)).all()
        return {row.recipient_id: row for row in rows}

    async def mark_sent(self, event_id: str, recipient_id: str) -> None:
        await self._execute(MARK_SENT, event_id=event_id, recipient_id=recipient_id)

    async def mark_failed(self, event_id: str, recipient_id: str, error: str) -> None:
        await self._execute(
            MARK_FAILED, event_id=event_id, recipient_id=recipient_id, error=error[:LONGEST_ERROR]
        )

    async def defer(self, event_id: str, recipient_ids: Collection[str], error: str) -> None:
        """Counts an attempt that came to nothing, and lets go of the rows."""
        await self._execute(
            DEFER, event_id=event_id, recipient_ids=list(recipient_ids), error=error[:LONGEST_ERROR]
        )

    async def abandon(
        self, event_id: str, recipient_ids: Collection[str], *, kind: str, access_request_id: str
    ) -> int:
        """Gives up all that is due of an event, and the recipients that were never tried.

        Returns how many rows of the recipients that were.
        """
        rows = new_rows(event_id, recipient_ids, kind=kind, access_request_id=access_request_id)
        return len((await self._execute(ABANDON, **rows)).all())

    async def _execute(self, statement: TextClause, **parameters: object) -> Rows:
        async with self._connections.alone() as connection:
            return await connection.execute(statement, parameters)


def new_rows(
    event_id: str, recipient_ids: Collection[str], *, kind: str, access_request_id: str
) -> dict[str, object]:
    ordered = sorted(recipient_ids)
    return {
        "event_id": event_id,
        "kind": kind,
        "access_request_id": access_request_id,
        "ids": [uuid.uuid4().hex for _ in ordered],
        "recipient_ids": ordered,
        "not_named": NOT_NAMED,
    }
