"""Where the links of mails lead. Opening one changes nothing, whoever opens it: only its form does."""

import grpc
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from guichet.identity.v1.identity_service_pb2 import ConfirmPasswordResetRequest, VerifyAccountRequest
from services.gateway.body import FormRoute, StrictRequest
from services.gateway.dependencies import Backends, Language
from services.gateway.errors import problem_of
from services.gateway.fields import IDENTIFIER
from services.gateway.pages.forms import field_of
from services.gateway.pages.rendering import page
from services.gateway.pages.same_origin import require_same_origin
from services.gateway.problems import Problem, title_and_detail

router = APIRouter(route_class=FormRoute, include_in_schema=False, default_response_class=HTMLResponse)

READ = ["GET", "HEAD"]


@router.api_route("/verifier", methods=READ)
async def show_verification(language: Language, token: str = "") -> HTMLResponse:
    return page("verify.html", language=language, token=token, error="")


@router.post("/verifier")
async def verify(request: StrictRequest, services: Backends, language: Language) -> HTMLResponse:
    require_same_origin(request)
    token = ""
    try:
        token = field_of(request, "token")
        await services.identity.VerifyAccount(VerifyAccountRequest(token=token))
    except (Problem, grpc.aio.AioRpcError) as error:
        return again("verify.html", error, language, token)
    return page("done.html", language=language, done="verified")


@router.api_route("/reinitialiser", methods=READ)
async def show_password_reset(language: Language, token: str = "") -> HTMLResponse:
    return page("reset.html", language=language, token=token, error="")


@router.post("/reinitialiser")
async def reset_password(request: StrictRequest, services: Backends, language: Language) -> HTMLResponse:
    require_same_origin(request)
    token = ""
    try:
        token = field_of(request, "token")
        password = field_of(request, "password")
        await services.identity.ConfirmPasswordReset(
            ConfirmPasswordResetRequest(token=token, password=password)
        )
    except (Problem, grpc.aio.AioRpcError) as error:
        return again("reset.html", error, language, token)
    return page("done.html", language=language, done="password_set")


@router.api_route("/demandes/{access_request_id}", methods=READ)
async def show_access_request(access_request_id: str, language: Language) -> HTMLResponse:
    """Says where the access request is decided; nothing of it, since nobody is signed in here."""
    if not IDENTIFIER.fullmatch(access_request_id):
        raise Problem("not_found")
    return page("access_request.html", language=language, access_request_id=access_request_id)


def again(template: str, error: Problem | grpc.aio.AioRpcError, language: str, token: str) -> HTMLResponse:
    """Shows a form again with what is wrong with it; other problems go their own way."""
    problem = error if isinstance(error, Problem) else problem_of(error)
    if problem.http_status != 422:
        raise problem from error
    detail = title_and_detail(problem.code, language, problem.members)[1]
    return page(template, language=language, status=422, token=token, error=detail)
