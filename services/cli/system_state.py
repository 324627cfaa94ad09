"""`guichet status`: which parts serve, and how many access requests wait."""

from dataclasses import asdict
from typing import Annotated

import typer

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import ListEveryAccessRequestRequest
from services.cli.access_requests import LARGEST_PAGE, every_access_request
from services.cli.connection import company_service, run
from services.cli.console import FAILED, say, write_json, write_table
from services.cli.parts import Part, every_part
from services.cli.settings import CliSettings
from services.platform.settings import load

MOST_COUNTED = 10_000


def show_state(
    *, as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False
) -> None:
    """Says which parts serve, and how many access requests are pending and escalated.

    Leaves with 1 where a part does not serve.
    """
    settings = load(CliSettings)
    parts = run(every_part(settings))
    counts = run(waiting(settings)) if any(one.name == "company" and one.serves for one in parts) else None
    if as_json:
        write_json(
            {"parts": [asdict(one) | {"serves": one.serves} for one in parts], "access_requests": counts}
        )
    else:
        write_table(("part", "state", "address", ""), [row(one) for one in parts])
        say(counted(counts))
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
