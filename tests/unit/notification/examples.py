"""One complete example of each mail."""

from deploy.local.mailbox import samples
from services.notification.domain.kinds import KINDS, kind_named
from services.notification.domain.recipients import Recipient, recipient
from services.notification.rendering import Content, Event, Renderer

PUBLIC_URL = "https://portail.example.org"
SUPPORT = "support@opcommerce.example"
ORGANISATIONS = {"fr": "l’Opcommerce", "en": "Opcommerce"}
REQUEST_ID = "01JDK3"
REQUESTER_ID = samples.REQUESTER_ID

VALUES = {
    **samples.VALUES,
    "token": "tok_en-123",
    "code": "12345678",
    "role": "administrator",
    "requester_email_confusable": "true",
}
REASONS = {"access_request_escalated": "no_answer"}

RENDERER = Renderer(public_url=PUBLIC_URL, organisations=ORGANISATIONS, support_email=SUPPORT)


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
