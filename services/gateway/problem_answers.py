"""Every problem has one answer: JSON for clients, a page for people."""

from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from services.gateway.body import shown_name
from services.gateway.errors import problem_of
from services.gateway.pages.rendering import page
from services.gateway.pages.view import View, view_of_problem
from services.gateway.problems import STATUSES, FieldError, Problem, problem_document

PROBLEM_TYPE = "application/problem+json"
CODES_OF_PYDANTIC = {
    "missing": "field_required",
    "extra_forbidden": "unknown_field",
    "string_unicode": "invalid_text",
    "literal_error": "wrong_value",
}


def problem_of_validation(errors: Sequence[Any]) -> Problem:
    """Returns what FastAPI's validation found, without any value that was submitted."""
    found = tuple(
        FieldError(
            field=".".join(filter(None, (shown_name(str(part)) for part in error["loc"][1:]))),
            code=code_of(error["type"]),
        )
        for error in errors
    )
    if any(error.code == "not_found" for error in found):
        return Problem("not_found")
    return Problem(found[0].code, errors=found)


def code_of(pydantic_type: str) -> str:
    if pydantic_type in STATUSES:
        return pydantic_type
    return CODES_OF_PYDANTIC.get(pydantic_type, "wrong_type")


def problem_response(scope: Scope, problem: Problem, view: View | None = None) -> Response:
    """Returns the answer to a problem, in the request's language; a page under the bar of whoever looks."""
    state = scope["state"]
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.http_status == 405:
        headers["Allow"] = ", ".join(allowed_methods(scope))
    document = problem_document(
        problem,
        language=state["language"],
        trace_id=state["trace_id"],
        public_url=scope["app"].state.settings.public_url,
    )
    if wants_page(scope):
        return problem_page(document, view, state["language"], headers)
    return JSONResponse(document, problem.http_status, headers, media_type=PROBLEM_TYPE)


def problem_page(
    document: Mapping[str, Any], view: View | None, language: str, headers: Mapping[str, str]
) -> Response:
    status = document["status"]
    if view is None:
        return page("problem.html", language=language, status=status, headers=headers, problem=document)
    support = view.request.app.state.settings.support_email
    answer = view.page("problem.html", status=status, problem=document, support=support)
    answer.headers.update(headers)
    return answer


def wants_page(scope: Scope) -> bool:
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return not scope["path"].startswith("/api/") and b"text/html" in accept


def allowed_methods(scope: Scope) -> list[str]:
    """Returns the methods of every route with this path; Starlette names those of the first only."""
    found: set[str] = set()
    for route in scope["app"].routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= route.methods
    return sorted(found)


def register_errors(app: FastAPI) -> None:
    """Makes every error that a route may raise an answer."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of_error(error)
        view = await view_of_problem(request, problem) if wants_page(request.scope) else None
        return problem_response(request.scope, problem, view)

    for kind in (Problem, grpc.aio.AioRpcError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def problem_of_error(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case grpc.aio.AioRpcError():
            return problem_of(error)
        case RequestValidationError():
            return problem_of_validation(error.errors())
        case HTTPException(status_code=404):
            return Problem("not_found")
        case HTTPException(status_code=405):
            return Problem("method_not_allowed")
        case _:
            return Problem("malformed_body")
