"""A company as its members see it, and what its administrators do there."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR
from guichet.company.v1.company_service_pb2 import (
    DeleteMembershipRequest,
    GetCompanyRequest,
    ListCompanyAccessRequestsRequest,
    ListMembershipsRequest,
    UpdateMembershipRequest,
)
from services.gateway.answers import AccessRequestPage, Company, Member, MemberPage
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends
from services.gateway.documented import BODY, CHANGES, PAGED, SIGNED_IN, problems
from services.gateway.fields import AccessRequestsQuery, AccountId, Body, PageQuery, Siren
from services.gateway.messages import (
    MEMBERSHIP_STATES,
    ROLES,
    STATES,
    company_answer,
    member_answer,
)
from services.gateway.people import access_requests_answered, accounts_of
from services.gateway.problems import field_problem
from services.gateway.session import Signed

router = APIRouter(prefix="/api/v1/companies/{siren}", route_class=StrictRoute, tags=["Companies"])


class MembershipChange(Body):
    """What to change of a membership: its role, its state, or both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "administrator"}, {"state": "suspended"}]}
    )

    role: Literal["member", "administrator"] | None = None
    state: Literal["active", "suspended"] | None = None


@router.get("", responses=problems(*SIGNED_IN, "not_found"))
async def get_company(siren: Siren, session: Signed, services: Backends) -> Company:
    """Returns a company to its active members."""
    answer = await services.company.GetCompany(GetCompanyRequest(siren=siren))
    return company_answer(answer.company, answer.membership)


@router.get(
    "/access-requests",
    responses=problems(*SIGNED_IN, *PAGED, "invalid_state", "not_found", "not_an_administrator"),
)
async def list_company_access_requests(
    siren: Siren, query: Annotated[AccessRequestsQuery, Query()], session: Signed, services: Backends
) -> AccessRequestPage:
    """Lists the access requests of a company for its administrators, newest first."""
    page = await services.company.ListCompanyAccessRequests(
        ListCompanyAccessRequestsRequest(
            siren=siren,
            state=STATES[query.state],
            page_size=query.limit,
            page_token=query.cursor,
        )
    )
    return AccessRequestPage(
        items=await access_requests_answered(services, session, page.access_requests),
        next_cursor=page.next_page_token or None,
    )


@router.get("/members", responses=problems(*SIGNED_IN, *PAGED, "not_found"))
async def list_members(
    siren: Siren, query: Annotated[PageQuery, Query()], session: Signed, services: Backends
) -> MemberPage:
    """Lists the members of a company for its active members; administrators see their addresses too."""
    own, page = await asyncio.gather(
        services.company.GetCompany(GetCompanyRequest(siren=siren)),
        services.company.ListMemberships(
            ListMembershipsRequest(siren=siren, page_size=query.limit, page_token=query.cursor)
        ),
    )
    accounts = await accounts_of(services, session, {one.account_id for one in page.memberships})
    administers = own.membership.role == ROLE_ADMINISTRATOR
    return MemberPage(
        items=[
            member_answer(one, accounts, shows_email=administers or one.account_id == session.account_id)
            for one in page.memberships
        ],
        next_cursor=page.next_page_token or None,
    )


@router.patch(
    "/members/{account_id}",
    responses=problems(
        *(*BODY, *CHANGES, "wrong_value", "not_found", "not_an_administrator", "last_administrator")
    ),
)
async def update_member(
    siren: Siren, account_id: AccountId, body: MembershipChange, session: Signed, services: Backends
) -> Member:
    """Changes the role or the state of a member, for administrators."""
    if body.role is None and body.state is None:
        raise field_problem("field_required", "role")
    answer = await services.company.UpdateMembership(
        UpdateMembershipRequest(
            siren=siren,
            account_id=account_id,
            role=ROLES[body.role],
            state=MEMBERSHIP_STATES[body.state],
        )
    )
    accounts = await accounts_of(services, session, {account_id})
    return member_answer(answer.membership, accounts, shows_email=True)


@router.delete(
    "/members/{account_id}",
    status_code=204,
    responses=problems(*CHANGES, "not_found", "not_an_administrator", "last_administrator"),
)
async def delete_member(siren: Siren, account_id: AccountId, session: Signed, services: Backends) -> None:
    """Ends a membership: an administrator anyone's, everyone their own."""
    await services.company.DeleteMembership(DeleteMembershipRequest(siren=siren, account_id=account_id))
