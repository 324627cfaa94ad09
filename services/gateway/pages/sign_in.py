"""Signing in and out."""

from urllib.parse import urlencode

import grpc
from fastapi import Response

from guichet.company.v1.company_service_pb2 import GetOwnAccessRequest
from guichet.identity.v1.identity_service_pb2 import (
    CreateSessionRequest,
    DeleteSessionRequest,
)
from services.gateway.cookies import delete_cookie
from services.gateway.dependencies import Backends, UserAgent, new_idempotency_key
from services.gateway.errors import problem_of
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.second_step import ask_second_step
from services.gateway.pages.sign_on import tool_ahead
from services.gateway.pages.view import View, Viewed, own_path, signed_in
from services.gateway.pages.visit import Message, keep_wanted, wanted_before
from services.gateway.services import Services
from services.gateway.session import COOKIE

router = PageRouter()


@router.page("/")
async def show_first_page(view: Viewed, services: Backends) -> Response:
    """Leads to the company of whoever has one, to the choice of several, or to sign in."""
    if view.session is None:
        return view.redirect(SIGN_IN_PATH)
    view.access = await services.company.GetOwnAccess(GetOwnAccessRequest())
    companies = view.memberships
    return view.redirect(f"/entreprises/{companies[0].siren}" if len(companies) == 1 else "/entreprises")


@router.page(SIGN_IN_PATH)
async def show_sign_in(
    view: Viewed,
    next: str = "",  # noqa: A002  # the parameter's name
    email: str = "",
    again: str = "",
) -> Response:
    """Asks who one is; whoever is signed in already, only where that has to be proved `again`."""
    wanted = own_path(view.form.typed("next", next or wanted_before(view.request)), "")
    again = view.form.typed("again", again)
    if view.session is not None and not again:
        return view.redirect(wanted or "/")
    email = view.form.typed("email", email)
    ahead = await tool_ahead(view, wanted)
    return view.page(
        "sign_in.html",
        leads_to=ahead.origin,
        tool=ahead.tool,
        proves=view.session is not None and view.session.account.email == email,
        next=wanted,
        email=email,
        again=again,
    )


@router.form(SIGN_IN_PATH, "email", "password", "next", "again")
async def sign_in(view: Viewed, form: Submitted, services: Backends, user_agent: UserAgent) -> Response:
    """Opens a session, or leads to its second step. Whoever has yet to verify their address is led there."""
    form.require("email", "password")
    credentials = CreateSessionRequest(
        email=form["email"],
        password=form["password"],
        idempotency_key=new_idempotency_key(),
        user_agent=user_agent,
        present_token=view.session.token if view.session else "",
    )
    try:
        answer = await services.identity.CreateSession(credentials)
    except grpc.aio.AioRpcError as error:
        if problem_of(error).code != "email_not_verified":
            raise
        unverified = view.redirect(
            f"/verifier?{urlencode({'email': form['email']})}", Message("not_verified", "wait")
        )
        keep_wanted(view.request, unverified, own_path(form.typed("next"), ""))
        return unverified
    if answer.HasField("challenge"):
        return ask_second_step(view, answer.challenge, own_path(form.typed("next"), ""))
    return signed_in(view, answer.token, answer.expire_time, form.typed("next"))


@router.page("/deconnexion")
async def show_sign_out(view: Viewed) -> Response:
    return view.redirect(SIGN_IN_PATH) if view.session is None else view.page("sign_out.html")


@router.form("/deconnexion")
async def sign_out(view: Viewed, services: Backends) -> Response:
    answer = view.redirect(SIGN_IN_PATH, Message("signed_out"), session="")
    await end_session(view, services, answer)
    return answer


async def end_session(view: View, services: Services, answer: Response) -> None:
    """Ends the session of whoever asks, and all that came from it: sign-ons to tools too."""
    if view.session is not None:
        await services.identity.DeleteSession(DeleteSessionRequest(token=view.session.token))
    delete_cookie(view.request, answer, COOKIE)
