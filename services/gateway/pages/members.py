"""« Gérer les utilisateurs », its members: role, suspension, removal, and leaving oneself."""

import asyncio

from fastapi import Response

from guichet.company.v1.company_service_pb2 import (
    DeleteMembershipRequest,
    GetCompanyRequest,
    ListMembershipsRequest,
    UpdateMembershipRequest,
)
from guichet.identity.v1.account_pb2 import Account
from services.gateway.dependencies import Backends
from services.gateway.fields import AccountId, Siren
from services.gateway.messages import MEMBERSHIP_STATES, ROLES, membership_answer
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import AdministratorView, CompanyView, View
from services.gateway.pages.visit import Message
from services.gateway.pages.waiting import PAGE_SIZE, waiting_count
from services.gateway.people import accounts_of
from services.gateway.problems import field_problem
from services.gateway.services import Services

router = PageRouter()

PATH = "/entreprises/{siren}/utilisateurs/membres"
MEMBER_PATH = f"{PATH}/{{account_id}}"
DEPARTURE_PATH = "/entreprises/{siren}/depart"


@router.page(PATH)
async def show_members(
    view: AdministratorView, siren: Siren, services: Backends, cursor: str = ""
) -> Response:
    """Shows who has access, oldest first, 50 at a time."""
    company, page, waiting = await asyncio.gather(
        services.company.GetCompany(GetCompanyRequest(siren=siren)),
        services.company.ListMemberships(
            ListMembershipsRequest(siren=siren, page_size=PAGE_SIZE, page_token=cursor)
        ),
        waiting_count(services, siren),
    )
    accounts = await accounts_of(services, view.signed, {one.account_id for one in page.memberships})
    return view.page(
        "members.html",
        members=[(membership_answer(one), accounts.get(one.account_id)) for one in page.memberships],
        sole=company.company.active_administrator_count == 1,
        next=page.next_page_token,
        first=not cursor,
        waiting=waiting,
    )


@router.form(MEMBER_PATH, "change", page_of=PATH)
async def change_member(
    view: AdministratorView, siren: Siren, account_id: AccountId, form: Submitted, services: Backends
) -> Response:
    """Changes the role or the state of a member. It holds from the next click of that person on."""
    change = form["change"]
    if change not in ("member", "administrator", "active", "suspended"):
        raise field_problem("wrong_value", "change")
    await services.company.UpdateMembership(
        UpdateMembershipRequest(
            siren=siren,
            account_id=account_id,
            role=ROLES.get(change, ROLES[None]),
            state=MEMBERSHIP_STATES.get(change, MEMBERSHIP_STATES[None]),
        )
    )
    if account_id == view.signed.account_id:
        return view.redirect(f"/entreprises/{siren}", Message(f"own_membership_{change}"))
    return await said_of(view, services, siren, account_id, f"membership_{change}")


@router.form(f"{MEMBER_PATH}/retrait", page_of=PATH)
async def remove_member(
    view: AdministratorView, siren: Siren, account_id: AccountId, services: Backends
) -> Response:
    if account_id == view.signed.account_id:
        return view.redirect(f"/entreprises/{siren}/depart")
    await services.company.DeleteMembership(DeleteMembershipRequest(siren=siren, account_id=account_id))
    return await said_of(view, services, siren, account_id, "membership_ended")


@router.page(DEPARTURE_PATH)
async def show_departure(view: CompanyView, siren: Siren, services: Backends) -> Response:
    """Asks whether to leave; the only administrator cannot, and is told so."""
    company = (await services.company.GetCompany(GetCompanyRequest(siren=siren))).company
    return view.page("departure.html", sole=view.administers and company.active_administrator_count == 1)


@router.form(DEPARTURE_PATH)
async def leave(view: CompanyView, siren: Siren, services: Backends) -> Response:
    """Ends one's own membership."""
    await services.company.DeleteMembership(
        DeleteMembershipRequest(siren=siren, account_id=view.signed.account_id)
    )
    return view.redirect("/entreprises", Message("company_left"))


async def said_of(view: View, services: Services, siren: str, account_id: str, text: str) -> Response:
    """Goes back to the members, and says what happened to one of them."""
    accounts = await accounts_of(services, view.signed, {account_id})
    name = accounts.get(account_id, Account()).full_name
    return view.redirect(
        f"/entreprises/{siren}/utilisateurs/membres", Message(text, "good", (("name", name),))
    )
