"""Bodies, addresses of calls, and sessions: what the gateway refuses by itself."""

import json

import httpx
from dirty_equals import IsStr

from tests.inputs.rows import Row, Send, content
from tests.inputs.scene import Scene, new_account

LARGEST_BODY = 64 * 1024
SIGN_UP = json.dumps(new_account()).encode()
NO_IDS = ("%00", "a%0Ab", "%C3%A9", "x" * 41, "a%20b", "%FF", "..%2F..", "'%20OR%201=1--")


def padded(size: int) -> bytes:
    """Returns a sign-up of so many bytes; spaces mean nothing in JSON."""
    return SIGN_UP + b" " * (size - len(SIGN_UP))


def with_text(value: str) -> bytes:
    return json.dumps({**new_account(), "full_name": value}).encode()


def as_type(media_type: str) -> Send:
    return lambda scene: scene.request(
        "POST", "/accounts", content=SIGN_UP, headers={"Content-Type": media_type}
    )


def by_cookie(token: str | None) -> Send:
    """Reminds as Bruno, whose cookie a browser would send by itself."""

    def send(scene: Scene) -> httpx.Request:
        headers = {"Cookie": f"guichet_session={scene.people['bruno'].token}"}
        if token is not None:
            headers["X-CSRF-Token"] = token
        return scene.request("POST", f"/access-requests/{scene.pending}/reminders", headers=headers)

    return send


def identified(method: str, path: str) -> Send:
    return lambda scene: scene.request(method, path.format(siren=scene.company.siren), by="claire")


BODIES = [
    content("malformed JSON", b'{"email": "a@example.com"', 400, "malformed_body"),
    content("nothing at all", b"", 400, "malformed_body"),
    content("bad UTF-8", SIGN_UP.replace(b"Camille", b"Cam\xffle"), 400, "malformed_body"),
    content("UTF-16", SIGN_UP.decode().encode("utf-16"), 400, "malformed_body"),
    content("nesting of 200,000", b"[" * 200_000, 400, "malformed_body"),
    content("objects nested 200,000 deep", b'{"a":' * 200_000, 400, "malformed_body"),
    content("an integer of 5,000 digits", b'{"email": ' + b"9" * 5_000 + b"}", 400, "malformed_body"),
    content("a duplicate key", SIGN_UP[:-1] + b', "email": "b@example.com"}', 400, "duplicate_key", "email"),
    content(
        "a duplicate key in disguise", SIGN_UP[:-1] + b', "em\\u0061il": "b"}', 400, "duplicate_key", "email"
    ),
    content("an unknown field", SIGN_UP[:-1] + b', "role": "administrator"}', 422, "unknown_field", "role"),
    content("a lone surrogate", with_text("a\ud800b"), 422, "invalid_text", "full_name"),
    content("NUL", with_text("a\x00b"), 422, "invalid_text", "full_name"),
    content("CR and LF", with_text("a\r\nBcc: b"), 422, "invalid_text", "full_name"),
    content("a bidi override", with_text("a\u202eb"), 422, "invalid_text", "full_name"),
    content("NaN", SIGN_UP[:-1] + b', "locale": NaN}', 422, "invalid_number"),
    content("Infinity", SIGN_UP[:-1] + b', "locale": -Infinity}', 422, "invalid_number"),
    content("a number beyond all", SIGN_UP[:-1] + b', "locale": 1e999}', 422, "invalid_number"),
    content("a text in place of an object", b'"text"', 422, "wrong_type"),
    content("a number for a text", SIGN_UP[:-1] + b', "locale": 1}', 422, "wrong_type", "locale"),
    content("a body of 64 kB and one byte", padded(LARGEST_BODY + 1), 413, "body_too_large"),
    content("a body of 2 MB", padded(2_000_000), 413, "body_too_large"),
    Row("JSON sent as text/plain", as_type("text/plain"), 415, "unsupported_media_type"),
    Row(
        "JSON in another charset", as_type("application/json; charset=latin-1"), 415, "unsupported_media_type"
    ),
]

ADDRESSES = [
    Row(
        "a wrong method",
        lambda scene: scene.request("PUT", "/accounts", {}),
        405,
        "method_not_allowed",
        headers={"Allow": "POST"},
    ),
    Row(
        "a wrong method where several are right",
        lambda scene: scene.request("PUT", f"/access-requests/{scene.pending}", {}),
        405,
        "method_not_allowed",
        headers={"Allow": "DELETE, GET, PATCH"},
    ),
    Row(
        "a forged Host",
        lambda scene: scene.request("POST", "/accounts", new_account(), headers={"Host": "evil.example"}),
        400,
        "invalid_host",
    ),
    *(
        Row(f"an id that is no id: {method} {path}", identified(method, path), 404, "not_found")
        for no_id in NO_IDS
        for method, path in (
            ("GET", f"/access-requests/{no_id}"),
            ("POST", f"/access-requests/{no_id}/reminders"),
            ("GET", f"/companies/{no_id}/members"),
            ("DELETE", f"/companies/{{siren}}/members/{no_id}"),
        )
    ),
    Row("an id of nothing", identified("DELETE", f"/access-requests/{'0' * 32}"), 404, "not_found"),
    Row("no such path", identified("GET", "/nowhere"), 404, "not_found"),
]

SESSIONS = [
    Row("nobody signed in", lambda scene: scene.request("GET", "/me"), 401, "unauthenticated"),
    Row(
        "a token of nobody",
        lambda scene: scene.request("GET", "/me", headers={"Authorization": "Bearer " + "A" * 64}),
        401,
        "unauthenticated",
        headers={"WWW-Authenticate": IsStr(regex="Bearer.*")},
    ),
    Row(
        "a session that has ended",
        lambda scene: scene.request("DELETE", f"/access-requests/{scene.pending}", by="gil"),
        401,
        "session_expired",
    ),
    Row("a cookie without CSRF token", by_cookie(None), 403, "csrf_failed"),
    Row("a cookie with a foreign CSRF token", by_cookie("A" * 43), 403, "csrf_failed"),
    Row(
        "a key of 201 characters",
        lambda scene: scene.request(
            "POST", "/accounts", new_account(), headers={"Idempotency-Key": "k" * 201}
        ),
        422,
        "idempotency_key_invalid",
        "Idempotency-Key",
    ),
]
