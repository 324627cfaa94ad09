"""A good authorization request, and what a tool is told in answer to one."""

from collections.abc import Sequence
from urllib.parse import parse_qs, parse_qsl, urlencode

import httpx

from tests.unit.gateway.services_on_the_wire import CHALLENGE, MEMO

CALLBACK = MEMO.client.redirect_uris[0]
ISSUER = "https://portal.example.org"
GOOD = {
    "response_type": "code",
    "client_id": "memo",
    "redirect_uri": CALLBACK,
    "scope": "openid company",
    "state": "a state",
    "nonce": "a nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
HTML = {"Accept": "text/html"}


def path(pairs: dict[str, str] | Sequence[tuple[str, str]]) -> str:
    return f"/oauth2/authorize?{urlencode(pairs)}"


def told(answer: httpx.Response) -> dict[str, str]:
    """Returns what the tool is told: each parameter once, at its own address."""
    assert answer.status_code == 303, answer.text
    address, _, query = answer.headers["location"].partition("?")
    assert address == CALLBACK
    assert all(len(values) == 1 for values in parse_qs(query).values())
    return dict(parse_qsl(query))
