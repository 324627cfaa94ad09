"""A stored mail as a reader sees it."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from deploy.local.mailbox.storage import Stored

LINK_IN_TEXT = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Message:
    """What a mail says, its parts decoded. `links` are the web addresses in it, in order, each once."""

    id: str
    sender: str
    to: str
    subject: str
    date: str
    kind: str
    request: str
    message_id: str
    text: str
    html: str
    links: list[str]
    headers: list[tuple[str, str]]

    def summary(self) -> dict[str, object]:
        """The fields of a list item of the JSON answers."""
        return {
            "id": self.id,
            "from": self.sender,
            "to": self.to,
            "subject": self.subject,
            "date": self.date,
            "kind": self.kind,
            "request": self.request,
            "message_id": self.message_id,
            "text": self.text,
            "links": self.links,
        }

    def complete(self) -> dict[str, object]:
        """The fields of one message's JSON answer."""
        headers = [{"name": name, "value": value} for name, value in self.headers]
        return {**self.summary(), "html": self.html, "headers": headers}


def read(stored: Stored) -> Message:
    mail = message_from_bytes(stored.content, policy=default)
    text, html = part(mail, "plain"), part(mail, "html")
    found = links_in(html) if html else LINK_IN_TEXT.findall(text)
    return Message(
        id=str(stored.number),
        sender=header(mail, "From"),
        to=header(mail, "To"),
        subject=header(mail, "Subject"),
        date=header(mail, "Date"),
        kind=header(mail, "X-Guichet-Kind"),
        request=header(mail, "X-Guichet-Request"),
        message_id=header(mail, "Message-ID"),
        text=text,
        html=html,
        links=list(dict.fromkeys(found)),
        headers=[(name, str(value)) for name, value in mail.items()],
    )


def header(mail: EmailMessage, name: str) -> str:
    return str(mail.get(name, ""))


def part(mail: EmailMessage, subtype: str) -> str:
    """Returns a text part, whatever its bytes: what cannot be decoded shows as such."""
    body = mail.get_body((subtype,))
    if body is None:
        return ""
    content = body.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(body.get_content_charset("utf-8"), errors="replace").replace("\r\n", "\n")
    except LookupError:
        return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


class Links(HTMLParser):
    """Collects the web addresses of an HTML part's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and href.startswith(("http://", "https://")):
            self.found.append(href)


def links_in(html: str) -> list[str]:
    links = Links()
    links.feed(html)
    return links.found
