"""« Gérer les utilisateurs », its access requests: those that wait, decided one by one or several at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from fastapi import Response

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import (
    GetAccessRequestRequest,
    ListCompanyAccessRequestsRequest,
    ListCompanyAccessRequestsResponse,
)
from services.gateway import answers
from services.gateway.decided import Verdict, decide
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.errors import problem_of
from services.gateway.fields import IDENTIFIER, Siren
from services.gateway.messages import access_request_answer, people_in
from services.gateway.pages.deciding import flags, key_of, known_people, verdict_of
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import SIGNED_OUT, PageRouter
from services.gateway.pages.view import AdministratorView, View
from services.gateway.pages.visit import Message
from services.gateway.pages.wording import listed
from services.gateway.people import access_requests_answered, accounts_of
from services.gateway.problems import Problem, field_problem, title_and_detail
from services.gateway.services import Services

router = PageRouter()

PATH = "/entreprises/{siren}/utilisateurs"
PAGE_SIZE = 50
CHOSEN = "chosen-"
MOST_NAMES = 5
CONFLICT = 409
WRONG_FORM = 422
INTERNAL = 500
UNAVAILABLE = 503


@dataclass(frozen=True)
class Tried:
    """An access request after its decision, and the problem that stopped the decision, if one did."""

    found: AccessRequest | None
    problem: Problem | None = None
    applied: bool = False


@dataclass(frozen=True)
class Outcome:
    """The same for people: with names, and a sentence on what stopped it; both empty where nothing did.

    `access_request` is None where it cannot be read.
    """

    access_request: answers.AccessRequest | None
    applied: bool
    code: str = ""
    detail: str = ""


@router.page(PATH)
async def show_waiting(
    view: AdministratorView, siren: Siren, services: Backends, cursor: str = ""
) -> Response:
    """Shows what waits for a decision, newest first, 50 at a time."""
    return await waiting_page(view, services, siren, cursor)


@router.form(PATH, f"{CHOSEN}*", "key", "verdict", "role", "reason")
async def decide_several(
    view: AdministratorView, siren: Siren, form: Submitted, services: Backends, cursor: str = ""
) -> Response:
    """Decides each access request that is ticked. Where some fail, the page says which, and why."""
    chosen = [name.removeprefix(CHOSEN) for name in form.values if name.startswith(CHOSEN)]
    if not chosen or not all(map(IDENTIFIER.fullmatch, chosen)):
        raise field_problem("nothing_chosen", "selection")
    verdict = verdict_of(form)
    tried = await asyncio.gather(*(attempt(services, one, verdict, key_of(form, one)) for one in chosen))
    problems = [one.problem for one in tried if one.problem is not None]
    for problem in problems:
        if problem.http_status == WRONG_FORM or problem.code in SIGNED_OUT:
            raise problem
    outcomes = await outcomes_of(view, services, tried)
    if problems:
        waits = [one.retry_after for one in problems if one.retry_after]
        refusals = [one.http_status for one in problems if one.http_status < INTERNAL]
        status = UNAVAILABLE if waits else max(refusals, default=CONFLICT)
        answer = await waiting_page(view, services, siren, cursor, outcomes=outcomes, status=status)
        if waits:
            answer.headers["Retry-After"] = str(max(waits))
        return answer
    names = [one.access_request.requester.full_name for one in outcomes if one.access_request]
    applied = all(one.applied for one in outcomes)
    text = f"decided_several_{verdict.verdict}" if applied else "decisions_recorded"
    return view.redirect(
        f"/entreprises/{siren}/utilisateurs",
        Message(text, "good" if applied else "wait", (("names", some(names, view.language)),)),
    )


@router.page(f"{PATH}/historique")
async def show_history(
    view: AdministratorView, siren: Siren, services: Backends, cursor: str = ""
) -> Response:
    """Shows every access request, newest first: what was decided, by whom and when."""
    page = await services.company.ListCompanyAccessRequests(
        ListCompanyAccessRequestsRequest(siren=siren, page_size=PAGE_SIZE, page_token=cursor)
    )
    return view.page(
        "history.html",
        items=await access_requests_answered(services, view.signed, page.access_requests),
        next=page.next_page_token,
        first=not cursor,
        waiting=await waiting_count(services, siren),
    )


async def waiting_page(
    view: View,
    services: Services,
    siren: str,
    cursor: str,
    *,
    outcomes: Sequence[Outcome] = (),
    status: int = 200,
) -> Response:
    page = await services.company.ListCompanyAccessRequests(
        ListCompanyAccessRequestsRequest(
            siren=siren, state=AccessRequest.STATE_PENDING, page_size=PAGE_SIZE, page_token=cursor
        )
    )
    accounts, domains = await known_people(view, services, siren, people_in(page.access_requests))
    items = [access_request_answer(one, accounts) for one in page.access_requests]
    return view.page(
        "waiting.html",
        status=status,
        items=[(one, flags(one, domains)) for one in items],
        outcomes=outcomes,
        next=page.next_page_token,
        cursor=cursor,
        waiting=await waiting_count(services, siren) if cursor else counted_in(page),
        key=new_idempotency_key(),
    )


async def waiting_count(services: Services, siren: str) -> str:
    """Returns how many wait for a decision, as a page says it: « 3 », or « 50+ » where there are more."""
    return counted_in(
        await services.company.ListCompanyAccessRequests(
            ListCompanyAccessRequestsRequest(
                siren=siren, state=AccessRequest.STATE_PENDING, page_size=PAGE_SIZE
            )
        )
    )


def counted_in(page: ListCompanyAccessRequestsResponse) -> str:
    return f"{len(page.access_requests)}{'+' if page.next_page_token else ''}"


async def attempt(services: Services, access_request_id: str, verdict: Verdict, key: str) -> Tried:
    try:
        found, applied = await decide(services, access_request_id, verdict, key)
    except grpc.aio.AioRpcError as error:
        return Tried(await as_it_stands(services, access_request_id), problem_of(error))
    return Tried(found, applied=applied)


async def as_it_stands(services: Services, access_request_id: str) -> AccessRequest | None:
    """Returns an access request; None where it cannot be read, for whatever stopped its decision."""
    request = GetAccessRequestRequest(access_request_id=access_request_id)
    try:
        return (await services.company.GetAccessRequest(request)).access_request
    except grpc.aio.AioRpcError:
        return None


async def outcomes_of(view: View, services: Services, tried: Sequence[Tried]) -> list[Outcome]:
    """Puts names and words to what was tried."""
    readable = [one.found for one in tried if one.found is not None]
    accounts = await accounts_of(services, view.signed, people_in(readable))
    return [
        Outcome(
            access_request_answer(one.found, accounts) if one.found is not None else None,
            one.applied,
            one.problem.code if one.problem else "",
            title_and_detail(one.problem.code, view.language, one.problem.members)[1] if one.problem else "",
        )
        for one in tried
    ]


def some(names: Sequence[str], language: str) -> str:
    """Returns names in words: the first five, and how many more. A message is kept in a cookie."""
    more = len(names) - MOST_NAMES
    return listed([*names[:MOST_NAMES], *([f"+ {more}"] if more > 0 else [])], language)
