"""The services behind the gateway: their stubs, and their health."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from guichet.company.v1.company_service_pb2_grpc import CompanyServiceStub
from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceStub
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from services.gateway.settings import GatewaySettings
from services.platform.rpc_client import open_channel
from services.platform.service_identity import ServiceIdentity

if TYPE_CHECKING:
    from guichet.company.v1.company_service_pb2_grpc import CompanyServiceAsyncStub
    from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceAsyncStub
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub

IDENTITY = "guichet.identity.v1.IdentityService"
SIGN_ON = "guichet.identity.v1.SignOnService"
COMPANY = "guichet.company.v1.CompanyService"
NOTIFICATION = "guichet.notification.v1.NotificationService"
HEALTH_SECONDS = 2.0

# Reads, writes that a key protects, and writes whose repetition changes nothing.
RETRIED = {
    IDENTITY: (
        "CreateAccount",
        "VerifyAccount",
        "ResendVerification",
        "CreateSession",
        "GetSessionChallenge",
        "CompleteSession",
        "GetSession",
        "DeleteSession",
        "ListSessions",
        "RevokeSession",
        "RevokeOtherSessions",
        "UpdateAccount",
        "ChangePassword",
        "GetSecondFactor",
        "ConfirmTotp",
        "ConfirmPasskey",
        "ReplaceRecoveryCodes",
        "GetRecoveryCodes",
        "ForgetRecoverySheet",
        "RenamePasskey",
        "RequestPasswordReset",
        "BatchGetAccounts",
    ),
    # Not IssueTokens, UseClientAssertion or CreateGrant: a second time means something else to them.
    SIGN_ON: (
        "ListTools",
        "GetTool",
        "CheckClientSecret",
        "GetSignOn",
        "GetGrant",
        "RevokeToken",
        "GetSigningKeys",
    ),
    COMPANY: (
        "RequestAccess",
        "CheckClaim",
        "GetAccessRequest",
        "ListAccessRequests",
        "ListCompanyAccessRequests",
        "WaitAccessRequest",
        "UpdateAccessRequestMessage",
        "RemindAdministrators",
        "CancelAccessRequest",
        "ApproveAccessRequest",
        "RejectAccessRequest",
        "GetOwnAccess",
        "GetLostAdministration",
        "GetEndedMembership",
        "ListEndedMemberships",
        "GetCompany",
        "ListMemberships",
        "UpdateMembership",
    ),
    NOTIFICATION: ("ListDeliveries",),
}


@dataclass(frozen=True)
class HealthCheck:
    """One thing that must serve before the gateway is ready, and the name to show for it."""

    name: str
    stub: health_pb2_grpc.HealthStub
    service: str

    async def serves(self) -> bool:
        request = health_pb2.HealthCheckRequest(service=self.service)
        try:
            answer = await self.stub.Check(request, timeout=HEALTH_SECONDS)  # type: ignore[attr-defined]  # untyped stub
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@dataclass(frozen=True)
class Services:
    """What the gateway calls."""

    identity: "IdentityServiceAsyncStub"
    sign_on: "SignOnServiceAsyncStub"
    company: "CompanyServiceAsyncStub"
    notification: "NotificationServiceAsyncStub"
    health_checks: tuple[HealthCheck, ...]

    async def not_ready(self) -> list[str]:
        """Returns the names of what does not serve."""
        serving = await asyncio.gather(*(check.serves() for check in self.health_checks))
        return [check.name for check, well in zip(self.health_checks, serving, strict=True) if not well]


@asynccontextmanager
async def connected(settings: GatewaySettings, own: ServiceIdentity) -> AsyncIterator[Services]:
    """Opens a channel to each service for the length of a block. A service may still be away then."""
    channels = {
        service: open_channel(address, service=service, identity=own, retried=RETRIED[service])
        for service, address in (
            (IDENTITY, settings.identity_address),
            (SIGN_ON, settings.identity_address),
            (COMPANY, settings.company_address),
            (NOTIFICATION, settings.notification_address),
        )
    }
    health = {service: health_pb2_grpc.HealthStub(channel) for service, channel in channels.items()}
    try:
        yield Services(
            identity=IdentityServiceStub(channels[IDENTITY]),
            sign_on=SignOnServiceStub(channels[SIGN_ON]),
            company=CompanyServiceStub(channels[COMPANY]),
            notification=NotificationServiceStub(channels[NOTIFICATION]),
            health_checks=(
                HealthCheck("identity", health[IDENTITY], IDENTITY),
                HealthCheck("company", health[COMPANY], COMPANY),
                HealthCheck("notification", health[NOTIFICATION], NOTIFICATION),
                HealthCheck("workflow_engine", health[COMPANY], "workflow_engine"),
                HealthCheck("worker", health[COMPANY], "worker"),
            ),
        )
    finally:
        await asyncio.gather(*(channel.close() for channel in channels.values()))
