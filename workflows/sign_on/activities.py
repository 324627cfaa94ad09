"""What the workflows of sign-on do to the world. Each may run twice without harm."""

import asyncio
from datetime import timedelta

import grpc
import httpx
from temporalio import activity

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, ROLE_MEMBER, Membership
from guichet.company.v1.company_service_pb2 import GetMembershipAudienceRequest
from guichet.identity.v1.sign_on_service_pb2 import EndSignOnsRequest, GetLogoutNoticeRequest
from workflows.failures import rpc_failures, trying_again
from workflows.services import Services
from workflows.sign_on.messages import EndedGrant, EndedSignOns, LogoutOutcome, LostMembership

BAD_REQUEST = 400
LONGEST_ANSWER = timedelta(seconds=10)
ROLES = {ROLE_MEMBER: "member", ROLE_ADMINISTRATOR: "administrator"}


class SignOnActivities:
    """Calls the services, and the tools. Errors are ApplicationErrors that name the reason."""

    def __init__(self, services: Services, tools: httpx.AsyncClient) -> None:
        self._services = services
        self._tools = tools

    @activity.defn
    async def end_sign_ons(self, lost: LostMembership) -> EndedSignOns:
        """Ends the sign-ons that a membership no longer opens, and returns how many.

        It waits for the transaction that started this, and looks at the membership as it is by then.
        """
        with rpc_failures():
            company = await self._services.company.GetMembershipAudience(
                GetMembershipAudienceRequest(membership_id=lost.membership_id, siren=lost.siren)
            )
            active = company.membership.state == Membership.STATE_ACTIVE
            role = ROLES[company.membership.role] if active else ""
            answer = await self._services.sign_on.EndSignOns(
                EndSignOnsRequest(account_id=lost.account_id, siren=lost.siren, role=role)
            )
            return EndedSignOns(answer.ended_count)

    @activity.defn
    async def tell_logout(self, grant: EndedGrant) -> LogoutOutcome:
        """Sends a logout token (OpenID Connect Back-Channel Logout 1.0), signed anew at each try.

        Answer 400 is the tool's last word; whatever else it answers is tried again.
        """
        with rpc_failures():
            try:
                notice = await self._services.sign_on.GetLogoutNotice(
                    GetLogoutNoticeRequest(grant_id=grant.grant_id)
                )
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.NOT_FOUND:
                    return LogoutOutcome("nobody")
                raise
        try:
            async with (
                asyncio.timeout(LONGEST_ANSWER.total_seconds()),
                # Nothing of the body is read: a tool could send one without end.
                self._tools.stream(
                    "POST", notice.backchannel_logout_uri, data={"logout_token": notice.logout_token}
                ) as answer,
            ):
                pass
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise trying_again("tool_away", f"{notice.client_id}: {type(error).__name__}") from None
        if answer.is_success:
            return LogoutOutcome("told")
        if answer.status_code == BAD_REQUEST:
            return LogoutOutcome("refused")
        raise trying_again("tool_away", f"{notice.client_id} answered {answer.status_code}")
