"""`guichet status`: which parts serve, how many access requests wait, and which mails are not sent."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import ListEveryAccessRequestRequest
from services.cli.access_requests import LARGEST_PAGE, every_access_request
from services.cli.connection import company_service, notification_service
from services.cli.console import FAILED, say, write_json, write_table
from services.cli.notifications import NOT_SENT, every_notification, wanted
from services.cli.parts import Part, every_part
from services.cli.settings import CliSettings
from services.platform.settings import load

MOST_COUNTED = 10_000
MOST_NOTIFICATIONS_COUNTED = 1_000


def show_state(
    *, as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False
) -> None:
    """Says which parts serve, and counts the access requests that wait and the mails that are not sent.

    Leaves with 1 where a part does not serve.
    """
    settings = load(CliSettings)
    parts = asyncio.run(every_part(settings))
    serving = {one.name for one in parts if one.serves}
    counts = asyncio.run(waiting(settings)) if "company" in serving else None
    mails = asyncio.run(not_sent(settings)) if "notification" in serving else None
    if as_json:
        described = [asdict(one) | {"serves": one.serves} for one in parts]
        write_json({"parts": described, "access_requests": counts, "notifications": mails})
    else:
        write_table(("part", "state", "address", ""), [row(one) for one in parts])
        say(counted(counts))
        say(counted_mails(mails))
    if not all(one.serves for one in parts):
        raise typer.Exit(FAILED)


def row(part: Part) -> tuple[str, ...]:
    return part.name, "serving" if part.serves else "away", part.address, part.detail


async def waiting(settings: CliSettings) -> dict[str, int]:
    """Returns how many access requests are pending, and how many of those escalated: 10,000 at most."""
    counts = {"pending": 0, "escalated": 0}
    request = ListEveryAccessRequestRequest(state=AccessRequest.STATE_PENDING, page_size=LARGEST_PAGE)
    async with company_service(settings) as company:
        async for one in every_access_request(company, request):
            counts["pending"] += 1
            counts["escalated"] += one.HasField("escalated_time")
            if counts["pending"] == MOST_COUNTED:
                break
    return counts


def counted(counts: dict[str, int] | None) -> str:
    if counts is None:
        return "access requests: unknown while the company service is away"
    more = "at least " if counts["pending"] == MOST_COUNTED else ""
    return (
        f"access requests: {more}{counts['pending']} pending, {more}{counts['escalated']} of them escalated"
    )


async def not_sent(settings: CliSettings) -> dict[str, int]:
    """Returns how many mails are due, failed and abandoned: 1,000 of each at most."""
    counts = {state.value: 0 for state in NOT_SENT}
    async with notification_service(settings) as notification:
        for state in NOT_SENT:
            async for _ in every_notification(notification, wanted(state)):
                counts[state] += 1
                if counts[state] == MOST_NOTIFICATIONS_COUNTED:
                    break
    return counts


def counted_mails(counts: dict[str, int] | None) -> str:
    if counts is None:
        return "mails: unknown while the notification service is away"
    told = (
        f"{'at least ' if count == MOST_NOTIFICATIONS_COUNTED else ''}{count} {state}"
        for state, count in counts.items()
    )
    return f"mails: {', '.join(told)}"
