"""« Mes entreprises » and « Ma demande », whatever the services say."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from guichet.company.v1 import company_service_pb2 as company
from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_pb2 import Membership
from services.platform.errors import Unavailable
from tests.system.browser import Browser
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import BRUNOS_MEMBERSHIP, PENDING, SIREN, ServicesOnTheWire


@pytest.fixture
def bruno(http: httpx.AsyncClient) -> Browser:
    http.cookies.set(COOKIE, "brunos-token")
    return Browser(http)


def ended(siren: str, state: AccessRequest.State.ValueType, days_ago: int) -> AccessRequest:
    access_request = AccessRequest()
    access_request.CopyFrom(PENDING)
    access_request.id, access_request.siren, access_request.state = f"ended-{siren}", siren, state
    access_request.end_time.FromDatetime(datetime.now(UTC) - timedelta(days=days_ago))
    return access_request


async def test_companies_are_shown_fifty_at_a_time_by_name(
    bruno: Browser, services: ServicesOnTheWire
) -> None:
    held = []
    for number in range(60):
        one = Membership()
        one.CopyFrom(BRUNOS_MEMBERSHIP)
        one.siren, one.company_name = f"{number:09}", f"Atelier {59 - number:02}"
        held.append(one)
    services.replies["GetOwnAccess"] = company.GetOwnAccessResponse(
        memberships=held, pending_access_requests=[PENDING]
    )
    first = (await bruno.open("/entreprises")).text
    assert first.index("/demandes/request-1") < first.index("Atelier 00") < first.index("Atelier 48")
    assert "Atelier 49" not in first
    assert 'href="/entreprises?cursor=50"' in first
    second = (await bruno.open("/entreprises?cursor=50")).text
    assert second.index("Atelier 49") < second.index("Atelier 59")
    assert "/demandes/request-1" not in second
    for wrong in ("9999", "-1", "x", "99999", "٣"):
        assert "Atelier 00" in (await bruno.open(f"/entreprises?cursor={wrong}")).text


async def test_what_one_waits_for_is_shown_fifty_at_a_time_too(
    bruno: Browser, services: ServicesOnTheWire
) -> None:
    asked = []
    for number in range(120):
        one = AccessRequest()
        one.CopyFrom(PENDING)
        one.id = f"asked-{number:03}"
        asked.append(one)
    services.replies["GetOwnAccess"] = company.GetOwnAccessResponse(
        memberships=[BRUNOS_MEMBERSHIP], pending_access_requests=asked
    )
    pages = [(await bruno.open(f"/entreprises?cursor={start}")).text for start in (0, 50, 100)]
    shown = [re.findall("/demandes/(asked-[0-9]+)", page) for page in pages]
    assert [len(ids) for ids in shown] == [50, 50, 20]
    assert [id_ for ids in shown for id_ in ids] == [one.id for one in asked]
    assert [f"/entreprises/{SIREN}" in page for page in pages] == [False, False, True]
    assert ["cursor=50" in pages[0], "cursor=100" in pages[1], "cursor=150" in pages[2]] == [
        True,
        True,
        False,
    ]


async def test_what_has_lately_ended_is_shown_unless_something_followed(
    bruno: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = company.GetOwnAccessResponse(pending_access_requests=[PENDING])
    services.replies["ListAccessRequests"] = company.ListAccessRequestsResponse(
        access_requests=[
            ended("111111118", AccessRequest.STATE_REJECTED, 2),
            ended("222222226", AccessRequest.STATE_EXPIRED, 29),
            ended("333333334", AccessRequest.STATE_EXPIRED, 31),
            ended("444444442", AccessRequest.STATE_CANCELLED, 1),
            ended("444444442", AccessRequest.STATE_REJECTED, 2),
            ended(SIREN, AccessRequest.STATE_REJECTED, 1),
        ]
    )
    page = (await bruno.open("/entreprises")).text
    shown = [
        siren
        for siren in ("111111118", "222222226", "333333334", "444444442", SIREN)
        if f"ended-{siren}" in page
    ]
    assert shown == ["111111118", "222222226"]


async def test_a_request_is_shown_while_nothing_is_known_of_its_mails(
    bruno: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["ListDeliveries"] = Unavailable("database_unavailable")
    page = await bruno.open("/demandes/request-1")
    assert page.status_code == 200
    assert "Request sent to the company’s administrators." in page.text


async def test_a_request_whose_administrator_is_gone_names_nobody(
    bruno: Browser, services: ServicesOnTheWire
) -> None:
    rejected = ended(SIREN, AccessRequest.STATE_REJECTED, 1)
    decision = rejected.decision
    decision.verdict, decision.decided_by_account_id = decision.VERDICT_REJECT, "gone"
    decision.reason = "<b>No</b>"
    decision.create_time.CopyFrom(rejected.end_time)
    services.replies["GetAccessRequest"] = company.GetAccessRequestResponse(access_request=rejected)
    page = (await bruno.open("/demandes/request-1")).text
    assert "Decision of an administrator of the company, <time" in page
    assert "&lt;b&gt;No&lt;/b&gt;" in page


async def test_only_a_pending_request_can_be_withdrawn(bruno: Browser, services: ServicesOnTheWire) -> None:
    assert "Cancel this request?" in (await bruno.open("/demandes/request-1/annulation")).text
    cancelled = ended(SIREN, AccessRequest.STATE_CANCELLED, 1)
    services.replies["GetAccessRequest"] = company.GetAccessRequestResponse(access_request=cancelled)
    answer = await bruno.open("/demandes/request-1/annulation")
    assert (answer.status_code, answer.headers["location"]) == (303, "/demandes/request-1")
    assert not services.asked("CancelAccessRequest")


async def test_only_who_asked_is_shown_how_to_withdraw(bruno: Browser, services: ServicesOnTheWire) -> None:
    """An administrator of the company may see the access request, and not cancel it."""
    bruno.http.cookies.set(COOKIE, "claires-token")
    assert (await bruno.open("/demandes/request-1")).status_code == 200
    assert (await bruno.open("/demandes/request-1/annulation")).status_code == 404
