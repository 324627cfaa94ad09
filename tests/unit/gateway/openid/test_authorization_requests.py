"""What is judged before anybody is shown anything: clients, addresses, PKCE, parameters."""

from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guichet.identity.v1.sign_on_service_pb2 import GetToolResponse
from guichet.identity.v1.tool_pb2 import Tool
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import CALLBACK, GOOD, HTML, ISSUER, path, told
from tests.unit.gateway.services_on_the_wire import CHALLENGE, MEMO, ServicesOnTheWire


@pytest.fixture(autouse=True)
def _signed_in(http: httpx.AsyncClient) -> None:
    http.cookies.set(COOKIE, "claires-token")


async def test_a_good_request_is_answered_with_a_code(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    answer = await http.get(path(GOOD))
    assert told(answer) == {"code": "code-1", "state": "a state", "iss": ISSUER}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    [asked] = services.asked("CreateGrant")
    assert (asked.code_challenge, asked.nonce, asked.scope) == (CHALLENGE, "a nonce", "openid company")


@pytest.mark.parametrize(
    "address",
    [
        "",
        CALLBACK + "/",
        CALLBACK + "?",
        CALLBACK + "?a=b",
        CALLBACK + "#",
        CALLBACK + "#a",
        CALLBACK + " ",
        " " + CALLBACK,
        CALLBACK + "\n",
        CALLBACK + "\x00",
        CALLBACK.upper(),
        CALLBACK.replace("https", "HTTPS"),
        CALLBACK.replace("https", "http"),
        CALLBACK.replace("https:", ""),
        CALLBACK.replace("memo.example.org", "Memo.example.org"),
        CALLBACK.replace("memo.example.org", "memo.example.org."),
        CALLBACK.replace("memo.example.org", "memo.example.org:443"),
        CALLBACK.replace("memo.example.org", "memo.example.org:8443"),
        CALLBACK.replace("memo.example.org", "evil.memo.example.org"),
        CALLBACK.replace("memo.example.org", "memo.example.org.evil.example"),
        CALLBACK.replace("memo.example.org", "memo.example.org@evil.example"),
        CALLBACK.replace("memo.example.org", "evil.example\\@memo.example.org"),
        CALLBACK.replace("memo.example.org", "evil@memo.example.org"),
        CALLBACK.replace("memo.example.org", "mémo.example.org"),
        CALLBACK.replace("memo.example.org", "xn--mmo-bma.example.org"),
        CALLBACK.replace("/callback", "//callback"),
        CALLBACK.replace("/callback", "/./callback"),
        CALLBACK.replace("/callback", "/x/../callback"),
        CALLBACK.replace("/callback", "/%63allback"),
        CALLBACK.replace("/callback", "/callback%2f"),
        CALLBACK.replace("/callback", "/callback%00"),
        CALLBACK.replace("/callback", "/callbac"),
        CALLBACK.replace("/callback", "/callback2"),
        "https://evil.example/?" + CALLBACK,
        "javascript:alert(1)",
        "data:text/html,hello",
        "//memo.example.org/callback",
        "/callback",
        "*",
    ],
)
@pytest.mark.parametrize(
    "more", [{}, {"prompt": "none"}, {"response_type": "token"}, {"code_challenge": "x"}]
)
async def test_an_address_that_is_not_quite_registered_is_never_gone_to(
    address: str, more: dict[str, str], http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    answer = await http.get(path({**GOOD, "redirect_uri": address, **more}), headers=HTML)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert services.asked("CreateGrant") == []


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://localhost:8000/cb", "http://127.0.0.1:8000/cb"),
        ("http://127.0.0.1:8000/cb", "http://localhost:8000/cb"),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1:8001/cb"),
        ("http://127.0.0.1:8000/cb", "http://[::1]:8000/cb"),
        ("http://127.0.0.1:8000/cb", "http://127.1:8000/cb"),
        ("http://127.0.0.1:8000/cb", "http://0x7f000001:8000/cb"),
        ("https://memo.example.org/cb?a=1&b=2", "https://memo.example.org/cb?b=2&a=1"),
        ("https://memo.example.org/cb?a=1", "https://memo.example.org/cb"),
        ("https://memo.example.org", "https://memo.example.org/"),
    ],
)
async def test_two_ways_to_write_an_address_are_two_addresses(
    registered: str, asked: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = Tool()
    tool.CopyFrom(MEMO)
    tool.client.redirect_uris[:] = [registered]
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    assert (await http.get(path({**GOOD, "redirect_uri": asked}))).status_code == 400
    exact = await http.get(path({**GOOD, "redirect_uri": registered}))
    assert exact.headers["location"].startswith(
        f"{registered}{'&' if '?' in registered else '?'}code=code-1&"
    )


@pytest.mark.parametrize(
    "client_id", ["", "unknown", "MEMO", "memo ", "memo\x00", "m\u00e9mo", "../memo", "x" * 5000]
)
async def test_an_unknown_client_is_told_to_the_person_alone(
    client_id: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    answer = await http.get(path({**GOOD, "client_id": client_id}), headers=HTML)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("why", ["disabled", "without a client"])
async def test_a_tool_that_signs_nobody_on_is_like_an_unknown_one(
    why: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = Tool()
    tool.CopyFrom(MEMO)
    if why == "disabled":
        tool.disabled = True
    else:
        tool.ClearField("client")
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    answer = await http.get(path(GOOD), headers=HTML)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert ("Impossible d’ouvrir Mémo pour le moment" in answer.text.replace("\u00a0", " ")) == (
        why == "disabled"
    )


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'co"de\\'}, "unsupported_response_type"),
        ({"response_type": "c\u00f4de"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "company email"}, "invalid_scope"),
        ({"scope": 'op"enid\\'}, "invalid_scope"),
        # PKCE downgrades.
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "S256 "}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1] + "."}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "\n"}, "invalid_request"),
        ({"code_challenge": "a" * 128}, "invalid_request"),
        # What is not supported.
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://memo.example.org/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "web_message"}, "invalid_request"),
        # What is malformed.
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "shout"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "1" * 400}, "invalid_request"),
        ({"max_age": "\u0661"}, "invalid_request"),
        ({"nonce": "a\x00b"}, "invalid_request"),
        ({"login_hint": "a\r\nb"}, "invalid_request"),
        ({"id_token_hint": "not one"}, "invalid_request"),
    ],
)
async def test_what_is_wrong_is_told_to_the_tool_and_by_whom(
    changed: dict[str, str], error: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    answer = told(await http.get(path({**GOOD, **changed})))
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "a state", ISSUER)
    assert services.asked("CreateGrant") == []


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("client_id", "redirect_uri")])
@pytest.mark.parametrize("second", ["same", "other"])
async def test_a_parameter_that_comes_twice_is_refused(
    name: str, second: str, http: httpx.AsyncClient
) -> None:
    again = GOOD[name] if second == "same" else "another"
    assert told(await http.get(path([*GOOD.items(), (name, again)])))["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("client_id", "memo"),
        ("client_id", "unknown"),
        ("redirect_uri", CALLBACK),
        ("redirect_uri", "https://evil.example/"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
async def test_a_client_or_an_address_that_comes_twice_is_no_address_to_go_to(
    name: str, second: str, order: int, http: httpx.AsyncClient
) -> None:
    pairs = [*GOOD.items(), (name, second)][::order]
    answer = await http.get(path(pairs), headers=HTML)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_parameter_without_a_value_was_not_sent(http: httpx.AsyncClient) -> None:
    assert "code" in told(await http.get(path([*GOOD.items(), ("prompt", ""), ("nonce", "")])))


@pytest.mark.parametrize("sent", ["&error=x", "é\u202fà", "a b+c%20", "<script>", '"', "=&=", "#"])
async def test_a_state_comes_back_as_it_was_sent(sent: str, http: httpx.AsyncClient) -> None:
    assert told(await http.get(path({**GOOD, "state": sent})))["state"] == sent
    assert told(await http.get(path({**GOOD, "state": sent, "prompt": "shout"})))["state"] == sent


@pytest.mark.parametrize(
    "query", ["%ff=%ff", "a=%C3%28", "a" * 9000, "&".join(["a=b"] * 300), "%", "&&&", "\u00e9=1"]
)
async def test_what_is_no_request_gets_a_page_that_says_so(query: str, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/oauth2/authorize?{query}", headers=HTML)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_request_of_eight_thousand_characters_reaches_the_tool(http: httpx.AsyncClient) -> None:
    state = "é" * ((8 * 1024 - len(path(GOOD))) // 6)
    assert told(await http.get(path({**GOOD, "state": state})))["state"] == state
    http.cookies.clear()
    to_sign_in = await http.get(path({**GOOD, "state": state}))
    assert to_sign_in.status_code == 303
    assert (await http.get(to_sign_in.headers["location"], headers=HTML)).status_code == 200


async def test_a_posted_request_goes_on_by_get_with_all_that_it_holds(http: httpx.AsyncClient) -> None:
    answer = await http.post("/oauth2/authorize", data=GOOD)
    assert answer.status_code == 303
    assert answer.headers["location"] == path(GOOD)
    twice = urlencode([*GOOD.items(), ("state", "another")])
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await http.post("/oauth2/authorize", content=twice, headers=form)
    assert told(await http.get(answer.headers["location"]))["error"] == "invalid_request"
    too_long = await http.post("/oauth2/authorize", data={**GOOD, "state": "x" * 9000})
    assert too_long.status_code == 413


names = st.sampled_from(
    [*GOOD, "prompt", "max_age", "id_token_hint", "siren_hint", "proof_after", "ui_locales"]
)
values = st.sampled_from([*GOOD.values(), "none", "login", "consent", "0", "732829320"]) | st.text(
    max_size=60
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(names, values), max_size=4), dropped=st.sets(names, max_size=2))
async def test_no_request_makes_an_error_of_ours_or_leads_elsewhere(
    http: httpx.AsyncClient, changes: list[tuple[str, str]], dropped: set[str]
) -> None:
    pairs = [(name, value) for name, value in GOOD.items() if name not in dropped] + changes
    encoded = urlencode(pairs, errors="surrogatepass")
    answer = await http.get(f"/oauth2/authorize?{encoded}", headers=HTML)
    assert answer.status_code in (200, 303, 400, 403), answer.text
    if answer.status_code == 303:
        leads = urlsplit(answer.headers["location"])
        assert (leads.netloc, leads.path) in {("memo.example.org", "/callback"), ("", "/connexion")}
