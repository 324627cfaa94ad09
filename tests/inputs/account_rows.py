"""Names, addresses and passwords."""

from tests.inputs.rows import Row, signed_up_with

LONG_DOMAIN = ".".join(["e" * 61] * 3) + ".example.com"
WRONG_EMAILS = {
    "CR and LF": "jean\r\nBcc: x@example.com",
    "a line feed at its end": "jean@example.com\n",
    "a display name": "Jean Petit <jean@example.com>",
    "a quoted local part": '"jean petit"@example.com',
    "an IP literal": "jean@[127.0.0.1]",
    "an IP address": "jean@127.0.0.1",
    "localhost": "jean@localhost",
    "two addresses by comma": "jean@example.com,marie@example.com",
    "two addresses by semicolon": "jean@example.com;marie@example.com",
    "a local part of 65": f"{'j' * 65}@example.com",
    "255 characters in all": f"{'j' * (254 - len(LONG_DOMAIN))}@{LONG_DOMAIN}",
    "no at sign": "jean",
    "nothing": "",
    "a NUL": "je\x00an@example.com",
    "a bidi override": "je\u202ean@example.com",
    "a zero-width space": "je\u200ban@example.com",
}

NAMES = [
    signed_up_with("an empty name", {"full_name": ""}, "name_empty", "full_name"),
    signed_up_with("a name of spaces", {"full_name": " \u00a0 "}, "name_empty", "full_name"),
    signed_up_with("a name of no width", {"full_name": "\u200b\u200d\ufeff"}, "name_empty", "full_name"),
    signed_up_with("a name of 101 characters", {"full_name": "é" * 101}, "name_too_long", "full_name"),
    signed_up_with("a script in a name", {"full_name": "<script>"}, "invalid_text", "full_name"),
]

EMAILS = [
    *(
        signed_up_with(f"e-mail: {name}", {"email": email}, "email_invalid", "email")
        for name, email in WRONG_EMAILS.items()
    ),
    *(
        Row(
            f"e-mail: CR and LF at {path}",
            lambda scene, path=path, more=more: scene.request(  # type: ignore[misc]  # bound by value
                "POST", path, {"email": WRONG_EMAILS["CR and LF"], **more}
            ),
            422,
            "email_invalid",
            "email",
        )
        for path, more in (
            ("/password-resets", {}),
            ("/accounts/verification-codes", {}),
            ("/accounts/verification", {"code": "12345678"}),
            ("/sessions", {"password": "tulipe-carbone-9-lampion"}),
        )
    ),
]

PASSWORDS = [
    signed_up_with("a password of 11", {"password": "Xk9$vQ2!mZr"}, "password_too_short", "password"),
    signed_up_with("a common password", {"password": "motdepasse1234"}, "password_weak", "password"),
    signed_up_with(
        "a password that holds the e-mail",
        {"email": "jean.petit@example.com", "password": "xkq7 Jean.Petit@example.com 9"},
        "password_weak",
        "password",
    ),
    signed_up_with("a password of 1,025 bytes", {"password": "é" * 513}, "password_too_long", "password"),
    Row(
        "several fields at once",
        lambda scene: scene.sign_up(email="nobody", full_name=" ", password="short", locale="de"),
        422,
        "email_invalid",
        "email",
        members={
            "errors": [
                ("email", "email_invalid"),
                ("full_name", "name_empty"),
                ("locale", "locale_invalid"),
                ("password", "password_too_short"),
            ]
        },
    ),
    Row(
        "a wrong password",
        lambda scene: scene.request(
            "POST", "/sessions", {"email": scene.people["claire"].email, "password": "not hers at all"}
        ),
        401,
        "invalid_credentials",
    ),
    Row(
        "an unknown account",
        lambda scene: scene.request(
            "POST", "/sessions", {"email": "nobody.at.all@example.com", "password": "not hers at all"}
        ),
        401,
        "invalid_credentials",
    ),
    Row(
        "a wrong code",
        lambda scene: scene.request(
            # Of an account that waits for its code, wrong ones are counted.
            "POST",
            "/accounts/verification",
            {"email": "nobody.at.all@example.com", "code": "00000000"},
        ),
        422,
        "verification_invalid",
        "code",
    ),
    Row(
        "a token that was never mailed",
        lambda scene: scene.request("POST", "/accounts/verification", {"token": "A" * 64}),
        422,
        "verification_invalid",
        "token",
    ),
    Row(
        "a reset by a token that was never mailed",
        lambda scene: scene.request(
            "POST",
            "/password-resets/confirmation",
            {"token": "A" * 64, "password": "tulipe-carbone-9-lampion"},
        ),
        422,
        "reset_invalid",
        "token",
    ),
]
