"""Routes of pages: forms are read strictly, and a form that is refused is shown again.

A refused form answers with its own page: the GET route of `page_of`, under the refusal's status, with what
was typed and a sentence on each field. Handlers of forms therefore say only what happens when all is well.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlencode

import grpc
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from services.gateway.body import FORM_TYPE, StrictRequest, parse_form, read_content, require_media_type
from services.gateway.cookies import cookie, delete_cookie
from services.gateway.errors import RETRY_SECONDS, as_problem
from services.gateway.pages.forms import CSRF_FIELD, refused
from services.gateway.pages.rendering import page
from services.gateway.pages.visit import Message, bound_cookie, leave_message
from services.gateway.problems import Problem, title_and_detail
from services.gateway.session import COOKIE, csrf_token, require_csrf_token

SIGN_IN_PATH = "/connexion"
SIGNED_OUT = frozenset({"unauthenticated", "session_expired"})
SHOWN_AGAIN = frozenset({401, 403, 409, 422, 429, 503})
READ = ["GET", "HEAD"]
SEE_OTHER = 303
UNAVAILABLE = 503

Handler = TypeVar("Handler", bound=Callable[..., Any])


class PageRoute(APIRoute):
    """A page, or what one of its forms does. What it is sent is a dict of texts, without the CSRF token.

    `page_of` is the template of the page that a form is on, and `fields` are the names that it may send;
    one that ends with `*` stands for all that begin so.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: list[str],
        page_of: str = "",
        fields: tuple[str, ...] = (),
    ) -> None:
        self.page_of = page_of or path
        self.fields = fields
        super().__init__(
            path, endpoint, methods=methods, include_in_schema=False, response_class=HTMLResponse
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            checked = StrictRequest(request.scope, request.receive)
            values: Mapping[str, str] = {}
            try:
                values, token = await read_form(checked)
                if request.method == "POST":
                    require_csrf_token(request, bound_cookie(request), token)
                self.require_known(values)
                checked.document = values
                return await handler(checked)
            except (Problem, grpc.aio.AioRpcError) as error:
                problem = as_problem(error)
            try:
                return await self.answer_refusal(request, values, problem)
            except (Problem, grpc.aio.AioRpcError) as error:
                unseen = as_problem(error)
                if unseen.code in SIGNED_OUT:
                    return sign_in_first(self.page_path(request), request)
                if unseen.http_status == UNAVAILABLE and values:
                    return try_again_page(request, values, unseen)
                # Whoever may not see the page is told what stopped the form.
                raise problem if unseen.code == "not_found" else error from None

        return strict

    async def answer_refusal(self, request: Request, values: Mapping[str, str], problem: Problem) -> Response:
        """Shows a refused form again, on its page, or goes where that page leads now.

        All other problems go their own way.
        """
        if request.method in READ or problem.http_status not in SHOWN_AGAIN or problem.code in SIGNED_OUT:
            raise problem
        shown = next(
            (one for one in request.app.routes if one.path == self.page_of and "GET" in one.methods), None
        )
        if shown is None:
            raise problem
        request.state.form = refused(values, problem, request.state.language)
        path = unquote(self.page_path(request))
        scope = {**request.scope, "method": "GET", "route": shown, "path": path}
        answer = await APIRoute.get_route_handler(shown)(StrictRequest(scope, request.receive))
        if answer.status_code == SEE_OTHER:
            return answer
        answer.status_code = problem.http_status
        if problem.retry_after is not None:
            answer.headers["Retry-After"] = str(problem.retry_after)
        return answer

    def require_known(self, names: Collection[str]) -> None:
        """Raises Problem (unknown_field), for the form as a whole: its page has no place to say which."""
        known = [name for name in names if any(fnmatchcase(name, field) for field in self.fields)]
        if len(known) < len(names):
            raise Problem("unknown_field")

    def page_path(self, request: Request) -> str:
        """Returns the path of the page that a request came from, or asks for."""
        if request.method in READ:
            return quote(request.url.path)
        return self.page_of.format_map(
            {name: quote(str(value), safe="") for name, value in request.path_params.items()}
        )


async def read_form(request: StrictRequest) -> tuple[dict[str, str], str]:
    """Returns the fields of a form, and its CSRF token."""
    content = await read_content(request)
    if content:
        require_media_type(request, FORM_TYPE)
    fields = parse_form(content)
    return fields, fields.pop(CSRF_FIELD, "")


def try_again_page(request: Request, values: Mapping[str, str], problem: Problem) -> Response:
    """Keeps what was typed, but for passwords, while the services that its page needs are away."""
    title, detail = title_and_detail(problem.code, request.state.language, problem.members)
    return page(
        "try_again.html",
        view=getattr(request.state, "view", None),
        language=request.state.language,
        status=UNAVAILABLE,
        headers={"Retry-After": str(problem.retry_after or RETRY_SECONDS)},
        problem={"title": title, "detail": detail, "trace_id": request.state.trace_id},
        action=request.url.path,
        typed={name: value for name, value in values.items() if "password" not in name},
        csrf=csrf_token(request.app.state.own, bound_cookie(request)),
    )


def sign_in_first(path: str, request: Request) -> RedirectResponse:
    """Sends to sign in, and back to the page afterwards; whoever was signed in is told that this is over."""
    query = request.url.query if request.method in READ else ""
    target = f"{path}?{query}" if query else path
    answer = RedirectResponse(f"{SIGN_IN_PATH}?{urlencode({'next': target})}", 303)
    if cookie(request, COOKIE):
        delete_cookie(request, answer, COOKIE)
        leave_message(request, answer, Message("session_over", "wait"), session="")
    return answer


class PageRouter:
    """Pages and their forms, which no API client needs to know."""

    def __init__(self) -> None:
        self.routes: list[PageRoute] = []

    def page(self, path: str) -> Callable[[Handler], Handler]:
        """Declares what a page shows. Opening it changes nothing."""
        return self._declare(path, READ)

    def form(self, path: str, *fields: str, page_of: str = "") -> Callable[[Handler], Handler]:
        """Declares what a form does with its fields, beside which it takes none.

        Refused, it is shown again on the page of that path, its own if none.
        """
        return self._declare(path, ["POST"], page_of=page_of, fields=fields)

    def _declare(self, path: str, methods: list[str], **more: Any) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self.routes.append(PageRoute(path, handler, methods=methods, **more))
            return handler

        return declare
