"""What is committed is kept, what is not is gone, and a connection that was lost harms nobody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import Column, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB

from services.platform.connections import Connection, Connections, open_connections
from services.platform.database import create_database, database_url
from services.platform.rpc_unavailable import database_is_away
from services.platform.settings import DatabaseSettings

THINGS = Table("things", MetaData(), Column("id", Text, primary_key=True), Column("note", JSONB))
ADD = insert(THINGS)
CREATE = text("CREATE TABLE IF NOT EXISTS things (id text PRIMARY KEY, note jsonb)")
IDS = select(THINGS.c.id).order_by(THINGS.c.id)


@pytest_asyncio.fixture(loop_scope="session")
async def connections(postgres_url: str) -> AsyncIterator[Connections]:
    url = database_url(DatabaseSettings(database_url=postgres_url), "connections")
    await create_database(url)
    async with open_connections(url, most=2) as opened:
        async with opened.alone() as connection:
            await connection.execute(
                text("CREATE TABLE IF NOT EXISTS things (id text PRIMARY KEY, note jsonb)")
            )
            await connection.execute(text("DELETE FROM things"))
        yield opened


async def ids(connections: Connections) -> list[str]:
    async with connections.alone() as connection:
        return (await connection.execute(IDS)).scalars()


async def test_what_is_committed_is_kept_and_leaving_without_rolls_back(connections: Connections) -> None:
    async with connections.transaction() as connection:
        await connection.execute(ADD, {"id": "kept"})
        await connection.commit()
    async with connections.transaction() as connection:
        await connection.execute(ADD, {"id": "left"})

    async def fail() -> None:
        async with connections.transaction() as connection:
            await connection.execute(ADD, {"id": "failed"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await ids(connections) == ["kept"]


async def test_one_statement_takes_different_parameters_and_gives_back_what_it_took(
    connections: Connections,
) -> None:
    async with connections.alone() as connection:
        await connection.execute(ADD, {"id": "bare"})
        await connection.execute(ADD, {"id": "noted", "note": {"é": [1, None]}})
        rows = (await connection.execute(select(THINGS).order_by(THINGS.c.id))).all()
        assert [(row.id, row.note) for row in rows] == [("bare", None), ("noted", {"é": [1, None]})]
        with pytest.raises(AttributeError):
            _ = rows[0].missing
        with pytest.raises(ValueError, match="too many"):
            (await connection.execute(IDS)).one()
        assert (await connection.execute(IDS.where(THINGS.c.id == "none"))).one_or_none() is None


async def test_a_commit_after_a_statement_that_failed_is_no_commit(connections: Connections) -> None:
    async with connections.transaction() as connection:
        await connection.execute(ADD, {"id": "first"})
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(ADD, {"id": "first"})
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await connection.commit()
    assert await ids(connections) == []


async def test_whoever_stops_waiting_leaves_a_connection_to_the_next(connections: Connections) -> None:
    async def wait() -> None:
        async with connections.transaction() as connection:
            await connection.execute(ADD, {"id": "interrupted"})
            await connection.execute(select(func.pg_sleep(5)))

    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wait(), 0.05)
    assert await ids(connections) == []


class Relay:
    """A way to PostgreSQL that passes on every byte, but not at once that PostgreSQL hung up."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.ending = asyncio.Event()
        self.hang_up = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._server)
        asking = asyncio.create_task(self._pass_on(reader, server_writer))
        await self._pass_on(server_reader, writer)
        self.ending.set()
        await self.hang_up.wait()
        for one in (writer, server_writer):
            one.close()
        await asking

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()


async def test_a_session_that_postgres_ends_is_the_database_away_before_it_hangs_up(
    connections: Connections, postgres_url: str
) -> None:
    url = database_url(DatabaseSettings(database_url=postgres_url), "connections")
    assert url.host is not None
    assert url.port is not None
    relay = Relay(url.host, url.port)
    async with await asyncio.start_server(relay.carry, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_connections(url.set(host="127.0.0.1", port=port), most=1) as slow:
            async with slow.alone() as connection:
                process = (await connection.execute(select(func.pg_backend_pid()))).scalar()
            async with connections.alone() as other:
                await other.execute(select(func.pg_terminate_backend(process, 5000)))
            await relay.ending.wait()
            with pytest.raises(asyncpg.InternalClientError) as lost:
                await ids(slow)
            assert database_is_away(lost.value)
            assert await ids(slow) == []
            relay.hang_up.set()


@pytest.mark.parametrize("idle", [False, True])
async def test_a_lost_connection_is_the_database_away_and_the_next_one_serves(
    connections: Connections, idle: bool
) -> None:
    async def lose(other: Connection) -> None:
        async with connections.transaction() as connection:
            await connection.execute(ADD, {"id": "lost"})
            process = (await connection.execute(select(func.pg_backend_pid()))).scalar()
            ended = asyncio.create_task(other.execute(select(func.pg_terminate_backend(process, 5000))))
            try:
                if idle:
                    await asyncio.wait([ended])
                await connection.execute(select(func.pg_sleep(5)))
                await connection.commit()
            finally:
                await ended

    async with connections.alone() as other:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as lost:
            await lose(other)
    assert database_is_away(lost.value)
    assert await ids(connections) == []
