"""Deciding an access request: as its mail leads to it, and what every form that decides has in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import grpc
from fastapi import Response

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import (
    GetLostAdministrationRequest,
    ListCompanyAccessRequestsRequest,
    ListMembershipsRequest,
)
from services.gateway import answers
from services.gateway.decided import Verdict, decide, naming_the_decision
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.errors import as_problem
from services.gateway.fields import AccessRequestId
from services.gateway.messages import (
    MEMBERSHIP_STATES,
    Accounts,
    access_request_answer,
    people_in,
)
from services.gateway.pages.flags import domains_of, flags_of
from services.gateway.pages.forms import Form, Submitted
from services.gateway.pages.route import PageRouter
from services.gateway.pages.timeline import steps
from services.gateway.pages.view import SignedView, View, access_ended, own_path
from services.gateway.pages.visit import Message
from services.gateway.people import accounts_of
from services.gateway.problems import Problem, field_problem
from services.gateway.services import Services

router = PageRouter()

PATH = "/demandes/{access_request_id}"
MOST_MEMBERS_LOOKED_AT = 100
# From when the requester may remind is their business.
REQUESTERS_STEP = "may_remind"


def verdict_of(form: Form) -> Verdict:
    """Reads what a form decides.

    Raises:
        Problem: field_required, wrong_value, reason_required, invalid_text.
    """
    verdict, role = form["verdict"], form.get("role") or "member"
    if verdict not in ("approve", "reject"):
        raise field_problem("wrong_value", "verdict")
    if role not in ("member", "administrator"):
        raise field_problem("wrong_value", "role")
    if verdict == "approve":
        return Verdict("approve", "administrator" if role == "administrator" else "member")
    reason = form.prose("reason")
    if not reason:
        raise field_problem("reason_required", "reason")
    return Verdict("reject", reason=reason)


def key_of(form: Form, access_request_id: str) -> str:
    """Returns the idempotency key of one decision, since several forms of a page share the page's own."""
    return f"{form.key()}-{access_request_id}-{form.get('verdict')}-{form.get('role')}"


@router.form(f"{PATH}/decision", "key", "next", "verdict", "role", "reason", page_of=PATH)
async def decide_access_request(
    access_request_id: AccessRequestId, view: SignedView, form: Submitted, services: Backends
) -> Response:
    """Approves or rejects, and goes back to the page that the form was on. The first decision wins."""
    verdict = verdict_of(form)
    async with (
        saying_what_is_over(services, access_request_id),
        naming_the_decision(services, view.signed, access_request_id),
    ):
        found, applied = await decide(services, access_request_id, verdict, key_of(form, access_request_id))
    accounts = await accounts_of(services, view.signed, {found.requester_account_id})
    requester = accounts.get(found.requester_account_id)
    text = f"decided_{verdict.verdict}_{verdict.role or 'none'}" if applied else "decision_recorded"
    return view.redirect(
        own_path(form.typed("next"), f"/demandes/{access_request_id}"),
        Message(text, "good" if applied else "wait", (("name", requester.full_name if requester else ""),)),
    )


@asynccontextmanager
async def saying_what_is_over(services: Services, access_request_id: str) -> AsyncIterator[None]:
    """Tells whoever could once decide an access request why not any more, instead of that there is none.

    To all others it does not exist: the link of a mail says nothing to a stranger.
    """
    try:
        yield
    except (Problem, grpc.aio.AioRpcError) as error:
        if as_problem(error).code != "not_found":
            raise
        raise await lost_administration(services, access_request_id) from error


async def lost_administration(services: Services, access_request_id: str) -> Problem:
    request = GetLostAdministrationRequest(access_request_id=access_request_id)
    try:
        lost = await services.company.GetLostAdministration(request)
    except grpc.aio.AioRpcError as error:
        return as_problem(error)
    if lost.HasField("end"):
        return access_ended(lost.end)
    suspended = lost.membership.state == MEMBERSHIP_STATES["suspended"]
    return Problem("membership_suspended" if suspended else "not_an_administrator")


async def deciding_page(view: View, services: Services, found: AccessRequest) -> Response:
    """Shows an access request to an administrator of its company: who asks, and what was decided."""
    view.company = next((one for one in view.memberships if one.siren == found.siren), None)
    following = (
        None if found.state == AccessRequest.STATE_PENDING else await first_waiting(services, found.siren)
    )
    shown = [found, following] if following else [found]
    accounts, domains = await known_people(view, services, found.siren, people_in(shown))
    access_request = access_request_answer(found, accounts)
    known_steps = steps(access_request, [], datetime.now(UTC))
    return view.page(
        "deciding.html",
        access_request=access_request,
        following=access_request_answer(following, accounts) if following else None,
        flags=flags(access_request, domains),
        steps=[one for one in known_steps if one.text != REQUESTERS_STEP],
        key=new_idempotency_key(),
    )


async def first_waiting(services: Services, siren: str) -> AccessRequest | None:
    """Returns an access request that waits for a decision, for whoever has just made one."""
    request = ListCompanyAccessRequestsRequest(siren=siren, state=AccessRequest.STATE_PENDING, page_size=1)
    page = await services.company.ListCompanyAccessRequests(request)
    return next(iter(page.access_requests), None)


async def known_people(
    view: View, services: Services, siren: str, wanted: set[str]
) -> tuple[Accounts, frozenset[str]]:
    """Returns the accounts wanted, and the domains of the active members' addresses (of the first 100)."""
    page = await services.company.ListMemberships(
        ListMembershipsRequest(siren=siren, page_size=MOST_MEMBERS_LOOKED_AT)
    )
    members = {one.account_id for one in page.memberships if one.state == MEMBERSHIP_STATES["active"]}
    accounts = await accounts_of(services, view.signed, wanted | members)
    return accounts, domains_of(accounts[member].email for member in members & accounts.keys())


def flags(access_request: answers.AccessRequest, domains: frozenset[str]) -> list[str]:
    requester = access_request.requester
    return flags_of(requester.email or "", confusable=bool(requester.email_confusable), known_domains=domains)
