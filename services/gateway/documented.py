"""Which problems a route declares, as OpenAPI wants them: one example each, from the registry."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from services.gateway.problems import STATUSES, FieldError, Problem, problem_document

EVERYWHERE = (
    "invalid_host",
    "malformed_body",
    "duplicate_key",
    "body_timeout",
    "body_too_large",
    "unsupported_media_type",
    "invalid_number",
    "unknown_field",
    "wrong_type",
    "internal",
)
BODY = ("field_required", "invalid_text", "service_unavailable")
SIGNED_IN = ("unauthenticated", "session_expired", "service_unavailable")
CHANGES = (*SIGNED_IN, "csrf_failed")
KEYED = ("idempotency_key_invalid", "idempotency_key_reused")
PAGED = ("invalid_limit", "invalid_cursor")

FIELDS: Mapping[str, str] = {
    "duplicate_key": "email",
    "unknown_field": "role",
    "field_required": "email",
    "wrong_type": "email",
    "wrong_value": "verdict",
    "invalid_text": "full_name",
    "invalid_limit": "limit",
    "invalid_cursor": "cursor",
    "invalid_state": "state",
    "idempotency_key_invalid": "Idempotency-Key",
    "idempotency_key_reused": "Idempotency-Key",
    "name_empty": "full_name",
    "name_too_long": "full_name",
    "email_invalid": "email",
    "password_too_short": "password",
    "password_too_long": "password",
    "password_weak": "password",
    "password_wrong": "current_password",
    "locale_invalid": "locale",
    "second_factor_invalid": "totp_code",
    "passkey_invalid": "credential",
    "siren_invalid": "siren",
    "siret_given": "siren",
    "message_too_long": "message",
    "reason_required": "reason",
    "reason_too_long": "reason",
}
DECISION = {
    "verdict": "approve",
    "role": "member",
    "reason": "",
    "by": {"id": "0197f0c19b3e7c02b5d84f6a2c9e1d70", "full_name": "Claire Morel"},
    "at": "2026-11-24T09:42:00Z",
}
CHALLENGE = {
    "challenge_token": "gc_3Jt0cXl1aWNoZXRfZXhhbXBsZV90b2tlbg",
    "expires_at": "2026-11-23T09:17:00Z",
    "methods": ["passkey", "totp", "recovery_code"],
    "passkey_options": {"challenge": "bWlyZXR0ZQ", "rpId": "portail.example.org", "allowCredentials": []},
}
MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "second_factor_required": CHALLENGE,
    "already_pending": {"access_request_id": "0197f0c2f3a87d5e9c4b2a1d6e8f0b13"},
    "already_decided": {"decision": DECISION},
    "rate_limited": {"retry_at": "2026-11-24T09:13:00Z"},
    "reminder_too_early": {"next_reminder_at": "2026-11-24T09:12:00Z"},
    "not_ready": {"not_ready": ["worker"]},
}
RETRY_AFTER = "How many seconds to wait before trying again"


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Returns a route's `responses`: the codes it declares, and those that any route may give.

    Raises:
        KeyError: a code is not in the registry.
    """
    by_status: dict[int, dict[str, Any]] = defaultdict(dict)
    for code in dict.fromkeys((*codes, *EVERYWHERE)):
        by_status[STATUSES[code]][code] = {"value": example_of(code)}
    return {status: response_of(examples) for status, examples in sorted(by_status.items())}


def response_of(examples: Mapping[str, Any]) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    status = next(iter(examples.values()))["value"]["status"]
    response: dict[str, Any] = {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {"application/problem+json": content},
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"description": RETRY_AFTER, "schema": {"type": "integer"}}}
    return response


def example_of(code: str) -> dict[str, Any]:
    name = FIELDS.get(code)
    problem = Problem(
        code,
        errors=(FieldError(name, code),) if name else (),
        members=MEMBERS.get(code, {}),
    )
    trace_id = "7f3c1a9be4d84c0f9a6b5d2e8c7f1034"
    return problem_document(problem, language="en", trace_id=trace_id, public_url="")


PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "An RFC 9457 problem. `code` is stable: branch on it, never on a text.",
    "required": ["type", "title", "status", "detail", "code", "trace_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained"},
        "title": {"type": "string", "description": "What happened, in the language of the account"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "How to mend it, with an example"},
        "code": {"type": "string"},
        "trace_id": {"type": "string", "description": "Name it when asking for help"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Path of the field, empty for the body"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
