import structlog

from services.identity.domain.client_secret import digest_of, new_client_secret
from services.identity.domain.tool import Tool
from services.identity.parts import Parts

log = structlog.get_logger()


async def set_tool(parts: Parts, wanted: Tool, *, validate_only: bool) -> tuple[Tool, str, bool]:
    """Adds a tool, or makes it what is wanted.

    Where it allows less than before, every sign-on to it ends: people sign on again, by the new rules.

    Returns it, the secret of a client that had none (or ""), and whether it was not there before. With
    `validate_only` nothing is written.

    Raises:
        InvalidArgument: tool_invalid, for each field that is wrong.
    """
    wanted.check()
    async with parts.database.work() as work:
        present = await work.tools.locked(wanted.id)
        now = parts.clock()
        wanted.created_at = present.created_at if present else now
        allows_less = present is not None and wanted.allows_less_than(present)
        unchanged = present is not None and present.says_the_same_as(wanted)
        wanted.updated_at = present.updated_at if present and unchanged else now
        secret = ""
        if validate_only:
            return wanted, secret, present is None
        tool = await work.tools.set(wanted)
        if tool.client is None or not tool.client.has_secret:
            await work.tools.forget_secrets(tool)
        elif not await work.tools.has_secret(tool):
            secret = new_client_secret()
            await work.tools.add_secret(tool, digest_of(secret), at=now)
        if allows_less:
            await work.grants.end_of_client(tool.id, at=now)
        await work.commit()
    log.info("tool.set", tool_id=tool.id, created=present is None, changed=not unchanged)
    return tool, secret, present is None
