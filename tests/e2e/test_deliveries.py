"""Whom an access request reached, as its requester is told."""

import asyncio

from tests.system.companies import Company
from tests.system.people import Mailbox, NewPerson
from tests.system.running import RunningSystem

RECEIVED = "access_request_received"


async def test_a_requester_learns_who_was_reached_and_who_was_not_without_their_names(
    person: NewPerson, company: Company, mailbox: Mailbox, system: RunningSystem
) -> None:
    claire, dora, bruno = await asyncio.gather(
        *(person(name).joins() for name in ("Claire Morel", "Dora O'Brien", "Bruno Petit"))
    )
    assert (await claire.asks_for(company)).status_code == 201
    second = await dora.submits(company)
    assert (await claire.decides(second, "approve", role="administrator")).status_code == 200
    await mailbox.message(to=dora.email, kind="access_request_approved", request=second)
    fault = {"to": dora.email, "answer": "550"}
    (await bruno.http.put(f"{system.mailbox_url}/api/faults", json=fault)).raise_for_status()

    id_ = await bruno.submits(company, "Je reprends les déclarations.")
    async with asyncio.timeout(30):
        while True:
            items = (await bruno.call("GET", f"/access-requests/{id_}/deliveries")).json()["items"]
            if {one["state"] for one in items} == {"sent", "failed"}:
                break
            await asyncio.sleep(0.1)
    told = sorted((one["recipient"], one["name"], one["kind"], one["state"]) for one in items)
    assert told == [
        ("administrator", "C••• M•••", RECEIVED, "sent"),
        ("administrator", "D••• O•••", RECEIVED, "failed"),
    ]
    stranger = await person("Zoe Blanc").joins()
    assert (await stranger.call("GET", f"/access-requests/{id_}/deliveries")).status_code == 404

    changed = await bruno.call("PATCH", f"/access-requests/{id_}", {"message": "Poste 214"})
    assert (changed.status_code, changed.json()["message"]) == (200, "Poste 214")
    seen = await claire.call("GET", f"/access-requests/{id_}")
    assert seen.json()["message"] == "Poste 214"


async def test_whoever_has_the_pair_sees_the_company_before_asking(
    person: NewPerson, company: Company
) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    pair = {"siren": company.siren, "member_code": company.member_code}
    first = await claire.call("POST", "/company-claims", pair)
    assert first.status_code == 200, first.text
    assert first.json()["company"] == {
        "siren": company.siren,
        "name": company.name,
        "city": first.json()["company"]["city"],
    }
    assert not first.json()["administered"]
    assert (await claire.asks_for(company)).status_code == 201
    assert (await bruno.call("POST", "/company-claims", pair)).json()["administered"]
    wrong = await bruno.call("POST", "/company-claims", {**pair, "member_code": "WRONG-1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "claim_refused")
