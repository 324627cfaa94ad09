"""The pages that mails lead to."""

import httpx
import pytest

from services.platform.errors import InvalidArgument, ResourceExhausted
from tests.unit.gateway.services_on_the_wire import ServicesOnTheWire

HTML = {"Accept": "text/html,application/xhtml+xml"}
LINKS = ["/verifier?token=abc", "/reinitialiser?token=abc", "/demandes/request-1", "/"]


@pytest.mark.parametrize("path", LINKS)
async def test_opening_a_link_changes_nothing(
    http: httpx.AsyncClient, services: ServicesOnTheWire, path: str
) -> None:
    for method in ("GET", "HEAD"):
        answer = await http.request(method, path, headers=HTML)
        assert answer.status_code == 200
        assert "script" not in answer.text
        assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert services.calls == []


async def test_a_page_speaks_the_browsers_language(http: httpx.AsyncClient) -> None:
    french = await http.get("/verifier?token=abc")
    english = await http.get("/verifier?token=abc", headers={"Accept-Language": "en"})
    assert "Vérifier mon adresse" in french.text
    assert "Verify my address" in english.text
    assert '<html lang="en">' in english.text


async def test_a_token_is_escaped(http: httpx.AsyncClient) -> None:
    answer = await http.get("/verifier", params={"token": '"><script>alert(1)</script>'})
    assert "<script>" not in answer.text


async def test_the_button_verifies(http: httpx.AsyncClient, services: ServicesOnTheWire) -> None:
    answer = await http.post("/verifier", data={"token": "abc"}, headers=HTML)
    assert answer.status_code == 200
    assert "Votre adresse e-mail est vérifiée" in answer.text
    assert services.asked("VerifyAccount")[0].token == "abc"


async def test_a_token_that_is_no_longer_valid_is_said_on_the_page(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["VerifyAccount"] = InvalidArgument("verification_invalid")
    answer = await http.post("/verifier", data={"token": "abc"}, headers=HTML)
    assert answer.status_code == 422
    assert "n’est plus valable" in answer.text
    services.replies["VerifyAccount"] = ResourceExhausted("rate_limited")
    assert (await http.post("/verifier", data={"token": "abc"}, headers=HTML)).status_code == 429


async def test_a_new_password_is_set_and_a_weak_one_is_asked_for_again(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    form = {"token": "abc", "password": "canary sesame & 42"}
    services.replies["ConfirmPasswordReset"] = InvalidArgument("password_weak", field="password")
    refused = await http.post("/reinitialiser", data=form, headers=HTML)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert 'value="abc"' in refused.text
    assert "canary" not in refused.text
    services.reset()
    assert (await http.post("/reinitialiser", data=form, headers=HTML)).status_code == 200
    assert services.asked("ConfirmPasswordReset")[0].password == "canary sesame & 42"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://portal.example.org.evil"},
    ],
)
async def test_a_form_of_another_site_is_refused(
    http: httpx.AsyncClient, services: ServicesOnTheWire, headers: dict[str, str]
) -> None:
    answer = await http.post("/verifier", data={"token": "abc"}, headers={**HTML, **headers})
    assert answer.status_code == 403
    assert services.calls == []


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://portal.example.org"}, {"Origin": "null"}],
)
async def test_a_form_of_our_own_is_taken(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await http.post("/verifier", data={"token": "abc"}, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"token=", 422),
        (b"token=a%00b", 422),
        (b"token=%ff", 400),
        (b"token=\xff", 400),
        (b"token=a&token=b", 400),
        (b"a&b", 400),
        (b"token=" + b"a" * 70_000, 413),
    ],
)
async def test_a_broken_form_is_refused(http: httpx.AsyncClient, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await http.post("/verifier", content=content, headers=headers)).status_code == status


async def test_a_form_of_another_type_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/verifier", json={"token": "abc"})).status_code == 415


async def test_people_get_a_page_for_what_does_not_exist_and_clients_a_problem(
    http: httpx.AsyncClient,
) -> None:
    page = await http.get("/nowhere", headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Introuvable" in page.text
    client = await http.get("/nowhere")
    assert client.headers["content-type"] == "application/problem+json"
    assert (await http.get("/demandes/a%00b", headers=HTML)).status_code == 404
    assert (await http.get("/static/css/..%2Fapp.py", headers=HTML)).status_code == 404


async def test_pages_refer_to_nothing_elsewhere(http: httpx.AsyncClient) -> None:
    for path in (*LINKS, "/api/docs"):
        text = (await http.get(path)).text
        for attribute in ('src="', "url("):
            assert attribute not in text
        assert 'href="http' not in text
