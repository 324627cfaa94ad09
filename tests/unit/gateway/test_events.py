"""An access request as server-sent events."""

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from guichet.company.v1 import company_service_pb2 as company
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.platform import service_identity
from services.platform.errors import NotFound, Unauthenticated
from services.platform.service_identity import ServiceIdentity
from tests.unit.gateway.services_on_the_wire import AT, PENDING, ServicesOnTheWire, session_of

PATH = "/api/v1/access-requests/request-1/events"


def changed(revision: int, state: "AccessRequest.State.ValueType") -> company.WaitAccessRequestResponse:
    access_request = AccessRequest()
    access_request.CopyFrom(PENDING)
    access_request.revision, access_request.state = revision, state
    return company.WaitAccessRequestResponse(access_request=access_request)


def approved_by_claire() -> company.WaitAccessRequestResponse:
    answer = changed(2, AccessRequest.STATE_APPROVED)
    decision = answer.access_request.decision
    decision.verdict, decision.decided_by_account_id = decision.VERDICT_APPROVE, "claire"
    decision.create_time.CopyFrom(AT)
    return answer


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


async def test_a_decision_that_comes_after_the_first_account_token_is_told(
    http: httpx.AsyncClient,
    bruno: dict[str, str],
    services: ServicesOnTheWire,
    keys: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed = [0.0]
    clock = SimpleNamespace(time=lambda: time.time() + passed[0])
    monkeypatch.setattr(service_identity, "time", clock)
    identity = ServiceIdentity("identity", keys)

    def session(request: Any) -> Any:
        answer = session_of(request)
        answer.account_token = identity.account_token("bruno")  # type: ignore[attr-defined]  # a GetSessionResponse
        return answer

    def wait(_: Any) -> company.WaitAccessRequestResponse:
        passed[0] += service_identity.ACCOUNT_TOKEN_SECONDS + service_identity.CLOCK_LEEWAY_SECONDS + 1
        return approved_by_claire()

    services.replies["GetSession"] = session
    services.replies["WaitAccessRequest"] = wait
    async with asyncio.timeout(10):
        answer = await http.get(PATH, headers=bruno)
    assert events_in(answer.text) == [("1", "pending"), ("2", "approved")]
    assert '"full_name":"Claire Morel"' in answer.text


async def test_whoever_is_signed_out_during_a_wait_does_not_hear_what_it_brought(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    def session(request: Any) -> Any:
        if services.asked("WaitAccessRequest"):
            raise Unauthenticated("session_expired")
        return session_of(request)

    services.replies["GetSession"] = session
    services.replies["WaitAccessRequest"] = approved_by_claire()
    async with asyncio.timeout(10):
        assert events_in((await http.get(PATH, headers=bruno)).text) == [("1", "pending")]


async def test_names_that_cannot_be_read_end_the_stream_quietly(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["WaitAccessRequest"] = approved_by_claire()
    services.replies["BatchGetAccounts"] = NotFound("not_found")
    async with asyncio.timeout(10):
        answer = await http.get(PATH, headers=bruno)
    assert (answer.status_code, events_in(answer.text)) == (200, [("1", "pending")])


async def test_an_account_has_ten_streams_at_most_and_each_is_counted_until_it_ends(
    app: FastAPI, http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    counted: list[int] = []

    def wait(_: object) -> company.WaitAccessRequestResponse:
        counted.append(app.state.streams["bruno"])
        return approved_by_claire()

    services.replies["WaitAccessRequest"] = wait
    app.state.streams["bruno"] = 9
    assert (await http.get(PATH, headers=bruno)).status_code == 200
    assert (counted, app.state.streams["bruno"]) == ([10], 9)
    app.state.streams["bruno"] = 10
    refused = await http.get(PATH, headers=bruno)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0
    del app.state.streams["bruno"]
    await http.get(PATH, headers=bruno)
    assert "bruno" not in app.state.streams
