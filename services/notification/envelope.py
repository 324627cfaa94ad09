"""A mail as it travels: headers, both parts, and its name that never changes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from services.notification.domain.recipients import Recipient
from services.notification.rendering import Content, Event


@dataclass(frozen=True)
class Sender:
    """In whose name mails are sent, and who reads the answers. Both are addresses; `name` is shown."""

    name: str
    email: str
    reply_to: str

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


@dataclass(frozen=True)
class Mail:
    """Bytes to hand to a relay, for one recipient. `utf8` where an address is not ASCII (RFC 6531)."""

    recipient: str
    content: bytes
    utf8: bool


def message_id(event_id: str, recipient_id: str, domain: str) -> str:
    """Returns the same Message-ID whenever the same event is told to the same recipient."""
    key = hashlib.sha256(f"{event_id}\0{recipient_id}".encode()).hexdigest()
    return f"<{key[:40]}@{domain}>"


def sealed(
    content: Content,
    *,
    event_id: str,
    event: Event,
    recipient: Recipient,
    sender: Sender,
    written_at: datetime,
) -> Mail:
    """Returns the mail for one recipient. Header values are refused line ends by `email`, after us."""
    utf8 = not recipient.email.isascii()
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.email)
    username, _, domain = recipient.email.rpartition("@")
    message["To"] = Address(recipient.name, username, domain)
    message["Reply-To"] = Address(addr_spec=sender.reply_to)
    message["Subject"] = content.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id(event_id, recipient.recipient_id, sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Guichet-Kind"] = event.kind_name
    if event.access_request_id:
        message["X-Guichet-Request"] = event.access_request_id
    message.set_content(content.text, cte="quoted-printable")
    message.add_alternative(content.html, subtype="html", cte="base64")
    # After the parts: making a mail multipart moves its Content headers into the first part.
    message["Content-Language"] = recipient.language
    return Mail(recipient.email, message.as_bytes(), utf8)
