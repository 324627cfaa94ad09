"""`guichet requests list`: access requests of every company, for the operators' desk."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import ListEveryAccessRequestRequest
from guichet.identity.v1.account_pb2 import Account
from guichet.identity.v1.identity_service_pb2 import BatchGetAccountsRequest
from services.cli.connection import company_service, identity_service
from services.cli.console import say, write_json, write_table, written
from services.cli.settings import CliSettings
from services.platform.settings import load

if TYPE_CHECKING:
    from guichet.company.v1.company_service_pb2_grpc import CompanyServiceAsyncStub

app = typer.Typer(no_args_is_help=True, help="Access requests of every company.")

LARGEST_PAGE = 100
ACCOUNTS_PER_CALL = 1000


class State(StrEnum):
    """States of an access request, as the option writes them."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@app.command("list", epilog="Example: guichet requests list --state pending --escalated --json")
def list_requests(
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    escalated: Annotated[bool, typer.Option("--escalated", help="Only escalated ones.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
) -> None:
    """Lists access requests, newest first."""
    documents = asyncio.run(described(load(CliSettings), wanted(state, escalated=escalated)))
    if as_json:
        write_json(documents)
    elif documents:
        write_table(
            ("id", "siren", "company", "requester", "state", "escalated", "created", "expires"),
            rows(documents),
        )
    else:
        say("no access request")


def wanted(state: State | None, *, escalated: bool) -> ListEveryAccessRequestRequest:
    return ListEveryAccessRequestRequest(
        state=AccessRequest.State.Value(f"STATE_{state.name}") if state else AccessRequest.STATE_UNSPECIFIED,
        escalated=escalated,
        page_size=LARGEST_PAGE,
    )


async def described(
    settings: CliSettings, request: ListEveryAccessRequestRequest
) -> list[dict[str, str | None]]:
    async with company_service(settings) as company:
        found = [one async for one in every_access_request(company, request)]
    accounts = await accounts_of(settings, sorted({one.requester_account_id for one in found}))
    return [document(one, accounts.get(one.requester_account_id)) for one in found]


async def every_access_request(
    company: "CompanyServiceAsyncStub", request: ListEveryAccessRequestRequest
) -> AsyncIterator[AccessRequest]:
    """Yields what is wanted, page by page to the end."""
    while True:
        page = await company.ListEveryAccessRequest(request)
        for one in page.access_requests:
            yield one
        request.page_token = page.next_page_token
        if not request.page_token:
            return


async def accounts_of(settings: CliSettings, account_ids: list[str]) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    if not account_ids:
        return accounts
    async with identity_service(settings) as identity:
        for start in range(0, len(account_ids), ACCOUNTS_PER_CALL):
            some = account_ids[start : start + ACCOUNTS_PER_CALL]
            answer = await identity.BatchGetAccounts(BatchGetAccountsRequest(account_ids=some))
            accounts.update({account.id: account for account in answer.accounts})
    return accounts


def document(one: AccessRequest, requester: Account | None) -> dict[str, str | None]:
    """Returns an access request with the names and times that the JSON API uses."""
    reason = AccessRequest.EscalationReason.Name(one.escalation_reason)
    return {
        "id": one.id,
        "siren": one.siren,
        "company_name": one.company_name,
        "requester_email": requester.email if requester else None,
        "requester_name": requester.full_name if requester else None,
        "state": AccessRequest.State.Name(one.state).removeprefix("STATE_").lower(),
        "escalation_reason": reason.removeprefix("ESCALATION_REASON_").lower()
        if one.HasField("escalated_time")
        else None,
        "escalated_at": written(one.escalated_time),
        "created_at": written(one.create_time),
        "expires_at": written(one.expire_time),
        "ended_at": written(one.end_time),
    }


def rows(documents: Iterable[dict[str, str | None]]) -> Iterable[tuple[str, ...]]:
    for one in documents:
        yield (
            one["id"] or "",
            one["siren"] or "",
            one["company_name"] or "",
            one["requester_email"] or "(account gone)",
            one["state"] or "",
            one["escalation_reason"] or "",
            (one["created_at"] or "")[:16],
            (one["expires_at"] or "")[:16],
        )
