from datetime import datetime

from services.company.domain.ids import new_id
from services.company.parts import Parts


async def start_company_import(parts: Parts) -> tuple[str, datetime]:
    """Returns the id of a new import, and when its rows are thrown away if it is not finished."""
    import_id = new_id()
    async with parts.database.unit_of_work() as work:
        expire_at = await work.company_imports.start(import_id, lifetime=parts.settings.import_lifetime)
        await work.commit()
    return import_id, expire_at
