"""Calls to the services, and what a person reads when one fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc

from guichet.company.v1.company_service_pb2_grpc import CompanyServiceStub
from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceStub
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from services.cli.console import CommandFailed
from services.cli.settings import CliSettings
from services.platform.rpc_client import open_channel
from services.platform.rpc_errors import domain_error_of
from services.platform.service_identity import ServiceIdentity

if TYPE_CHECKING:
    from guichet.company.v1.company_service_pb2_grpc import CompanyServiceAsyncStub
    from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceAsyncStub
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub

COMPANY = "guichet.company.v1.CompanyService"
IDENTITY = "guichet.identity.v1.IdentityService"
SIGN_ON = "guichet.identity.v1.SignOnService"
NOTIFICATION = "guichet.notification.v1.NotificationService"

SENTENCES = {
    "email_invalid": "this is not an e-mail address that can receive mail",
    "locale_invalid": "the language must be fr or en",
    "service_not_trusted": (
        "the service does not know this command line's key: GUICHET_KEYS_DIR (or GUICHET_STATE_DIR)"
        " must name the folder of keys that the services use"
    ),
    "second_factor_off": "this account signs in by its password alone already",
    "not_found": "there is no such tool or account",
    "caller_not_allowed": "the service does not let the command line do this",
    "client_has_no_secret": "this tool has no secret: it signs nobody on, or proves itself in another way",
    "database_unavailable": "the service's database is away; try again in a moment",
    "workflow_engine_unavailable": "Temporal is away; try again in a moment",
}


@asynccontextmanager
async def company_service(settings: CliSettings) -> AsyncIterator["CompanyServiceAsyncStub"]:
    async with channel(settings, "company", settings.company_address, COMPANY) as opened:
        yield CompanyServiceStub(opened)


@asynccontextmanager
async def identity_service(settings: CliSettings) -> AsyncIterator["IdentityServiceAsyncStub"]:
    async with channel(settings, "identity", settings.identity_address, IDENTITY) as opened:
        yield IdentityServiceStub(opened)


@asynccontextmanager
async def sign_on_service(settings: CliSettings) -> AsyncIterator["SignOnServiceAsyncStub"]:
    async with channel(settings, "identity", settings.identity_address, SIGN_ON) as opened:
        yield SignOnServiceStub(opened)


@asynccontextmanager
async def notification_service(settings: CliSettings) -> AsyncIterator["NotificationServiceAsyncStub"]:
    async with channel(settings, "notification", settings.notification_address, NOTIFICATION) as opened:
        yield NotificationServiceStub(opened)


@asynccontextmanager
async def channel(
    settings: CliSettings, name: str, address: str, service: str
) -> AsyncIterator[grpc.aio.Channel]:
    """Opens a channel for the length of a block, and turns a failed call into a CommandFailed."""
    own = ServiceIdentity("cli", settings.keys_directory)
    async with open_channel(address, service=service, identity=own) as opened:
        try:
            yield opened
        except grpc.aio.AioRpcError as error:
            raise CommandFailed(sentence(error, name, address)) from error


def sentence(error: grpc.aio.AioRpcError, name: str, address: str) -> str:
    known = domain_error_of(error)
    if known is not None:
        return SENTENCES.get(known.reason, f"the {name} service refused: {known.reason}")
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        return (
            f"the {name} service does not answer at {address}: start Guichet with `make up`,"
            f" or set GUICHET_{name.upper()}_HOST and GUICHET_{name.upper()}_PORT to where it runs"
        )
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return f"the {name} service at {address} did not answer in time; try again"
    return f"the {name} service failed ({error.code().name.lower()}); its log says why"
