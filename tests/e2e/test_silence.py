"""What happens when nobody answers, in seconds rather than days."""

import asyncio
from datetime import datetime
from pathlib import Path

import httpx

from tests.system.companies import Company
from tests.system.people import Mailbox, new_person
from tests.system.running import CommandLine, running_system


async def test_silence_reminds_escalates_and_expires(tmp_path: Path, company: Company) -> None:
    """In seconds, as the policy settings say."""
    policy = {
        "GUICHET_REMIND_AFTER": "PT3S",
        "GUICHET_ESCALATE_AFTER": "PT6S",
        "GUICHET_EXPIRE_AFTER": "PT10S",
        "GUICHET_REMINDER_COOLDOWN": "PT1S",
        "GUICHET_MAX_REMINDERS": "2",
    }
    async with (
        running_system(tmp_path / "state", **policy) as system,
        httpx.AsyncClient(base_url=system.url, timeout=30) as http,
    ):
        mailbox = Mailbox(http, system.mailbox_url)
        guichet = CommandLine({"GUICHET_STATE_DIR": str(system.state)})
        assert (await guichet("operators", "add", "desk@example.org")).code == 0
        claire, bruno = await asyncio.gather(
            *(new_person(http, mailbox, name).joins() for name in ("Claire Morel", "Bruno Petit"))
        )
        await claire.asks_for(company)
        access_request_id = await bruno.submits(company)

        async def about(count: int = 1, **filters: str) -> None:
            await mailbox.message(count, request=access_request_id, **filters)

        await asyncio.sleep(1)
        reminded = await bruno.call("POST", f"/access-requests/{access_request_id}/reminders")
        assert (reminded.status_code, reminded.json()["reminder_count"]) == (202, 1)
        await about(to=claire.email, kind="access_request_reminder", count=2)
        await about(to="desk@example.org", kind="access_request_escalated")
        await about(to=company.contact_email, kind="access_request_escalated")
        escalated = (await bruno.call("GET", f"/access-requests/{access_request_id}")).json()
        assert (escalated["state"], escalated["escalated"], escalated["escalation_reason"]) == (
            "pending",
            True,
            "no_answer",
        )
        assert [one["by"] for one in escalated["reminders"]] == ["requester", "automatic"]
        listed = await guichet("requests", "list", "--escalated", "--json")
        assert listed.code == 0
        assert access_request_id in listed.out

        await about(to=bruno.email, kind="access_request_expired")
        await about(to=claire.email, kind="access_request_expired")
        expired = (await bruno.call("GET", f"/access-requests/{access_request_id}")).json()
        assert expired["state"] == "expired"
        assert datetime.fromisoformat(expired["expires_at"]) > datetime.fromisoformat(expired["created_at"])
        late = await claire.decides(access_request_id, "approve")
        assert (late.status_code, late.json()["code"]) == (409, "request_expired")
        assert (await bruno.asks_for(company)).status_code == 202
