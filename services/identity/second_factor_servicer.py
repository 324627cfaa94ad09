# ruff: noqa: N802 - gRPC names the methods of a service so.
"""The RPCs of the second factor: no account has one yet."""

from typing import Any, NoReturn

from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceServicer
from services.platform.errors import Unavailable


class SecondFactorServicer(IdentityServiceServicer):
    async def GetSessionChallenge(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def CompleteSession(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def GetSecondFactor(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def BeginTotp(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def ConfirmTotp(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def RemoveTotp(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def BeginPasskey(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def ConfirmPasskey(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def RenamePasskey(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def RemovePasskey(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")

    async def ReplaceRecoveryCodes(self, request: Any, context: Any) -> NoReturn:
        raise Unavailable("second_factor")
