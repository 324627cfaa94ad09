import asyncpg
import pytest

from tests.integration.company.running import RunningCompany


async def test_an_audit_event_can_be_neither_changed_nor_deleted(company: RunningCompany) -> None:
    await company.claimed()
    for statement in ("UPDATE audit_events SET actor = 'x'", "DELETE FROM audit_events"):
        with pytest.raises(Exception, match="append-only") as raised:
            await company.sql(statement)
        assert isinstance(raised.value.__cause__.__cause__, asyncpg.PostgresError)  # type: ignore[union-attr]
