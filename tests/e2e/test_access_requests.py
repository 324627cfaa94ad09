"""From a Siren and a code to access, over HTTP, with the mails that people really receive."""

import asyncio
from collections.abc import Iterator

import httpx
from dirty_equals import IsPartialDict
from temporalio.client import Client

from tests.system.companies import Company
from tests.system.people import Mailbox, NewPerson
from tests.system.running import RunningSystem
from workflows.access_request.messages import SIREN, STATE, workflow_id


async def test_the_first_becomes_administrator_and_the_contact_on_file_is_told(
    person: NewPerson, company: Company, mailbox: Mailbox
) -> None:
    claire = await person("Claire Morel").joins()
    answer = await claire.asks_for(company)
    assert answer.status_code == 201, answer.text
    assert answer.json() == IsPartialDict(
        outcome="administrator_granted",
        membership=IsPartialDict(siren=company.siren, role="administrator", state="active"),
    )
    me = (await claire.call("GET", "/me")).json()
    assert me["landing"] == "portal"
    assert me["memberships"] == [
        IsPartialDict(siren=company.siren, company_name=company.name, role="administrator", state="active")
    ]
    mail = await mailbox.message(to=company.contact_email, kind="administrator_granted")
    assert "Claire Morel" in mail["text"]


async def test_an_approval_opens_access_and_everyone_is_told(
    person: NewPerson, company: Company, mailbox: Mailbox, system: RunningSystem
) -> None:
    claire, dora, bruno = await asyncio.gather(
        *(person(name).joins() for name in ("Claire Morel", "Dora Roy", "Bruno Petit"))
    )
    assert (await claire.asks_for(company)).status_code == 201
    second = await dora.submits(company)
    assert (await claire.decides(second, "approve", role="administrator")).status_code == 200

    access_request_id = await bruno.submits(company, "Je reprends les déclarations.")
    assert (await bruno.call("GET", "/me")).json() == IsPartialDict(
        landing="companies", pending_requests=[IsPartialDict(id=access_request_id)]
    )
    for administrator in (claire, dora):
        mail = await mailbox.message(
            to=administrator.email, kind="access_request_received", request=access_request_id
        )
        assert "Bruno Petit" in mail["subject"] + mail["text"]
        assert "Je reprends les déclarations." in mail["text"]
        assert f"{system.url}/demandes/{access_request_id}" in mail["links"]
    listed = await claire.call("GET", f"/companies/{company.siren}/access-requests?state=pending")
    assert [one["id"] for one in listed.json()["items"]] == [access_request_id]

    decided = await claire.decides(access_request_id, "approve", role="member")
    assert decided.status_code == 200, decided.text
    assert decided.json() == IsPartialDict(
        id=access_request_id,
        state="approved",
        decision=IsPartialDict(verdict="approve", role="member", by=IsPartialDict(full_name="Claire Morel")),
    )
    assert (await bruno.call("GET", "/me")).json()["landing"] == "portal"
    tools = (await bruno.call("GET", f"/tools?siren={company.siren}")).json()["items"]
    of_the_demo = {"contributions", "web-services", "memo", "ged"}
    assert [tool["name"] for tool in tools if tool["id"] in of_the_demo] == [
        "Vos contributions",
        "Web services Entreprises",
        "Mémo",
        "Ged",
    ]
    await mailbox.message(to=bruno.email, kind="access_request_approved", request=access_request_id)
    await mailbox.message(to=dora.email, kind="access_request_settled", request=access_request_id)
    assert (
        await mailbox.messages(to=claire.email, kind="access_request_settled", request=access_request_id)
        == []
    )

    again = await dora.decides(access_request_id, "reject", reason="Trop tard")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert again.json()["decision"] == IsPartialDict(verdict="approve")


async def test_a_rejection_gives_its_reason(person: NewPerson, company: Company, mailbox: Mailbox) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company)
    rejected = await claire.decides(access_request_id, "reject", reason="Vous avez quitté l'entreprise.")
    assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")
    mail = await mailbox.message(to=bruno.email, kind="access_request_rejected", request=access_request_id)
    assert "Vous avez quitté l'entreprise." in mail["text"]
    assert (await bruno.call("GET", f"/tools?siren={company.siren}")).status_code == 404
    assert (await bruno.asks_for(company)).status_code == 202


async def test_a_requester_may_withdraw(person: NewPerson, company: Company, mailbox: Mailbox) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company)
    assert (await bruno.call("DELETE", f"/access-requests/{access_request_id}")).status_code == 204
    assert (await bruno.call("GET", f"/access-requests/{access_request_id}")).json()["state"] == "cancelled"
    await mailbox.message(to=claire.email, kind="access_request_cancelled", request=access_request_id)


async def test_a_reminder_has_to_wait_for_its_time(person: NewPerson, company: Company) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company)
    early = await bruno.call("POST", f"/access-requests/{access_request_id}/reminders")
    assert (early.status_code, early.json()["code"]) == (429, "reminder_too_early")
    assert int(early.headers["Retry-After"]) > 86_000
    shown = (await bruno.call("GET", f"/access-requests/{access_request_id}")).json()
    assert early.json()["next_reminder_at"] == shown["next_reminder_at"]


async def test_one_account_holds_several_companies(person: NewPerson, companies: Iterator[Company]) -> None:
    accountant = await person("Chloé O'Brien").joins()
    joined = [next(companies) for _ in range(3)]
    for company in joined:
        assert (await accountant.asks_for(company)).status_code == 201
    memberships = (await accountant.call("GET", "/me")).json()["memberships"]
    assert {one["siren"] for one in memberships} == {one.siren for one in joined}


async def test_whoever_is_a_stranger_to_a_company_sees_nothing_of_it(
    person: NewPerson, company: Company
) -> None:
    claire, bruno, eve = await asyncio.gather(*(person(name).joins() for name in ("Claire", "Bruno", "Eve")))
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company)
    for method, path, body in (
        ("GET", f"/access-requests/{access_request_id}", None),
        ("DELETE", f"/access-requests/{access_request_id}", None),
        ("POST", f"/access-requests/{access_request_id}/reminders", None),
        ("POST", f"/access-requests/{access_request_id}/decision", {"verdict": "approve"}),
        ("GET", f"/companies/{company.siren}", None),
        ("GET", f"/companies/{company.siren}/members", None),
        ("GET", f"/companies/{company.siren}/access-requests", None),
        ("GET", f"/tools?siren={company.siren}", None),
    ):
        answer = await eve.call(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), f"{method} {path}"
    own = await bruno.decides(access_request_id, "approve")
    assert own.status_code in (403, 404)


async def test_the_last_administrator_stays(person: NewPerson, company: Company) -> None:
    claire = await person("Claire Morel").joins()
    await claire.asks_for(company)
    path = f"/companies/{company.siren}/members/{claire.id}"
    assert (await claire.call("DELETE", path)).json()["code"] == "last_administrator"
    assert (await claire.call("PATCH", path, {"role": "member"})).json()["code"] == "last_administrator"


async def test_rights_end_at_once_with_the_membership(person: NewPerson, company: Company) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    await claire.decides(await bruno.submits(company), "approve")
    assert (await bruno.call("GET", f"/companies/{company.siren}")).status_code == 200
    path = f"/companies/{company.siren}/members/{bruno.id}"
    assert (await claire.call("DELETE", path)).status_code == 204
    assert (await bruno.call("GET", f"/companies/{company.siren}")).status_code == 404


async def test_a_new_administrator_is_told_of_what_is_pending(
    person: NewPerson, company: Company, mailbox: Mailbox
) -> None:
    claire, dora, bruno = await asyncio.gather(
        *(person(name).joins() for name in ("Claire", "Dora", "Bruno"))
    )
    await claire.asks_for(company)
    await claire.decides(await dora.submits(company), "approve")
    access_request_id = await bruno.submits(company)
    await mailbox.message(to=claire.email, kind="access_request_received", request=access_request_id)
    path = f"/companies/{company.siren}/members/{dora.id}"
    assert (await claire.call("PATCH", path, {"role": "administrator"})).status_code == 200
    await mailbox.message(to=dora.email, kind="access_request_received", request=access_request_id)
    received = await mailbox.messages(
        to=claire.email, kind="access_request_received", request=access_request_id
    )
    assert len(received) == 1


async def test_events_tell_the_decision(person: NewPerson, company: Company, http: httpx.AsyncClient) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company)
    headers = {"Authorization": f"Bearer {bruno.token}", "Accept": "text/event-stream"}
    seen: list[str] = []
    async with http.stream(
        "GET", f"/api/v1/access-requests/{access_request_id}/events", headers=headers
    ) as events:
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                seen.append(line)
                if len(seen) == 1:
                    await claire.decides(access_request_id, "approve")
    assert '"pending"' in seen[0]
    assert '"approved"' in seen[-1]


async def test_ops_find_an_access_request_in_temporal(
    person: NewPerson, company: Company, system: RunningSystem
) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company, "secret de Bruno")
    client = await Client.connect(system.temporal_address)
    handle = client.get_workflow_handle(workflow_id(company.siren, access_request_id))
    shown = await handle.describe()
    attributes = shown.typed_search_attributes
    assert (attributes[SIREN], attributes[STATE]) == (company.siren, "pending")
    assert await shown.static_summary() == f"Access to Siren {company.siren}"
    history = str(await handle.fetch_history())
    for personal in ("Bruno", "Morel", bruno.email, claire.email, "secret"):
        assert personal not in history


async def test_the_same_key_eight_times_is_one_request(
    person: NewPerson, company: Company, mailbox: Mailbox
) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    body = {"siren": company.siren, "member_code": company.member_code}
    answers = await asyncio.gather(
        *(bruno.call("POST", "/access-requests", body, Idempotency_Key="one") for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {202}
    [access_request_id] = {answer.json()["access_request"]["id"] for answer in answers}
    await mailbox.message(to=claire.email, kind="access_request_received", request=access_request_id)
    other = await bruno.call("POST", "/access-requests", {**body, "message": "x"}, Idempotency_Key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
