"""« Mon compte »: profile, password and sessions."""

from fastapi import Response

from guichet.identity.v1.identity_service_pb2 import (
    ChangePasswordRequest,
    GetSecondFactorRequest,
    ListSessionsRequest,
    RevokeOtherSessionsRequest,
    RevokeSessionRequest,
    UpdateAccountRequest,
)
from services.gateway.cookies import cookie, delete_cookie
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.fields import SessionId
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import SignedView, Viewed
from services.gateway.pages.visit import LANGUAGE_COOKIE, Message
from services.gateway.session import COOKIE, checked_token, set_session_cookie

router = PageRouter()

ACCOUNT_PATH = "/compte"
PASSWORD_PATH = "/compte/mot-de-passe"
PAGE_SIZE = 50
SESSIONS_PATH = "/compte/sessions"


@router.page(ACCOUNT_PATH)
async def show_account(view: SignedView, services: Backends) -> Response:
    answer = await services.identity.GetSecondFactor(GetSecondFactorRequest(token=view.signed.token))
    return view.page("account.html", factor=answer.second_factor)


@router.form(ACCOUNT_PATH, "full_name", "locale")
async def update_account(view: SignedView, form: Submitted, services: Backends) -> Response:
    """Changes name and language. From then on the account's language counts, whatever was chosen before."""
    form.require("full_name", "locale")
    await services.identity.UpdateAccount(
        UpdateAccountRequest(full_name=form["full_name"], locale=form["locale"])
    )
    answer = view.redirect(ACCOUNT_PATH, Message("profile_saved"))
    delete_cookie(view.request, answer, LANGUAGE_COOKIE)
    return answer


@router.page(PASSWORD_PATH)
async def show_password(view: SignedView) -> Response:
    return view.page("account_password.html", key=new_idempotency_key())


@router.form(PASSWORD_PATH, "current_password", "new_password", "key")
async def change_password(view: Viewed, form: Submitted, services: Backends) -> Response:
    """Changes the password; the other sessions end, and this one goes on under a new cookie.

    A form that is sent twice comes under the old cookie both times: whether its session is over is for
    identity to say, which knows the form by its key.
    """
    token = checked_token(cookie(view.request, COOKIE))
    form.require("current_password", "new_password")
    changed = await services.identity.ChangePassword(
        ChangePasswordRequest(
            token=token,
            current_password=form["current_password"],
            new_password=form["new_password"],
            idempotency_key=form.key(),
        )
    )
    answer = view.redirect(ACCOUNT_PATH, Message("password_changed"), session=changed.token)
    set_session_cookie(view.request, answer, changed.token, changed.expire_time)
    return answer


@router.page(SESSIONS_PATH)
async def show_sessions(view: SignedView, services: Backends, cursor: str = "") -> Response:
    answer = await services.identity.ListSessions(
        ListSessionsRequest(token=view.signed.token, page_size=PAGE_SIZE, page_token=cursor)
    )
    return view.page(
        "account_sessions.html",
        sessions=answer.sessions,
        cursor=cursor,
        next_cursor=answer.next_page_token,
    )


@router.form("/compte/sessions/fermer-les-autres", page_of=SESSIONS_PATH)
async def revoke_other_sessions(view: SignedView, services: Backends) -> Response:
    await services.identity.RevokeOtherSessions(RevokeOtherSessionsRequest(token=view.signed.token))
    return view.redirect(SESSIONS_PATH, Message("other_sessions_ended"))


@router.form("/compte/sessions/{session_id}/fermeture", page_of=SESSIONS_PATH)
async def revoke_session(session_id: SessionId, view: SignedView, services: Backends) -> Response:
    await services.identity.RevokeSession(RevokeSessionRequest(session_id=session_id))
    return view.redirect(SESSIONS_PATH, Message("session_ended"))
