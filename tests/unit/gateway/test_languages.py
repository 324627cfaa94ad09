"""Texts: the organisation's name in them, and what a line must not part."""

import re
from pathlib import Path

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.languages import LANGUAGES, texts_of
from services.gateway.pages.rendering import TEMPLATES, page_texts
from services.gateway.settings import GatewaySettings

LABELLED = re.compile(r'\{\{ (?:field|secret|select|prose)\((?:t, )?(?:form|typed), "(\w+)"')
OTHER = {"organisation": "l’Afdas & Cie", "organisation_en": "Afdas & Co"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_speak_in_the_name_of_the_organisation(settings: GatewaySettings, language: str) -> None:
    app = create_app(settings.model_copy(update=OTHER))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://portal.example.org") as http,
    ):
        headers = {"Accept": "text/html", "Accept-Language": language}
        page = (await http.get("/connexion", headers=headers)).text
    assert {"fr": "outils de l’Afdas &amp; Cie", "en": "Open Afdas &amp; Co’s tools"}[language] in page
    assert "Opcommerce" not in page


def test_a_sentence_may_begin_with_the_organisation() -> None:
    texts = texts_of("pages/own_access_request", "en", "the Fund")
    assert texts["escalated"]["title"] == "The Fund has taken over"


@pytest.mark.parametrize("name", ["<b>", "{company}", "", "x\ny"])
def test_a_name_that_texts_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="organisation"):
        GatewaySettings(organisation=name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_names_one_organisation_or_parts_e_mail(language: str) -> None:
    for subject, texts in page_texts(language).items():
        assert not re.search("[Ee]-mail", repr(texts)), subject
    for file in (Path("services/gateway/translations") / language).rglob("*.toml"):
        assert "Opcommerce" not in file.read_text(encoding="utf-8"), file


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_name_to_tell_its_problem_by(language: str) -> None:
    used = {name for file in TEMPLATES.glob("*.html") for name in LABELLED.findall(file.read_text())}
    assert len(used) > 10
    assert used <= page_texts(language)["fields"].keys()
