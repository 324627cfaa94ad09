"""Claims, reminders, decisions and memberships."""

from collections.abc import Mapping

from dirty_equals import IsDatetime, IsPartialDict, IsStr

from tests.inputs.rows import Row, Send
from tests.inputs.scene import NOBODYS_SIREN

A_TIME = IsDatetime(iso_string=True)
SECONDS = IsStr(regex=r"[1-9][0-9]*")
WRONG_SIRENS = {
    "of 8 digits": "73282932",
    "with a wrong check digit": "732829321",
    "of zeros": "000000000",
    "in Arabic-Indic digits": "٧٣٢٨٢٩٣٢٠",
    "in full-width digits": "７３２８２９３２０",
    "with letters": "73282932A",
    "empty": "",
}


def claimed(**changes: object) -> Send:
    return lambda scene: scene.claim("farah", scene.free, **changes)


def decided(request: str, by: str, body: Mapping[str, object] | None = None) -> Send:
    """Decides `pending`, `rejected` or `late`."""
    sent = body or {"verdict": "approve"}
    return lambda scene: scene.request(
        "POST", f"/access-requests/{getattr(scene, request)}/decision", sent, by=by
    )


def at(method: str, path: str, by: str, body: object = None) -> Send:
    """Calls a path that names `{siren}`, `{pending}`, `{rejected}` or the account of `{claire}`."""
    return lambda scene: scene.request(
        method,
        path.format(
            siren=scene.company.siren,
            pending=scene.pending,
            rejected=scene.rejected,
            claire=scene.people["claire"].id,
        ),
        body,
        by=by,
    )


def looked(**changes: object) -> Send:
    """Looks at the company that nobody is at, before asking for access to it."""
    return lambda scene: scene.request(
        "POST",
        "/company-claims",
        {"siren": scene.free.siren, "member_code": scene.free.member_code, **changes},
        by="farah",
    )


def reworded(request: str, by: str, message: str = "Bonjour à toutes") -> Send:
    """Changes the words of `pending`, `rejected` or `late`."""
    return lambda scene: scene.request(
        "PATCH", f"/access-requests/{getattr(scene, request)}", {"message": message}, by=by
    )


CLAIMS = [
    *(
        Row(f"a Siren {name}", claimed(siren=siren), 422, "siren_invalid", "siren")
        for name, siren in WRONG_SIRENS.items()
    ),
    Row(
        "a Siret",
        claimed(siren="73282932000074"),
        422,
        "siret_given",
        "siren",
        members={"detail": IsStr(regex=r".*9 premiers chiffres.*")},
    ),
    Row("a wrong member code", claimed(member_code="WRONG-1"), 422, "claim_refused", "member_code"),
    Row(
        "a Siren that is not in the register",
        claimed(siren=NOBODYS_SIREN),
        422,
        "claim_refused",
        "member_code",
    ),
    Row("an empty member code", claimed(member_code=""), 422, "claim_refused", "member_code"),
    Row("a message of 501 characters", claimed(message="é" * 501), 422, "message_too_long", "message"),
    Row("a message of two lines", claimed(message="Bonjour\nBruno"), 422, "invalid_text", "message"),
    Row(
        "a closed company, after the right code",
        lambda scene: scene.claim("farah", scene.closed),
        422,
        "company_inactive",
        "siren",
    ),
    Row(
        "a closed company, with a wrong code",
        lambda scene: scene.claim("farah", scene.closed, member_code="WRONG-1"),
        422,
        "claim_refused",
        "member_code",
    ),
    Row("already a member", lambda scene: scene.claim("mila", scene.company), 409, "already_member", "siren"),
    Row(
        "an access request already pending",
        lambda scene: scene.claim("bruno", scene.company),
        409,
        "already_pending",
        "siren",
        members={"access_request_id": IsStr(min_length=30)},
    ),
]

LOOKS = [
    *(
        Row(f"a look at a Siren {name}", looked(siren=siren), 422, "siren_invalid", "siren")
        for name, siren in WRONG_SIRENS.items()
    ),
    Row("a look at a Siret", looked(siren="73282932000074"), 422, "siret_given", "siren"),
    Row("a look with a wrong code", looked(member_code="WRONG-1"), 422, "claim_refused", "member_code"),
    Row("a look at nobody's Siren", looked(siren=NOBODYS_SIREN), 422, "claim_refused", "member_code"),
    Row("a look with too long a message", looked(message="é" * 501), 422, "message_too_long", "message"),
    Row(
        "a look at a closed company, after the right code",
        lambda scene: looked(siren=scene.closed.siren, member_code=scene.closed.member_code)(scene),
        422,
        "company_inactive",
        "siren",
    ),
    Row(
        "a look by someone who waits",
        lambda scene: scene.request(
            "POST",
            "/company-claims",
            {"siren": scene.company.siren, "member_code": scene.company.member_code},
            by="bruno",
        ),
        409,
        "already_pending",
        "siren",
        members={"access_request_id": IsStr(min_length=30)},
    ),
]

DECIDED = {
    "decision": IsPartialDict(
        verdict="reject", reason="Inconnu", at=A_TIME, by=IsPartialDict(full_name="Claire Morel")
    ),
    "decided_by": "Claire Morel",
    "decided_at": A_TIME,
}

DECISIONS = [
    Row(
        "a reminder too early",
        at("POST", "/access-requests/{pending}/reminders", "bruno"),
        429,
        "reminder_too_early",
        members={"next_reminder_at": A_TIME},
        headers={"Retry-After": SECONDS},
    ),
    Row(
        "a reminder after the decision",
        at("POST", "/access-requests/{rejected}/reminders", "dan"),
        409,
        "already_decided",
        members=DECIDED,
    ),
    Row(
        "a decision after the decision",
        decided("rejected", "claire"),
        409,
        "already_decided",
        members=DECIDED,
    ),
    Row(
        "a withdrawal after the decision",
        at("DELETE", "/access-requests/{rejected}", "dan"),
        409,
        "already_decided",
        members=DECIDED,
    ),
    Row("a decision after expiry, its timer late", decided("late", "claire"), 409, "request_expired"),
    Row(
        "a rejection after expiry, its timer late",
        decided("late", "claire", {"verdict": "reject", "reason": "Trop tard"}),
        409,
        "request_expired",
    ),
    Row("approving one's own access request", decided("pending", "bruno"), 403, "self_approval"),
    Row("a plain member decides", decided("pending", "mila"), 403, "not_an_administrator"),
    Row(
        "a rejection without reason",
        decided("pending", "claire", {"verdict": "reject"}),
        422,
        "reason_required",
        "reason",
    ),
    Row(
        "a verdict that is none",
        decided("pending", "claire", {"verdict": "perhaps"}),
        422,
        "wrong_value",
        "verdict",
    ),
    Row(
        "a role that is none",
        decided("pending", "claire", {"verdict": "approve", "role": "owner"}),
        422,
        "wrong_value",
        "role",
    ),
]

MESSAGES = [
    Row(
        "new words of 501 characters",
        reworded("pending", "bruno", "é" * 501),
        422,
        "message_too_long",
        "message",
    ),
    Row("new words of two lines", reworded("pending", "bruno", "a\nb"), 422, "invalid_text", "message"),
    Row("another's words", reworded("pending", "claire"), 404, "not_found"),
    Row("new words after the decision", reworded("rejected", "dan"), 409, "already_decided", members=DECIDED),
    Row("new words after expiry", reworded("late", "eve"), 409, "request_expired"),
    Row(
        "another company's deliveries",
        at("GET", "/access-requests/{pending}/deliveries", "zoe"),
        404,
        "not_found",
    ),
]

OTHERS = [
    Row("another company's access request", at("GET", "/access-requests/{pending}", "zoe"), 404, "not_found"),
    Row("another company's decision", decided("pending", "zoe"), 404, "not_found"),
    Row("another's reminder", at("POST", "/access-requests/{pending}/reminders", "zoe"), 404, "not_found"),
    Row("another's withdrawal", at("DELETE", "/access-requests/{pending}", "mila"), 404, "not_found"),
    Row("another company", at("GET", "/companies/{siren}", "zoe"), 404, "not_found"),
    Row("another company's members", at("GET", "/companies/{siren}/members", "zoe"), 404, "not_found"),
    Row("another company's list", at("GET", "/companies/{siren}/access-requests", "zoe"), 404, "not_found"),
    Row(
        "another company's member",
        at("PATCH", "/companies/{siren}/members/{claire}", "zoe", {"role": "member"}),
        404,
        "not_found",
    ),
    Row(
        "removing another company's member",
        at("DELETE", "/companies/{siren}/members/{claire}", "zoe"),
        404,
        "not_found",
    ),
    Row("another company's tools", at("GET", "/tools?siren={siren}", "zoe"), 404, "not_found"),
    Row(
        "a plain member's list",
        at("GET", "/companies/{siren}/access-requests", "mila"),
        403,
        "not_an_administrator",
    ),
    Row(
        "a plain member promotes",
        at("PATCH", "/companies/{siren}/members/{claire}", "mila", {"state": "suspended"}),
        403,
        "not_an_administrator",
    ),
    Row(
        "removing the last administrator",
        at("DELETE", "/companies/{siren}/members/{claire}", "claire"),
        409,
        "last_administrator",
    ),
    Row(
        "demoting the last administrator",
        at("PATCH", "/companies/{siren}/members/{claire}", "claire", {"role": "member"}),
        409,
        "last_administrator",
    ),
    Row(
        "suspending the last administrator",
        at("PATCH", "/companies/{siren}/members/{claire}", "claire", {"state": "suspended"}),
        409,
        "last_administrator",
    ),
    Row("a page of nothing", at("GET", "/access-requests?limit=0", "bruno"), 422, "invalid_limit", "limit"),
    Row(
        "a cursor of nobody",
        at("GET", "/access-requests?cursor=abcd", "bruno"),
        422,
        "invalid_cursor",
        "cursor",
    ),
]
