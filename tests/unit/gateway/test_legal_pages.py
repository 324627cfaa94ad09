"""What the portal says of who runs it."""

import httpx
from fastapi import FastAPI

from tests.system.browser import HTML


async def test_the_legal_notice_says_who_publishes_and_hosts_the_portal(
    app: FastAPI, http: httpx.AsyncClient
) -> None:
    before = (await http.get("/mentions-legales", headers=HTML)).text
    assert "L’organisation qui met ce portail à la disposition" in before
    assert "Hébergement" not in before
    told = {"publisher": "Opcommerce, 1 rue <des> Métiers", "hosting": "Hébergeur, 2 rue des Serveurs"}
    usual = app.state.settings
    app.state.settings = usual.model_copy(update=told)
    try:
        page = (await http.get("/mentions-legales", headers=HTML)).text
    finally:
        app.state.settings = usual
    assert "<h2>Éditeur</h2><p>Opcommerce, 1 rue &lt;des&gt; Métiers</p>" in page
    assert "<h2>Hébergement</h2><p>Hébergeur, 2 rue des Serveurs</p>" in page
