from email.message import EmailMessage
from pathlib import Path

from deploy.local.mailbox.faults import Fault, Faults, Switch
from deploy.local.mailbox.reading import read
from deploy.local.mailbox.storage import Storage, Stored


def stored(text: str, html: str = "") -> Stored:
    mail = EmailMessage()
    mail["Subject"] = "Vérifiez"
    mail.set_content(text, cte="quoted-printable")
    if html:
        mail.add_alternative(html, subtype="html", cte="base64")
    return Stored(7, mail.as_bytes())


def test_links_are_those_of_the_html_part_in_order_and_once() -> None:
    html = (
        '<p><a href="http://x/1?a=1&amp;b=2">1</a><a href="mailto:a@x">m</a>'
        '<a href="http://x/2">2</a><a href="http://x/2">again</a></p>'
    )
    assert read(stored("http://x/elsewhere", html)).links == ["http://x/1?a=1&b=2", "http://x/2"]


def test_links_of_a_mail_without_html_are_found_in_its_text() -> None:
    assert read(stored("voir http://x/1?token=a_b-c\nou <http://x/2>")).links == [
        "http://x/1?token=a_b-c",
        "http://x/2",
    ]


def test_parts_and_subject_are_decoded() -> None:
    message = read(stored("Déjà vu\n", "<p>Déjà vu</p>\n"))
    assert (message.subject, message.text, message.html) == ("Vérifiez", "Déjà vu\n", "<p>Déjà vu</p>\n")


def test_a_mail_for_two_is_found_by_either(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    number = storage.add(b"X-Guichet-Kind: a\n\nb", ["Claire@example.com", "samir@example.com"])
    for to in ("claire@example.com", "SAMIR@example.com"):
        assert [one.number for one in storage.page(to=to, limit=5)] == [number]
    storage.clear()
    assert storage.page(limit=5) == []
    assert storage.add(b"", []) > number
    storage.close()


async def test_a_fault_for_one_address_goes_before_one_for_everyone() -> None:
    faults = Faults()
    faults.set(Switch("*", Fault.BUSY, times=1))
    faults.set(Switch("Gone@example.com", Fault.NO_SUCH_MAILBOX, times=1))
    assert str(await faults.reply_to_recipient("gone@example.com")).startswith("550")
    assert str(await faults.reply_to_recipient("gone@example.com")).startswith("451")
    assert await faults.reply_to_recipient("gone@example.com") is None
