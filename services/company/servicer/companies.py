# ruff: noqa: N802 - gRPC names the methods of a service so.
"""What members and administrators do with companies and memberships."""

from typing import Any

from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.company_service_pb2_grpc import CompanyServiceServicer
from services.company.domain.siren import known_siren
from services.company.domain.text import identifier
from services.company.messages import (
    access_request_message,
    company_message,
    membership_change_message,
    membership_message,
    membership_state_of,
    role_of,
)
from services.company.operations.delete_membership import delete_membership
from services.company.operations.update_membership import update_membership
from services.company.parts import Parts
from services.company.queries import companies as queries
from services.platform.rpc_context import caller


class CompanyRpcs(CompanyServiceServicer):
    parts: Parts

    async def GetOwnAccess(self, request: rpc.GetOwnAccessRequest, context: Any) -> rpc.GetOwnAccessResponse:
        memberships, pending = await queries.get_own_access(
            caller.get().acting_account_id, database=self.parts.database
        )
        policy = self.parts.settings.reminder_policy
        return rpc.GetOwnAccessResponse(
            memberships=map(membership_message, memberships),
            pending_access_requests=[access_request_message(one, policy) for one in pending],
        )

    async def GetEndedMembership(
        self, request: rpc.GetEndedMembershipRequest, context: Any
    ) -> rpc.GetEndedMembershipResponse:
        change = await queries.get_ended_membership(
            known_siren(request.siren),
            account_id=caller.get().acting_account_id,
            database=self.parts.database,
        )
        return rpc.GetEndedMembershipResponse(change=membership_change_message(change))

    async def ListEndedMemberships(
        self, request: rpc.ListEndedMembershipsRequest, context: Any
    ) -> rpc.ListEndedMembershipsResponse:
        changes = await queries.list_ended_memberships(
            caller.get().acting_account_id, database=self.parts.database
        )
        return rpc.ListEndedMembershipsResponse(changes=map(membership_change_message, changes))

    async def GetCompany(self, request: rpc.GetCompanyRequest, context: Any) -> rpc.GetCompanyResponse:
        company, membership = await queries.get_company(
            known_siren(request.siren),
            account_id=caller.get().acting_account_id,
            database=self.parts.database,
        )
        return rpc.GetCompanyResponse(
            company=company_message(company), membership=membership_message(membership)
        )

    async def ListMemberships(
        self, request: rpc.ListMembershipsRequest, context: Any
    ) -> rpc.ListMembershipsResponse:
        page = await queries.list_memberships(
            known_siren(request.siren),
            account_id=caller.get().acting_account_id,
            page_size=request.page_size,
            page_token=request.page_token,
            database=self.parts.database,
        )
        return rpc.ListMembershipsResponse(
            memberships=map(membership_message, page.items), next_page_token=page.next_page_token
        )

    async def UpdateMembership(
        self, request: rpc.UpdateMembershipRequest, context: Any
    ) -> rpc.UpdateMembershipResponse:
        membership = await update_membership(
            self.parts,
            known_siren(request.siren),
            identifier(request.account_id),
            role=role_of(request.role),
            state=membership_state_of(request.state),
            by=caller.get().acting_account_id,
        )
        return rpc.UpdateMembershipResponse(membership=membership_message(membership))

    async def DeleteMembership(
        self, request: rpc.DeleteMembershipRequest, context: Any
    ) -> rpc.DeleteMembershipResponse:
        await delete_membership(
            self.parts,
            known_siren(request.siren),
            identifier(request.account_id),
            by=caller.get().acting_account_id,
        )
        return rpc.DeleteMembershipResponse()
