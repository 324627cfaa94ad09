"""« Mes entreprises »: where one has access, where one waits for it, and what has lately ended."""

import re
from collections.abc import Sequence, Set
from datetime import UTC, datetime, timedelta

from fastapi import Response

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_pb2 import MembershipChange
from guichet.company.v1.company_service_pb2 import (
    GetOwnAccessResponse,
    ListAccessRequestsRequest,
    ListEndedMembershipsRequest,
)
from services.gateway.dependencies import Backends
from services.gateway.messages import STATE_NAMES, access_request_answer, membership_answer, moment
from services.gateway.pages.route import PageRouter
from services.gateway.pages.timeline import next_step
from services.gateway.pages.view import SignedView
from services.gateway.services import Services

router = PageRouter()

PAGE_SIZE = 50
LATELY = timedelta(days=30)
REFUSALS = (AccessRequest.STATE_REJECTED, AccessRequest.STATE_EXPIRED)


@router.page("/entreprises")
async def show_companies(view: SignedView, services: Backends, cursor: str = "") -> Response:
    """Shows 50 companies at a time: those that one waits for, newest first, then one's own, by name."""
    access = view.access or GetOwnAccessResponse()
    held = sorted(access.memberships, key=lambda one: (one.company_name.casefold(), one.siren))
    now = datetime.now(UTC)
    pending = list(access.pending_access_requests)
    start = int(cursor) if re.fullmatch(r"[0-9]{1,4}", cursor) else 0
    start = start if start < len(pending) + len(held) else 0
    waited_for = pending[start : start + PAGE_SIZE]
    own = held[max(start - len(pending), 0) :][: PAGE_SIZE - len(waited_for)]
    shown = [access_request_answer(one, {}) for one in waited_for]
    settled = {one.siren for one in access.memberships} | {
        one.siren for one in access.pending_access_requests
    }
    over = await lately_over(services, settled, now) if start == 0 else []
    settled |= {one.siren for one in over}
    return view.page(
        "companies.html",
        support=view.request.app.state.settings.support_email,
        memberships=[membership_answer(one) for one in own],
        next=str(start + PAGE_SIZE) if len(pending) + len(held) > start + PAGE_SIZE else "",
        first=start == 0,
        pending=[(one, next_step(one, now)) for one in shown],
        over=over,
        ended=await lately_ended(services, settled, now) if start == 0 else [],
    )


async def lately_over(services: Services, settled: Set[str], now: datetime) -> Sequence[MembershipChange]:
    """Returns how memberships have ended, but where something has followed."""
    answer = await services.company.ListEndedMemberships(ListEndedMembershipsRequest())
    return [
        one for one in answer.changes if one.siren not in settled and moment(one.change_time) > now - LATELY
    ]


async def lately_ended(
    services: Services, settled: Set[str], now: datetime
) -> Sequence[tuple[AccessRequest, str]]:
    """Returns access requests that were rejected or have expired, but where something has followed."""
    page = await services.company.ListAccessRequests(ListAccessRequestsRequest(page_size=PAGE_SIZE))
    passed = set(settled)
    found = []
    for one in page.access_requests:
        if one.siren in passed:
            continue
        passed.add(one.siren)
        if one.state in REFUSALS and moment(one.end_time) > now - LATELY:
            found.append((one, str(STATE_NAMES[one.state])))
    return found
