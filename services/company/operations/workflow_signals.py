"""Signals to workflows that operations may have ended, and to those of a whole company."""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio.service import RPCError, RPCStatusCode

from services.company.domain.access_request import AccessRequest
from services.company.parts import Parts
from services.company.storage.unit_of_work import UnitOfWork
from workflows.access_request.messages import AccessRequestInput, Deadlines

SIGNALS_AT_ONCE = 20


async def signal_or_restart(
    parts: Parts, access_request: AccessRequest, signal: Callable[[], Awaitable[None]]
) -> None:
    """Signals a pending access request's workflow; one that operations have ended is started again.

    It then does again what it has done, which is harmless: mails that were sent are not sent twice. The
    caller holds the access request's lock, so that it is started once.
    """
    try:
        await signal()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        await restart(parts, access_request)
        await signal()


async def restart(parts: Parts, access_request: AccessRequest) -> None:
    """Starts the workflow of a pending access request again. WorkflowAlreadyStartedError: it runs."""
    deadlines = Deadlines(access_request.remind_at, access_request.escalate_at, access_request.expire_at)
    await parts.workflows.start(AccessRequestInput(access_request.id, access_request.siren, deadlines))


async def tell_administrators_changed(parts: Parts, work: UnitOfWork, siren: str) -> None:
    """Tells each pending access request of a company that others decide from now on.

    Call it before the commit, under the company's lock: the workflows ask who decides, and wait for it.
    """
    at_once = asyncio.Semaphore(SIGNALS_AT_ONCE)

    async def tell(access_request_id: str) -> None:
        async with at_once:
            try:
                await parts.workflows.administrators_changed(siren, access_request_id)
            except RPCError as error:
                # It has just ended, or operations ended it: nobody is left to tell.
                if error.status != RPCStatusCode.NOT_FOUND:
                    raise

    await asyncio.gather(*map(tell, await work.access_requests.pending_ids(siren)))
