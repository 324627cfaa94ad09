"""A forgotten password."""

from fastapi import Response

from guichet.identity.v1.identity_service_pb2 import (
    ConfirmPasswordResetRequest,
    RequestPasswordResetRequest,
)
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import SIGN_IN_PATH, PageRouter
from services.gateway.pages.view import Viewed, own_path
from services.gateway.pages.visit import Message, keep_wanted

router = PageRouter()


@router.page("/mot-de-passe-oublie")
async def show_forgotten(view: Viewed, next: str = "") -> Response:  # noqa: A002  # the parameter's name
    return view.page("forgotten.html", next=own_path(view.form.typed("next", next), ""))


@router.form("/mot-de-passe-oublie", "email", "next")
async def request_reset(view: Viewed, form: Submitted, services: Backends) -> Response:
    """Mails a link; the answer is the same for every address."""
    await services.identity.RequestPasswordReset(
        RequestPasswordResetRequest(email=form["email"], idempotency_key=new_idempotency_key())
    )
    answer = view.redirect(SIGN_IN_PATH, Message("reset_sent", "note", (("email", form["email"]),)))
    keep_wanted(view.request, answer, own_path(form.typed("next"), ""))
    return answer


@router.page("/reinitialiser")
async def show_reset(view: Viewed, token: str = "") -> Response:
    """Asks for the new password. Opening it changes nothing."""
    return view.page("reset.html", token=view.form.typed("token", token))


@router.form("/reinitialiser", "token", "password")
async def reset_password(view: Viewed, form: Submitted, services: Backends) -> Response:
    form.require("token", "password")
    await services.identity.ConfirmPasswordReset(
        ConfirmPasswordResetRequest(token=form["token"], password=form["password"])
    )
    return view.redirect(SIGN_IN_PATH, Message("password_set"))
