"""A service's own PostgreSQL database: its address, its engine, its migrations."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command, context
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.platform.settings import DatabaseSettings

MIGRATIONS_LOCK = 0x6775696368657400
LONGEST_STATEMENT_MS = "15000"
CONNECT_SECONDS = 5
SERVER_SETTINGS = {
    "statement_timeout": LONGEST_STATEMENT_MS,
    "lock_timeout": LONGEST_STATEMENT_MS,
    "idle_in_transaction_session_timeout": "60000",
    "timezone": "UTC",
}


def database_url(settings: DatabaseSettings, service: str) -> URL:
    """Returns the address of a service's database on the configured server.

    Understands `?sslmode=`, which asyncpg spells `ssl`.
    """
    if not settings.database_url:
        raise SystemExit(
            "GUICHET_DATABASE_URL is not set: run `make up`, which starts PostgreSQL,"
            " or give it the address of one (postgresql://user:password@host:5432)"
        )
    url = make_url(settings.database_url).set(drivername="postgresql+asyncpg", database=f"guichet_{service}")
    mode = url.query.get("sslmode")
    if mode is not None:
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url


def create_engine(url: URL, *, pool_size: int) -> AsyncEngine:
    """Opens a pool that never waits more than 5 s for a connection, nor 15 s for a statement."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={"timeout": CONNECT_SECONDS, "server_settings": SERVER_SETTINGS},
    )


def plain_dsn(url: URL) -> str:
    """Returns the address as asyncpg takes it, for a connection outside the pool (LISTEN)."""
    ssl = url.query.get("ssl")
    if ssl is not None:
        url = url.difference_update_query(["ssl"]).update_query_dict({"sslmode": ssl})
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def migrate(url: URL, migrations: Path) -> None:
    """Creates the database if it is missing, and brings its schema to the newest revision.

    Several replicas may do so at once: an advisory lock makes them take turns.
    """
    await create_database(url)
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATIONS_LOCK})
            await connection.commit()
            await connection.run_sync(upgrade, migrations)
            await connection.commit()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATIONS_LOCK})
    finally:
        await engine.dispose()


async def create_database(url: URL) -> None:
    try:
        server = await asyncpg.connect(plain_dsn(url.set(database="postgres")), timeout=10)
    except (OSError, asyncpg.PostgresError) as error:
        raise SystemExit(f"PostgreSQL at {url.host}:{url.port} cannot be used: {error}") from None
    try:
        await server.execute(f'CREATE DATABASE "{url.database}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass
    finally:
        await server.close()


def upgrade(connection: Connection, migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_migrations(target_metadata: Any) -> None:
    """Called by each service's `migrations/env.py`: runs on the connection that `migrate` opened.

    From the alembic command line it opens one by itself, at the configured `sqlalchemy.url`.
    """

    def run(connection: Connection) -> None:
        context.configure(connection=connection, target_metadata=target_metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()

    async def connect_and_run() -> None:
        engine = create_async_engine(context.config.get_main_option("sqlalchemy.url") or "")
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
        await engine.dispose()

    connection = context.config.attributes.get("connection")
    if connection is None:
        asyncio.run(connect_and_run())
    else:
        run(connection)
