"""The OpenAPI document: FastAPI's, with our problems, and an example of every body and answer."""

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.gateway import answers
from services.gateway.documented import PROBLEM_SCHEMA

DESCRIPTION = """\
JSON API of the portal. Sign in with `POST /api/v1/sessions`, and send its token as `Authorization: Bearer`.
Whoever uses the cookie `guichet_session` instead (`__Host-guichet_session` over TLS) must send `X-CSRF-Token`
with every change; `GET /api/v1/me` gives it. Bodies are JSON objects of at most 64 kB, without unknown or
repeated fields. Errors are RFC 9457 problems: branch on `code`. Times are RFC 3339 in UTC. Lists are
continued by `next_cursor`.
"""
ACCOUNT = answers.Account(
    id="0197f0c19b3e7c02b5d84f6a2c9e1d70",
    email="claire.morel@example.com",
    full_name="Claire Morel",
    locale="fr",
)
MEMBERSHIP = answers.Membership(
    account_id=ACCOUNT.id,
    siren="732829320",
    company_name="Ateliers Morel",
    role="administrator",
    state="active",
    created_at=datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
)
ACCESS_REQUEST = answers.AccessRequest(
    id="0197f0c2f3a87d5e9c4b2a1d6e8f0b13",
    siren="732829320",
    company_name="Ateliers Morel",
    requester=answers.Person(
        id="0197f0c1f7d27a30a1c55e0d94b36c21",
        full_name="Bruno Petit",
        email="bruno.petit@example.com",
        email_confusable=False,
    ),
    state="pending",
    escalated=False,
    escalation_reason=None,
    escalated_at=None,
    message="Je reprends les déclarations de formation à partir de lundi.",
    created_at=datetime(2026, 11, 23, 9, 12, tzinfo=UTC),
    reminders=[answers.Reminder(at=datetime(2026, 11, 24, 9, 20, tzinfo=UTC), by="requester")],
    next_reminder_at=datetime(2026, 11, 25, 9, 20, tzinfo=UTC),
    reminds_at=datetime(2026, 11, 25, 8, 0, tzinfo=UTC),
    escalates_at=datetime(2026, 11, 30, 8, 0, tzinfo=UTC),
    expires_at=datetime(2026, 12, 23, 9, 12, tzinfo=UTC),
    ended_at=None,
    decision=None,
)
APPROVED = ACCESS_REQUEST.model_copy(
    update={
        "state": "approved",
        "next_reminder_at": None,
        "ended_at": datetime(2026, 11, 24, 9, 42, tzinfo=UTC),
        "decision": answers.Decision(
            verdict="approve",
            role="member",
            reason="",
            by=answers.DecisionMaker(id=ACCOUNT.id, full_name=ACCOUNT.full_name),
            at=datetime(2026, 11, 24, 9, 42, tzinfo=UTC),
        ),
    }
)
MEMBER = answers.Member(
    account_id=ACCOUNT.id,
    full_name=ACCOUNT.full_name,
    email=ACCOUNT.email,
    email_confusable=False,
    siren=MEMBERSHIP.siren,
    role="administrator",
    state="active",
    created_at=MEMBERSHIP.created_at,
)
EXAMPLES: dict[str, answers.Answer] = {
    type(example).__name__: example
    for example in (
        answers.VerificationSent(),
        answers.ResetSent(),
        answers.VerifiedAccount(account_id=ACCOUNT.id),
        answers.Session(
            token="gs_3Jt0cXl1aWNoZXRfZXhhbXBsZV90b2tlbg",  # noqa: S106 - an example
            expires_at=datetime(2026, 11, 23, 21, 12, tzinfo=UTC),
            account=ACCOUNT,
        ),
        ACCOUNT,
        answers.OwnSessionPage(
            items=[
                answers.OwnSession(
                    id="0197f0c4a1d87c3e9b2f5d6a7c8e9f01",
                    created_at=datetime(2026, 11, 23, 9, 12, tzinfo=UTC),
                    last_seen_at=datetime(2026, 11, 23, 9, 40, tzinfo=UTC),
                    expires_at=datetime(2026, 11, 23, 21, 12, tzinfo=UTC),
                    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                    client_address="192.0.2.17",
                    current=True,
                )
            ],
            next_cursor=None,
        ),
        answers.SessionsRevoked(revoked_count=2),
        answers.RenewedSession(
            token="gs_6dX2bm91dmVhdV9qZXRvbl9leGVtcGxl",  # noqa: S106 - an example
            expires_at=datetime(2026, 11, 23, 21, 12, tzinfo=UTC),
        ),
        answers.Me(
            account=ACCOUNT, memberships=[MEMBERSHIP], pending_requests=[ACCESS_REQUEST], landing="portal"
        ),
        APPROVED,
        answers.AdministratorGranted(membership=MEMBERSHIP),
        answers.AccessRequestPending(access_request=ACCESS_REQUEST),
        answers.CompanyClaim(
            company=answers.ClaimedCompany(siren=MEMBERSHIP.siren, name="Ateliers Morel", city="Lyon"),
            administered=True,
        ),
        answers.DeliveryList(
            items=[
                answers.Delivery(
                    recipient="administrator",
                    name="C••• M•••",
                    kind="access_request_received",
                    state="sent",
                    created_at=ACCESS_REQUEST.created_at,
                    sent_at=datetime(2026, 11, 23, 9, 12, 1, tzinfo=UTC),
                )
            ]
        ),
        answers.Reminded(reminder_count=1, next_reminder_at=ACCESS_REQUEST.next_reminder_at),
        answers.AccessRequestPage(items=[ACCESS_REQUEST], next_cursor=None),
        answers.Company(
            siren=MEMBERSHIP.siren,
            name=MEMBERSHIP.company_name,
            city="Lyon",
            state="active",
            active_member_count=4,
            active_administrator_count=2,
            membership=MEMBERSHIP,
        ),
        MEMBER,
        answers.MemberPage(items=[MEMBER], next_cursor=None),
        answers.ToolList(
            items=[
                answers.Tool(
                    id="contributions",
                    name="Vos contributions",
                    description="Déclarer et calculer vos contributions à la formation.",
                    url="https://contributions.example.org/",
                    available=True,
                )
            ]
        ),
        answers.Ready(),
        answers.Alive(),
    )
}


def openapi_document(app: FastAPI, public_url: str) -> dict[str, Any]:
    """Builds the document once for an app."""
    document = get_openapi(
        title="Guichet",
        version="1",
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": public_url}],
    )
    schemas = document["components"]["schemas"]
    schemas["Problem"] = PROBLEM_SCHEMA
    for methods in document["paths"].values():
        for operation in methods.values():
            add_examples(operation, schemas)
    return document


def add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Puts an example beside each JSON schema that an operation refers to."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        examples = schemas[name_of(body["schema"])]["examples"]
        body["examples"] = {f"example{n}": {"value": value} for n, value in enumerate(examples, 1)}
    for status, response in operation["responses"].items():
        answer = response.get("content", {}).get("application/json")
        if status.startswith("2") and answer is not None:
            answer["example"] = EXAMPLES[name_of(answer["schema"])].model_dump(mode="json")


def name_of(schema: dict[str, Any]) -> str:
    """Returns the model a schema refers to; the first of several."""
    reference = schema.get("$ref") or schema["anyOf"][0]["$ref"]
    return str(reference).rpartition("/")[2]
