"""An access request as server-sent events."""

import json
from typing import Any

import httpx
from fastapi import FastAPI

from guichet.company.v1 import company_service_pb2 as company
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.platform.errors import NotFound, Unauthenticated
from tests.unit.gateway.services_on_the_wire import PENDING, ServicesOnTheWire, session_of

PATH = "/api/v1/access-requests/request-1/events"


def changed(revision: int, state: "AccessRequest.State.ValueType") -> company.WaitAccessRequestResponse:
    access_request = AccessRequest()
    access_request.CopyFrom(PENDING)
    access_request.revision, access_request.state = revision, state
    return company.WaitAccessRequestResponse(access_request=access_request)


def events_in(text: str) -> list[tuple[str, str]]:
    """Returns the id and the state of each event."""
    found = []
    for block in text.split("\n\n"):
        fields: dict[str, Any] = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if "data" in fields:
            assert fields["event"] == "access_request"
            found.append((fields["id"], json.loads(fields["data"])["state"]))
    return found


async def test_there_is_an_event_at_once_and_one_for_each_change_until_the_last(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    known: list[int] = []

    def wait(request: company.WaitAccessRequestRequest) -> company.WaitAccessRequestResponse:
        known.append(request.known_revision)
        if len(known) == 1:
            return changed(1, AccessRequest.STATE_PENDING)
        return changed(
            len(known), AccessRequest.STATE_PENDING if len(known) < 3 else AccessRequest.STATE_APPROVED
        )

    services.replies["WaitAccessRequest"] = wait
    answer = await http.get(PATH, headers=bruno)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events_in(answer.text) == [("1", "pending"), ("2", "pending"), ("3", "approved")]
    assert known == [1, 1, 2]
    assert ": still waiting" in answer.text


async def test_an_access_request_that_has_ended_is_one_event(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    ended = changed(7, AccessRequest.STATE_EXPIRED).access_request
    services.replies["GetAccessRequest"] = company.GetAccessRequestResponse(access_request=ended)
    assert events_in((await http.get(PATH, headers=bruno)).text) == [("7", "expired")]
    assert services.asked("WaitAccessRequest") == []


async def test_another_companys_access_request_is_not_found(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["GetAccessRequest"] = NotFound("not_found")
    answer = await http.get(PATH, headers=bruno)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_whoever_is_signed_out_meanwhile_hears_no_more(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    def session(request: Any) -> Any:
        if len(services.asked("GetSession")) > 1:
            raise Unauthenticated("session_expired")
        return session_of(request)

    services.replies["GetSession"] = session
    assert events_in((await http.get(PATH, headers=bruno)).text) == [("1", "pending")]


async def test_the_stream_ends_when_the_gateway_stops(
    http: httpx.AsyncClient, bruno: dict[str, str], app: FastAPI
) -> None:
    app.state.stopping.set()
    try:
        assert events_in((await http.get(PATH, headers=bruno)).text) == [("1", "pending")]
    finally:
        app.state.stopping.clear()
