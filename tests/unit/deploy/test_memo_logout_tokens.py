"""Which tokens sign somebody out of Mémo (OpenID Connect Back-Channel Logout 1.0, 2.6)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from deploy.local.memo.sessions import Sessions
from deploy.local.memo.settings import CLIENT_ID, MemoSettings
from deploy.local.memo.sign_on import LOGOUT_EVENT, SignOn

KEY = ECKey.generate_key("P-256", {"kid": "of-the-portal"})
ANOTHER = ECKey.generate_key("P-256", {"kid": "of-the-portal"})
SECRET = OctKey.generate_key(256)


@pytest_asyncio.fixture(loop_scope="session")
async def memo(tmp_path: Path) -> AsyncIterator[SignOn]:
    """Mémo's side of a portal whose only key is KEY."""

    async def publish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        keys = {"keys": [KEY.as_dict(private=False)]}
        said = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"} if "openid-configuration" in head else keys
        body = json.dumps(said).encode()
        kind = "content-type: application/json\r\nconnection: close"
        writer.write(f"HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(publish, "127.0.0.1", 0)
    issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = MemoSettings(state_dir=tmp_path, public_url=issuer)
    settings.memo_folder.mkdir()
    settings.client_secret_file.write_text("a-secret")
    sessions = Sessions(settings.memo_folder / "sessions.sqlite")
    async with server:
        yield SignOn(settings, sessions)
    sessions.close()


def token(memo: SignOn, *, alg: str = "ES256", key: Any = KEY, **changes: Any) -> str:
    """Returns a good logout token, with what is to be wrong with it; None leaves a claim out."""
    now = int(time.time())
    claims = {
        "iss": memo._settings.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": "once",
        "sub": "claire",
        "sid": "sign-in-1",
        "events": {LOGOUT_EVENT: {}},
        **changes,
    }
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "of-the-portal", "typ": "logout+jwt"}, said, key, algorithms=[alg])


async def test_a_good_one_names_the_sign_in(memo: SignOn) -> None:
    assert (await memo.ended(token(memo)))["sid"] == "sign-in-1"
    assert (await memo.ended(token(memo, sid=None)))["sub"] == "claire"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": ANOTHER}, "bad_signature"),
        ({"alg": "HS256", "key": SECRET}, "'HS256' is not allowed"),
        ({"iss": "https://evil.example"}, "Invalid claim: 'iss'"),
        ({"aud": "notes"}, "Invalid claim: 'aud'"),
        ({"exp": 1}, "expired"),
        ({"iat": None}, "Missing claim: 'iat'"),
        ({"exp": None}, "Missing claim: 'exp'"),
        ({"jti": None}, "Missing claim: 'jti'"),
        ({"events": None}, "Missing claim: 'events'"),
        ({"events": {}}, "Invalid claim: 'events'"),
        ({"events": {"http://schemas.openid.net/event/another": {}}}, "no logout token"),
        ({"nonce": "of-an-id-token"}, "no logout token"),
        ({"sub": None, "sid": None}, "names nobody"),
    ],
)
async def test_what_is_wrong_with_one_has_it_refused(memo: SignOn, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        await memo.ended(token(memo, **wrong))


@pytest.mark.parametrize("nothing", ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_is_refused(memo: SignOn, nothing: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid|is not allowed"):
        await memo.ended(nothing)
