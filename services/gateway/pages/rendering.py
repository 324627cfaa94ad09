"""Pages: escaped templates, one language, a policy that lets nothing foreign in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.gateway.languages import DEFAULT_LANGUAGE, TRANSLATIONS, translated
from services.gateway.pages.assets import asset_path
from services.gateway.pages.wording import FILTERS

TEMPLATES = Path(__file__).parent.parent / "templates"
FORMS = "form-action 'self'"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
    f" {FORMS}; base-uri 'none'; frame-ancestors 'none'"
)


SUBJECTS = sorted(file.stem for file in (TRANSLATIONS / DEFAULT_LANGUAGE / "pages").glob("*.toml"))


def page_texts(language: str) -> dict[str, Mapping[str, Any]]:
    """Returns the texts of `translations/<language>/pages/*.toml`, by file."""
    return {subject: translated(f"pages/{subject}", language) for subject in SUBJECTS}


templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters.update(FILTERS)
templates.globals["asset"] = asset_path


def page(
    template: str,
    *,
    language: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    leads_to: str = "",
    **values: Any,
) -> HTMLResponse:
    """Renders a template; it sees `t` (texts, by file), `language` and the values given.

    `leads_to` is the origin, other than ours, to which the answer to the page's form may lead.
    """
    content = templates.get_template(template).render(
        **{
            "view": None,
            "message": None,
            "csrf": "",
            "t": page_texts(language),
            "language": language,
            **values,
        }
    )
    return HTMLResponse(
        content,
        status,
        {
            "Content-Security-Policy": PAGE_POLICY.replace(FORMS, f"{FORMS} {leads_to}".rstrip()),
            "Content-Language": language,
            "Vary": "Accept-Language, Cookie",
            **(headers or {}),
        },
    )
