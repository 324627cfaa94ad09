"""The story through the gateway, on the services that it is made for."""

import asyncio
import json

import httpx
from dirty_equals import IsPartialDict

from services.identity.domain.notice import NoticeKind
from tests.integration.company.people import CODE
from tests.integration.gateway.running import Gateway
from tests.integration.identity.running import PASSWORD, new_email
from tests.system.browser import Browser

CLAIM = "/api/v1/access-requests"


async def test_wrong_sign_ups_are_refused_as_promised(http: httpx.AsyncClient) -> None:
    body = {"email": new_email(), "full_name": "Claire Morel", "password": PASSWORD}
    for change, code in (
        ({"full_name": " \u200b "}, "name_empty"),
        ({"full_name": "a" * 101}, "name_too_long"),
        ({"full_name": "<script>"}, "invalid_text"),
        ({"email": "Claire <a@example.com>"}, "email_invalid"),
        ({"email": f"{'a' * 65}@example.com"}, "email_invalid"),
        ({"password": "court"}, "password_too_short"),
        ({"password": "motdepasse123"}, "password_weak"),
        ({"password": "é" * 600}, "password_too_long"),
        ({"locale": "de"}, "locale_invalid"),
    ):
        answer = await http.post("/api/v1/accounts", json={**body, **change})
        assert (answer.status_code, answer.json()["code"]) == (422, code), change
        assert answer.json()["errors"] == [IsPartialDict(field=next(iter(change)), code=code)]


async def test_a_session_is_opened_and_closed(gateway: Gateway, http: httpx.AsyncClient) -> None:
    email = new_email()
    body = {"email": email, "full_name": "Claire Morel", "password": PASSWORD}
    await http.post("/api/v1/accounts", json=body)
    credentials = {"email": email, "password": PASSWORD}
    early = await http.post("/api/v1/sessions", json=credentials)
    assert (early.status_code, early.json()["code"]) == (403, "email_not_verified")
    wrong = await http.post("/api/v1/sessions", json={**credentials, "password": "autre chose 12"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    notice = await gateway.identity.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
    for _ in range(2):
        assert (await http.get("/verifier", params={"token": notice.token})).status_code == 200
    assert (await http.post("/api/v1/sessions", json=credentials)).status_code == 403
    verified = await http.post("/api/v1/accounts/verification", json={"email": email, "code": notice.code})
    assert verified.status_code == 200
    key = {"Idempotency-Key": "sign-in-1"}
    first, again = [await http.post("/api/v1/sessions", json=credentials, headers=key) for _ in range(2)]
    assert first.json()["token"] == again.json()["token"]
    signed = {"Authorization": f"Bearer {first.json()['token']}"}
    assert (await http.get("/api/v1/me", headers=signed)).json()["account"]["email"] == email
    assert (await http.delete("/api/v1/sessions/current", headers=signed)).status_code == 204
    assert (await http.get("/api/v1/me", headers=signed)).status_code == 401


async def test_a_password_is_reset_on_the_page_of_the_mail(gateway: Gateway, http: httpx.AsyncClient) -> None:
    email = new_email()
    await gateway.identity.verified_account(email)
    token = await gateway.identity.reset_token(email)
    browser, page = Browser(http), f"/reinitialiser?token={token}"
    weak = await browser.send(page, "/reinitialiser", password="court")
    assert weak.status_code == 422
    new = "lavande trottoir bocal 19"
    assert (await browser.send(page, "/reinitialiser", password=new)).status_code == 303
    session = await http.post("/api/v1/sessions", json={"email": email, "password": new})
    assert session.status_code == 201


async def test_an_access_request_is_followed_to_its_decision(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    claire = await gateway.signed_in(http, "Claire Morel")
    bruno = await gateway.signed_in(http, "Bruno Petit")
    stranger = await gateway.signed_in(http, "Ève Roux")
    siren = await gateway.company.register()
    claim = {"siren": siren, "member_code": CODE.lower()}
    first = await http.post(CLAIM, json=claim, headers=claire)
    assert (first.status_code, first.json()["outcome"]) == (201, "administrator_granted")
    wrong = await http.post(CLAIM, json={**claim, "member_code": "NON-1"}, headers=bruno)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "claim_refused")

    key = {"Idempotency-Key": "ask-1"}
    asked, again = [await http.post(CLAIM, json=claim, headers={**bruno, **key}) for _ in range(2)]
    assert asked.status_code == again.status_code == 202
    assert asked.json() == again.json()
    path = f"{CLAIM}/{asked.json()['access_request']['id']}"
    twice = await http.post(CLAIM, json=claim, headers=bruno)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_pending")
    assert twice.json()["access_request_id"] == asked.json()["access_request"]["id"]
    me = (await http.get("/api/v1/me", headers=bruno)).json()
    assert (me["landing"], len(me["pending_requests"])) == ("companies", 1)

    early = await http.post(f"{path}/reminders", headers=bruno)
    assert (early.status_code, early.json()["code"]) == (429, "reminder_too_early")
    assert early.json()["next_reminder_at"] == me["pending_requests"][0]["next_reminder_at"]
    assert (await http.get(path, headers=stranger)).status_code == 404
    assert (await http.get(f"{path}/events", headers=stranger)).status_code == 404
    verdict = {"verdict": "approve", "role": "member"}
    own = await http.post(f"{path}/decision", json=verdict, headers=bruno)
    assert (own.status_code, own.json()["code"]) == (403, "self_approval")

    async def followed() -> list[str]:
        async with http.stream("GET", f"{path}/events", headers=bruno) as stream:
            lines = [line async for line in stream.aiter_lines() if line.startswith("data: ")]
        return [json.loads(line.removeprefix("data: "))["state"] for line in lines]

    following = asyncio.create_task(followed())
    recorded = await http.post(f"{path}/decision", json=verdict, headers=claire)
    assert (recorded.status_code, recorded.json()["state"]) == (202, "pending")
    await gateway.company.settle(asked.json()["access_request"]["id"])
    async with asyncio.timeout(10):
        assert (await following)[-1] == "approved"
    late = await http.post(f"{path}/decision", json={"verdict": "reject", "reason": "x"}, headers=claire)
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")
    assert late.json()["decision"] == IsPartialDict(
        verdict="approve", role="member", by=IsPartialDict(full_name="Claire Morel")
    )

    members = await http.get(f"/api/v1/companies/{siren}/members", headers=bruno)
    assert [(one["full_name"], one["email"] is None) for one in members.json()["items"]] == [
        ("Claire Morel", True),
        ("Bruno Petit", False),
    ]
    tools = await http.get("/api/v1/tools", params={"siren": siren}, headers=bruno)
    assert tools.json() == {"items": []}
    assert (await http.get("/api/v1/tools", params={"siren": siren}, headers=stranger)).status_code == 404
    listed = await http.get(f"/api/v1/companies/{siren}/access-requests", headers=bruno)
    assert (listed.status_code, listed.json()["code"]) == (403, "not_an_administrator")
    administrator = members.json()["items"][0]["account_id"]
    last = await http.delete(f"/api/v1/companies/{siren}/members/{administrator}", headers=claire)
    assert (last.status_code, last.json()["code"]) == (409, "last_administrator")


async def test_lists_are_paged_to_their_end(gateway: Gateway, http: httpx.AsyncClient) -> None:
    claire = await gateway.signed_in(http, "Claire Morel")
    bruno = await gateway.signed_in(http, "Bruno Petit")
    for _ in range(3):
        claim = {"siren": await gateway.company.register(), "member_code": CODE}
        assert (await http.post(CLAIM, json=claim, headers=claire)).status_code == 201
        assert (await http.post(CLAIM, json=claim, headers=bruno)).status_code == 202
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await http.get(CLAIM, params={"limit": 2, "cursor": cursor}, headers=bruno)
        seen += [one["id"] for one in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert len(seen) == len(set(seen)) == 3
    first = (await http.get(CLAIM, params={"limit": 2}, headers=bruno)).json()["next_cursor"]
    other = await http.get(CLAIM, params={"cursor": first, "state": "approved"}, headers=bruno)
    assert (other.status_code, other.json()["code"]) == (422, "invalid_cursor")
