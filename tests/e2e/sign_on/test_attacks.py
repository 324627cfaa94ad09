"""What thieves and liars send to the real thing: codes again, codes of others, tokens of others."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.system.companies import Company
from tests.system.people import NewPerson, Person
from tests.system.relying_party import RelyingParty, browser_of, challenge_of, parameters_of, verifier

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


INVALID = (400, "invalid_grant")


async def test_a_code_that_comes_again_ends_what_it_opened(
    browser: httpx.AsyncClient, notes: RelyingParty
) -> None:
    code = await notes.code(browser)
    tokens = (await notes.exchange(code)).json()
    assert (await notes.userinfo(tokens["access_token"])).status_code == 200
    assert refused(await notes.exchange(code)) == INVALID
    assert (await notes.userinfo(tokens["access_token"])).status_code == 401
    assert refused(await notes.refresh(tokens["refresh_token"])) == INVALID


async def test_of_eight_exchanges_of_one_code_at_once_one_succeeds_at_most(
    browser: httpx.AsyncClient, notes: RelyingParty
) -> None:
    for _ in range(5):
        code = await notes.code(browser)
        answers = await asyncio.gather(*(notes.exchange(code) for _ in range(8)))
        taken = [answer for answer in answers if answer.status_code == 200]
        assert len(taken) == 1
        assert {refused(answer) for answer in answers if answer not in taken} == {INVALID}
        assert (await notes.userinfo(taken[0].json()["access_token"])).status_code == 401


async def test_a_refresh_token_that_comes_again_ends_the_sign_on(
    browser: httpx.AsyncClient, notes: RelyingParty
) -> None:
    first = await notes.tokens(browser)
    second = (await notes.refresh(first["refresh_token"])).json()
    assert refused(await notes.refresh(first["refresh_token"])) == INVALID
    assert refused(await notes.refresh(second["refresh_token"])) == INVALID
    assert (await notes.userinfo(second["access_token"])).status_code == 401


async def test_a_code_is_of_use_to_its_own_client_alone(
    browser: httpx.AsyncClient, notes: RelyingParty, tools: dict[str, RelyingParty]
) -> None:
    code = await notes.code(browser)
    for name in ("other", "browserly", "posted", "signed"):
        thief = tools[name]
        stolen = {"code_verifier": notes.code_verifier, "redirect_uri": notes.redirect_uri}
        assert refused(await thief.exchange(code, **stolen)) == INVALID
    assert (await notes.exchange(code)).status_code == 200


async def test_a_stolen_code_is_of_no_use_without_the_verifier_of_its_request(
    browser: httpx.AsyncClient, notes: RelyingParty, tools: dict[str, RelyingParty]
) -> None:
    for tool in (notes, tools["browserly"]):
        code = await tool.code(browser)
        assert refused(await tool.exchange(code, code_verifier=verifier())) == INVALID
        assert refused(await tool.exchange(code, code_verifier=challenge_of(tool.code_verifier))) == INVALID
        assert refused(await tool.exchange(code, code_verifier=None)) == (400, "invalid_request")
        assert refused(await tool.exchange(code, redirect_uri=tool.redirect_uri + "/")) == INVALID
        assert refused(await tool.exchange(code, redirect_uri=None)) == INVALID
        assert (await tool.exchange(code)).status_code == 200


async def test_no_kind_of_secret_passes_for_another(browser: httpx.AsyncClient, notes: RelyingParty) -> None:
    code = await notes.code(browser)
    tokens = await notes.tokens(browser)
    secrets = [code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"], notes.secret]
    session = browser.cookies["guichet_session"]
    for secret in (*secrets[1:], session):
        assert refused(await notes.exchange(secret)) == INVALID
    for secret in (code, tokens["access_token"], tokens["id_token"], session):
        assert refused(await notes.refresh(secret)) == INVALID
    for secret in (code, tokens["refresh_token"], tokens["id_token"], session):
        assert (await notes.userinfo(secret)).status_code == 401
    assert (
        await notes.http.get("/api/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    ).status_code == 401


async def test_a_client_looks_at_and_ends_its_own_tokens_alone(
    browser: httpx.AsyncClient, notes: RelyingParty, tools: dict[str, RelyingParty]
) -> None:
    tokens = await notes.tokens(browser)
    other = tools["other"]
    for kind in ("access_token", "refresh_token"):
        asked = {"token": tokens[kind], "token_type_hint": kind}
        looked_at = (await notes.post("/oauth2/introspect", asked)).json()
        assert (looked_at["active"], looked_at["client_id"]) == (True, "notes")
        assert (await other.post("/oauth2/introspect", asked)).json() == {"active": False}
        assert (await other.post("/oauth2/revoke", asked)).status_code == 200
    assert (await tools["browserly"].post("/oauth2/introspect", asked)).status_code == 401
    assert (await notes.userinfo(tokens["access_token"])).status_code == 200
    await notes.post("/oauth2/revoke", {"token": tokens["access_token"], "token_type_hint": "nonsense"})
    assert (await notes.userinfo(tokens["access_token"])).status_code == 401
    again = (await notes.refresh(tokens["refresh_token"])).json()
    await notes.post("/oauth2/revoke", {"token": again["refresh_token"]})
    assert (await notes.userinfo(again["access_token"])).status_code == 401
    assert refused(await notes.refresh(again["refresh_token"])) == INVALID
    unknown = await notes.post("/oauth2/revoke", {"token": "unknown"})
    assert (unknown.status_code, unknown.content) == (200, b"")


async def test_an_assertion_is_good_once(tools: dict[str, RelyingParty]) -> None:
    signed = tools["signed"]
    form = {
        "token": "x",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed.assertion(),
    }
    answers = await asyncio.gather(*(signed.http.post("/oauth2/introspect", data=form) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]


@pytest.mark.parametrize("forged", ["stranger's key", "none", "another issuer", "another client"])
async def test_a_hint_that_is_not_an_id_token_of_ours_is_refused(
    forged: str, browser: httpx.AsyncClient, notes: RelyingParty, tools: dict[str, RelyingParty]
) -> None:
    tokens = await notes.tokens(browser)
    claims = await notes.claims(tokens["id_token"])
    header = jwt_header(tokens["id_token"])
    stranger = ECKey.generate_key("P-256", {"kid": header["kid"]})
    hints: dict[str, str] = {
        "stranger's key": jwt.encode(header, claims, stranger, ["ES256"]),
        "none": unsigned(claims),
        "another issuer": jwt.encode(header, {**claims, "iss": "https://evil.example"}, stranger, ["ES256"]),
        "another client": tokens["id_token"],
    }
    params: dict[str, Any] = {
        "id_token_hint": hints[forged],
        "client_id": "other" if forged == "another client" else "notes",
        "post_logout_redirect_uri": tools["other" if forged == "another client" else "notes"].tool["client"][
            "post_logout_redirect_uris"
        ][0],
    }
    answer = await browser.get("/oauth2/logout", params=params)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def unsigned(claims: dict[str, Any]) -> str:
    parts = (json.dumps(one).encode() for one in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts) + "."


def jwt_header(token: str) -> dict[str, Any]:
    head = token.split(".", maxsplit=1)[0]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return decoded


async def test_a_silent_request_for_somebody_else_is_not_answered_for_whoever_is_signed_in(
    *, browser: httpx.AsyncClient, notes: RelyingParty, person: NewPerson, company: Company, claire: Person
) -> None:
    hint = (await notes.tokens(browser))["id_token"]
    assert "code" in parameters_of(await browser.get(notes.request(prompt="none", id_token_hint=hint)))
    bruno = await person("Bruno Petit").joins()
    assert (await claire.decides(await bruno.submits(company), "approve")).status_code == 200
    async with browser_of(bruno) as other:
        told = parameters_of(await other.get(notes.request(prompt="none", id_token_hint=hint)))
    assert told["error"] == "login_required"
