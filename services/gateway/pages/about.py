"""What every portal says of itself, the choice of its language, and, locally, its style guide."""

from fastapi import Response

from services.gateway.cookies import set_cookie
from services.gateway.languages import LANGUAGES
from services.gateway.pages.forms import Form, Submitted
from services.gateway.pages.qr_code import qr_code
from services.gateway.pages.rendering import page_texts
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import Viewed, own_path
from services.gateway.pages.visit import LANGUAGE_COOKIE, YEAR_SECONDS
from services.gateway.problems import Problem, field_problem

router = PageRouter()


@router.page("/accessibilite")
async def show_accessibility(view: Viewed) -> Response:
    return view.page("legal.html", text=page_texts(view.language)["legal"]["accessibility"])


@router.page("/mentions-legales")
async def show_legal_notice(view: Viewed) -> Response:
    """Says who publishes the portal and who hosts it, as the settings do; what they leave out is not said."""
    settings = view.request.app.state.settings
    told = {"publisher": settings.publisher, "hosting": settings.hosting}
    text = page_texts(view.language)["legal"]["notice"]
    parts = [
        {**part, "text": [said] if (said := told.get(part.get("of", ""))) else part["text"]}
        for part in text["parts"]
    ]
    return view.page("legal.html", text={**text, "parts": [part for part in parts if part["text"]]})


@router.page("/confidentialite")
async def show_privacy(view: Viewed) -> Response:
    return view.page("legal.html", text=page_texts(view.language)["legal"]["privacy"])


@router.form("/langue", "language", "next")
async def choose_language(view: Viewed, form: Submitted) -> Response:
    """Changes the language of this browser; that of mails is the account's, in « Mon compte »."""
    if form["language"] not in LANGUAGES:
        raise field_problem("locale_invalid", "language")
    answer = view.redirect(own_path(form.typed("next"), "/"))
    set_cookie(view.request, answer, LANGUAGE_COOKIE, form["language"], seconds=YEAR_SECONDS)
    return answer


@router.page("/style")
async def show_style_guide(view: Viewed) -> Response:
    """Shows every block in every state, on a developer's machine."""
    if not view.request.app.state.settings.local_mode:
        raise Problem("not_found")
    sample = Form({"plain": "732 829 320"}, {"wrong": "What is wrong, and an example of what is right."})
    return view.page("style.html", sample=sample, qr_code=qr_code("Guichet"))
