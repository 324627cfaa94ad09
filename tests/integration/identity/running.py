"""An identity service with its real gate, database and workflow engine, and a clock that can be moved."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import grpc
import pytest
from sqlalchemy import select

from guichet.identity.v1 import account_pb2
from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceStub
from services.identity import servicer
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import NoticeKind
from services.identity.parts import Parts
from services.identity.server import CALLERS, MIGRATIONS, register, wired
from services.identity.settings import Settings
from services.identity.storage.tables import accounts, notices
from services.platform.database import database_url, migrate
from services.platform.errors import DomainError
from services.platform.rpc_client import open_channel
from services.platform.rpc_errors import domain_error_of
from services.platform.rpc_server import CallGate
from services.platform.service_identity import ServiceIdentity, TrustedServices

if TYPE_CHECKING:
    from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceAsyncStub

PASSWORD = "tulipe-carbone-9-lampion"


class MovedClock:
    """The real time, and so much more."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class RunningIdentity:
    def __init__(self, address: str, parts: Parts, clock: MovedClock, keys: Path) -> None:
        self.address = address
        self.parts = parts
        self.clock = clock
        self._keys = keys
        self._channels: dict[str, grpc.aio.Channel] = {}

    def as_service(self, service: str) -> "IdentityServiceAsyncStub":
        """Returns a stub whose calls are signed by one of the processes."""
        return IdentityServiceStub(self._channel(service))

    def sign_on(self, service: str = "gateway") -> "SignOnServiceAsyncStub":
        """Returns a stub of SignOnService, whose calls are signed by one of the processes."""
        return SignOnServiceStub(self._channel(service))

    def _channel(self, service: str) -> grpc.aio.Channel:
        if service not in self._channels:
            signer = ServiceIdentity(service, self._keys)
            self._channels[service] = open_channel(self.address, service=servicer.SERVICE, identity=signer)
        return self._channels[service]

    @property
    def gateway(self) -> "IdentityServiceAsyncStub":
        return self.as_service("gateway")

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def sign_up(
        self, email: str, *, password: str = PASSWORD, full_name: str = "Camille Durand"
    ) -> None:
        await self.gateway.CreateAccount(
            rpc.CreateAccountRequest(email=email, full_name=full_name, password=password)
        )

    async def sign_in(
        self, email: str, *, password: str = PASSWORD, key: str = "", over: str = ""
    ) -> rpc.CreateSessionResponse:
        request = rpc.CreateSessionRequest(
            email=email, password=password, idempotency_key=key, present_token=over
        )
        return await self.gateway.CreateSession(request)

    async def verified_account(self, email: str, *, password: str = PASSWORD) -> str:
        await self.sign_up(email, password=password)
        notice = await self.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
        answer = await self.gateway.VerifyAccount(rpc.VerifyAccountRequest(token=notice.token))
        return answer.account_id

    async def notice_ids(self, email: str, kind: NoticeKind) -> list[str]:
        """Returns the notices of an address, newest first."""
        query = (
            select(notices.c.id)
            .join(accounts)
            .where(accounts.c.email_key == EmailAddress.parse(email).key, notices.c.kind == kind)
            .order_by(notices.c.created_at.desc())
        )
        async with self.parts.database.reader.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def newest_notice(self, email: str, kind: NoticeKind) -> account_pb2.AccountNotice:
        return await self.notice((await self.notice_ids(email, kind))[0])

    async def notice(self, notice_id: str) -> account_pb2.AccountNotice:
        request = rpc.GetAccountNoticeRequest(notice_id=notice_id)
        return (await self.as_service("worker").GetAccountNotice(request)).notice

    async def reset_token(self, email: str) -> str:
        await self.gateway.RequestPasswordReset(rpc.RequestPasswordResetRequest(email=email))
        return (await self.newest_notice(email, NoticeKind.PASSWORD_RESET)).token


@asynccontextmanager
async def running_identity(settings: Settings) -> AsyncIterator[RunningIdentity]:
    """Serves on a free port for the length of a block."""
    keys = settings.keys_directory
    identity = ServiceIdentity("identity", keys)
    await migrate(database_url(settings, "identity"), MIGRATIONS)
    clock = MovedClock()
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(wired(settings, identity, clock=clock))
        server = grpc.aio.server(interceptors=[CallGate(CALLERS, TrustedServices(keys))])
        register(server, parts, identity)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, 1)
        running = RunningIdentity(f"127.0.0.1:{port}", parts, clock, keys)
        stack.push_async_callback(running.close)
        yield running


@contextmanager
def refused(kind: type[DomainError], reason: str, *, retry_within: timedelta | None = None) -> Iterator[None]:
    """Expects a call to fail with one kind of status and one reason."""
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        yield
    error = domain_error_of(failure.value)
    assert (type(error), error and error.reason) == (kind, reason), failure.value
    if retry_within is not None:
        assert error is not None
        assert timedelta() < (error.retry_after or timedelta()) <= retry_within


def new_email(name: str = "personne") -> str:
    return f"{name}.{uuid4().hex[:12]}@example.com"
