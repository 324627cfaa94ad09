"""Mémo's pages: who you are, for which company, and out again."""

import asyncio
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import structlog
from authlib.integrations.starlette_client import OAuthError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.memo.sessions import Session, Sessions
from deploy.local.memo.settings import MemoSettings
from deploy.local.memo.sign_on import NotSetUp, SignOn, SignOnOver
from services.gateway.languages import LANGUAGES, negotiated, siren, typeset
from services.gateway.pages.assets import ASSETS

log = structlog.get_logger()

HERE = Path(__file__).parent
COOKIE = "memo_session"
# Cookies do not know ports: the portal's and Mémo's lie side by side.
VISIT_COOKIE = "memo_visit"
TEXTS = {
    language: tomllib.loads((HERE / "texts" / f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
LARGEST_FORM = 16_384
JUST_NOW_SECONDS = 30


class Pages:
    def __init__(self, settings: MemoSettings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions
        self._sign_on = SignOn(settings, sessions)
        self._turn = asyncio.Lock()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters["siren"] = siren
        # The browser follows the sign-out's form to Guichet.
        self._policy = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none';"
            f" form-action 'self' {settings.issuer}"
        )

    def routes(self) -> list[Route]:
        return [
            Route("/", self.home),
            Route("/connexion", self.begin, methods=["GET", "POST"]),
            Route("/connexion/retour", self.finish),
            Route("/changer", self.change),
            Route("/deconnexion", self.leave, methods=["POST"]),
            Route("/deconnexion/annonce", self.told_of_logout, methods=["POST"]),
            Route("/au-revoir", self.farewell),
            Route("/healthz", self.healthz),
            Route("/style.css", self.style),
            Route("/mark.svg", self.mark),
        ]

    async def home(self, request: Request) -> Response:
        """Asks Guichet anew who this is: a membership that was lost shows at the next click."""
        # One at a time: two clicks at once would use up one refresh token twice, which ends the sign-on.
        async with self._turn:
            session = self._session(request)
            if session is None:
                if self._sessions.was_ended(request.cookies.get(COOKIE, "")):
                    return self._say_over(request)
                return self._page(request, "message.html", text="welcome", action="sign_in")
            try:
                told = await self._sign_on.who_now(session.claims, session.token)
            except SignOnOver:
                self._sessions.end(session.key)
                return self._say_over(request)
        return self._page(
            request,
            "home.html",
            claims={**session.claims, **told},
            language=told["locale"],
            signed_in_before=session.claims["iat"] - session.claims["auth_time"] > JUST_NOW_SECONDS,
        )

    async def begin(self, request: Request) -> Response:
        """Begins a sign-on, the portal's (OpenID Connect Core 1.0, 4) or the visitor's own."""
        sent = request.query_params if request.method == "GET" else await sent_form(request)
        if sent.get("iss", self._settings.issuer) != self._settings.issuer:
            return self._page(request, "message.html", text="stranger", action="sign_in", status=400)
        hint = sent.get("login_hint", "")
        return await self._sign_on.begin(request, **({"login_hint": hint} if hint else {}))

    async def change(self, request: Request) -> Response:
        return await self._sign_on.begin(request, prompt="select_account")

    async def finish(self, request: Request) -> Response:
        try:
            claims, token = await self._sign_on.finish(request)
        except (OAuthError, JoseError) as error:
            reason = error.error if isinstance(error, OAuthError) else type(error).__name__
            log.warning("sign_on.refused", reason=reason)
            if reason == "access_denied" and self._session(request) is not None:
                return RedirectResponse("/", 303)
            text = "refused" if reason == "access_denied" else "failed"
            return self._page(request, "message.html", text=text, action="sign_in", status=400)
        former = self._session(request)
        if former is not None:
            self._sessions.end(former.key)
        cookie = self._sessions.open(claims, token)
        if cookie is None:
            return self._say_over(request)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="lax")
        return answer

    async def leave(self, request: Request) -> Response:
        """Leads to Guichet's sign-out. Its visitor may still choose to stay: nothing ends here yet."""
        session = self._session(request)
        if session is None:
            return RedirectResponse("/", 303)
        return await self._sign_on.leave(request, session.token, self._language(request))

    async def told_of_logout(self, request: Request) -> Response:
        """Takes Guichet's word that somebody signed out (OpenID Connect Back-Channel Logout 1.0, 2.7)."""
        headers = {"Cache-Control": "no-store"}
        form = await sent_form(request)
        try:
            claims = await self._sign_on.ended(form.get("logout_token", ""))
        except ValueError as error:
            log.warning("logout.refused", reason=str(error))
            return JSONResponse({"error": "invalid_request"}, 400, headers)
        ended = self._sessions.end_by(
            sid=claims.get("sid", ""), sub=claims.get("sub", ""), told_at=claims["iat"]
        )
        log.info("logout.told", sessions=ended)
        return Response(status_code=200, headers=headers)

    async def farewell(self, request: Request) -> Response:
        """Ends the session on return from Guichet's sign-out. A link from elsewhere signs nobody out."""
        session = self._session(request)
        left = await self._sign_on.left(request)
        if session is not None and not left:
            return RedirectResponse("/", 303)
        if session is not None:
            self._sessions.end(session.key)
        answer = self._page(request, "message.html", text="farewell", action="sign_in")
        answer.delete_cookie(COOKIE)
        return answer

    async def healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def style(self, request: Request) -> Response:
        return Response(ASSETS["portal.css"].content, media_type="text/css")

    async def mark(self, request: Request) -> Response:
        return Response(ASSETS["mark.svg"].content, media_type=ASSETS["mark.svg"].media_type)

    async def not_set_up(self, request: Request, error: Exception) -> Response:
        return self._page(request, "message.html", text="not_set_up", action="again", status=503)

    async def portal_away(self, request: Request, error: Exception) -> Response:
        log.warning("portal.away", error=type(error).__name__)
        return self._page(request, "message.html", text="away", action="again", status=503)

    def _say_over(self, request: Request) -> Response:
        answer = self._page(request, "message.html", text="over", action="sign_in")
        answer.delete_cookie(COOKIE)
        return answer

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(COOKIE, ""))

    def _language(self, request: Request) -> str:
        return negotiated(request.headers.get("accept-language", ""))

    def _page(
        self, request: Request, template: str, *, status: int = 200, language: str = "", **values: Any
    ) -> Response:
        language = language if language in LANGUAGES else self._language(request)
        html = self._templates.get_template(template).render(
            language=language,
            t=texts_in(language),
            portal=self._settings.issuer,
            **values,
        )
        headers = {"Content-Security-Policy": self._policy, "Cache-Control": "no-store"}
        return HTMLResponse(html, status, headers)


async def sent_form(request: Request) -> Mapping[str, str]:
    """Returns the fields of a form; none of one that is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode(errors="replace")))


def texts_in(language: str) -> Mapping[str, Any]:
    texts: Mapping[str, Any] = typeset(TEXTS[language], language)
    return texts


def create_app(settings: MemoSettings, sessions: Sessions, cookie_key: str) -> Starlette:
    """Returns Mémo. What it asked Guichet, for which browser, is in a signed cookie until the answer."""
    pages = Pages(settings, sessions)
    visit = Middleware(
        SessionMiddleware,
        secret_key=cookie_key,
        session_cookie=VISIT_COOKIE,
        max_age=3600,
        same_site="lax",
    )
    return Starlette(
        routes=pages.routes(),
        middleware=[visit],
        exception_handlers={NotSetUp: pages.not_set_up, httpx2.HTTPError: pages.portal_away},
    )
