"""« Mon compte » in a browser: what a form sent twice, or a page loaded again, must not lose."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1 import identity_service_pb2 as identity
from services.platform.errors import Unauthenticated
from tests.system.browser import Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import LATER, ServicesOnTheWire

FACTOR = "/compte/second-facteur"
NEW_CODES = f"{FACTOR}/codes/nouveaux"
CODES = ["k7m2-9qxt-4hrw", "m3n4-p5q6-r7s8"]
PASSWORDS = {"current_password": "tulipe-carbone-9-lampion", "new_password": "girafe-ordinaire-7-parapluie"}


@pytest.fixture
def claire(browser: Browser) -> Browser:
    browser.http.cookies.set(COOKIE, "claires-token")
    return browser


@pytest.mark.parametrize(
    ("rpc", "reply", "page", "path", "fields"),
    [
        (
            "ConfirmTotp",
            identity.ConfirmTotpResponse(recovery_codes=CODES),
            "/compte",
            f"{FACTOR}/application/code",
            {"code": "123456"},
        ),
        (
            "ConfirmPasskey",
            identity.ConfirmPasskeyResponse(recovery_codes=CODES),
            "/compte",
            f"{FACTOR}/cle/creation",
            {"name": "Clé", "credential": "{}"},
        ),
        (
            "ReplaceRecoveryCodes",
            identity.ReplaceRecoveryCodesResponse(recovery_codes=CODES),
            f"{FACTOR}/codes",
            f"{FACTOR}/codes",
            {"password": "tulipe-carbone-9-lampion"},
        ),
    ],
)
async def test_recovery_codes_are_on_a_page_of_their_own_which_may_be_loaded_again(
    claire: Browser,
    services: ServicesOnTheWire,
    *,
    rpc: str,
    reply: object,
    page: str,
    path: str,
    fields: dict[str, str],
) -> None:
    services.replies[rpc] = reply  # type: ignore[assignment]  # one of the replies above
    services.replies["GetRecoveryCodes"] = identity.GetRecoveryCodesResponse(
        recovery_codes=CODES, expire_time=LATER
    )
    answer = await claire.send_own(page, path, **fields, key=f"gateway-{'0' * 32}")
    assert (answer.status_code, answer.headers["location"]) == (303, NEW_CODES)
    assert not any(code in answer.text for code in CODES)
    asked = services.asked(rpc)[0]
    assert (asked.token, asked.idempotency_key) == ("claires-token", f"gateway-{'0' * 32}")
    for _ in range(2):
        shown = await claire.open(NEW_CODES)
        assert [code in shown.text for code in CODES] == [True, True]
        assert shown.headers["cache-control"] == "no-store"


async def test_the_page_of_codes_says_until_when_and_its_button_has_them_forgotten(
    claire: Browser, services: ServicesOnTheWire
) -> None:
    until = Timestamp()
    until.FromDatetime(datetime(2026, 11, 24, 9, 42, tzinfo=UTC))
    services.replies["GetRecoveryCodes"] = identity.GetRecoveryCodesResponse(
        recovery_codes=CODES, expire_time=until
    )
    shown = await claire.open(NEW_CODES)
    assert "10\u00a0h\u00a042" in shown.text
    services.replies["ForgetRecoverySheet"] = identity.ForgetRecoverySheetResponse()
    kept = await claire.send_own(NEW_CODES, NEW_CODES)
    assert (kept.status_code, kept.headers["location"]) == (303, FACTOR)
    assert [one.token for one in services.asked("ForgetRecoverySheet")] == ["claires-token"]


async def test_codes_that_are_not_shown_any_more_lead_to_replacing_them(
    claire: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetRecoveryCodes"] = identity.GetRecoveryCodesResponse()
    answer = await claire.open(NEW_CODES)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FACTOR}/codes")


async def test_a_password_form_that_comes_again_under_the_old_cookie_keeps_its_session(
    claire: Browser, services: ServicesOnTheWire
) -> None:
    page = "/compte/mot-de-passe"
    services.replies["ChangePassword"] = identity.ChangePasswordResponse(
        token="claires-new", expire_time=LATER
    )
    sent = await claire.send_own(page, page, **PASSWORDS, key=f"gateway-{'1' * 32}")
    assert sent.cookies[COOKIE] == "claires-new"
    claire.http.cookies.clear()
    claire.http.cookies.set(COOKIE, "claires-token")
    token = {"csrf": (await form_token(claire, page))}
    services.replies["GetSession"] = Unauthenticated("session_expired")
    again = await claire.http.post(page, data={**token, **PASSWORDS, "key": f"gateway-{'1' * 32}"})
    assert (again.status_code, again.headers["location"]) == (303, "/compte")
    assert again.cookies[COOKIE] == "claires-new"
    assert [one.idempotency_key for one in services.asked("ChangePassword")] == [f"gateway-{'1' * 32}"] * 2


async def test_a_password_form_of_a_session_that_is_over_leads_to_sign_in(
    claire: Browser, services: ServicesOnTheWire
) -> None:
    page = "/compte/mot-de-passe"
    token = {"csrf": (await form_token(claire, page))}
    services.replies["GetSession"] = Unauthenticated("session_expired")
    services.replies["ChangePassword"] = Unauthenticated("session_expired")
    answer = await claire.http.post(page, data={**token, **PASSWORDS}, headers=claire.headers)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/connexion?next=")


async def form_token(browser: Browser, page: str) -> str:
    return hidden_fields((await browser.open(page)).text, page)["csrf"]
