"""Leaves with 0 where a process of Guichet serves: `healthcheck.py grpc HOST:PORT [CHECK]` or `… http URL`.

For containers. `CHECK` is one of the names that the server's health knows; without it, all of them.
"""

import sys
import urllib.request
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

LONGEST_SECONDS = 3


def grpc_serves(address: str, check: str = "") -> bool:
    with grpc.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=check), timeout=LONGEST_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def http_serves(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=LONGEST_SECONDS) as answer:  # noqa: S310 - written in our own files
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    serves = grpc_serves if kind == "grpc" else http_serves
    sys.exit(0 if serves(*arguments) else 1)
