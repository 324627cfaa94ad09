"""Cookies of a visit: what a form is bound to, the chosen language, and a message to say once."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from typing import cast

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from services.gateway.cookies import set_cookie
from services.gateway.languages import LANGUAGES
from services.gateway.session import COOKIE
from services.platform.service_identity import ServiceIdentity

VISIT_COOKIE = "guichet_visit"
MESSAGE_COOKIE = "guichet_message"
LANGUAGE_COOKIE = "guichet_language"
VISIT = re.compile(r"[A-Za-z0-9_-]{22}")
YEAR_SECONDS = 365 * 24 * 3600
MESSAGE_SECONDS = 120


@dataclass(frozen=True)
class Message:
    """What the next page says once: a text of `messages`, its values, and its tone (see the block `note`)."""

    text: str
    tone: str = "good"
    values: tuple[tuple[str, str], ...] = ()

    @property
    def named(self) -> dict[str, str]:
        return dict(self.values)


def bound_cookie(request: Request) -> str:
    """Returns the cookie that this browser's forms are bound to: the session's, else the visit's."""
    session = request.cookies.get(COOKIE, "")
    return session or visit_cookie(request)


def visit_cookie(request: Request) -> str:
    visit = request.cookies.get(VISIT_COOKIE, "")
    return visit if VISIT.fullmatch(visit) else ""


def new_visit() -> str:
    return secrets.token_urlsafe(16)


def chosen_language(request: HTTPConnection) -> str | None:
    """Returns the language that a visitor chose on a page, if one was."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else None


def prefer_language(request: Request, response: Response, wanted: str) -> None:
    """Keeps to the first language of a list that the portal speaks, unless the visitor has chosen one.

    `wanted` is a list of tags separated by spaces, the preferred first.
    """
    known = (tag.lower().partition("-")[0] for tag in wanted.split())
    language = next((one for one in known if one in LANGUAGES), None)
    if language and chosen_language(request) is None:
        set_cookie(request, response, LANGUAGE_COOKIE, language, seconds=None)


def leave_message(request: Request, response: Response, message: Message) -> None:
    """Leaves a message for the next page. It is signed: nobody else can make a page say something."""
    own = cast("ServiceIdentity", request.app.state.own)
    content = json.dumps([message.text, message.tone, message.values], ensure_ascii=False).encode()
    signed = base64.urlsafe_b64encode(signature(own, content) + content).decode()
    set_cookie(request, response, MESSAGE_COOKIE, signed, seconds=MESSAGE_SECONDS)


def message_left(request: Request) -> Message | None:
    """Returns the message that the page before has left; None for what is not ours."""
    own = cast("ServiceIdentity", request.app.state.own)
    try:
        signed = base64.urlsafe_b64decode(request.cookies.get(MESSAGE_COOKIE, ""))
    except (binascii.Error, ValueError):
        return None
    sent, content = signed[:32], signed[32:]
    if not content or not hmac.compare_digest(sent, signature(own, content)):
        return None
    text, tone, values = json.loads(content)
    return Message(text, tone, tuple((name, value) for name, value in values))


def signature(own: ServiceIdentity, content: bytes) -> bytes:
    return hmac.digest(own.secret, b"message|" + content, hashlib.sha256)
