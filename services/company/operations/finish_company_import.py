from services.company.domain.errors import ImportHasErrors
from services.company.parts import Parts
from services.company.storage.repositories.company_imports import ImportCounts


async def finish_company_import(parts: Parts, import_id: str, *, dry_run: bool, by: str) -> ImportCounts:
    """Applies an import as a whole, or says what it would change. Repeating it returns the same counts.

    A company that the file does not name stays as it is.

    Raises:
        NotFoundHere: there is no such import, or its time is over.
        ImportHasErrors: a line was refused.
    """
    async with parts.database.unit_of_work() as work:
        finished = await work.company_imports.lock(import_id)
        if finished is not None:
            return finished
        if error_count := await work.company_imports.count_errors(import_id):
            raise ImportHasErrors(error_count)
        counts = await work.company_imports.compare(import_id)
        if dry_run:
            return counts
        await work.company_imports.apply(import_id, counts)
        await work.audit.add(
            "companies_imported",
            by=by,
            import_id=import_id,
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged,
        )
        await work.commit()
    return counts
