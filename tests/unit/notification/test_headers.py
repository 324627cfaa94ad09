"""What a header says, read back as any reader of mails does: the same, to the space."""

import csv
from datetime import UTC, datetime
from email import message_from_string
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import parseaddr

import pytest

from services.notification.domain.kinds import KINDS
from services.notification.domain.recipients import Recipient, recipient
from services.notification.envelope import Mail, Sender, address, header, message_id, sealed
from services.notification.rendering import Content
from tests.system.running import ROOT
from tests.unit.notification.examples import claire, event_of, rendered

LINE = 78
SENDER = Sender("Portail de l’Opcommerce", "guichet@opcommerce.example", "support@opcommerce.example")
WRITTEN_AT = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
NAMES = (
    "Claire Dupont",
    "O'Brien",
    "俊宇",
    "Надежда",
    "Zoé 🎉",
    "Hélène-Éléonore de la Rochefoucauld d’Harcourt (démo)",
    "Société coopérative d’intérêt collectif à capital variable des Ateliers de l’Écluse (démo)",
    "=?utf-8?q?Claire?=",
    '"Dupont", Claire (démo) <x@example.org>',
    "Élan  deux  espaces",
    "deux  espaces " * 12 + "fin",
    "É" * 200,
    "俊" * 200,
    "🎉" * 200,
    "é " * 99 + "é",
    "ab " * 66 + "ab",
    "N" * 200,
    "Dupont, " * 25 + "Claire",
)

with (ROOT / "deploy/local/demo/companies.csv").open(encoding="utf-8", newline="") as rows:
    COMPANIES = [row["name"] for row in csv.DictReader(rows)]


def mailed(subject: str, to: Recipient, sender: Sender = SENDER) -> Mail:
    return sealed(
        Content(subject, "texte\n", "<p>texte</p>\n"),
        event_id="event",
        event=event_of("access_request_received"),
        recipient=to,
        sender=sender,
        written_at=WRITTEN_AT,
    )


def read_back(mail: Mail) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(mail.content)


def name_read_back(mail: Mail, field: str) -> str:
    """Returns who is shown. Python's newer parser keeps spaces between encoded words of a name, wrongly."""
    written = message_from_string(mail.content.decode())[field]
    name, _, _ = written.rpartition("<")
    return str(make_header(decode_header(name.strip()))) if "=?" in name else parseaddr(written)[0]


def header_lines(mail: Mail) -> list[bytes]:
    return mail.content.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_mail_names_each_company_as_written(kind: str, language: str) -> None:
    to = claire(language)
    wrong = []
    for company in COMPANIES:
        subject = rendered(kind, to, company_name=company).subject
        mail = mailed(subject, to, Sender(company, SENDER.email, SENDER.reply_to))
        assert all(len(line) <= LINE and line.isascii() for line in header_lines(mail))
        read = (read_back(mail)["Subject"], name_read_back(mail, "From"))
        if read != (subject, company):
            wrong.append(read)
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_read_back_to_the_space(name: str) -> None:
    mail = mailed(name, claire(name=name), Sender(name, SENDER.email, SENDER.reply_to))
    assert all(len(line) <= LINE and line.isascii() for line in header_lines(mail))
    read = read_back(mail)
    assert read["Subject"] == name
    for field, email in (("To", "claire@example.com"), ("From", SENDER.email)):
        assert name_read_back(mail, field) == name
        assert [one.addr_spec for one in read[field].addresses] == [email]
        assert not read[field].defects


def test_plain_text_is_not_encoded() -> None:
    mail = mailed("Your request for Ateliers Morel" + " was refused" * 9, claire())
    assert b"To: Claire Dupont <claire@example.com>" in header_lines(mail)
    assert b"Subject: Your request for" in mail.content
    assert all(len(line) <= LINE for line in header_lines(mail))


@pytest.mark.parametrize("name", ["", "Надежда Константиновна", "Claire Dupont"])
def test_only_an_address_travels_as_utf8_and_only_to_who_has_one(name: str) -> None:
    to = recipient(recipient_id="account-2", email="надежда@example.com", name=name, locale="fr")
    mail = mailed("Votre demande a été refusée", to)
    assert mail.utf8
    (raw,) = [line for line in header_lines(mail) if not line.isascii()]
    assert raw.decode().strip().removeprefix("To: ").strip("<>").endswith("надежда@example.com")
    assert name_read_back(mail, "To") == name
    assert not mailed("Élan", claire(name="Надежда")).utf8


def test_an_identifier_is_never_folded_nor_encoded() -> None:
    sender = Sender("Guichet", f"guichet@{'long-' * 10}domain.example.org", SENDER.reply_to)
    mail = mailed("Bonjour", claire(), sender)
    expected = message_id("event", "account-2", sender.domain)
    assert f"Message-ID: {expected}".encode() in header_lines(mail)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("text", ["Bonjour{}Bcc: x@example.org", "É{}Bcc: x@example.org", "Bonjour{}"])
def test_a_line_end_is_refused(text: str, end: str) -> None:
    with pytest.raises(ValueError, match="line"):
        header("Subject", text.format(end))
    with pytest.raises(ValueError, match="CR or LF"):
        address("To", text.format(end), "claire@example.com")
