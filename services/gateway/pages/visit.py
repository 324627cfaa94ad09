"""Cookies of a visit: what a form is bound to, the language, a message to say once, and where to go on."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from services.gateway.cookies import cookie, set_cookie
from services.gateway.languages import LANGUAGES
from services.gateway.session import COOKIE
from services.platform.service_identity import ServiceIdentity

VISIT_COOKIE = "guichet_visit"
MESSAGE_COOKIE = "guichet_message"
LANGUAGE_COOKIE = "guichet_language"
WANTED_COOKIE = "guichet_wanted"
YEAR_SECONDS = 365 * 24 * 3600
MESSAGE_SECONDS = 120
# As long as a tool's request is good for: see again.LIFE_SECONDS.
WANTED_SECONDS = 3600
# Browsers keep 4,096 bytes of a cookie, its name and attributes included.
LONGEST_KEPT = 3800


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
    session = cookie(request, COOKIE)
    return session or visit_cookie(request)


def visit_cookie(request: Request) -> str:
    """Returns the visit of a browser; nothing for one that we did not begin."""
    visit = cookie(request, VISIT_COOKIE)
    name, dot, _ = visit.partition(".")
    ours = dot and hmac.compare_digest(visit.encode(), visit_of(request, name).encode())
    return visit if ours else ""


def new_visit(request: Request) -> str:
    return visit_of(request, secrets.token_urlsafe(16))


def visit_of(request: Request, name: str) -> str:
    signed = signature(request, b"visit|" + name.encode())
    return f"{name}.{base64.urlsafe_b64encode(signed).decode().rstrip('=')}"


def chosen_language(request: HTTPConnection) -> str | None:
    """Returns the language that a visitor chose on a page, if one was."""
    chosen = cookie(request, LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else None


def prefer_language(request: Request, response: Response, wanted: str) -> None:
    """Keeps to the first language of a list that the portal speaks, unless the visitor has chosen one.

    `wanted` is a list of tags separated by spaces, the preferred first.
    """
    known = (tag.lower().partition("-")[0] for tag in wanted.split())
    language = next((one for one in known if one in LANGUAGES), None)
    if language and chosen_language(request) is None:
        set_cookie(request, response, LANGUAGE_COOKIE, language, seconds=None)


def leave_message(
    request: Request, response: Response, message: Message, *, session: str | None = None
) -> None:
    """Leaves a message for the next page of a session: of the one that asks, or of the one that the answer
    opens; of nobody's where the answer ends it ("").

    Whoever signs in next in this browser is somebody else, and is not told.
    """
    reader = reader_of(request, cookie(request, COOKIE) if session is None else session)
    content = [message.text, message.tone, message.values, reader]
    leave(request, response, MESSAGE_COOKIE, content, seconds=MESSAGE_SECONDS)


def message_left(request: Request) -> Message | None:
    """Returns the message that the page before has left; None for what is not ours, is over, or was
    another session's.
    """
    content = left(request, MESSAGE_COOKIE)
    if content is None:
        return None
    *said, reader = content
    if reader != reader_of(request, cookie(request, COOKIE)):
        return None
    text, tone, values = said
    return Message(text, tone, tuple((name, value) for name, value in values))


def reader_of(request: Request, session: str) -> str:
    """Returns what tells one session from another, without telling its secret; nothing for none."""
    return signature(request, b"reader|" + session.encode()).hex() if session else ""


def keep_wanted(request: Request, response: Response, path: str) -> None:
    """Keeps where somebody wanted to go who must first follow a mail, for the sign-in in this browser.

    A path that is too long for a cookie is not kept.
    """
    if path:
        leave(request, response, WANTED_COOKIE, path, seconds=WANTED_SECONDS)


def wanted_before(request: Request) -> str:
    """Returns the path that was kept in this browser, or an empty text."""
    return left(request, WANTED_COOKIE) or ""


def leave(request: Request, response: Response, name: str, content: Any, *, seconds: int) -> None:
    """Leaves something for a later page in this browser.

    It is signed, with its name and the time until which it holds: nobody else can make a page say something,
    nor something of before once more.
    """
    until = int(time.time()) + seconds
    written = json.dumps([name, until, content], ensure_ascii=False).encode()
    signed = base64.urlsafe_b64encode(signature(request, b"left|" + written) + written).decode()
    if len(signed) <= LONGEST_KEPT:
        set_cookie(request, response, name, signed, seconds=seconds)


def left(request: Request, name: str) -> Any:
    """Returns what was left under a name; None for what is not ours, or is over."""
    try:
        signed = base64.urlsafe_b64decode(cookie(request, name))
    except (binascii.Error, ValueError):
        return None
    sent, written = signed[:32], signed[32:]
    if not written or not hmac.compare_digest(sent, signature(request, b"left|" + written)):
        return None
    under, until, content = json.loads(written)
    return content if under == name and time.time() <= until else None


def signature(request: Request, content: bytes) -> bytes:
    own = cast("ServiceIdentity", request.app.state.own)
    return hmac.digest(own.secret, content, hashlib.sha256)
