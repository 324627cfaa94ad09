"""The world around a worker: the three services on a real gRPC server, companies and mails in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from guichet.company.v1 import company_service_pb2 as company
from guichet.company.v1.access_request_pb2 import AccessRequest, Reminder
from guichet.company.v1.company_pb2 import ROLE_MEMBER, Membership
from guichet.identity.v1 import identity_service_pb2 as identity
from guichet.identity.v1 import sign_on_service_pb2 as sign_on
from guichet.identity.v1.account_pb2 import Account, AccountNotice, Operator
from guichet.notification.v1 import notification_service_pb2 as notification
from guichet.notification.v1.notification_pb2 import Notification

CLAIRE = Account(id="claire", email="claire.morel@example.com", full_name="Claire Morel", locale="fr")
BRUNO = Account(id="bruno", email="bruno.petit@example.com", full_name="Bruno Petit", locale="fr")
DENIS = Account(id="denis", email="denis.roux@example.com", full_name="Denis Roux", locale="fr")
PEOPLE = (CLAIRE, BRUNO, DENIS)
SIREN = "732829320"
COMPANY_NAME = "Ateliers Morel"


@dataclass
class Case:
    """One access request as the company service knows it. `outcome` is what settling brings it to."""

    id: str = field(default_factory=lambda: uuid4().hex)
    siren: str = SIREN
    submitted: bool = True
    state: str = "pending"
    outcome: str = ""
    expires_after_looks: int = 0
    escalated_for: str = ""
    administrators: list[str] = field(default_factory=lambda: ["claire"])
    reminders: list[str] = field(default_factory=list)


@dataclass
class World:
    """What the worker meets. `relay` takes, defers or refuses mails; `told` lists the mails that left.
    `membership_is_active` again where it was lost; `tools_address` is where a tool hears of logouts.

    `looks`, `deferrals` and `refused_calls` count what it asked: to settle, of the relay, and in vain.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    notices: dict[str, Account] = field(default_factory=dict)
    relay: str = "takes"
    company_is_away: bool = False
    company_answers: asyncio.Event = field(default_factory=asyncio.Event)
    looks: int = 0
    deferrals: int = 0
    refused_calls: int = 0
    told: list[str] = field(default_factory=list)
    membership_is_active: bool = False
    open_sign_ons: int = 0
    tools_address: str = ""

    def __post_init__(self) -> None:
        self.company_answers.set()

    def calm_down(self) -> None:
        """Everything works again, and nothing was asked yet."""
        self.relay, self.tools_address, self.membership_is_active = "takes", "", False
        self.looks = self.deferrals = self.refused_calls = 0

    def told_about(self, case: Case) -> list[str]:
        """Returns the events of one access request that left as mails, one entry for each recipient."""
        return [event.removeprefix(f"{case.id}/") for event in self.told if event.startswith(case.id)]

    async def ConfirmAccessRequest(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        if not self.cases[request.access_request_id].submitted:
            return company.ConfirmAccessRequestResponse(submitted=False)
        return company.ConfirmAccessRequestResponse(
            submitted=True, audience=await self.GetAccessRequestAudience(request)
        )

    async def SettleAccessRequest(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        self.looks += 1
        await self.company_answers.wait()
        case = self.cases[request.access_request_id]
        if case.outcome == "expired" and case.expires_after_looks:
            case.expires_after_looks -= 1
        elif case.outcome:
            case.state = case.outcome
        audience = None if case.state == "pending" else await self.GetAccessRequestAudience(request)
        return company.SettleAccessRequestResponse(state=state_of(case), audience=audience)

    async def RecordAutomaticReminder(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        case = self.cases[request.access_request_id]
        if case.state != "pending":
            return company.RecordAutomaticReminderResponse(state=state_of(case))
        case.reminders.append("automatic")
        return company.RecordAutomaticReminderResponse(state=state_of(case), reminder_id="automatic")

    async def EscalateAccessRequest(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        case = self.cases[request.access_request_id]
        if case.state != "pending":
            return company.EscalateAccessRequestResponse(state=state_of(case))
        reason = AccessRequest.EscalationReason.Name(request.reason)
        case.escalated_for = case.escalated_for or reason
        kept = AccessRequest.EscalationReason.Value(case.escalated_for)
        return company.EscalateAccessRequestResponse(state=state_of(case), reason=kept)

    async def GetAccessRequestAudience(  # noqa: N802 - the name of the RPC
        self, request: Any
    ) -> company.GetAccessRequestAudienceResponse:
        case = self.cases[request.access_request_id]
        return company.GetAccessRequestAudienceResponse(
            access_request=AccessRequest(
                id=case.id,
                siren=case.siren,
                company_name=COMPANY_NAME,
                requester_account_id=BRUNO.id,
                state=state_of(case),
                reminders=[
                    Reminder(id=reminder_id, origin=Reminder.ORIGIN_REQUESTER)
                    for reminder_id in case.reminders
                ],
            ),
            administrator_account_ids=case.administrators,
        )

    async def GetMembershipAudience(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        membership = Membership(
            id=request.membership_id,
            account_id=CLAIRE.id,
            company_name=COMPANY_NAME,
            role=ROLE_MEMBER,
            state=Membership.STATE_ACTIVE if self.membership_is_active else Membership.STATE_SUSPENDED,
        )
        return company.GetMembershipAudienceResponse(
            membership=membership, contact_email="contact.morel@example.com"
        )

    async def BatchGetAccounts(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        return identity.BatchGetAccountsResponse(
            accounts=[one for one in PEOPLE if one.id in request.account_ids]
        )

    async def ListOperators(self, _: Any) -> Message:  # noqa: N802 - the name of the RPC
        return identity.ListOperatorsResponse(operators=[Operator(email="desk@example.org", locale="fr")])

    async def GetAccountNotice(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        if request.notice_id not in self.notices:
            raise LookupError
        notice = AccountNotice(id=request.notice_id, account=self.notices[request.notice_id])
        return identity.GetAccountNoticeResponse(notice=notice)

    async def EndSignOns(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        kept = self.open_sign_ons if request.role else 0
        ended, self.open_sign_ons = self.open_sign_ons - kept, kept
        return sign_on.EndSignOnsResponse(ended_count=ended)

    async def GetLogoutNotice(self, _: Any) -> Message:  # noqa: N802 - the name of the RPC
        if not self.tools_address:
            raise LookupError
        return sign_on.GetLogoutNoticeResponse(
            backchannel_logout_uri=self.tools_address, logout_token="signed", client_id="memo"
        )

    async def SendNotifications(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        states = [self._send(request.event_id, recipient.recipient_id) for recipient in request.recipients]
        rows = [Notification(state=state, last_error="451 later") for state in states]
        return notification.SendNotificationsResponse(notifications=rows)

    async def AbandonNotifications(self, request: Any) -> Message:  # noqa: N802 - the name of the RPC
        rows = [Notification(state=Notification.STATE_ABANDONED) for _ in request.recipient_ids]
        return notification.AbandonNotificationsResponse(notifications=rows)

    def _send(self, event_id: str, recipient_id: str) -> Notification.State.ValueType:
        if self.relay == "defers":
            self.deferrals += 1
            return Notification.STATE_DUE
        if self.relay == "refuses":
            return Notification.STATE_FAILED
        event = event_id if recipient_id == CLAIRE.id else f"{event_id} to {recipient_id}"
        if event not in self.told:
            self.told.append(event)
        return Notification.STATE_SENT


def state_of(case: Case) -> AccessRequest.State.ValueType:
    return AccessRequest.State.Value(f"STATE_{case.state.upper()}")


def handler(world: World, method: Any) -> "grpc.RpcMethodHandler[Any, Any]":
    answer: Callable[[Any], Awaitable[Message]] = getattr(world, method.name)
    of_company = method.containing_service.full_name.startswith("guichet.company")

    async def handle(request: Message, context: grpc.aio.ServicerContext[Message, Message]) -> Message:
        if of_company and world.company_is_away:
            world.refused_calls += 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the company service is away")
        try:
            return await answer(request)
        except LookupError:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such row")
        raise AssertionError("abort raises")

    return grpc.unary_unary_rpc_method_handler(
        handle,
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


@asynccontextmanager
async def served(world: World) -> AsyncIterator[int]:
    """Serves all services on one loopback port, and gives it."""
    server = grpc.aio.server()
    for module in (identity, sign_on, company, notification):
        service: Any = next(iter(module.DESCRIPTOR.services_by_name.values()))
        methods = {one.name: handler(world, one) for one in service.methods if hasattr(world, one.name)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)
