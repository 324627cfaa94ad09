"""The registry of problems, and how errors of the services become answers."""

import re
import string
from datetime import timedelta
from pathlib import Path

import grpc
import httpx
import pytest

from services.gateway.documented import DECISION
from services.gateway.errors import OWN_MISTAKES
from services.gateway.problems import STATUSES, texts
from services.gateway.services import COMPANY, IDENTITY
from services.platform.errors import (
    AlreadyExists,
    DomainError,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from tests.unit.gateway.services_on_the_wire import CLAIRE, PENDING, SIREN, ServicesOnTheWire

PROTOS = Path("protos/guichet")
KINDS = (
    "INVALID_ARGUMENT|UNAUTHENTICATED|PERMISSION_DENIED|NOT_FOUND|ALREADY_EXISTS|FAILED_PRECONDITION"
    "|RESOURCE_EXHAUSTED"
)
# What bad input gets, by the table the product promises.
PROMISED = {
    400: "malformed_body duplicate_key",
    401: "invalid_credentials session_expired",
    403: "self_approval not_an_administrator email_not_verified csrf_failed",
    404: "not_found",
    409: "already_member already_pending already_decided request_expired last_administrator",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "unknown_field invalid_text invalid_number name_empty name_too_long email_invalid"
    " password_too_short password_weak password_too_long siren_invalid siret_given claim_refused"
    " company_inactive",
    429: "rate_limited reminder_too_early",
}


def documented_reasons(service: str) -> dict[str, set[str]]:
    """Returns the reasons that the comment of each RPC names."""
    package = service.split(".")[1]
    content = (PROTOS / package / "v1" / f"{package}_service.proto").read_text()
    found: dict[str, set[str]] = {}
    for comment, rpc in re.findall(r"((?:  //[^\n]*\n)+)  rpc (\w+)\(", content):
        words = " ".join(comment.replace("//", " ").split())
        found[rpc] = {
            reason
            for listed in re.findall(rf"(?:{KINDS}): (.*?)(?=(?:{KINDS}):|$)", words)
            for reason in re.findall(r"[a-z]+(?:_[a-z]+)+", re.sub(r"\(.*?\)", "", listed))
        }
    return found


@pytest.mark.parametrize("service", [IDENTITY, COMPANY])
def test_every_reason_of_the_calls_made_has_its_texts(service: str) -> None:
    called = called_methods()
    reasons = {
        reason for rpc, named in documented_reasons(service).items() if rpc in called for reason in named
    }
    assert len(reasons) > 8
    assert reasons - OWN_MISTAKES <= set(STATUSES)


def called_methods() -> set[str]:
    sources = Path("services/gateway").rglob("*.py")
    pattern = r"services(?:_of\(request\))?\.(?:identity|company)\.(\w+)\("
    return {method for source in sources for method in re.findall(pattern, source.read_text())}


def test_what_is_promised_for_bad_input_has_its_status() -> None:
    for status, codes in PROMISED.items():
        for code in codes.split():
            assert STATUSES[code] == status, code


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_code_says_what_happened_and_how_to_mend_it(language: str) -> None:
    assert set(texts(language)) == set(STATUSES)
    for code, text in texts(language).items():
        assert text.keys() <= {"title", "detail", "hint"}, code
        assert len(text["title"]) > 4, code
        assert text["detail"].endswith("."), code
        assert not any(name for _, name, _, _ in string.Formatter().parse(text.get("hint", "")) if name == "")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidArgument("siren_invalid", field="siren"), 422, "siren_invalid"),
        (Unauthenticated("session_expired"), 401, "session_expired"),
        (PermissionDenied("not_an_administrator"), 403, "not_an_administrator"),
        (PermissionDenied("caller_not_allowed"), 500, "internal"),
        (NotFound("not_found"), 404, "not_found"),
        (AlreadyExists("already_member"), 409, "already_member"),
        (AlreadyExists("idempotency_key_reused"), 422, "idempotency_key_reused"),
        (FailedPrecondition("request_expired"), 409, "request_expired"),
        (ResourceExhausted("rate_limited", retry_after=timedelta(seconds=3)), 429, "rate_limited"),
        (Unavailable("database_unavailable", retry_after=timedelta(seconds=2)), 503, "service_unavailable"),
        (FailedPrecondition("a_reason_of_tomorrow"), 409, "a_reason_of_tomorrow"),
    ],
)
async def test_an_error_of_a_service_is_answered_with_its_status(
    *,
    http: httpx.AsyncClient,
    bruno: dict[str, str],
    services: ServicesOnTheWire,
    error: DomainError,
    status: int,
    code: str,
) -> None:
    services.replies["GetAccessRequest"] = error
    answer = await http.get("/api/v1/access-requests/request-1", headers=bruno)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]
    if status in (429, 503):
        assert int(answer.headers["retry-after"]) > 0


async def test_a_bug_of_a_service_is_a_500_that_says_nothing_of_it(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    def fails(request: object) -> grpc.aio.Metadata:
        raise ZeroDivisionError("secret detail")

    services.replies["GetAccessRequest"] = fails  # type: ignore[assignment]  # it never returns
    answer = await http.get("/api/v1/access-requests/request-1", headers=bruno)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_a_reminder_too_early_says_when_it_will_be_possible(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["RemindAdministrators"] = ResourceExhausted(
        "reminder_too_early",
        retry_after=timedelta(hours=3),
        next_reminder_time="2026-11-24T09:12:00Z",
    )
    answer = await http.post("/api/v1/access-requests/request-1/reminders", headers=bruno)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "10800"
    assert answer.json()["next_reminder_at"] == "2026-11-24T09:12:00Z"
    assert "Tuesday 24\u00a0November at\u00a010:12" in answer.json()["detail"]


async def test_a_request_already_pending_is_named(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["RequestAccess"] = AlreadyExists("already_pending", access_request_id="request-1")
    body = {"siren": SIREN, "member_code": "AB12"}
    answer = await http.post("/api/v1/access-requests", json=body, headers=bruno)
    assert (answer.status_code, answer.json()["access_request_id"]) == (409, "request-1")


@pytest.mark.parametrize(
    ("method", "path", "rpc"),
    [
        ("POST", "/decision", "ApproveAccessRequest"),
        ("POST", "/reminders", "RemindAdministrators"),
        ("DELETE", "", "CancelAccessRequest"),
    ],
)
async def test_whoever_comes_after_the_decision_is_told_which_it_was(
    *,
    http: httpx.AsyncClient,
    bruno: dict[str, str],
    services: ServicesOnTheWire,
    method: str,
    path: str,
    rpc: str,
) -> None:
    services.replies[rpc] = FailedPrecondition("already_decided", verdict="reject")
    rejected = type(PENDING)()
    rejected.CopyFrom(PENDING)
    rejected.state = rejected.STATE_REJECTED
    rejected.decision.verdict = rejected.decision.VERDICT_REJECT
    rejected.decision.reason = "Inconnu"
    rejected.decision.decided_by_account_id = CLAIRE.id
    rejected.decision.create_time.FromJsonString("2026-11-24T09:42:00Z")
    get = services.replies["GetAccessRequest"]
    get.access_request.CopyFrom(rejected)  # type: ignore[union-attr]  # a message
    body = {"verdict": "approve"} if path == "/decision" else None
    answer = await http.request(method, f"/api/v1/access-requests/request-1{path}", json=body, headers=bruno)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert answer.json()["decision"] == {
        "verdict": "reject",
        "role": None,
        "reason": "Inconnu",
        "by": {"id": "claire", "full_name": "Claire Morel"},
        "at": "2026-11-24T09:42:00Z",
    }
    assert answer.json()["decision"].keys() == DECISION.keys()
    assert "Claire Morel" in answer.json()["detail"]


async def test_the_language_is_the_accounts_then_the_browsers(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = NotFound("not_found")
    english = {"Accept-Language": "de, en-GB;q=0.8, fr;q=0.5"}
    own = await http.get("/api/v1/me", headers={**claire, **english})
    assert own.json()["title"] == "Introuvable"
    nobody = await http.get("/api/v1/me", headers=english)
    assert nobody.json()["title"] == "Sign-in needed"
    assert (await http.get("/api/v1/me")).json()["title"] == "Connexion nécessaire"


async def test_an_unknown_path_is_a_problem(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await http.get("/api/v1/me/")).status_code == 404


async def test_a_wrong_method_is_answered_with_every_right_one(http: httpx.AsyncClient) -> None:
    answer = await http.put("/api/v1/access-requests/request-1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PATCH")
    assert answer.json()["code"] == "method_not_allowed"
