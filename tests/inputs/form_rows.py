"""What people may send by the portal's forms, and what each page then says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.inputs.access_rows import WRONG_SIRENS
from tests.inputs.account_rows import WRONG_EMAILS
from tests.inputs.scene import NOBODYS_SIREN

PASSWORD = "tulipe-carbone-9-lampion"
SIGN_UP = {"full_name": "Camille Durand", "email": "camille.durand@example.com", "password": PASSWORD}


@dataclass(frozen=True)
class FormRow:
    """A form that is refused: the page it stands on, where it goes, what is typed, and what is said.

    The page says the text of `code`: beside the field `wrong`, or as a whole where there is none. Paths
    may name `{siren}`, `{free}`, `{closed}`, their codes as `{free_code}`, `{pending}`, `{rejected}`,
    `{late}`, `{claire}` or `{mila}`.
    """

    name: str
    page: str
    action: str
    fields: Mapping[str, str]
    status: int
    code: str
    wrong: str = ""
    by: str = ""


def signed_up(name: str, code: str, wrong: str, **changes: str) -> FormRow:
    fields = {**SIGN_UP, **changes}
    return FormRow(f"sign-up: {name}", "/inscription", "/inscription", fields, 422, code, wrong)


SIGN_UPS = [
    signed_up("nothing typed", "field_required", "full_name", full_name="", email="", password=""),
    signed_up("a name of spaces", "name_empty", "full_name", full_name=" \u00a0 "),
    signed_up("a name of no width", "name_empty", "full_name", full_name="\u200b\u200d\ufeff"),
    signed_up("a name of 101 characters", "name_too_long", "full_name", full_name="é" * 101),
    signed_up("a script in a name", "invalid_text", "full_name", full_name="<script>alert(1)</script>"),
    signed_up("a NUL in a name", "invalid_text", "full_name", full_name="Cam\x00ille"),
    signed_up("a bidi override in a name", "invalid_text", "full_name", full_name="Cam\u202eille"),
    *(
        signed_up(f"e-mail: {name}", "email_invalid", "email", email=email)
        for name, email in WRONG_EMAILS.items()
        if email
    ),
    signed_up("a password of 11", "password_too_short", "password", password="Xk9$vQ2!mZr"),
    signed_up("a common password", "password_weak", "password", password="motdepasse1234"),
    signed_up(
        "a password that holds the e-mail",
        "password_weak",
        "password",
        password=f"xkq7 {SIGN_UP['email']} 9",
    ),
    signed_up("a password of 1,025 bytes", "password_too_long", "password", password="é" * 513),
    signed_up("a language that is none", "locale_invalid", "locale", locale="de"),
]

OWN_ACCOUNT = [
    FormRow(
        "a new name of spaces",
        "/compte",
        "/compte",
        {"full_name": " ", "locale": "fr"},
        422,
        "name_empty",
        "full_name",
        "zoe",
    ),
    FormRow(
        "a new password: the present one is wrong",
        "/compte/mot-de-passe",
        "/compte/mot-de-passe",
        {"current_password": "not hers at all", "new_password": PASSWORD},
        422,
        "password_wrong",
        "current_password",
        "zoe",
    ),
    *(
        FormRow(
            f"a wrong password at {path}",
            path,
            path,
            {"password": "not hers"},
            422,
            "password_wrong",
            "password",
            "zoe",
        )
        for path in (
            "/compte/second-facteur/application",
            "/compte/second-facteur/cle",
            "/compte/second-facteur/codes",
        )
    ),
]

SIGN_INS = [
    FormRow(
        "sign-in: nothing typed",
        "/connexion",
        "/connexion",
        {"email": "", "password": ""},
        422,
        "field_required",
        "email",
    ),
    FormRow(
        "sign-in: an unknown account",
        "/connexion",
        "/connexion",
        {"email": "nobody.at.all@example.com", "password": PASSWORD},
        401,
        "invalid_credentials",
    ),
    FormRow(
        "sign-in: CR and LF in the address",
        "/connexion",
        "/connexion",
        {"email": WRONG_EMAILS["CR and LF"], "password": PASSWORD},
        422,
        "email_invalid",
        "email",
    ),
    FormRow(
        "a reset: no address",
        "/mot-de-passe-oublie",
        "/mot-de-passe-oublie",
        {"email": "nobody"},
        422,
        "email_invalid",
        "email",
    ),
    FormRow(
        "a reset: a token that was never mailed",
        f"/reinitialiser?token={'A' * 64}",
        "/reinitialiser",
        {"password": PASSWORD, "token": "A" * 64},
        422,
        "reset_invalid",
    ),
    FormRow(
        "a code that is wrong",
        "/verifier?email=nobody.at.all%40example.com",
        "/verifier",
        {"code": "00000000", "email": "nobody.at.all@example.com"},
        422,
        "verification_invalid",
        "code",
    ),
    FormRow(
        "a link that was never mailed",
        f"/verifier?token={'A' * 64}",
        "/verifier",
        {"token": "A" * 64},
        422,
        "verification_invalid",
    ),
]

CLAIM = "/entreprises/ajouter"


def claimed(
    name: str, code: str, wrong: str, *, by: str = "farah", status: int = 422, **changes: str
) -> FormRow:
    fields = {"siren": "{free}", "member_code": "{free_code}", "message": "Bonjour", **changes}
    return FormRow(f"claim: {name}", CLAIM, CLAIM, fields, status, code, wrong, by)


CLAIMS = [
    *(
        claimed(f"a Siren {name}", "siren_invalid", "siren", siren=siren)
        for name, siren in WRONG_SIRENS.items()
        if siren
    ),
    claimed("nothing typed", "field_required", "siren", siren="", member_code=""),
    claimed("a Siret", "siret_given", "siren", siren="732 829 320 00074"),
    claimed("a wrong code", "claim_refused", "member_code", member_code="WRONG-1"),
    claimed("nobody's Siren", "claim_refused", "member_code", siren=NOBODYS_SIREN),
    claimed("a NUL in the code", "invalid_text", "member_code", member_code="A\x00B"),
    claimed("too long a message", "message_too_long", "message", message="é" * 501),
    claimed("a bidi override in the message", "invalid_text", "message", message="a\u202eb"),
    claimed("closed", "company_inactive", "siren", siren="{closed}", member_code="{closed_code}"),
    claimed(
        "a member already",
        "already_member",
        "siren",
        by="mila",
        status=409,
        siren="{siren}",
        member_code="{siren_code}",
    ),
    claimed(
        "pending already",
        "already_pending",
        "siren",
        by="bruno",
        status=409,
        siren="{siren}",
        member_code="{siren_code}",
    ),
]

# The company was shown, and then something else is sent.
CONFIRMATIONS = [
    replace(row, name=row.name.replace("claim", "confirmation", 1), action=f"{CLAIM}/confirmation")
    for row in CLAIMS
]


def acted(name: str, path: str, by: str, status: int, code: str, **fields: str) -> FormRow:
    wrong = "message" if code.startswith("message") else ""
    page = path.rpartition("/")[0] if code != "not_found" else "/entreprises"
    return FormRow(f"request: {name}", page, path, fields, status, code, wrong, by)


REQUESTS = [
    acted("a reminder too early", "/demandes/{pending}/relance", "bruno", 429, "reminder_too_early"),
    acted("a reminder after the decision", "/demandes/{rejected}/relance", "dan", 409, "already_decided"),
    acted(
        "new words too long",
        "/demandes/{pending}/message",
        "bruno",
        422,
        "message_too_long",
        message="é" * 501,
    ),
    acted("new words after the decision", "/demandes/{rejected}/message", "dan", 409, "already_decided"),
    acted(
        "a withdrawal after the decision", "/demandes/{rejected}/annulation", "dan", 409, "already_decided"
    ),
    acted("a reminder after expiry", "/demandes/{late}/relance", "eve", 409, "request_expired"),
    acted("new words after expiry", "/demandes/{late}/message", "eve", 409, "request_expired", message="Oh"),
    acted("another's words", "/demandes/{pending}/message", "claire", 404, "not_found"),
    acted("another's withdrawal", "/demandes/{pending}/annulation", "claire", 404, "not_found"),
    acted("another's reminder", "/demandes/{pending}/relance", "zoe", 404, "not_found"),
]


def managed(name: str, path: str, by: str, status: int, code: str, **fields: str) -> FormRow:
    page = path if by == "claire" else "/entreprises"
    return FormRow(f"company: {name}", page, path, fields, status, code, next(iter(fields), ""), by)


def approved(name: str, access_request: str, by: str, status: int, code: str) -> FormRow:
    seen = by == "claire" or code == "self_approval"
    path = f"/demandes/{{{access_request}}}"
    page = path if seen else "/entreprises"
    fields = {"verdict": "approve"}
    return FormRow(f"decision: {name}", page, f"{path}/decision", fields, status, code, by=by)


USERS = "/entreprises/{siren}/utilisateurs"
DECISIONS = [
    managed("nobody ticked", USERS, "claire", 422, "nothing_chosen"),
    managed("a selection of a plain member", USERS, "mila", 403, "not_an_administrator"),
    managed("a selection of a stranger", USERS, "zoe", 404, "not_found"),
    managed("a change of a plain member", f"{USERS}/membres/{{claire}}", "mila", 403, "not_an_administrator"),
    managed("the last leaves", "/entreprises/{siren}/depart", "claire", 409, "last_administrator"),
    managed(
        "a removal of a plain member",
        f"{USERS}/membres/{{claire}}/retrait",
        "mila",
        403,
        "not_an_administrator",
    ),
    managed("a removal of a stranger", f"{USERS}/membres/{{mila}}/retrait", "zoe", 404, "not_found"),
    approved("one's own access request", "pending", "bruno", 403, "self_approval"),
    approved("of a plain member", "pending", "mila", 403, "not_an_administrator"),
    approved("of a stranger", "pending", "zoe", 404, "not_found"),
    approved("after expiry, its timer late", "late", "claire", 409, "request_expired"),
    managed("a stranger leaves", "/entreprises/{siren}/depart", "zoe", 404, "not_found"),
    *(
        FormRow(
            f"decision: {name}",
            "/demandes/{pending}",
            "/demandes/{pending}/decision",
            {"verdict": "reject", "reason": reason},
            422,
            code,
            "reason",
            "claire",
        )
        for name, reason, code in (
            ("no reason", "", "reason_required"),
            ("a reason of spaces", " \u00a0", "reason_required"),
            ("a reason of 501 characters", "é" * 501, "reason_too_long"),
            ("a bidi override in the reason", "a\u202eb", "invalid_text"),
        )
    ),
]
