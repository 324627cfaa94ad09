"""A wire between processes that delivers every gRPC call twice, as a network may after a lost answer."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc

# What the transport says of itself, and says anew on the second way.
OF_THE_TRANSPORT = ("user-agent", "grpc-", ":")

Call = Callable[..., Awaitable[bytes]]
Outcome = bytes | grpc.aio.AioRpcError


class RepeatingWire(grpc.GenericRpcHandler):
    """Forwards unary calls as they are, twice: one after the other, or both at once.

    The caller gets the second answer. `answers` keeps both of each call by the method's name.
    """

    def __init__(self, channel: grpc.aio.Channel, *, at_once: bool) -> None:
        self._channel = channel
        self._at_once = at_once
        self.answers: defaultdict[str, list[tuple[Outcome, Outcome]]] = defaultdict(list)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        method = handler_call_details.method
        call: Call = self._channel.unary_unary(method)

        async def twice(request: bytes, context: Any) -> bytes:
            metadata = [
                (key, value)
                for key, value in context.invocation_metadata()
                if not key.startswith(OF_THE_TRANSPORT)
            ]

            async def deliver() -> Outcome:
                try:
                    return await call(request, metadata=metadata, timeout=context.time_remaining())
                except grpc.aio.AioRpcError as error:
                    return error

            if self._at_once:
                first, second = await asyncio.gather(deliver(), deliver())
            else:
                first, second = await deliver(), await deliver()
            self.answers[method.rpartition("/")[2]].append((first, second))
            if isinstance(second, grpc.aio.AioRpcError):
                said = tuple(second.trailing_metadata() or ())
                await context.abort(second.code(), second.details() or "", said)
                raise AssertionError("abort raises")
            return second

        return grpc.unary_unary_rpc_method_handler(twice)


@asynccontextmanager
async def repeating_wire(port: int, *, at_once: bool) -> AsyncIterator[tuple[int, RepeatingWire]]:
    """Listens on a port of its own, and delivers to another on this machine."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        wire = RepeatingWire(channel, at_once=at_once)
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((wire,))
        own = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield own, wire
        finally:
            await server.stop(grace=1)
