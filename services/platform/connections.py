"""Connections to a service's own database, for what is read and written at every click.

SQLAlchemy builds statements and compiles each once; asyncpg alone sends them. What an engine does around each
execution took a quarter of a service's CPU.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.platform.database import CONNECT_SECONDS, SERVER_SETTINGS, plain_dsn

Parameters = Mapping[str, object]


class Row(asyncpg.Record):  # type: ignore[misc]  # asyncpg has no types
    """What a statement returned, column by column: `row.state`."""

    def __getattr__(self, column: str) -> Any:
        try:
            return self[column]
        except KeyError:
            raise AttributeError(column) from None


class Rows:
    """All that a statement returned."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> Sequence[Row]:
        return self._rows

    def first(self) -> Row | None:
        return self._rows[0] if self._rows else None

    def one(self) -> Row:
        """Returns the only row. None, or several: ValueError."""
        (row,) = self._rows
        return row

    def one_or_none(self) -> Row | None:
        return self.one() if self._rows else None

    def scalar(self) -> Any:
        """Returns the first column of the first row, or None where there is no row."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> list[Any]:
        return [row[0] for row in self._rows]


class Connection:
    """One connection. In a transaction, what was executed is kept from `commit` on."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        compiled = Compiled.of(statement, parameters or {})
        return Rows(await self._driver.fetch(compiled.sql, *compiled.arguments(parameters or {})))

    async def commit(self) -> None:
        # PostgreSQL answers ROLLBACK, and no error, where a statement of the transaction has failed.
        done = await self._driver.execute("COMMIT")
        if done != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError(f"a commit ended with {done}")


# What is executed in it is committed or rolled back by whoever opened it.
Transaction = AsyncConnection | AsyncSession | Connection


class Connections:
    """A pool of connections, opened when needed."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def answer(self) -> None:
        """Raises where the database does not."""
        await self._pool.execute("SELECT 1", timeout=CONNECT_SECONDS)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Connection]:
        """Lends a connection on which each statement is a transaction of its own: one round trip each."""
        async with self._lent() as driver:
            yield Connection(driver)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lends a connection in a transaction. Leaving without `commit` rolls back."""
        async with self._lent() as driver:
            await driver.execute("BEGIN")
            try:
                yield Connection(driver)
            finally:
                # One that was lost has left the pool by itself, and its transaction with it.
                with suppress(asyncpg.InterfaceError, asyncpg.InternalClientError):
                    if driver.is_in_transaction():
                        await driver.execute("ROLLBACK")

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Any]:
        async with self._pool.acquire(timeout=CONNECT_SECONDS) as driver:
            try:
                yield driver
            except asyncpg.InternalClientError:
                # PostgreSQL has said that it ends the session, and has not hung up yet: nobody else gets it.
                driver.terminate()
                raise


@asynccontextmanager
async def open_connections(url: URL, *, most: int) -> AsyncIterator[Connections]:
    """Opens a pool that never waits more than 5 s for a connection, nor 15 s for a statement."""
    async with asyncpg.create_pool(
        plain_dsn(url),
        min_size=0,
        max_size=most,
        record_class=Row,
        timeout=CONNECT_SECONDS,
        server_settings=SERVER_SETTINGS,
        init=prepare,
        reset=leave_as_it_is,
    ) as pool:
        yield Connections(pool)


async def prepare(driver: Any) -> None:
    await driver.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def leave_as_it_is(driver: Any) -> None:
    """Saves a round trip each time a connection is given back: nothing here changes a session's settings."""


class Compiled:
    """A statement as PostgreSQL reads it, and the names of its parameters in their order."""

    # By the statement itself: those that modules build at import stay, others go with their last use.
    _known: ClassVar[WeakKeyDictionary[Executable, dict[tuple[str, ...], "Compiled"]]] = WeakKeyDictionary()

    def __init__(self, statement: Executable, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=DIALECT, column_keys=names)  # type: ignore[attr-defined]
        self.sql = str(compiled)
        self._constant = {**compiled.params}
        self._order: list[str] = compiled.positiontup or []

    @classmethod
    def of(cls, statement: Executable, parameters: Parameters) -> "Compiled":
        known = cls._known.get(statement)
        if known is None:
            known = cls._known[statement] = {}
        names = tuple(parameters)
        if names not in known:
            known[names] = cls(statement, names)
        return known[names]

    def arguments(self, parameters: Parameters) -> list[object]:
        constant = self._constant
        return [parameters[name] if name in parameters else constant[name] for name in self._order]


DIALECT = dialect()  # type: ignore[no-untyped-call]
