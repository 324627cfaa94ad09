"""The mailbox as a process: what it took is there after a kill -9, and shows harmlessly."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import psutil
import pytest
import pytest_asyncio

from deploy.local.program import free_ports, running
from services.notification.domain.kinds import KINDS
from tests.integration.notification.running import RunningMailbox, mailbox_program, running_mailbox


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mailbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningMailbox]:
    async with running_mailbox(tmp_path_factory.mktemp("mailbox")) as running_one:
        yield running_one


@pytest_asyncio.fixture(autouse=True)
async def empty(mailbox: RunningMailbox) -> None:
    await mailbox.http.delete("/api/messages")
    await mailbox.http.delete("/api/faults")


def a_mail(to: str = "claire@example.com", subject: str = "Bonjour", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "guichet@example.org", to, subject
    mail["Date"] = "Mon, 23 Nov 2026 10:12:00 +0100"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Voir http://localhost:8080/demandes/1 merci\n")
    return mail


async def deliver(mailbox: RunningMailbox, mail: EmailMessage) -> str:
    _, said = await aiosmtplib.send(mail, hostname="127.0.0.1", port=mailbox.smtp_port)
    return said


async def test_a_mail_is_listed_with_what_it_says_and_its_links(mailbox: RunningMailbox) -> None:
    mail = a_mail(X_Guichet_Kind="account_exists", X_Guichet_Request="r1", Message_ID="<1@example.org>")
    await deliver(mailbox, mail)
    [item] = await mailbox.messages()
    assert item == {
        "id": item["id"],
        "from": "guichet@example.org",
        "to": "claire@example.com",
        "subject": "Bonjour",
        "date": "Mon, 23 Nov 2026 10:12:00 +0100",
        "kind": "account_exists",
        "request": "r1",
        "message_id": "<1@example.org>",
        "text": "Voir http://localhost:8080/demandes/1 merci\n",
        "links": ["http://localhost:8080/demandes/1"],
    }


async def test_pages_tell_times_on_the_clock_of_paris(mailbox: RunningMailbox) -> None:
    mail = a_mail()
    mail.replace_header("Date", "Mon, 23 Nov 2026 23:30:00 +0000")
    await deliver(mailbox, mail)
    [item] = await mailbox.messages()
    for path in ("/", f"/messages/{item['id']}"):
        assert "Tue 24 Nov 2026, 00:30:00" in (await mailbox.http.get(path)).text


async def test_filters_go_by_recipient_in_any_case_by_kind_and_by_request(mailbox: RunningMailbox) -> None:
    await deliver(mailbox, a_mail("Claire@example.com", "one", X_Guichet_Kind="a", X_Guichet_Request="r1"))
    await deliver(mailbox, a_mail("samir@example.com", "two", X_Guichet_Kind="a", X_Guichet_Request="r2"))
    await deliver(mailbox, a_mail("samir@example.com", "three", X_Guichet_Kind="b", X_Guichet_Request="r2"))

    async def subjects(**filters: str) -> list[str]:
        return [item["subject"] for item in await mailbox.messages(**filters)]

    assert await subjects() == ["three", "two", "one"]
    assert await subjects(to="claire@EXAMPLE.com") == ["one"]
    assert await subjects(kind="a") == ["two", "one"]
    assert await subjects(request="r2", kind="b") == ["three"]
    assert await subjects(to="nobody@example.com") == []


async def test_pages_follow_one_another_while_mails_arrive(mailbox: RunningMailbox) -> None:
    for number in range(5):
        await deliver(mailbox, a_mail(subject=str(number)))
    first = (await mailbox.http.get("/api/messages", params={"limit": "2"})).json()
    await deliver(mailbox, a_mail(subject="late"))
    second = (
        await mailbox.http.get("/api/messages", params={"limit": "3", "cursor": first["next_cursor"]})
    ).json()
    assert [one["subject"] for one in first["items"] + second["items"]] == ["4", "3", "2", "1", "0"]
    assert second["next_cursor"] is None


async def test_what_was_taken_survives_a_kill(tmp_path: Path) -> None:
    smtp_port, port = free_ports(2)
    program = mailbox_program(tmp_path, smtp_port=smtp_port, port=port)
    async with running(program, tmp_path / "killed.log") as process:
        for _ in range(20):
            await aiosmtplib.send(a_mail(), hostname="127.0.0.1", port=smtp_port)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with running_mailbox(tmp_path) as mailbox:
        assert len(await mailbox.messages()) == 20


async def test_a_hostile_mail_shows_as_text_and_cannot_run(mailbox: RunningMailbox) -> None:
    mail = a_mail(subject="<script>alert(1)</script>")
    mail.add_alternative("<html><head></head><body><script>alert(2)</script></body></html>", subtype="html")
    await deliver(mailbox, mail)
    [item] = await mailbox.messages()
    for path in ("/", f"/messages/{item['id']}"):
        page = await mailbox.http.get(path)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    part = await mailbox.http.get(f"/messages/{item['id']}/html")
    policy = part.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "script" not in policy


async def test_every_mail_there_is_shows_in_both_languages(mailbox: RunningMailbox) -> None:
    page = await mailbox.http.get("/mails")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    parts = re.findall(r'<iframe [^>]*src="([^"]+)"', page.text)
    for kind in KINDS:
        assert f"/mails/{kind}/fr" in parts
        assert f"/mails/{kind}/en" in parts
    for path in parts:
        part = await mailbox.http.get(path)
        assert part.status_code == 200
        assert f'<html lang="{path[-2:]}"' in part.text
        assert "sandbox" in part.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/mails/nothing/fr", "/mails/account_exists/de"])
async def test_a_sample_that_is_none_is_not_found(mailbox: RunningMailbox, path: str) -> None:
    assert (await mailbox.http.get(path)).status_code == 404


async def test_a_mail_that_is_no_mail_is_kept_and_shown(mailbox: RunningMailbox) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mailbox.smtp_port) as client:
        await client.sendmail("a@example.org", ["b@example.com"], b"\xff\xfe\x00 nothing like a mail")
        broken = (
            b"Subject: =?utf-9?q?x?=\nContent-Type: text/plain; charset=none-such\n"
            b"Date: yesterday\nTo: <<<>>>\n\nh\xc3\xa9\n"
        )
        await client.sendmail("a@example.org", ["b@example.com"], broken)
    assert (await mailbox.http.get("/")).status_code == 200
    for item in await mailbox.messages(to="b@example.com"):
        assert (await mailbox.http.get(f"/messages/{item['id']}")).status_code == 200
    assert (await mailbox.messages(to="b@example.com"))[0]["text"] == "hé\n"


@pytest.mark.parametrize("path", ["/api/messages/0", "/api/messages/x", "/messages/9" + "9" * 30])
async def test_an_id_that_is_none_is_not_found(mailbox: RunningMailbox, path: str) -> None:
    assert (await mailbox.http.get(path)).status_code == 404


@pytest.mark.parametrize("query", ["limit=x", "cursor=-1", "limit=" + "9" * 40])
async def test_a_page_that_is_none_is_refused(mailbox: RunningMailbox, query: str) -> None:
    assert (await mailbox.http.get(f"/api/messages?{query}")).status_code == 400


async def test_a_fault_answers_so_many_times(mailbox: RunningMailbox) -> None:
    await mailbox.answer("claire@example.com", "451", times=2)
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await deliver(mailbox, a_mail())
        assert refused.value.recipients[0].code == 451
    await deliver(mailbox, a_mail())
    assert len(await mailbox.messages()) == 1


async def test_a_fault_for_everyone_ends_when_it_is_cleared(mailbox: RunningMailbox) -> None:
    await mailbox.answer("*", "550", times=100)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await deliver(mailbox, a_mail())
    assert (await mailbox.http.get("/api/faults")).json()["items"][0]["times"] == 99
    await mailbox.http.delete("/api/faults")
    await deliver(mailbox, a_mail())


async def test_a_cut_after_data_keeps_the_mail_and_does_not_say_so(mailbox: RunningMailbox) -> None:
    await mailbox.answer("*", "cut_after_data")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await deliver(mailbox, a_mail())
    assert len(await mailbox.messages()) == 1


@pytest.mark.parametrize(
    "body", [{}, {"to": "*", "answer": "999"}, [], {"to": "*", "answer": "451", "times": "x"}]
)
async def test_a_fault_that_is_none_is_refused(mailbox: RunningMailbox, body: object) -> None:
    assert (await mailbox.http.put("/api/faults", json=body)).status_code == 422


async def test_many_mails_do_not_grow_the_process(tmp_path: Path) -> None:
    smtp_port, port = free_ports(2)
    program = mailbox_program(tmp_path, smtp_port=smtp_port, port=port)
    async with running(program, tmp_path / "mailbox.log") as process:
        resident = psutil.Process(process.pid).memory_info
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port) as client:
            content = a_mail().as_bytes() + b"nothing much\r\n" * 1_500
            for _ in range(50):
                await client.sendmail("a@example.org", ["b@example.com"], content)
            before = resident().rss
            for _ in range(400):
                await client.sendmail("a@example.org", ["b@example.com"], content)
        after = resident().rss
        grown = after - before
    assert grown < 6_000_000, f"{before} to {after}"


async def test_sigterm_ends_it_with_0(tmp_path: Path) -> None:
    smtp_port, port = free_ports(2)
    program = mailbox_program(tmp_path, smtp_port=smtp_port, port=port)
    async with running(program, tmp_path / "mailbox.log") as process:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_a_taken_port_is_one_line(mailbox: RunningMailbox, tmp_path: Path) -> None:
    [port] = free_ports(1)
    program = mailbox_program(tmp_path, smtp_port=mailbox.smtp_port, port=port)
    process = await asyncio.create_subprocess_exec(
        *program.argv, env=dict(program.environment), stderr=asyncio.subprocess.PIPE
    )
    _, written = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert written.decode() == (
        f"port {mailbox.smtp_port} is taken: stop what listens there, or set GUICHET_MAILBOX_SMTP_PORT"
        " to another\n"
    )
