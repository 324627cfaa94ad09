"""The one registry of what can go wrong over HTTP: code, status, and what to say in each language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.gateway.languages import LANGUAGES, long_time, translated

RESERVED_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "code", "trace_id", "errors"})

CODES_BY_STATUS: Mapping[int, tuple[str, ...]] = {
    400: ("malformed_body", "duplicate_key", "invalid_host"),
    401: (
        "unauthenticated",
        "session_expired",
        "invalid_credentials",
        "second_factor_required",
        "challenge_expired",
    ),
    403: (
        "membership_ended",
        "email_not_verified",
        "csrf_failed",
        "foreign_origin",
        "not_an_administrator",
        "self_approval",
    ),
    404: ("not_found",),
    405: ("method_not_allowed",),
    408: ("body_timeout",),
    409: (
        "already_member",
        "membership_suspended",
        "already_pending",
        "already_decided",
        "request_expired",
        "request_cancelled",
        "last_administrator",
        "totp_already_on",
        "too_many_passkeys",
        "passkey_known",
        "enrolment_expired",
        "second_factor_off",
    ),
    413: ("body_too_large",),
    415: ("unsupported_media_type",),
    422: (
        "unknown_field",
        "field_required",
        "wrong_type",
        "wrong_value",
        "invalid_text",
        "invalid_number",
        "invalid_limit",
        "invalid_cursor",
        "invalid_state",
        "idempotency_key_invalid",
        "idempotency_key_reused",
        "name_empty",
        "name_too_long",
        "email_invalid",
        "password_too_short",
        "password_too_long",
        "password_weak",
        "password_wrong",
        "locale_invalid",
        "second_factor_invalid",
        "passkey_invalid",
        "verification_invalid",
        "reset_invalid",
        "siren_invalid",
        "siret_given",
        "claim_refused",
        "company_inactive",
        "message_too_long",
        "nothing_chosen",
        "reason_required",
        "reason_too_long",
    ),
    429: ("rate_limited", "reminder_too_early", "reminders_exhausted"),
    500: ("internal",),
    503: ("service_unavailable", "not_ready"),
}
STATUSES: Mapping[str, int] = {code: status for status, codes in CODES_BY_STATUS.items() for code in codes}


@dataclass(frozen=True)
class FieldError:
    """One input at fault: the path of its field, and the code that says why."""

    field: str
    code: str


@dataclass(eq=False)
class Problem(Exception):
    """An answer that is not what was asked for.

    `members` go into the answer beside the standard ones. `retry_after` is in seconds. `status` is the
    registry's unless a service sent a code that the registry does not know.
    """

    code: str
    errors: tuple[FieldError, ...] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None
    status: int = 0

    @property
    def http_status(self) -> int:
        return STATUSES.get(self.code) or self.status or 500


def field_problem(code: str, name: str) -> Problem:
    """Returns the problem of one field."""
    return Problem(code, errors=(FieldError(name, code),))


def texts(language: str) -> Mapping[str, Mapping[str, str]]:
    """Returns title, detail and, for some codes, hint: a sentence for when its {placeholders} are known."""
    return translated("problems", language)


def title_and_detail(code: str, language: str, members: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the two texts of a code; those of its status where a service sent a code unknown here."""
    text = texts(language).get(code) or texts(language)["internal"]
    detail = text["detail"]
    hint = text.get("hint", "")
    if hint:
        values = {name: written(value, language) for name, value in members.items()}
        try:
            detail = f"{detail} {hint.format_map(values)}"
        except KeyError:
            return text["title"], detail
    return text["title"], detail


def written(value: Any, language: str) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str) and value[10:11] == "T":
        try:
            return long_time(datetime.fromisoformat(value), language)
        except ValueError:
            return value
    return str(value)


def problem_document(problem: Problem, *, language: str, trace_id: str, public_url: str) -> dict[str, Any]:
    """Returns the members of an `application/problem+json` answer. Source: RFC 9457."""
    title, detail = title_and_detail(problem.code, language, problem.members)
    return {
        "type": f"{public_url}/api/docs#{problem.code}",
        "title": title,
        "status": problem.http_status,
        "detail": detail,
        "code": problem.code,
        "trace_id": trace_id,
        "errors": [
            {
                "field": error.field,
                "code": error.code,
                "detail": title_and_detail(error.code, language, problem.members)[1],
            }
            for error in problem.errors
        ],
        **{name: value for name, value in problem.members.items() if name not in RESERVED_MEMBERS},
    }


def check_translations() -> None:
    """Raises ValueError where a language lacks a text for a code, or has one for none."""
    for language in LANGUAGES:
        if set(texts(language)) != set(STATUSES):
            raise ValueError(f"{language}: {sorted(set(texts(language)) ^ set(STATUSES))}")
