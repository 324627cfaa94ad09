"""What is asked of the person before a tool learns who they are."""

import httpx

from tests.system.browser import hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import GOOD, path, told
from tests.unit.gateway.openid.standing import changed_memo, signed_on
from tests.unit.gateway.services_on_the_wire import SIREN, ServicesOnTheWire


async def test_nothing_is_told_before_the_person_consents(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    changed_memo(services, asks_consent=True)
    page = await signed_in.get(path({**GOOD, "scope": "openid email company"}))
    assert services.asked("CreateGrant") == []
    assert "<b>Ateliers Morel</b>, et le rôle que vous y avez" in page.text.replace("\u00a0", " ")
    assert "<b>Administrateur</b>" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    [action] = [one for one in page.text.split('action="') if one.startswith("/oauth2/authorize/consent")]
    action = action.split('"')[0].replace("&amp;", "&")
    fields = hidden_fields(page.text, action)
    refused = await signed_in.post(action, data={**fields, "verdict": "deny"})
    assert told(refused)["error"] == "access_denied"
    allowed = await signed_in.post(action, data={**fields, "verdict": "allow"})
    assert "code" in told(allowed)
    [granted] = services.asked("CreateGrant")
    assert (granted.consented, granted.scope, granted.siren) == (True, "openid email company", SIREN)


async def test_consent_is_not_given_by_another_site(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    changed_memo(services, asks_consent=True)
    action = path(GOOD).replace("authorize", "authorize/consent")
    token = hidden_fields((await signed_in.get(path(GOOD))).text, action + f"&siren_hint={SIREN}")["csrf"]
    signed_in.cookies.set(COOKIE, "brunos-token")
    for fields in ({}, {"csrf": ""}, {"csrf": "x" * 55}, {"csrf": token}):
        answer = await signed_in.post(action, data={**fields, "verdict": "allow"})
        assert (answer.status_code, "location" in answer.headers) == (403, False)
    get = await signed_in.get(f"{action}&verdict=allow")
    assert get.status_code == 405
    assert services.asked("CreateGrant") == []


async def test_consent_is_asked_once_for_the_same_scope(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    changed_memo(services, asks_consent=True)
    signed_on(services, scopes="openid company")
    told(await signed_in.get(path(GOOD)))
    assert (await signed_in.get(path({**GOOD, "scope": "openid company email"}))).status_code == 200
    assert (await signed_in.get(path({**GOOD, "prompt": "consent"}))).status_code == 200
