"""Channels to the services: identity and deadline on every call, retries where they are harmless."""

import json
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

import grpc

from services.platform.rpc_context import ACCOUNT_TOKEN, CLIENT_ADDRESS, SERVICE_TOKEN, TRACE_ID, acting
from services.platform.service_identity import ServiceIdentity

Request = TypeVar("Request")
Response = TypeVar("Response")

DEADLINE_SECONDS = 10.0
MAX_MESSAGE_BYTES = 4 * 1024 * 1024


def open_channel(
    address: str,
    *,
    service: str,
    identity: ServiceIdentity,
    retried: Collection[str] = (),
) -> grpc.aio.Channel:
    """Opens a channel to one service, e.g. `guichet.company.v1.CompanyService`.

    `retried` names the methods that may be repeated on UNAVAILABLE without harm. A call without a
    timeout gets one of 10 s. The host may resolve to several replicas: calls go round them.
    """
    audience = service.split(".")[1]
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{"service": service, "method": method} for method in sorted(retried)],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 3,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
        if retried
        else [],
    }
    return grpc.aio.insecure_channel(
        address,
        options=[
            ("grpc.service_config", json.dumps(config)),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.min_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 2000),
        ],
        interceptors=[CallCredentials(identity, audience)],
    )


class CallCredentials(grpc.aio.UnaryUnaryClientInterceptor):
    """Adds the service token, the acting account and the deadline to each call."""

    def __init__(self, identity: ServiceIdentity, audience: str) -> None:
        self._identity = identity
        self._audience = audience

    async def intercept_unary_unary(
        self,
        continuation: Callable[
            [grpc.aio.ClientCallDetails, Request], Awaitable[grpc.aio.UnaryUnaryCall[Request, Response]]
        ],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Request,
    ) -> grpc.aio.UnaryUnaryCall[Request, Response] | Response:
        who = acting.get()
        sent = {
            SERVICE_TOKEN: f"Bearer {self._identity.token_for(self._audience)}",
            ACCOUNT_TOKEN: who.account_token,
            CLIENT_ADDRESS: who.client_address,
            TRACE_ID: who.trace_id,
        }
        metadata = grpc.aio.Metadata(*((key, value) for key, value in sent.items() if value))
        for key, value in client_call_details.metadata or ():
            metadata.add(key, value)
        details = grpc.aio.ClientCallDetails(
            client_call_details.method,
            client_call_details.timeout or DEADLINE_SECONDS,
            metadata,
            client_call_details.credentials,
            client_call_details.wait_for_ready,
        )
        return await continuation(details, request)
