"""Whose rights change is told by whom, when, and what to do."""

import asyncio

from tests.system.companies import Company
from tests.system.people import Mailbox, NewPerson
from tests.system.running import RunningSystem


async def test_who_is_suspended_restored_and_removed_is_told_each_time(
    person: NewPerson, company: Company, mailbox: Mailbox, system: RunningSystem
) -> None:
    claire, bruno = await asyncio.gather(*(person(name).joins() for name in ("Claire Morel", "Bruno Petit")))
    await claire.asks_for(company)
    assert (await claire.decides(await bruno.submits(company), "approve", role="member")).status_code == 200
    path = f"/companies/{company.siren}/members/{bruno.id}"
    for change, kind, words, leads_to in (
        ({"state": "suspended"}, "membership_suspended", "suspendu votre accès", "/entreprises"),
        (
            {"state": "active"},
            "membership_reinstated",
            "rétabli votre accès",
            f"/entreprises/{company.siren}",
        ),
        ({"role": "administrator"}, "membership_role_changed", "nommé administrateur", ""),
    ):
        assert (await claire.call("PATCH", path, change)).status_code == 200
        mail = await mailbox.message(to=bruno.email, kind=kind)
        assert words in " ".join(mail["text"].split())
        assert company.name in mail["subject"]
        assert f"{system.url}{leads_to}" in "".join(mail["links"])
    assert (await claire.call("DELETE", path)).status_code == 204
    mail = await mailbox.message(to=bruno.email, kind="membership_ended")
    assert "Un administrateur de l’entreprise" in mail["text"]
    assert f"{system.url}/entreprises/ajouter?siren={company.siren}" in mail["links"]
    # Nobody else is told, and who did it is not named.
    assert await mailbox.messages(to=claire.email, kind="membership_ended") == []
    assert "Claire" not in mail["text"]
