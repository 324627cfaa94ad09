"""A mail as it travels: headers, both parts, and its name that never changes."""

import hashlib
from base64 import encodebytes
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime

from services.notification.domain.recipients import Recipient
from services.notification.rendering import Content, Event

BOUNDARY = "=_guichet_="
# RFC 5322, 2.1.1: the longest line, less its end. RFC 2047, 2: the longest line that holds an encoded word.
LONGEST_LINE = 78
LONGEST_ENCODED_LINE = 76


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
    """Returns the mail for one recipient.

    Put together by hand: what a mail says besides its subject and its recipient is the same in many, and
    `email` would parse and fold each header of each part of every one.

    Raises:
        ValueError: a line end in what a header would say.
    """
    told = {
        "Subject": content.subject,
        "Auto-Submitted": "auto-generated",
        "X-Guichet-Kind": event.kind_name,
        "X-Guichet-Request": event.access_request_id,
        "Content-Language": recipient.language,
    }
    headers = [
        address("From", sender.name, sender.email),
        address("To", recipient.name, recipient.email),
        address("Reply-To", "", sender.reply_to),
        f"Date: {format_datetime(written_at)}\r\n",
        f"Message-ID: {message_id(event_id, recipient.recipient_id, sender.domain)}\r\n",
        *(header(name, value) for name, value in told.items() if value),
        "MIME-Version: 1.0\r\n",
        f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n',
    ]
    utf8 = not recipient.email.isascii()
    return Mail(recipient.email, "".join(headers).encode() + body(content), utf8)


def header(name: str, text: str) -> str:
    """Returns a header of free text as it travels: as it is, folded between words, or all encoded.

    Raises:
        ValueError: a line end in it.
    """
    if text.splitlines() != [text]:
        raise ValueError(f"a line end in {name}")
    longest_word = LONGEST_LINE - len(f"{name}: ")
    if not is_plain(text) or any(len(word) > longest_word for word in text.split()):
        return f"{name}: {encoded(name, text)}\r\n"
    folded = Header(text, "us-ascii", LONGEST_LINE, name).encode(linesep="\r\n")
    return f"{name}: {folded}\r\n"


def address(name: str, shown: str, email: str) -> str:
    """Returns a header that holds one address. Only the address itself may travel as UTF-8 (RFC 6532).

    Raises:
        ValueError: a line end in it.
    """
    username, _, domain = email.rpartition("@")
    one = Address(shown, username, domain)
    line = f"{name}: {one}"
    if not shown or (is_plain(line) and len(line) <= LONGEST_LINE):
        return f"{line}\r\n"
    return f"{name}: {encoded(name, shown)}\r\n <{one.addr_spec}>\r\n"


def is_plain(text: str) -> bool:
    """Tells whether text is read as it is written: ASCII, nothing of which looks like an encoded word."""
    return text.isascii() and "=?" not in text


def encoded(name: str, text: str) -> str:
    """Returns the whole of a text as encoded words, so that no space of it stands between two of them.

    The policies of `email` encode word by word, and lose or add the spaces between (Python 3.11).
    """
    return Header(text, "utf-8", LONGEST_ENCODED_LINE, name).encode(linesep="\r\n")


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
