"""The shapes of answers, and the names joined into them."""

import httpx
from dirty_equals import IsPartialDict

from guichet.company.v1 import company_service_pb2 as company
from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_pb2 import Membership
from tests.unit.gateway.services_on_the_wire import (
    BRUNOS_MEMBERSHIP,
    MEMBERSHIP,
    PENDING,
    SIREN,
    ServicesOnTheWire,
)


async def test_me_lands_on_the_portal_with_an_active_membership_only(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    me = (await http.get("/api/v1/me", headers=claire)).json()
    assert me["account"] == {
        "id": "claire",
        "email": "claire@example.com",
        "full_name": "Claire Morel",
        "locale": "fr",
    }
    assert me["landing"] == "portal"
    assert me["memberships"] == [
        IsPartialDict(siren=SIREN, company_name="Ateliers Morel", role="administrator", state="active")
    ]
    suspended = Membership()
    suspended.CopyFrom(MEMBERSHIP)
    suspended.state = Membership.STATE_SUSPENDED
    services.replies["GetOwnAccess"] = company.GetOwnAccessResponse(
        memberships=[suspended], pending_access_requests=[PENDING]
    )
    me = (await http.get("/api/v1/me", headers=claire)).json()
    assert me["landing"] == "companies"
    assert [one["id"] for one in me["pending_requests"]] == ["request-1"]


async def test_an_access_request_has_all_that_the_contract_names(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    full = AccessRequest()
    full.CopyFrom(PENDING)
    full.message = "Bonjour"
    full.escalation_reason = AccessRequest.ESCALATION_REASON_NO_ANSWER
    full.escalated_time.FromJsonString("2026-11-30T08:00:00Z")
    full.next_reminder_time.FromJsonString("2026-11-25T09:20:00.5Z")
    reminder = full.reminders.add(id="reminder-1", origin=1)
    reminder.create_time.FromJsonString("2026-11-24T09:20:00Z")
    services.replies["GetAccessRequest"] = company.GetAccessRequestResponse(access_request=full)
    answer = await http.get("/api/v1/access-requests/request-1", headers=claire)
    assert answer.json() == IsPartialDict(
        id="request-1",
        siren=SIREN,
        company_name="Ateliers Morel",
        requester={
            "id": "bruno",
            "full_name": "Bruno Petit",
            "email": "bruno@example.com",
            "email_confusable": False,
        },
        state="pending",
        escalated=True,
        escalation_reason="no_answer",
        message="Bonjour",
        created_at="2026-11-23T09:12:00Z",
        reminders=[{"at": "2026-11-24T09:20:00Z", "by": "requester"}],
        next_reminder_at="2026-11-25T09:20:00.500000Z",
        escalates_at=None,
        decision=None,
    )


async def test_a_first_account_is_granted_and_a_later_one_is_pending(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    body = {"siren": SIREN, "member_code": "AB12"}
    pending = await http.post("/api/v1/access-requests", json=body, headers=bruno)
    assert (pending.status_code, pending.json()["outcome"]) == (202, "pending")
    assert pending.headers["location"] == "/api/v1/access-requests/request-1"
    services.replies["RequestAccess"] = company.RequestAccessResponse(administrator_granted=MEMBERSHIP)
    granted = await http.post("/api/v1/access-requests", json=body, headers=bruno)
    assert (granted.status_code, granted.json()["outcome"]) == (201, "administrator_granted")


async def test_a_decision_that_waits_for_the_worker_is_202(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    path, body = "/api/v1/access-requests/request-1/decision", {"verdict": "reject", "reason": "Inconnu"}
    assert (await http.post(path, json=body, headers=claire)).status_code == 200
    services.replies["RejectAccessRequest"] = company.RejectAccessRequestResponse(
        access_request=PENDING, applied=False
    )
    assert (await http.post(path, json=body, headers=claire)).status_code == 202


async def test_the_names_of_a_page_are_joined_in_one_call(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["ListCompanyAccessRequests"] = company.ListCompanyAccessRequestsResponse(
        access_requests=[PENDING] * 20, next_page_token="bmV4dA"
    )
    path = f"/api/v1/companies/{SIREN}/access-requests?state=pending&limit=20"
    page = (await http.get(path, headers=claire)).json()
    assert {one["requester"]["full_name"] for one in page["items"]} == {"Bruno Petit"}
    assert page["next_cursor"] == "bmV4dA"
    assert len(services.asked("BatchGetAccounts")) == 1
    asked = services.asked("ListCompanyAccessRequests")[0]
    assert (asked.state, asked.page_size) == (AccessRequest.STATE_PENDING, 20)


async def test_addresses_of_members_are_shown_to_administrators_and_to_oneself(
    http: httpx.AsyncClient, claire: dict[str, str], bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    path = f"/api/v1/companies/{SIREN}/members"
    seen = (await http.get(path, headers=claire)).json()["items"]
    assert [one["email"] for one in seen] == ["claire@example.com", "bruno@example.com"]
    own = services.replies["GetCompany"]
    own.membership.CopyFrom(BRUNOS_MEMBERSHIP)  # type: ignore[union-attr]  # a message
    seen = (await http.get(path, headers=bruno)).json()["items"]
    assert [(one["full_name"], one["email"]) for one in seen] == [
        ("Claire Morel", None),
        ("Bruno Petit", "bruno@example.com"),
    ]


async def test_a_member_is_changed_and_removed(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    path = f"/api/v1/companies/{SIREN}/members/bruno"
    changed = await http.patch(path, json={"state": "suspended"}, headers=claire)
    assert (changed.status_code, changed.json()["full_name"]) == (200, "Bruno Petit")
    assert services.asked("UpdateMembership")[0].state == Membership.STATE_SUSPENDED
    assert (await http.patch(path, json={}, headers=claire)).json()["code"] == "field_required"
    assert (await http.patch(path, json={"role": "owner"}, headers=claire)).json()["code"] == "wrong_value"
    assert (await http.delete(path, headers=claire)).status_code == 204


async def test_a_new_account_reads_its_browsers_language(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    body = {"email": "a@example.com", "full_name": "A", "password": "sesame sesame 42"}
    answer = await http.post("/api/v1/accounts", json=body, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()) == (202, {"state": "verification_sent"})
    await http.post("/api/v1/accounts", json={**body, "locale": "fr"}, headers={"Accept-Language": "en"})
    assert [request.locale for request in services.asked("CreateAccount")] == ["en", "fr"]


async def test_readiness_names_what_does_not_serve(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    everything = (
        "guichet.identity.v1.IdentityService",
        "guichet.company.v1.CompanyService",
        "guichet.notification.v1.NotificationService",
        "workflow_engine",
        "worker",
    )
    await services.serve(*everything)
    assert (await http.get("/readyz")).json() == {"state": "ready"}
    await services.serve("worker", serving=False)
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["not_ready"]) == (503, ["worker"])
    assert (await http.get("/healthz")).status_code == 200
