"""One's own account: profile, password, sessions, and the second factor."""

import base64

from tests.inputs.rows import Row
from tests.inputs.scene import Scene

GOOD = "girafe-ordinaire-7-parapluie"
PASSWORD = "un cheval lit des cartes bleues"
SECOND_FACTOR = "/sessions/second-factor"


def own(name: str, call: str, body: object, code: str, wrong: str = "", *, status: int = 422) -> Row:
    """A call by Zoe about her own account."""
    method, path = call.split(" ")
    return Row(name, lambda scene: scene.request(method, path, body, by="zoe"), status, code, wrong)


def password(name: str, current: str, new: str, code: str, wrong: str) -> Row:
    body = {"current_password": current, "new_password": new}
    return own(f"a new password: {name}", "POST /me/password", body, code, wrong)


def proof(name: str, body: object, status: int, code: str, wrong: str = "") -> Row:
    return Row(
        f"a second step: {name}",
        lambda scene: scene.request("POST", SECOND_FACTOR, body),
        status,
        code,
        wrong,
    )


def session_of_claire(scene: Scene) -> str:
    """Returns the identifier of Claire's session, which her token begins with."""
    return base64.urlsafe_b64decode(scene.people["claire"].token)[:16].hex()


CHANGES = [
    own("a new name of spaces", "PATCH /me", {"full_name": " "}, "name_empty", "full_name"),
    own("a new name with markup", "PATCH /me", {"full_name": "<b>"}, "invalid_text", "full_name"),
    own("a new name too long", "PATCH /me", {"full_name": "é" * 101}, "name_too_long", "full_name"),
    own("a new language that is none", "PATCH /me", {"locale": "de"}, "locale_invalid", "locale"),
    own("a new address", "PATCH /me", {"email": "a@example.com"}, "unknown_field", "email"),
    password("the present one is wrong", "not hers at all", GOOD, "password_wrong", "current_password"),
    password("too short", PASSWORD, "court", "password_too_short", "new_password"),
    password("common", PASSWORD, "motdepasse1234", "password_weak", "new_password"),
    password("1,025 bytes", PASSWORD, "é" * 513, "password_too_long", "new_password"),
    own("a session that is not there", f"DELETE /sessions/{'0' * 32}", None, "not_found", status=404),
    own("a session that cannot be", "DELETE /sessions/no-id", None, "not_found", status=404),
    Row(
        "another account's session",
        lambda scene: scene.request("DELETE", f"/sessions/{session_of_claire(scene)}", by="zoe"),
        404,
        "not_found",
    ),
    own("a cursor of nobody's sessions", "GET /sessions?cursor=AAAA", None, "invalid_cursor", "cursor"),
]

SECOND_STEPS = [
    proof(
        "a forged challenge", {"challenge_token": "A" * 64, "totp_code": "123456"}, 401, "challenge_expired"
    ),
    proof("no proof", {"challenge_token": "A" * 64}, 422, "field_required", "totp_code"),
    proof(
        "two proofs",
        {"challenge_token": "A" * 64, "totp_code": "123456", "recovery_code": "k7m2-9qxt-4hrw"},
        422,
        "unknown_field",
        "recovery_code",
    ),
    Row(
        "a second step: a session's token as its challenge",
        lambda scene: scene.request(
            "POST",
            SECOND_FACTOR,
            {"challenge_token": scene.people["claire"].token, "totp_code": "123456"},
        ),
        401,
        "challenge_expired",
    ),
]
