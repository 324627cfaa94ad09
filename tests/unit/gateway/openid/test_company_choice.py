"""For which company somebody signs on, and what is shown where there is none."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from guichet.identity.v1.sign_on_service_pb2 import GetToolResponse
from tests.unit.gateway.openid.requests import CALLBACK, GOOD, path, told
from tests.unit.gateway.openid.standing import OTHER_SIREN, changed_memo, links, signed_on
from tests.unit.gateway.services_on_the_wire import MEMBERSHIP, MEMO, PENDING, SIREN, ServicesOnTheWire


async def test_one_company_is_not_asked_for(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[0].siren == SIREN


async def test_for_a_tool_that_asks_for_no_company_one_is_kept_and_none_is_chosen(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    told(await signed_in.get(path({**GOOD, "scope": "openid"})))
    assert services.asked("CreateGrant")[0].siren in (SIREN, OTHER_SIREN)


async def test_one_of_several_companies_is_chosen_by_a_link(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    page = await signed_in.get(path(GOOD))
    assert (page.status_code, services.asked("CreateGrant")) == (200, [])
    for siren in (SIREN, OTHER_SIREN):
        [link] = [one for one in links(page.text) if f"siren_hint={siren}" in one]
        told(await signed_in.get(link))
        assert services.asked("CreateGrant")[-1].siren == siren


@pytest.mark.parametrize("hint", ["356000000", "7328", "' or 1=1", "٧٣٢٨٢٩٣٢٠"])
async def test_a_hint_at_a_company_that_one_is_not_in_helps_nobody(
    hint: str, signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    page = await signed_in.get(path({**GOOD, "siren_hint": hint}))
    assert (page.status_code, services.asked("CreateGrant")) == (200, [])


async def test_the_company_of_the_sign_on_before_is_kept_unless_another_is_meant(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    signed_on(services, siren=OTHER_SIREN)
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[-1].siren == OTHER_SIREN
    told(await signed_in.get(path({**GOOD, "siren_hint": SIREN})))
    assert services.asked("CreateGrant")[-1].siren == SIREN
    shown = await signed_in.get(path({**GOOD, "prompt": "select_account"}))
    assert shown.status_code == 200
    launched = await signed_in.get(f"/entreprises/{SIREN}/outils/memo")
    assert launched.headers["location"] == MEMO.url
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[-1].siren == SIREN


async def test_a_suspended_membership_opens_nothing(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    suspended = Membership()
    suspended.CopyFrom(MEMBERSHIP)
    suspended.state = Membership.STATE_SUSPENDED
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[suspended])
    page = await signed_in.get(path(GOOD))
    assert (page.status_code, "est suspendu" in page.text) == (403, True)
    assert told(await signed_in.get(path({**GOOD, "prompt": "none"})))["error"] == "access_denied"


async def test_whoever_waits_for_an_answer_is_led_to_their_access_request(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(pending_access_requests=[PENDING])
    page = await signed_in.get(path(GOOD))
    assert (page.status_code, f"/demandes/{PENDING.id}" in links(page.text)) == (403, True)


async def test_only_companies_whose_role_opens_the_tool_are_offered(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    tool = changed_memo(services)
    tool.roles.append("administrator")
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    assert MEMBERSHIP.role == ROLE_ADMINISTRATOR
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[-1].siren == SIREN
    hinted = await signed_in.get(path({**GOOD, "siren_hint": OTHER_SIREN}))
    assert hinted.status_code == 200
    assert f"siren_hint={SIREN}" in hinted.text
    assert len(services.asked("CreateGrant")) == 1


async def test_begins_where_the_tool_wants_a_sign_on_to_begin(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = changed_memo(services)
    tool.client.initiate_login_uri = "https://memo.example.org/begin?from=portal"
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    answer = await signed_in.get(f"/entreprises/{SIREN}/outils/memo")
    assert (
        answer.headers["location"]
        == "https://memo.example.org/begin?from=portal&iss=https%3A%2F%2Fportal.example.org"
    )


async def test_a_card_of_a_closed_tool_says_that_it_is_closed(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = changed_memo(services)
    tool.disabled = True
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    answer = await signed_in.get(f"/entreprises/{SIREN}/outils/memo")
    assert answer.status_code == 403
    assert "Impossible d’ouvrir Mémo pour le moment" in answer.text.replace("\u00a0", " ")


async def test_a_page_that_says_no_leads_back_to_the_tool(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    page = await signed_in.get(path(GOOD))
    [back] = [link for link in links(page.text) if link.startswith(CALLBACK)]
    assert dict(parse_qsl(urlsplit(back).query)) == {
        "error": "access_denied",
        "state": "a state",
        "iss": "https://portal.example.org",
    }
