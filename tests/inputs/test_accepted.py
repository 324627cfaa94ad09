"""Unusual input that is right, and what it becomes."""

import unicodedata
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from dirty_equals import IsPartialDict

from tests.inputs.body_rows import LARGEST_BODY, padded
from tests.inputs.scene import Facts, Scene, new_account
from tests.system.companies import Company
from tests.system.people import Mailbox, NewPerson, token_in
from tests.system.running import RunningSystem

STORED_NAME = "SELECT s.full_name FROM sign_ups s JOIN accounts a ON a.id = account_id WHERE a.email = $1"
SENT = (202, {"state": "verification_sent"})


@pytest.fixture(scope="module")
def unclaimed(companies: list[Company]) -> Iterator[Company]:
    return iter(companies[4:14])


@pytest.mark.parametrize(
    "name", ["O'Brien", "Nguyễn Thị Hoa", "Nguye\u0302\u0303n", "Надежда", "俊宇", "=cmd()", "é" * 100]
)
async def test_a_name_of_the_world_is_accepted_and_stored_in_nfc(
    name: str, scene: Scene, facts: Facts
) -> None:
    account = new_account()
    answer = await scene.answer(scene.request("POST", "/accounts", {**account, "full_name": name}))
    assert (answer.status_code, answer.json()) == SENT
    stored = await facts.one("identity", STORED_NAME, account["email"])
    assert stored == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "password",
    [
        "une phrase secrète de soixante-quatre caractères, ou davantage encore",
        "🦊 saute 🌳 trois fois ☂",
        " des espaces autour aussi ",
        "lavande trottoir bocal " + "é" * 500,
    ],
)
async def test_a_long_password_with_spaces_or_emoji_opens_its_account(
    password: str, person: NewPerson
) -> None:
    claire = person("Claire Morel")
    body = {**new_account(), "email": claire.email, "password": password}
    answer = await claire.call("POST", "/accounts", body)
    assert (answer.status_code, answer.json()) == SENT
    await claire.verify()
    assert (await claire.sign_in(password)).status_code == 201
    assert (await claire.sign_in(password[:-1])).status_code == 401


async def test_a_taken_address_is_known_in_every_way_to_write_it_and_its_owner_told(
    person: NewPerson, mailbox: Mailbox, scene: Scene, facts: Facts
) -> None:
    remi = person("Rémi Petit")
    local = f"rémi.{uuid4().hex[:8]}"
    remi.email = f"{local}@xn--bcher-kva.example.com"
    await remi.joins()
    twins = [
        remi.email.upper(),
        unicodedata.normalize("NFD", remi.email),
        f"{local}@bücher.example.com",
        unicodedata.normalize("NFD", f"{local}@BÜCHER.example.com"),
    ]
    before = await facts.one("identity", "SELECT count(*) FROM accounts")
    for count, twin in enumerate(twins, 1):
        answer = await scene.answer(scene.sign_up(email=twin))
        assert (answer.status_code, answer.json()) == SENT
        await mailbox.message(count, to=remi.email, kind="account_exists")
    assert await facts.one("identity", "SELECT count(*) FROM accounts") == before
    assert (await remi.sign_in()).status_code == 201


async def test_a_reset_for_nobody_gets_the_same_answer(scene: Scene, mailbox: Mailbox) -> None:
    claire, nobody = scene.people["claire"].email, f"nobody.{uuid4().hex[:8]}@example.com"
    answers = [
        await scene.answer(scene.request("POST", "/password-resets", {"email": email}))
        for email in (nobody, claire)
    ]
    assert [(one.status_code, one.json()) for one in answers] == [(202, {"state": "reset_sent"})] * 2
    await mailbox.message(to=claire, kind="password_reset")
    assert await mailbox.messages(to=nobody) == []


async def test_a_look_alike_address_is_accepted_and_flagged_to_administrators(
    person: NewPerson, scene: Scene
) -> None:
    imitator = person("Claire Morel")
    imitator.email = f"сlaire.{uuid4().hex[:8]}@example.com"  # с is Cyrillic
    await imitator.joins()
    access_request_id = await imitator.submits(scene.company)
    seen = await scene.answer(scene.request("GET", f"/access-requests/{access_request_id}", by="claire"))
    assert seen.json()["requester"] == IsPartialDict(email=imitator.email, email_confusable=True)
    honest = await scene.answer(scene.request("GET", f"/access-requests/{scene.pending}", by="claire"))
    assert honest.json()["requester"]["email_confusable"] is False


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
async def test_a_siren_with_spaces_of_any_kind_is_read(
    space: str, person: NewPerson, unclaimed: Iterator[Company]
) -> None:
    company = next(unclaimed)
    spaced = space.join((company.siren[:3], company.siren[3:6], company.siren[6:]))
    claire = await person("Claire Morel").joins()
    body = {"siren": f"{space}{spaced}", "member_code": company.member_code}
    assert (await claire.call("POST", "/access-requests", body)).status_code == 201
    for path in (
        f"/companies/{spaced}",
        f"/companies/{spaced}/members",
        f"/companies/{spaced}/access-requests",
        f"/tools?siren={spaced}",
    ):
        assert (await claire.call("GET", path)).status_code == 200, path


async def test_a_member_code_in_another_case_with_spaces_is_read(
    person: NewPerson, unclaimed: Iterator[Company]
) -> None:
    company = next(unclaimed)
    claire = await person("Claire Morel").joins()
    code = f" {company.member_code[:3].lower()}\u00a0{company.member_code[3:].lower()} "
    body = {"siren": company.siren, "member_code": code}
    assert (await claire.call("POST", "/access-requests", body)).status_code == 201


async def test_a_body_of_64_kb_is_read(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/api/v1/accounts", content=padded(LARGEST_BODY), headers=headers)
    assert (answer.status_code, answer.json()) == SENT


async def test_looking_at_a_mailed_link_changes_nothing(
    person: NewPerson, mailbox: Mailbox, scene: Scene, http: httpx.AsyncClient, facts: Facts
) -> None:
    bruno = person("Bruno Petit")
    await bruno.sign_up()
    verification = await mailbox.message(to=bruno.email, kind="account_verification")
    await bruno.call("POST", "/password-resets", {"email": bruno.email})
    reset = await mailbox.message(to=bruno.email, kind="password_reset")
    received = await mailbox.message(
        to=scene.people["claire"].email, kind="access_request_received", request=scene.pending
    )
    links = {link for mail in (verification, reset, received) for link in mail["links"]}
    assert len(links) >= 3
    before = await facts.fingerprint()
    for link in sorted(links):
        for method in ("HEAD", "GET"):
            answer = await http.request(method, link, follow_redirects=True)
            assert answer.status_code == 200, (method, link)
    assert await facts.fingerprint() == before
    done = await bruno.call("POST", "/accounts/verification", {"token": token_in(verification)})
    assert done.status_code == 200


async def test_links_are_built_from_configuration_whatever_a_request_claims(
    scene: Scene, mailbox: Mailbox, system: RunningSystem
) -> None:
    account = new_account()
    forged = {
        "Host": "127.0.0.1:9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
        "X-Forwarded-For": "203.0.113.9",
    }
    answer = await scene.answer(scene.request("POST", "/accounts", account, headers=forged))
    assert (answer.status_code, answer.json()) == SENT
    mail = await mailbox.message(to=str(account["email"]), kind="account_verification")
    assert mail["links"]
    assert all(link.startswith(f"{system.url}/") for link in mail["links"])
