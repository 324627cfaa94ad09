# ruff: noqa: N802 - gRPC names the methods of a service so.
"""What requesters and administrators do with access requests."""

from typing import Any

from guichet.company.v1 import access_request_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.company_service_pb2_grpc import CompanyServiceServicer
from services.company.domain.access_request import AccessRequest
from services.company.domain.membership import Membership, Role
from services.company.domain.siren import known_siren
from services.company.domain.text import identifier
from services.company.messages import (
    access_request_message,
    membership_change_message,
    membership_message,
    role_of,
    state_of,
)
from services.company.operations.approve_access_request import approve_access_request
from services.company.operations.cancel_access_request import cancel_access_request
from services.company.operations.check_claim import check_claim
from services.company.operations.claiming import Claim
from services.company.operations.reject_access_request import reject_access_request
from services.company.operations.remind_administrators import remind_administrators
from services.company.operations.request_access import request_access
from services.company.operations.update_access_request_message import update_access_request_message
from services.company.parts import Parts
from services.company.queries import access_requests as queries
from services.platform.client_address import client_of
from services.platform.idempotency import Once
from services.platform.rpc_context import caller


class AccessRequestRpcs(CompanyServiceServicer):
    parts: Parts

    def _message(self, access_request: AccessRequest) -> access_request_pb2.AccessRequest:
        return access_request_message(access_request, self.parts.settings.reminder_policy)

    async def RequestAccess(
        self, request: rpc.RequestAccessRequest, context: Any
    ) -> rpc.RequestAccessResponse:
        # What is kept of a call, to know its repeat, must not help to guess the code.
        without_code = rpc.RequestAccessRequest()
        without_code.CopyFrom(request)
        without_code.member_code = self.parts.member_codes.hash_of(request.siren, request.member_code).hex()
        outcome = await request_access(
            self.parts,
            Claim(request.siren, request.member_code, client_of(caller.get().client_address)),
            message=request.message,
            once=Once(caller.get().acting_account_id, request.idempotency_key, without_code),
        )
        if isinstance(outcome, Membership):
            return rpc.RequestAccessResponse(administrator_granted=membership_message(outcome))
        return rpc.RequestAccessResponse(pending=self._message(outcome))

    async def CheckClaim(self, request: rpc.CheckClaimRequest, context: Any) -> rpc.CheckClaimResponse:
        opened = await check_claim(
            self.parts,
            Claim(request.siren, request.member_code, client_of(caller.get().client_address)),
            message=request.message,
            account_id=caller.get().acting_account_id,
        )
        return rpc.CheckClaimResponse(
            siren=opened.company.siren,
            company_name=opened.company.name,
            city=opened.company.city,
            administered=opened.administered,
        )

    async def GetAccessRequest(
        self, request: rpc.GetAccessRequestRequest, context: Any
    ) -> rpc.GetAccessRequestResponse:
        access_request = await queries.get_access_request(
            identifier(request.access_request_id),
            account_id=caller.get().acting_account_id,
            database=self.parts.database,
        )
        return rpc.GetAccessRequestResponse(access_request=self._message(access_request))

    async def GetLostAdministration(
        self, request: rpc.GetLostAdministrationRequest, context: Any
    ) -> rpc.GetLostAdministrationResponse:
        now = await queries.get_lost_administration(
            identifier(request.access_request_id),
            account_id=caller.get().acting_account_id,
            database=self.parts.database,
        )
        if isinstance(now, Membership):
            return rpc.GetLostAdministrationResponse(membership=membership_message(now))
        return rpc.GetLostAdministrationResponse(end=membership_change_message(now))

    async def ListAccessRequests(
        self, request: rpc.ListAccessRequestsRequest, context: Any
    ) -> rpc.ListAccessRequestsResponse:
        page = await queries.list_own_access_requests(
            account_id=caller.get().acting_account_id,
            state=state_of(request.state),
            page_size=request.page_size,
            page_token=request.page_token,
            database=self.parts.database,
        )
        return rpc.ListAccessRequestsResponse(
            access_requests=map(self._message, page.items), next_page_token=page.next_page_token
        )

    async def ListCompanyAccessRequests(
        self, request: rpc.ListCompanyAccessRequestsRequest, context: Any
    ) -> rpc.ListCompanyAccessRequestsResponse:
        page = await queries.list_company_access_requests(
            known_siren(request.siren),
            account_id=caller.get().acting_account_id,
            state=state_of(request.state),
            page_size=request.page_size,
            page_token=request.page_token,
            database=self.parts.database,
        )
        return rpc.ListCompanyAccessRequestsResponse(
            access_requests=map(self._message, page.items), next_page_token=page.next_page_token
        )

    async def ListEveryAccessRequest(
        self, request: rpc.ListEveryAccessRequestRequest, context: Any
    ) -> rpc.ListEveryAccessRequestResponse:
        page = await queries.list_every_access_request(
            state=state_of(request.state),
            escalated=request.escalated,
            page_size=request.page_size,
            page_token=request.page_token,
            database=self.parts.database,
        )
        return rpc.ListEveryAccessRequestResponse(
            access_requests=map(self._message, page.items), next_page_token=page.next_page_token
        )

    async def WaitAccessRequest(
        self, request: rpc.WaitAccessRequestRequest, context: Any
    ) -> rpc.WaitAccessRequestResponse:
        access_request = await queries.wait_access_request(
            identifier(request.access_request_id),
            known_revision=request.known_revision,
            wait=request.wait.ToTimedelta(),
            account_id=caller.get().acting_account_id,
            database=self.parts.database,
            changes=self.parts.changes,
        )
        return rpc.WaitAccessRequestResponse(access_request=self._message(access_request))

    async def UpdateAccessRequestMessage(
        self, request: rpc.UpdateAccessRequestMessageRequest, context: Any
    ) -> rpc.UpdateAccessRequestMessageResponse:
        access_request = await update_access_request_message(
            self.parts,
            identifier(request.access_request_id),
            message=request.message,
            account_id=caller.get().acting_account_id,
        )
        return rpc.UpdateAccessRequestMessageResponse(access_request=self._message(access_request))

    async def RemindAdministrators(
        self, request: rpc.RemindAdministratorsRequest, context: Any
    ) -> rpc.RemindAdministratorsResponse:
        access_request = await remind_administrators(
            self.parts,
            identifier(request.access_request_id),
            once=Once(caller.get().acting_account_id, request.idempotency_key, request),
        )
        return rpc.RemindAdministratorsResponse(access_request=self._message(access_request))

    async def CancelAccessRequest(
        self, request: rpc.CancelAccessRequestRequest, context: Any
    ) -> rpc.CancelAccessRequestResponse:
        access_request = await cancel_access_request(
            self.parts, identifier(request.access_request_id), account_id=caller.get().acting_account_id
        )
        return rpc.CancelAccessRequestResponse(access_request=self._message(access_request))

    async def ApproveAccessRequest(
        self, request: rpc.ApproveAccessRequestRequest, context: Any
    ) -> rpc.ApproveAccessRequestResponse:
        decided = await approve_access_request(
            self.parts,
            identifier(request.access_request_id),
            role=role_of(request.role) or Role.MEMBER,
            reason=request.reason,
            once=Once(caller.get().acting_account_id, request.idempotency_key, request),
        )
        return rpc.ApproveAccessRequestResponse(
            access_request=self._message(decided.access_request), applied=decided.applied
        )

    async def RejectAccessRequest(
        self, request: rpc.RejectAccessRequestRequest, context: Any
    ) -> rpc.RejectAccessRequestResponse:
        decided = await reject_access_request(
            self.parts,
            identifier(request.access_request_id),
            reason=request.reason,
            once=Once(caller.get().acting_account_id, request.idempotency_key, request),
        )
        return rpc.RejectAccessRequestResponse(
            access_request=self._message(decided.access_request), applied=decided.applied
        )
