# ruff: noqa: N802 - gRPC names the methods of a service so.
"""What the worker asks and records for workflows."""

from typing import Any

from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2_grpc import CompanyServiceServicer
from services.company.domain.siren import known_siren
from services.company.domain.text import identifier
from services.company.messages import (
    ESCALATION_REASONS,
    STATES,
    access_request_message,
    escalation_reason_of,
    membership_change_message,
    membership_message,
)
from services.company.operations.escalate_access_request import escalate_access_request
from services.company.operations.record_automatic_reminder import record_automatic_reminder
from services.company.operations.settle_access_request import settle_access_request
from services.company.parts import Parts
from services.company.queries import audiences as queries
from services.company.storage.repositories.access_requests import Audience
from services.platform.rpc_context import caller


def by_service() -> str:
    return f"service:{caller.get().service}"


class WorkflowRpcs(CompanyServiceServicer):
    parts: Parts

    def _audience(self, audience: Audience) -> rpc.GetAccessRequestAudienceResponse:
        return rpc.GetAccessRequestAudienceResponse(
            access_request=access_request_message(
                audience.access_request, self.parts.settings.reminder_policy
            ),
            contact_email=audience.contact_email,
            administrator_account_ids=audience.administrators,
        )

    async def ConfirmAccessRequest(
        self, request: rpc.ConfirmAccessRequestRequest, context: Any
    ) -> rpc.ConfirmAccessRequestResponse:
        audience = await queries.confirm_access_request(
            identifier(request.access_request_id), known_siren(request.siren), database=self.parts.database
        )
        if audience is None:
            return rpc.ConfirmAccessRequestResponse(submitted=False)
        return rpc.ConfirmAccessRequestResponse(
            submitted=True, state=STATES[audience.access_request.state], audience=self._audience(audience)
        )

    async def SettleAccessRequest(
        self, request: rpc.SettleAccessRequestRequest, context: Any
    ) -> rpc.SettleAccessRequestResponse:
        state, audience = await settle_access_request(
            self.parts, identifier(request.access_request_id), by=by_service()
        )
        return rpc.SettleAccessRequestResponse(
            state=STATES[state], audience=self._audience(audience) if audience else None
        )

    async def RecordAutomaticReminder(
        self, request: rpc.RecordAutomaticReminderRequest, context: Any
    ) -> rpc.RecordAutomaticReminderResponse:
        state, reminder = await record_automatic_reminder(
            self.parts, identifier(request.access_request_id), by=by_service()
        )
        return rpc.RecordAutomaticReminderResponse(
            state=STATES[state], reminder_id=reminder.id if reminder else ""
        )

    async def EscalateAccessRequest(
        self, request: rpc.EscalateAccessRequestRequest, context: Any
    ) -> rpc.EscalateAccessRequestResponse:
        access_request = await escalate_access_request(
            self.parts,
            identifier(request.access_request_id),
            reason=escalation_reason_of(request.reason),
            by=by_service(),
        )
        kept = access_request.escalation_reason if access_request.pending else None
        return rpc.EscalateAccessRequestResponse(
            state=STATES[access_request.state],
            reason=ESCALATION_REASONS[kept] if kept else AccessRequest.ESCALATION_REASON_UNSPECIFIED,
        )

    async def GetAccessRequestAudience(
        self, request: rpc.GetAccessRequestAudienceRequest, context: Any
    ) -> rpc.GetAccessRequestAudienceResponse:
        audience = await queries.get_access_request_audience(
            identifier(request.access_request_id), database=self.parts.database
        )
        return self._audience(audience)

    async def GetMembershipAudience(
        self, request: rpc.GetMembershipAudienceRequest, context: Any
    ) -> rpc.GetMembershipAudienceResponse:
        membership, contact_email = await queries.get_membership_audience(
            identifier(request.membership_id), known_siren(request.siren), database=self.parts.database
        )
        return rpc.GetMembershipAudienceResponse(
            membership=membership_message(membership) if membership else None, contact_email=contact_email
        )

    async def GetMembershipChange(
        self, request: rpc.GetMembershipChangeRequest, context: Any
    ) -> rpc.GetMembershipChangeResponse:
        change = await queries.get_membership_change(
            identifier(request.change_id), known_siren(request.siren), database=self.parts.database
        )
        return rpc.GetMembershipChangeResponse(change=membership_change_message(change) if change else None)
