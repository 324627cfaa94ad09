from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.company.storage.tables import audit_events

ADD = insert(audit_events)


class AuditRepository:
    """What was done, by whom, to what. Append-only."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self,
        kind: str,
        *,
        by: str,
        siren: str | None = None,
        account_id: str | None = None,
        access_request_id: str | None = None,
        **details: str | int,
    ) -> None:
        """Adds an event. `by` is an account's id, or `service:<name>`; `account_id` is whom it concerns."""
        await self._connection.execute(
            ADD,
            {
                "kind": kind,
                "actor": by,
                "siren": siren,
                "account_id": account_id,
                "access_request_id": access_request_id,
                "details": details,
            },
        )
