"""One complete example of each mail."""

from services.notification.domain.kinds import KINDS, kind_named
from services.notification.domain.recipients import Recipient, recipient
from services.notification.rendering import Content, Event, Renderer

PUBLIC_URL = "https://portail.example.org"
SUPPORT = "support@opcommerce.example"
REQUEST_ID = "01JDK3"
REQUESTER_ID = "account-1"

VALUES = {
    "token": "tok_en-123",
    "code": "12345678",
    "siren": "732829320",
    "company_name": "Ateliers Morel",
    "administrator_name": "Anne Roy",
    "requester_name": "Bruno Petit",
    "requester_email": "bruno.petit@ateliers-morel.example",
    "requester_email_confusable": "true",
    "message": "Je reprends les déclarations de Claire.\nÀ partir de lundi.",
    "origin": "requester",
    "reminder_count": "2",
    "role": "administrator",
    "verdict": "approve",
    "decider_name": "Anne Roy",
    "requester_account_id": REQUESTER_ID,
    "create_time": "2026-11-23T09:12:00Z",
    "escalate_time": "2026-12-01T08:00:00Z",
    "expire_time": "2026-12-23T08:00:00Z",
    "decide_time": "2026-11-24T09:42:00Z",
    "cancel_time": "2026-11-24T09:42:00Z",
    "grant_time": "2026-11-23T09:12:00Z",
}
REASONS = {"access_request_escalated": "no_answer"}

RENDERER = Renderer(public_url=PUBLIC_URL, organisation="l’Opcommerce", support_email=SUPPORT)


def parameters_of(kind_name: str, **changed: str) -> dict[str, str]:
    """Returns what a call gives for a mail, all of it."""
    kind = KINDS[kind_name]
    given = {"reason": REASONS.get(kind_name, "Bienvenue dans l’équipe."), **VALUES, **changed}
    return {name: given[name] for name in (*kind.required, *kind.optional)}


def event_of(kind_name: str, **changed: str) -> Event:
    kind = kind_named(kind_name)
    request_id = REQUEST_ID if kind.about_access_request else ""
    return Event(kind_name, kind, request_id, kind.read(parameters_of(kind_name, **changed), request_id))


def claire(
    language: str = "fr", *, recipient_id: str = "account-2", name: str = "Claire Dupont"
) -> Recipient:
    return recipient(recipient_id=recipient_id, email="claire@example.com", name=name, locale=language)


def rendered(kind_name: str, to: Recipient, **changed: str) -> Content:
    return RENDERER.render(event_of(kind_name, **changed), to)
