"""What the databases hold, in one line each: two equal ones mean that nothing was written in between."""

from collections.abc import Collection

from tests.system.running import RunningSystem

SERVICES = ("identity", "company", "notification")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# That a session was seen is written every few minutes, whatever is asked.
CONTENT = (
    "SELECT md5(coalesce(string_agg(row::text, E'\\n' ORDER BY row::text), ''))"
    " FROM (SELECT to_jsonb(t) - 'seen_at' AS row FROM \"{table}\" AS t) AS rows"
)


async def fingerprint(system: RunningSystem, *, without: Collection[str] = ()) -> dict[str, str]:
    """Returns a digest of every table of every service, but of those left out: `service.table`."""
    digests = {}
    for service in SERVICES:
        connection = await system.database(service)
        try:
            for (table,) in await connection.fetch(TABLES):
                if (name := f"{service}.{table}") not in without:
                    digests[name] = await connection.fetchval(CONTENT.format(table=table))
        finally:
            await connection.close()
    return digests
