"""A gRPC server: callers checked, errors translated, health told, stopped without cutting anyone off."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import grpc
import structlog
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from services.platform.errors import DomainError, PermissionDenied, Unauthenticated
from services.platform.rpc_client import MAX_MESSAGE_BYTES
from services.platform.rpc_context import (
    ACCOUNT_TOKEN,
    CLIENT_ADDRESS,
    SERVICE_TOKEN,
    TRACE_ID,
    Caller,
    caller,
)
from services.platform.rpc_errors import status_of
from services.platform.rpc_unavailable import unavailable_part_of
from services.platform.service_identity import TrustedServices

log = structlog.get_logger()

GRACE_SECONDS = 10.0
LONGEST_CALL_SECONDS = 60.0
SECONDS_BETWEEN_CHECKS = 1.0

Callers = Mapping[str, frozenset[str]]
Check = Callable[[], Awaitable[None]]
Handler = Callable[[Message, grpc.aio.ServicerContext[Message, Message]], Awaitable[Message]]


class CallGate(grpc.aio.ServerInterceptor):
    """Lets a call in when its caller may make it, and turns what it raises into a status.

    `callers` says for each served service, by its full name, and each method of it which services may call
    it; what is not listed is refused.
    """

    def __init__(self, callers: Mapping[str, Callers], trusted: TrustedServices) -> None:
        self._callers = callers
        self._trusted = trusted

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        if handler is None or handler_call_details.method.startswith("/grpc."):
            return handler
        metadata = {key: str(value) for key, value in handler_call_details.invocation_metadata}
        _, service, method = handler_call_details.method.split("/")

        async def gated(request: Message, context: grpc.aio.ServicerContext[Message, Message]) -> Message:
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(rpc=method, trace_id=metadata.get(TRACE_ID, ""))
            try:
                caller.set(self._caller(service, method, metadata))
                async with asyncio.timeout(min(context.time_remaining() or LONGEST_CALL_SECONDS, 60)):
                    answer: Message = await handler.unary_unary(request, context)
                    return answer
            except DomainError as error:
                await context.abort_with_status(status_of(error))
            # The border: gRPC would send the text of whatever is left to the caller, values and all.
            except Exception as error:
                away = unavailable_part_of(error)
                if away is None:
                    log.exception("rpc.failed")
                    await context.abort(grpc.StatusCode.INTERNAL, "internal")
                else:
                    log.warning("rpc.unavailable", part=away.reason, error=type(error).__name__)
                    await context.abort_with_status(status_of(away))
            raise AssertionError("abort raises")

        return grpc.unary_unary_rpc_method_handler(
            gated,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _caller(self, called: str, method: str, metadata: Mapping[str, str]) -> Caller:
        scheme, _, token = metadata.get(SERVICE_TOKEN, "").partition(" ")
        if scheme != "Bearer":
            raise Unauthenticated("service_not_trusted")
        service = self._trusted.caller(token, called.split(".")[1])
        if service not in self._callers.get(called, {}).get(method, frozenset()):
            raise PermissionDenied("caller_not_allowed")
        account_token = metadata.get(ACCOUNT_TOKEN, "")
        return Caller(
            service=service,
            account_id=self._trusted.account_id(account_token) if account_token else "",
            client_address=metadata.get(CLIENT_ADDRESS, "") if service == "gateway" else "",
        )


async def serve(
    *,
    address: str,
    callers: Mapping[str, Callers],
    trusted: TrustedServices,
    register: Callable[[grpc.aio.Server], None],
    checks: Mapping[str, Check],
    notices: Mapping[str, Check] = MappingProxyType({}),
    draining: Callable[[], None] = lambda: None,
) -> None:
    """Serves gRPC services until SIGTERM or SIGINT, then lets running calls end, for 10 s at most.

    `callers` names the services, and who may call them: see CallGate. Health is told by `grpc.health.v1`:
    each check under its own name, and under each service's and "" all of them together. A check fails by
    raising. `notices` are checks without which the service still serves: they show under their own names
    only. `draining` is called when stopping begins, to end long waits.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    server = grpc.aio.server(
        interceptors=[CallGate(callers, trusted)],
        options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)],
    )
    register(server)
    health = HealthServicer()
    # It would call itself well by default; what was not checked yet does not serve.
    for check in (*checks, *notices, *callers, ""):
        await health.set(check, health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = (*callers, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError:
        raise SystemExit(f"{address} is taken: stop what listens there, or set another port") from None
    await server.start()
    log.info("listening", address=address)
    watching = asyncio.create_task(keep_health(health, callers, checks, notices))
    await stopping.wait()

    log.info("stopping")
    draining()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    await health.enter_graceful_shutdown()
    await server.stop(GRACE_SECONDS)
    log.info("stopped")


async def keep_health(
    health: HealthServicer, services: Iterable[str], checks: Mapping[str, Check], notices: Mapping[str, Check]
) -> None:
    """Runs every check each second, and tells health what changed."""
    told: dict[str, bool] = {}
    while True:
        named = {**checks, **notices}
        states = dict(zip(named, await asyncio.gather(*map(passes, named.values())), strict=True))
        states |= dict.fromkeys((*services, ""), all(states[name] for name in checks))
        for name, well in states.items():
            if told.get(name) != well:
                serving = (
                    health_pb2.HealthCheckResponse.SERVING
                    if well
                    else health_pb2.HealthCheckResponse.NOT_SERVING
                )
                await health.set(name, serving)
                log.info("health", check=name or "all", serving=well)
        told = states
        await asyncio.sleep(SECONDS_BETWEEN_CHECKS)


async def passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(5):
            await check()
    # A check fails by raising, each part in its own way.
    except Exception as error:
        log.debug("check.failed", error=repr(error))
        return False
    return True
