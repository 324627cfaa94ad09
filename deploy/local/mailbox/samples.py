"""One sample of each mail that Guichet sends, for each part in which somebody may get it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.notification.domain.kinds import KINDS, kind_named
from services.notification.domain.recipients import recipient
from services.notification.rendering import Content, Event, Renderer

REQUEST_ID = "9f6c2f0e-5a51-4a6a-9a53-1d0c6c3a7b10"
REQUESTER_ID = "account-1"
VALUES = {
    "token": "bZ1x-Q7vN0e3kR5tY8uW2aC4",
    "code": "48291306",
    "change": "totp_added",
    "siren": "732829320",
    "company_name": "Ateliers Morel",
    "administrator_name": "Anne Roy",
    "requester_name": "Bruno Petit",
    "requester_email": "bruno.petit@ateliers-morel.example",
    "requester_email_confusable": "",
    "message": "Je reprends les déclarations de formation de Claire.\nÀ partir de lundi.",
    "origin": "requester",
    "reminder_count": "2",
    "role": "member",
    "verdict": "approve",
    "decider_name": "Anne Roy",
    "requester_account_id": REQUESTER_ID,
    "create_time": "2026-11-23T09:12:00Z",
    "escalate_time": "2026-12-01T08:00:00Z",
    "expire_time": "2026-12-23T08:00:00Z",
    "decide_time": "2026-11-24T09:42:00Z",
    "cancel_time": "2026-11-24T09:42:00Z",
    "grant_time": "2026-11-23T09:12:00Z",
    "changed_by": "administrator",
    "suspended": "",
    "change_time": "2026-11-24T09:42:00Z",
}
REASONS = {
    "access_request_approved": "Bienvenue dans l’équipe.",
    "access_request_rejected": "Vous ne travaillez pas dans l’entreprise, à ma connaissance.",
    "access_request_settled": "",
    "access_request_escalated": "no_answer",
}


@dataclass(frozen=True)
class Sample:
    """A mail as one of its readers gets it. `changed` are the parameters in which it differs from VALUES."""

    kind_name: str
    reader: str = ""
    recipient_id: str = "account-2"
    changed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.kind_name, self.reader))).replace(" ", "-")

    def rendered(self, renderer: Renderer, language: str) -> Content:
        """Returns what the reader gets in a language: "fr" or "en"."""
        kind = kind_named(self.kind_name)
        request_id = REQUEST_ID if kind.about_access_request else ""
        given = {"reason": REASONS.get(self.kind_name, ""), **VALUES, **self.changed}
        read = kind.read({name: given[name] for name in (*kind.required, *kind.optional)}, request_id)
        name = "" if self.recipient_id.startswith("contact") else "Claire Dupont"
        to = recipient(
            recipient_id=self.recipient_id, email="claire.dupont@example.com", name=name, locale=language
        )
        return renderer.render(Event(self.kind_name, kind, request_id, read), to)


OTHER_READERS = [
    *(
        Sample("second_factor_changed", change.replace("_", " "), changed={"change": change})
        for change in (
            "totp_removed",
            "passkey_added",
            "passkey_removed",
            "recovery_codes_replaced",
            "recovery_code_used",
            "turned_off_by_operator",
        )
    ),
    Sample("membership_ended", "by themselves", changed={"changed_by": "self"}),
    Sample("membership_suspended", "by themselves", changed={"changed_by": "self"}),
    Sample("membership_role_changed", "to administrator", changed={"role": "administrator"}),
    Sample("membership_role_changed", "by themselves", changed={"changed_by": "self"}),
    Sample(
        "membership_role_changed", "while suspended", changed={"role": "administrator", "suspended": "true"}
    ),
    Sample(
        "access_request_received",
        "from a look-alike address",
        changed={
            "requester_email": "bruno.petit@аteliers-morel.example",
            "requester_email_confusable": "true",
        },
    ),
    Sample("access_request_reminder", "automatic", changed={"origin": "automatic"}),
    Sample("access_request_escalated", "to the contact", recipient_id="contact:1"),
    Sample("access_request_approved", "as administrator", changed={"role": "administrator"}),
    Sample(
        "access_request_settled",
        "rejected",
        changed={
            "verdict": "reject",
            "role": "",
            "reason": "Je ne connais pas cette personne.",
        },
    ),
    Sample("access_request_expired", "to its requester", recipient_id=REQUESTER_ID),
]
FIRST_READERS = {
    "access_request_escalated": "operator:1",
    "administrator_granted": "contact:1",
    "claims_locked": "operator:1",
}
SAMPLES = {
    sample.name: sample
    for kind_name in KINDS
    for sample in (
        Sample(kind_name, recipient_id=FIRST_READERS.get(kind_name, "account-2")),
        *(one for one in OTHER_READERS if one.kind_name == kind_name),
    )
}
