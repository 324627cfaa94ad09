"""The second step of a sign-in: what its challenge asks for."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import grpc
from fastapi import Response

from guichet.identity.v1.identity_service_pb2 import (
    CompleteSessionRequest,
    GetSessionChallengeRequest,
)
from guichet.identity.v1.session_pb2 import SessionChallenge
from services.gateway.cookies import cookie, delete_cookie, set_cookie
from services.gateway.dependencies import Backends, UserAgent, new_idempotency_key
from services.gateway.errors import problem_of
from services.gateway.messages import METHODS, moment
from services.gateway.pages.forms import Form, Submitted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.sign_on import tool_ahead
from services.gateway.pages.view import View, Viewed, own_path, signed_in
from services.gateway.pages.visit import Message
from services.gateway.problems import field_problem

router = PageRouter()

CHALLENGE_COOKIE = "guichet_challenge"
SECOND_STEP_PATH = "/connexion/second-facteur"


def ask_second_step(view: View, challenge: SessionChallenge, wanted: str) -> Response:
    """Goes on to the second step, with a cookie that ends with the challenge."""
    path = f"{SECOND_STEP_PATH}?{urlencode({'next': wanted})}" if wanted else SECOND_STEP_PATH
    answer = view.redirect(path)
    left = moment(challenge.expire_time) - datetime.now(UTC)
    set_cookie(
        view.request, answer, CHALLENGE_COOKIE, challenge.token, seconds=max(int(left.total_seconds()), 0)
    )
    return answer


def sign_in_again(view: View, wanted: str) -> Response:
    path = f"{SIGN_IN_PATH}?{urlencode({'next': wanted})}" if wanted else SIGN_IN_PATH
    answer = view.redirect(path, Message("challenge_expired", "wait"))
    delete_cookie(view.request, answer, CHALLENGE_COOKIE)
    return answer


@router.page(SECOND_STEP_PATH)
async def show_second_step(view: Viewed, services: Backends, next: str = "") -> Response:  # noqa: A002  # the parameter's name
    wanted = own_path(view.form.typed("next", next), "")
    token = cookie(view.request, CHALLENGE_COOKIE)
    try:
        answer = await services.identity.GetSessionChallenge(GetSessionChallengeRequest(token=token))
    except grpc.aio.AioRpcError as error:
        if problem_of(error).code != "challenge_expired":
            raise
        return sign_in_again(view, wanted)
    methods = {METHODS[method] for method in answer.challenge.methods}
    ahead = await tool_ahead(view, wanted)
    return view.page(
        "sign_in_second_step.html",
        methods=methods,
        passkey_options=answer.challenge.passkey_options,
        leads_to=ahead.origin,
        tool=ahead.tool,
        next=wanted,
        key=new_idempotency_key(),
    )


@router.form(SECOND_STEP_PATH, "key", "next", "passkey_assertion", "totp_code", "recovery_code")
async def complete_sign_in(
    view: Viewed, form: Submitted, services: Backends, user_agent: UserAgent
) -> Response:
    request = proof_in(form)
    request.challenge_token = cookie(view.request, CHALLENGE_COOKIE)
    request.idempotency_key = form.key()
    request.user_agent = user_agent
    request.present_token = view.session.token if view.session else ""
    try:
        session = await services.identity.CompleteSession(request)
    except grpc.aio.AioRpcError as error:
        if problem_of(error).code != "challenge_expired":
            raise
        return sign_in_again(view, own_path(form.typed("next"), ""))
    answer = signed_in(view, session.token, session.expire_time, form.typed("next"))
    delete_cookie(view.request, answer, CHALLENGE_COOKIE)
    return answer


def proof_in(form: Form) -> CompleteSessionRequest:
    """Returns the proof of the form that was sent; each of the page's forms has one."""
    if form.get("passkey_assertion"):
        return CompleteSessionRequest(passkey_assertion=form["passkey_assertion"])
    if "recovery_code" in form.values:
        return CompleteSessionRequest(recovery_code=form["recovery_code"])
    if "totp_code" in form.values:
        return CompleteSessionRequest(totp_code=form["totp_code"])
    raise field_problem("passkey_invalid", "passkey_assertion")
