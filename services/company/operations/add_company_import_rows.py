import asyncio
from collections import Counter
from collections.abc import Sequence

from services.company.domain.import_row import ImportRow, RowError, check
from services.company.domain.member_code import MemberCodes
from services.company.parts import Parts
from services.company.storage.repositories.company_imports import StagedRow
from services.platform.errors import InvalidArgument

MOST_ROWS = 1000


async def add_company_import_rows(parts: Parts, import_id: str, rows: Sequence[ImportRow]) -> list[RowError]:
    """Adds lines to an import and returns what is wrong with them. Repeating a batch is harmless.

    Raises:
        NotFoundHere: there is no such import, or its time is over.
        InvalidArgument: too_many_rows.
    """
    if len(rows) > MOST_ROWS:
        raise InvalidArgument("too_many_rows", field="rows")
    # In a thread: a thousand addresses take a tenth of a second, in which others are served.
    staged, errors = await asyncio.to_thread(checked, rows, parts.member_codes)
    async with parts.database.unit_of_work() as work:
        if await work.company_imports.lock(import_id) is None and staged:
            await work.company_imports.stage(import_id, staged)
            for line, other_line in await work.company_imports.duplicates(
                import_id, [row.line for row in staged]
            ):
                errors.append(RowError(line, "siren", "siren_duplicate", other_line))
            await work.commit()
    return sorted(errors, key=lambda error: (error.line, error.column))


def checked(rows: Sequence[ImportRow], member_codes: MemberCodes) -> tuple[list[StagedRow], list[RowError]]:
    errors: list[RowError] = []
    normal: dict[int, ImportRow] = {}
    for row in rows:
        normal[row.line], wrong = check(row)
        errors.extend(wrong)
    wrong_by_line = Counter(error.line for error in errors)
    staged = [
        StagedRow(
            line=row.line,
            siren=row.siren or None,
            name=row.name,
            city=row.city,
            contact_email=row.contact_email,
            member_code_hash=member_codes.hash_of(row.siren, row.member_code),
            error_count=wrong_by_line[row.line],
        )
        for row in normal.values()
    ]
    return staged, errors
