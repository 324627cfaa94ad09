"""The HTTP side: what came, as pages for people and as JSON for programs."""

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from deploy.local.mailbox.faults import Fault, Faults, Switch
from deploy.local.mailbox.reading import Message, read
from deploy.local.mailbox.samples import SAMPLES
from deploy.local.mailbox.storage import NEWEST, Storage
from services.gateway.languages import PARIS
from services.gateway.pages.assets import ASSETS
from services.notification.rendering import Renderer

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 100
LARGEST_NUMBER = 2**62
FILTERS = ("to", "kind", "request")

TEMPLATES = Path(__file__).parent / "templates"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none';"
    " form-action 'self'"
)
# A mail is a stranger's page: no script, no form, nothing loaded, and links open beside it.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
OPEN_LINKS_BESIDE = '<base target="_blank">'
LANGUAGES = ("fr", "en")


class Pages:
    def __init__(self, storage: Storage, faults: Faults, renderer: Renderer) -> None:
        self._storage = storage
        self._faults = faults
        self._renderer = renderer
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._templates.filters["paris_time"] = paris_time

    def routes(self) -> list[Route]:
        return [
            Route("/", self.list_page),
            Route("/messages/{id}", self.message_page),
            Route("/messages/{id}/html", self.message_html),
            Route("/mails", self.mails_page),
            Route("/mails/{name}/{language}", self.mail_html),
            Route("/style.css", self.style),
            Route("/mark.svg", self.mark),
            Route("/healthz", self.healthz),
            Route("/api/messages", self.list_messages),
            Route("/api/messages", self.delete_messages, methods=["DELETE"]),
            Route("/api/messages/{id}", self.get_message),
            Route("/api/faults", self.list_faults),
            Route("/api/faults", self.put_fault, methods=["PUT"]),
            Route("/api/faults", self.delete_faults, methods=["DELETE"]),
        ]

    async def list_page(self, request: Request) -> Response:
        messages, next_cursor = self._page(request.query_params)
        filters = {name: request.query_params.get(name, "") for name in FILTERS}
        return self._rendered(
            "list.html",
            messages=messages,
            next_cursor=next_cursor,
            filters=filters,
            count=self._storage.count(),
        )

    async def message_page(self, request: Request) -> Response:
        return self._rendered("message.html", message=self._found(request))

    async def message_html(self, request: Request) -> Response:
        return mail_answer(self._found(request).html)

    async def mails_page(self, request: Request) -> Response:
        """Shows every mail there is, in both languages, as its reader gets it."""
        mails = [
            (name, [(language, sample.rendered(self._renderer, language)) for language in LANGUAGES])
            for name, sample in SAMPLES.items()
        ]
        return self._rendered("mails.html", mails=mails)

    async def mail_html(self, request: Request) -> Response:
        sample = SAMPLES.get(request.path_params["name"])
        language = request.path_params["language"]
        if sample is None or language not in LANGUAGES:
            raise HTTPException(404, "no such mail")
        return mail_answer(sample.rendered(self._renderer, language).html)

    async def style(self, request: Request) -> Response:
        """Returns the portal's own style, and the few blocks that only this page has."""
        own = (TEMPLATES / "style.css").read_bytes()
        return Response(ASSETS["portal.css"].content + own, media_type="text/css")

    async def mark(self, request: Request) -> Response:
        return Response(ASSETS["mark.svg"].content, media_type=ASSETS["mark.svg"].media_type)

    async def healthz(self, request: Request) -> Response:
        self._storage.count()
        return PlainTextResponse("ok\n")

    async def list_messages(self, request: Request) -> Response:
        messages, next_cursor = self._page(request.query_params)
        return JSONResponse({"items": [one.summary() for one in messages], "next_cursor": next_cursor})

    async def get_message(self, request: Request) -> Response:
        return JSONResponse(self._found(request).complete())

    async def delete_messages(self, request: Request) -> Response:
        self._storage.clear()
        return Response(status_code=204)

    async def list_faults(self, request: Request) -> Response:
        items = [
            {"to": one.to, "answer": one.answer.value, "times": one.times, "seconds": one.seconds}
            for one in self._faults.all()
        ]
        return JSONResponse({"items": items})

    async def put_fault(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            switch = Switch(
                to=str(body["to"]),
                answer=Fault(str(body["answer"])),
                times=int(body.get("times", 1)),
                seconds=float(body.get("seconds", 5)),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            answers = ", ".join(Fault)
            raise HTTPException(422, f'{{"to", "answer": {answers}, "times", "seconds"}}') from error
        self._faults.set(switch)
        return Response(status_code=204)

    async def delete_faults(self, request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    def _page(self, query: Mapping[str, str]) -> tuple[list[Message], str | None]:
        limit = number_in(query.get("limit", ""), DEFAULT_LIMIT)
        limit = max(1, min(limit, LARGEST_LIMIT))
        filters = {name: query.get(name, "") for name in FILTERS}
        before = number_in(query.get("cursor", ""), NEWEST)
        stored = self._storage.page(**filters, before=before, limit=limit + 1)
        next_cursor = str(stored[limit - 1].number) if len(stored) > limit else None
        return [read(one) for one in stored[:limit]], next_cursor

    def _found(self, request: Request) -> Message:
        id_ = request.path_params["id"]
        stored = (
            self._storage.message(int(id_)) if id_.isascii() and id_.isdecimal() and len(id_) < 19 else None
        )
        if stored is None:
            raise HTTPException(404, "no such message")
        return read(stored)

    def _rendered(self, template: str, **values: Any) -> Response:
        html = self._templates.get_template(template).render(values)
        return HTMLResponse(html, headers={"Content-Security-Policy": PAGE_POLICY})


def create_app(storage: Storage, faults: Faults, renderer: Renderer) -> Starlette:
    """Returns the mailbox's pages and JSON. Errors are `{"detail": …}`."""

    async def problem(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return JSONResponse({"detail": error.detail}, status_code=error.status_code)

    return Starlette(
        routes=Pages(storage, faults, renderer).routes(), exception_handlers={HTTPException: problem}
    )


def mail_answer(html: str) -> Response:
    html = html.replace("<head>", f"<head>{OPEN_LINKS_BESIDE}", 1)
    return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


def number_in(written: str, default: int) -> int:
    if not written:
        return default
    if not (written.isascii() and written.isdecimal() and len(written) < 20):
        raise HTTPException(400, "limit and cursor are numbers")
    return min(int(written), LARGEST_NUMBER)


def paris_time(date: str) -> str:
    """Writes « Mon 23 Nov 2026, 21:05:10 », on the clock of those who read the mails."""
    try:
        return parsedate_to_datetime(date).astimezone(PARIS).strftime("%a %d %b %Y, %H:%M:%S")
    except ValueError:
        return date
