"""Creating an account, and verifying its address."""

from urllib.parse import urlencode

from fastapi import Response

from guichet.identity.v1.identity_service_pb2 import (
    CreateAccountRequest,
    ResendVerificationRequest,
    VerifyAccountRequest,
)
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.view import Viewed
from services.gateway.pages.visit import Message

router = PageRouter()

VERIFY_PATH = "/verifier"


@router.page("/inscription")
async def show_sign_up(view: Viewed) -> Response:
    return view.page("sign_up.html", key=new_idempotency_key())


@router.form("/inscription")
async def sign_up(view: Viewed, form: Submitted, services: Backends) -> Response:
    """Creates an account; the answer is the same where the address has one already."""
    form.require("full_name", "email", "password")
    await services.identity.CreateAccount(
        CreateAccountRequest(
            email=form["email"],
            full_name=form["full_name"],
            password=form["password"],
            locale=form.get("locale"),
            idempotency_key=form.key(),
        )
    )
    return view.redirect(f"{VERIFY_PATH}?{urlencode({'email': form['email']})}")


@router.page(VERIFY_PATH)
async def show_verification(view: Viewed, token: str = "", email: str = "") -> Response:
    """Shows the button of a mail's link, or asks for the code. Opening it verifies nothing."""
    form = view.form
    return view.page("verify.html", token=form.typed("token", token), email=form.typed("email", email))


@router.form(VERIFY_PATH)
async def verify(view: Viewed, form: Submitted, services: Backends) -> Response:
    if form.get("token"):
        proof = VerifyAccountRequest(token=form["token"])
    else:
        form.require("email", "code")
        proof = VerifyAccountRequest(email=form["email"], code=form["code"])
    await services.identity.VerifyAccount(proof)
    return view.redirect(SIGN_IN_PATH, Message("verified"))


@router.form("/verifier/nouveau-code", page_of=VERIFY_PATH)
async def resend_verification(view: Viewed, form: Submitted, services: Backends) -> Response:
    """Mails a new code; the answer is the same for every address."""
    await services.identity.ResendVerification(
        ResendVerificationRequest(email=form["email"], idempotency_key=new_idempotency_key())
    )
    return view.redirect(f"{VERIFY_PATH}?{urlencode({'email': form['email']})}", Message("code_sent", "note"))
