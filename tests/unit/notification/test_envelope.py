from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from services.notification.domain.recipients import Recipient
from services.notification.envelope import Sender, message_id, sealed
from tests.unit.notification.examples import claire, event_of, rendered

SENDER = Sender("Guichet", "ne-pas-repondre@opcommerce.example", "support@opcommerce.example")


def opened(to: Recipient, **changed: str) -> EmailMessage:
    event = event_of("access_request_received", **changed)
    mail = sealed(
        rendered("access_request_received", to, **changed),
        event_id="event",
        event=event,
        recipient=to,
        sender=SENDER,
        written_at=datetime(2026, 11, 23, 9, 12, tzinfo=UTC),
    )
    assert all(len(line) <= 998 for line in mail.content.splitlines())
    return message_from_bytes(mail.content, policy=default)


@pytest.mark.parametrize(
    "name",
    [
        *("Claire Dupont", "Dupont, Claire", '"Claire" <x@example.org>', "O'Brien", "Nguyễn Thị", "俊宇"),
        *("=?utf-8?q?x?=", "a@example.org, b", "N" * 300, "É" * 100, '(a) \\ "b"'),
    ],
)
def test_a_name_never_adds_a_recipient_nor_breaks_a_header(name: str) -> None:
    mail = opened(claire(name=name), requester_name=name, company_name=name)
    assert mail["To"].addresses[0].addr_spec == "claire@example.com"
    assert len(mail["To"].addresses) == 1
    assert mail["Bcc"] is mail["Cc"] is None
    assert mail["X-Guichet-Kind"] == "access_request_received"
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize("name", ["Nguyễn Thị", "Dupont, Claire", "É" * 15])
def test_a_name_is_read_back_as_it_was(name: str) -> None:
    mail = opened(claire(name=name), requester_name=name)
    assert mail["To"].addresses[0].display_name == name
    assert mail["Subject"].startswith(f"{name} demande à rejoindre")


def test_both_parts_are_read_back_as_they_were() -> None:
    mail, content = opened(claire()), rendered("access_request_received", claire())
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == content.text
    assert html.get_content().replace("\r\n", "\n").rstrip() == content.html.rstrip()
    assert mail["Content-Language"] == "fr"


def test_a_message_id_is_stable_and_belongs_to_one_event_and_recipient() -> None:
    found = message_id("event", "recipient", "example.org")
    assert found == message_id("event", "recipient", "example.org")
    others = {message_id("event", "other", "example.org"), message_id("other", "recipient", "example.org")}
    assert found not in others
