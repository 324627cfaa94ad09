"""`guichet notifications list`: the ledger of what was sent to whom, and of what was not."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import ListNotificationsRequest
from services.cli.connection import notification_service
from services.cli.console import say, write_json, write_table, written
from services.cli.settings import CliSettings
from services.platform.settings import load

if TYPE_CHECKING:
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub

app = typer.Typer(no_args_is_help=True, help="Mails: which went out, and which did not.")

LARGEST_PAGE = 100


class State(StrEnum):
    """States of a notification, as the option writes them."""

    DUE = "due"
    SENT = "sent"
    FAILED = "failed"
    ABANDONED = "abandoned"


NOT_SENT = (State.DUE, State.FAILED, State.ABANDONED)


@app.command("list", epilog="Example: guichet notifications list --state failed --json")
def list_notifications(
    *,
    access_request_id: Annotated[
        str, typer.Option("--request", metavar="ID", help="Only those about this access request.")
    ] = "",
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False,
) -> None:
    """Lists notifications, newest first.

    Due: the relay has not taken it yet. Failed: the relay refused the recipient. Abandoned: given up after
    the relay was away too long.
    """
    documents = asyncio.run(described(load(CliSettings), wanted(state, access_request_id)))
    if as_json:
        write_json(documents)
    elif documents:
        write_table(
            ("id", "kind", "recipient", "request", "state", "tries", "created", "error"), rows(documents)
        )
    else:
        say("no notification")


def wanted(state: State | None, access_request_id: str = "") -> ListNotificationsRequest:
    return ListNotificationsRequest(
        access_request_id=access_request_id,
        state=Notification.State.Value(f"STATE_{state.name}") if state else Notification.STATE_UNSPECIFIED,
        page_size=LARGEST_PAGE,
    )


async def described(
    settings: CliSettings, request: ListNotificationsRequest
) -> list[dict[str, str | int | None]]:
    async with notification_service(settings) as notification:
        return [document(one) async for one in every_notification(notification, request)]


async def every_notification(
    notification: "NotificationServiceAsyncStub", request: ListNotificationsRequest
) -> AsyncIterator[Notification]:
    """Yields what is wanted, page by page to the end."""
    while True:
        page = await notification.ListNotifications(request)
        for one in page.notifications:
            yield one
        request.page_token = page.next_page_token
        if not request.page_token:
            return


def document(one: Notification) -> dict[str, str | int | None]:
    return {
        "id": one.id,
        "event_id": one.event_id,
        "kind": one.kind,
        "access_request_id": one.access_request_id or None,
        "recipient_id": one.recipient_id,
        "state": Notification.State.Name(one.state).removeprefix("STATE_").lower(),
        "attempt_count": one.attempt_count,
        "last_error": one.last_error or None,
        "created_at": written(one.create_time),
        "sent_at": written(one.send_time),
    }


def rows(documents: Iterable[dict[str, str | int | None]]) -> Iterable[tuple[str, ...]]:
    for one in documents:
        yield (
            str(one["id"]),
            str(one["kind"]),
            str(one["recipient_id"]),
            str(one["access_request_id"] or ""),
            str(one["state"]),
            str(one["attempt_count"]),
            str(one["created_at"] or "")[:16],
            str(one["last_error"] or ""),
        )
