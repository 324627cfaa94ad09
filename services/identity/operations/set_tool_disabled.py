import structlog

from services.identity.domain.tool import Tool
from services.identity.parts import Parts
from services.platform.errors import NotFound

log = structlog.get_logger()


async def set_tool_disabled(parts: Parts, *, tool_id: str, disabled: bool) -> Tool:
    """Hides a tool and ends every sign-on to it, or shows it again.

    Raises:
        NotFound: not_found.
    """
    async with parts.database.work() as work:
        tool = await work.tools.locked(tool_id)
        if tool is None:
            raise NotFound("not_found")
        now = parts.clock()
        if tool.disabled != disabled:
            tool.disabled, tool.updated_at = disabled, now
        if disabled:
            await work.grants.end_of_client(tool.id, at=now)
        await work.commit()
    log.info("tool.set_disabled", tool_id=tool_id, disabled=disabled)
    return tool
