"""Creating an account, and verifying its address."""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1.identity_service_pb2 import (
    CreateAccountRequest,
    ResendVerificationRequest,
    VerifyAccountRequest,
)
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.pages.flags import COMMON_MAILBOXES
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.view import Viewed, own_path
from services.gateway.pages.visit import Message, keep_wanted

router = PageRouter()

VERIFY_PATH = "/verifier"
SECONDS = re.compile(r"[1-9][0-9]{0,9}")


@router.page("/inscription")
async def show_sign_up(
    view: Viewed,
    email: str = "",
    next: str = "",  # noqa: A002  # the parameter's name
) -> Response:
    """Asks for what an account needs; `email` is an address to correct."""
    return view.page(
        "sign_up.html",
        key=new_idempotency_key(),
        email=email,
        domains=COMMON_MAILBOXES,
        next=own_path(view.form.typed("next", next), ""),
    )


@router.form("/inscription", "full_name", "email", "password", "locale", "key", "next")
async def sign_up(view: Viewed, form: Submitted, services: Backends) -> Response:
    """Creates an account; the answer is the same where the address has one already."""
    form.require("full_name", "email", "password")
    created = await services.identity.CreateAccount(
        CreateAccountRequest(
            email=form["email"],
            full_name=form["full_name"],
            password=form["password"],
            locale=form.get("locale"),
            idempotency_key=form.key(),
        )
    )
    answer = view.redirect(code_path(form["email"], created.next_time))
    keep_wanted(view.request, answer, own_path(form.typed("next"), ""))
    return answer


@router.page(VERIFY_PATH)
async def show_verification(
    view: Viewed, token: str = "", email: str = "", next_at: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """Shows the button of a mail's link, or asks for the code. Opening it verifies nothing.

    `next` says from when another code may be asked for, in seconds since 1970; identity judges by its own.
    """
    form = view.form
    next_at = form.typed("next_at", next_at)
    return view.page(
        "verify.html",
        token=form.typed("token", token),
        email=form.typed("email", email),
        next_at=datetime.fromtimestamp(int(next_at), UTC) if SECONDS.fullmatch(next_at) else None,
    )


@router.form(VERIFY_PATH, "token", "email", "code", "next_at")
async def verify(view: Viewed, form: Submitted, services: Backends) -> Response:
    if form.get("token"):
        proof = VerifyAccountRequest(token=form["token"])
    else:
        form.require("email", "code")
        proof = VerifyAccountRequest(email=form["email"], code=form["code"])
    await services.identity.VerifyAccount(proof)
    return view.redirect(SIGN_IN_PATH, Message("verified_signed_in" if view.session else "verified"))


@router.form("/verifier/nouveau-code", "email", page_of=VERIFY_PATH)
async def resend_verification(view: Viewed, form: Submitted, services: Backends) -> Response:
    """Mails a new code; the answer is the same for every address."""
    answer = await services.identity.ResendVerification(
        ResendVerificationRequest(email=form["email"], idempotency_key=new_idempotency_key())
    )
    return view.redirect(code_path(form["email"], answer.next_time), Message("code_sent", "note"))


def code_path(email: str, next_time: Timestamp) -> str:
    """Returns the address of the page that asks for the code sent to `email`."""
    return f"{VERIFY_PATH}?{urlencode({'email': email, 'next': next_time.seconds})}"
