"""The staging tables of an import, and the one statement that makes it the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from services.company.domain.errors import NotFoundHere
from services.company.storage.tables import company_import_rows, company_imports
from services.platform.connections import Connection

STAGE = text(
    """
    INSERT INTO company_import_rows
        (import_id, line, siren, name, city, contact_email, member_code_hash, error_count)
    SELECT :import_id, staged.*
    FROM unnest(
        CAST(:lines AS integer[]), CAST(:sirens AS text[]), CAST(:names AS text[]), CAST(:cities AS text[]),
        CAST(:emails AS text[]), CAST(:hashes AS bytea[]), CAST(:error_counts AS integer[])
    ) AS staged
    ON CONFLICT (import_id, line) DO UPDATE SET
        siren = excluded.siren, name = excluded.name, city = excluded.city,
        contact_email = excluded.contact_email, member_code_hash = excluded.member_code_hash,
        error_count = excluded.error_count
    """
)
DUPLICATES = text(
    """
    SELECT later.line, min(earlier.line) AS other_line
    FROM company_import_rows later
    JOIN company_import_rows earlier
        ON earlier.import_id = later.import_id AND earlier.siren = later.siren AND earlier.line < later.line
    WHERE later.import_id = :import_id AND later.line = ANY(CAST(:lines AS integer[]))
    GROUP BY later.line
    """
)
COUNT_ERRORS = text(
    """
    SELECT coalesce(sum(error_count), 0) + coalesce(count(siren) - count(DISTINCT siren), 0)
    FROM company_import_rows
    WHERE import_id = :import_id
    """
)
COMPARE = text(
    """
    SELECT
        count(*) FILTER (WHERE known.siren IS NULL) AS created,
        count(*) FILTER (WHERE known.siren IS NOT NULL AND
            (known.name, known.city, known.contact_email, known.member_code_hash)
            IS DISTINCT FROM (staged.name, staged.city, staged.contact_email, staged.member_code_hash)
        ) AS updated,
        count(*) AS all
    FROM company_import_rows staged
    LEFT JOIN companies known USING (siren)
    WHERE staged.import_id = :import_id
    """
)
# In the order of Sirens, so that two imports at once cannot wait for each other in a circle; rows that do
# not change are not touched, and wait for nobody.
APPLY = text(
    """
    INSERT INTO companies AS known (siren, name, city, contact_email, member_code_hash)
    SELECT staged.siren, staged.name, staged.city, staged.contact_email, staged.member_code_hash
    FROM company_import_rows staged
    LEFT JOIN companies before USING (siren)
    WHERE staged.import_id = :import_id
        AND (before.name, before.city, before.contact_email, before.member_code_hash)
            IS DISTINCT FROM (staged.name, staged.city, staged.contact_email, staged.member_code_hash)
    ORDER BY staged.siren
    ON CONFLICT (siren) DO UPDATE SET
        name = excluded.name, city = excluded.city, contact_email = excluded.contact_email,
        member_code_hash = excluded.member_code_hash, updated_at = now()
    """
)


@dataclass(frozen=True)
class StagedRow:
    """A checked line. A column at fault is None."""

    line: int
    siren: str | None
    name: str
    city: str
    contact_email: str
    member_code_hash: bytes
    error_count: int


@dataclass(frozen=True)
class ImportCounts:
    created: int
    updated: int
    unchanged: int


class CompanyImportRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(self, import_id: str, *, lifetime: timedelta) -> datetime:
        """Returns when the import's rows are thrown away; those of older imports may be now."""
        now = func.now()
        await self._connection.execute(delete(company_imports).where(company_imports.c.expire_at <= now))
        statement = insert(company_imports).values(
            id=import_id, expire_at=now + bindparam("lifetime", lifetime)
        )
        returned = await self._connection.execute(statement.returning(company_imports.c.expire_at))
        expire_at: datetime = returned.scalar_one()
        return expire_at

    async def lock(self, import_id: str) -> ImportCounts | None:
        """Keeps others from changing an import. Returns its counts where it is finished.

        Raises:
            NotFoundHere: there is no such import, or its time is over.
        """
        statement = (
            select(company_imports)
            .where(company_imports.c.id == import_id, company_imports.c.expire_at > func.now())
            .with_for_update()
        )
        row = (await self._connection.execute(statement)).first()
        if row is None:
            raise NotFoundHere
        if row.finished_at is None:
            return None
        return ImportCounts(row.created_count, row.updated_count, row.unchanged_count)

    async def stage(self, import_id: str, rows: Sequence[StagedRow]) -> None:
        await self._connection.execute(
            STAGE,
            {
                "import_id": import_id,
                "lines": [row.line for row in rows],
                "sirens": [row.siren for row in rows],
                "names": [row.name for row in rows],
                "cities": [row.city for row in rows],
                "emails": [row.contact_email for row in rows],
                "hashes": [row.member_code_hash for row in rows],
                "error_counts": [row.error_count for row in rows],
            },
        )

    async def duplicates(self, import_id: str, lines: Sequence[int]) -> list[tuple[int, int]]:
        """Returns those of the lines whose Siren an earlier line of the import has, and that line."""
        rows = await self._connection.execute(DUPLICATES, {"import_id": import_id, "lines": list(lines)})
        return [(row.line, row.other_line) for row in rows]

    async def count_errors(self, import_id: str) -> int:
        return int((await self._connection.execute(COUNT_ERRORS, {"import_id": import_id})).scalar_one())

    async def compare(self, import_id: str) -> ImportCounts:
        """Returns what applying the import would change."""
        row = (await self._connection.execute(COMPARE, {"import_id": import_id})).one()
        return ImportCounts(row.created, row.updated, row.all - row.created - row.updated)

    async def apply(self, import_id: str, counts: ImportCounts) -> None:
        await self._connection.execute(APPLY, {"import_id": import_id})
        await self._connection.execute(
            delete(company_import_rows).where(company_import_rows.c.import_id == import_id)
        )
        await self._connection.execute(
            update(company_imports)
            .where(company_imports.c.id == import_id)
            .values(
                finished_at=func.now(),
                created_count=counts.created,
                updated_count=counts.updated,
                unchanged_count=counts.unchanged,
            )
        )
