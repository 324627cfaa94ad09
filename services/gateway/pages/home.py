"""The first page, and what pages are dressed in."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.gateway.body import FormRoute
from services.gateway.dependencies import Language
from services.gateway.pages.rendering import GATEWAY, page
from services.gateway.problems import Problem

router = APIRouter(route_class=FormRoute, include_in_schema=False, default_response_class=HTMLResponse)

READ = ["GET", "HEAD"]
STYLESHEETS = {path.name: path.read_bytes() for path in (GATEWAY / "static" / "css").glob("*.css")}


@router.api_route("/", methods=READ)
async def show_home(language: Language) -> HTMLResponse:
    return page("home.html", language=language)


@router.api_route("/static/css/{name}", methods=READ)
async def get_stylesheet(name: str) -> Response:
    content = STYLESHEETS.get(name)
    if content is None:
        raise Problem("not_found")
    return Response(content, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})
