"""A mail as it travels: headers, both parts, and its name that never changes."""

import hashlib
from base64 import encodebytes
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from functools import lru_cache

from services.notification.domain.recipients import Recipient
from services.notification.rendering import Content, Event

BOUNDARY = "=_guichet_="
KEPT = 1024


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
    """Returns the mail for one recipient. Header values are refused line ends by `email`, after us.

    Put together by hand: what a mail says besides its subject and its recipient is the same in many, and
    `email` would parse and fold each header of each part of every one.
    """
    utf8 = not recipient.email.isascii()
    policy = SMTPUTF8 if utf8 else SMTP
    told = {
        "Subject": content.subject,
        "Date": format_datetime(written_at),
        "Message-ID": message_id(event_id, recipient.recipient_id, sender.domain),
        "Auto-Submitted": "auto-generated",
        "X-Guichet-Kind": event.kind_name,
        "X-Guichet-Request": event.access_request_id,
        "Content-Language": recipient.language,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{BOUNDARY}"',
    }
    headers = [
        address("From", sender.name, sender.email, policy),
        address("To", recipient.name, recipient.email, policy),
        address("Reply-To", "", sender.reply_to, policy),
        *(header(name, value, policy) for name, value in told.items() if value),
    ]
    return Mail(recipient.email, "".join(headers).encode() + body(content), utf8)


@lru_cache(maxsize=KEPT)
def header(name: str, value: str, policy: EmailPolicy) -> str:
    """Returns a header as it travels, encoded where it has to be. A line end in it: ValueError."""
    return str(policy.header_store_parse(name, value)[1].fold(policy=policy))


@lru_cache(maxsize=KEPT)
def address(name: str, shown: str, email: str, policy: EmailPolicy) -> str:
    username, _, domain = email.rpartition("@")
    one = Address(shown, username, domain)
    return str(policy.header_store_parse(name, one)[1].fold(policy=policy))


def body(content: Content) -> bytes:
    """Returns both parts. Neither encoding can write the boundary, which has a `_` after a `=`."""
    text = b2a_qp(content.text.encode(), istext=True).replace(b"\n", b"\r\n")
    html = encodebytes(content.html.replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
    return b"\r\n".join(
        (
            b"",
            b"--" + BOUNDARY.encode(),
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Transfer-Encoding: quoted-printable",
            b"",
            text,
            b"--" + BOUNDARY.encode(),
            b"Content-Type: text/html; charset=utf-8",
            b"Content-Transfer-Encoding: base64",
            b"",
            html,
            b"--" + BOUNDARY.encode() + b"--",
            b"",
        )
    )
