"""Server-sent events: an access request as it changes, until it ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import grpc
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from google.protobuf.duration_pb2 import Duration
from starlette.types import Receive, Scope, Send

from guichet.company.v1 import access_request_pb2
from guichet.company.v1.company_service_pb2 import GetAccessRequestRequest, WaitAccessRequestRequest
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends
from services.gateway.documented import SIGNED_IN, problems
from services.gateway.fields import AccessRequestId
from services.gateway.people import access_request_answered
from services.gateway.problems import Problem
from services.gateway.services import Services
from services.gateway.session import Session, Signed, resume_session

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Access requests"])

# For each account and gateway. A stream lives in one process, so each counts its own: with several
# gateways an account may have as many times more, which is still few, and no click waits for a count.
MOST_STREAMS = 10
POLL_SECONDS = 20
RECONNECT_MS = 2000
PENDING = access_request_pb2.AccessRequest.STATE_PENDING
EVENT_STREAM = {
    "description": "One event `access_request` for each change, the first at once; ends with the last",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'id: 3\nevent: access_request\ndata: {"id":"…","state":"approved",…}\n\n',
        }
    },
}


@router.get(
    "/access-requests/{access_request_id}/events",
    response_class=StreamingResponse,
    responses={200: EVENT_STREAM, **problems(*SIGNED_IN, "not_found", "rate_limited")},
)
async def watch_access_request(
    access_request_id: AccessRequestId, request: Request, session: Signed, services: Backends
) -> StreamingResponse:
    """Follows an access request: each event's data is the access request as GET returns it."""
    answer = await services.company.GetAccessRequest(
        GetAccessRequestRequest(access_request_id=access_request_id)
    )
    streams: Counter[str] = request.app.state.streams
    if streams[session.account_id] >= MOST_STREAMS:
        raise Problem("rate_limited", retry_after=POLL_SECONDS)
    events = changes(request, services, session, answer.access_request)
    return EventStream(events, counted=streams, account=session.account_id)


class EventStream(StreamingResponse):
    """Server-sent events, counted from now until they end, however they do."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[str], *, counted: Counter[str], account: str) -> None:
        super().__init__(events, headers={"X-Accel-Buffering": "no"})
        self._counted, self._account = counted, account
        counted[account] += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._counted[self._account] -= 1
            if not self._counted[self._account]:
                del self._counted[self._account]


async def changes(
    request: Request, services: Services, session: Session, access_request: access_request_pb2.AccessRequest
) -> AsyncIterator[str]:
    """Yields an event now, and one after each change, until the last, or until the gateway stops.

    The session is resolved again before each wait, and before what it brought is told: whoever was signed
    out, or lost their rights, hears no more. A service that is away ends the stream too; browsers come
    back by themselves.
    """
    stopping: asyncio.Event = request.app.state.stopping
    yield f"retry: {RECONNECT_MS}\n\n"
    try:
        yield await event(services, session, access_request)
        while access_request.state == PENDING:
            await resume_session(request, session.token)
            latest = await next_revision(services, access_request, stopping)
            if latest is None:
                return
            if latest.revision == access_request.revision:
                yield ": still waiting\n\n"
                continue
            access_request = latest
            await resume_session(request, session.token)
            yield await event(services, session, access_request)
    except grpc.aio.AioRpcError:
        return


async def next_revision(
    services: Services, known: access_request_pb2.AccessRequest, stopping: asyncio.Event
) -> access_request_pb2.AccessRequest | None:
    """Returns the access request once it has changed, or as it is after a while; None: the gateway stops."""
    request = WaitAccessRequestRequest(
        access_request_id=known.id, known_revision=known.revision, wait=Duration(seconds=POLL_SECONDS)
    )
    waiting = asyncio.ensure_future(services.company.WaitAccessRequest(request, timeout=POLL_SECONDS + 10))
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return None if stopping.is_set() else waiting.result().access_request
    finally:
        waiting.cancel()
        stopped.cancel()


async def event(
    services: Services, session: Session, access_request: access_request_pb2.AccessRequest
) -> str:
    answer = await access_request_answered(services, session, access_request)
    return f"id: {access_request.revision}\nevent: access_request\ndata: {answer.model_dump_json()}\n\n"
