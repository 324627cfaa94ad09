"""Pages: escaped templates, one language, a policy that lets nothing foreign in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.gateway.languages import translated

GATEWAY = Path(__file__).parent.parent
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)

templates = Environment(
    loader=FileSystemLoader(GATEWAY / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str,
    *,
    language: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Renders a template; it sees `t` (texts), `language` and the values given."""
    content = templates.get_template(template).render(
        t=translated("pages", language), language=language, **values
    )
    return HTMLResponse(
        content,
        status,
        {
            "Content-Security-Policy": PAGE_POLICY,
            "Content-Language": language,
            "Vary": "Accept-Language",
            **(headers or {}),
        },
    )


def problem_page(document: Mapping[str, Any], *, language: str, headers: Mapping[str, str]) -> HTMLResponse:
    """Renders a problem for a person."""
    return page(
        "problem.html", language=language, status=document["status"], headers=headers, problem=document
    )
