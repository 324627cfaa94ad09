"""The load itself: it lives the whole story, and takes nothing else for it."""

from collections.abc import Callable
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest

from tests.bench.load import Ask, WrongAnswer, asks, lifecycle
from tests.bench.relay import Relay, listening
from tests.system.companies import Company
from tests.system.people import Person

COMPANY = Company("732829320", "Ateliers Morel", "ADH-732829", "contact@example.org")
ID = "0190b5f0"

Gateway = Callable[[httpx.Request], httpx.Response]


def gateway(**other: httpx.Response) -> Gateway:
    """Answers like the gateway, but for what is given, by the last part of the path."""
    answers = {
        "access-requests": httpx.Response(202, json={"access_request": {"id": ID}}),
        "decision": httpx.Response(200, json={"state": "approved"}),
        COMPANY.siren: httpx.Response(200, json={}),
    } | {name.replace("_", "-"): answer for name, answer in other.items()}
    return lambda request: answers[request.url.path.rpartition("/")[2]]


async def lived(gateway: Gateway) -> dict[str, float]:
    relay = Relay()
    async with listening(relay) as port:
        for kind in ("access_request_received", "access_request_approved"):
            await send(port, kind)
    async with httpx.AsyncClient(base_url="http://localhost", transport=httpx.MockTransport(gateway)) as http:
        bruno, claire = (Person(http, relay, f"{name}@example.com", name) for name in ("bruno", "claire"))
        return await lifecycle(Ask(bruno, COMPANY, claire), relay)


async def send(port: int, kind: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "guichet@example.org", "claire@example.com"
    mail["X-Guichet-Kind"], mail["X-Guichet-Request"] = kind, ID
    mail.set_content("https://localhost/verifier?token=abc")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=False)


async def test_a_lifecycle_times_each_of_its_stages() -> None:
    stages = await lived(gateway())
    assert list(stages) == ["submit", "administrator mailed", "decision", "access open", "requester mailed"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("access_requests", httpx.Response(503, json={})),
        ("decision", httpx.Response(202, json={"state": "pending"})),
        ("decision", httpx.Response(200, json={"state": "rejected"})),
        (COMPANY.siren, httpx.Response(404, json={})),
    ],
)
async def test_any_answer_but_the_story_s_is_an_error(path: str, answer: httpx.Response) -> None:
    with pytest.raises(WrongAnswer):
        await lived(gateway(**{path: answer}))


async def test_the_relay_counts_a_mail_that_comes_twice() -> None:
    relay = Relay()
    async with listening(relay) as port:
        for _ in range(2):
            await send(port, "access_request_received")
    assert (relay.taken, relay.duplicates) == (2, 1)


async def test_no_requester_asks_a_company_twice_and_those_in_a_row_share_none() -> None:
    async with httpx.AsyncClient() as http:
        people = [Person(http, Relay(), f"{number}@example.com", "") for number in range(8)]
    claimed = [(Company(str(number), "", "", ""), people[0]) for number in range(4)]
    pairs = [(ask.requester.email, ask.company.siren) for ask in asks(people, claimed)]
    assert len(set(pairs)) == len(pairs) == 32
    for start in range(0, 32, 4):
        row = pairs[start : start + 4]
        assert len({email for email, _ in row}) == len({siren for _, siren in row}) == 4
