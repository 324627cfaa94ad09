"""Signals that go to the workflows of a whole company."""

import asyncio

from temporalio.service import RPCError, RPCStatusCode

from services.company.parts import Parts
from services.company.storage.unit_of_work import UnitOfWork

SIGNALS_AT_ONCE = 20


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
