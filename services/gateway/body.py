"""Request bodies are read strictly, on every route: size, media type, JSON without surprises.

Frameworks take the last of two equal keys, NaN, any size, and answer 500 to a lone surrogate. Here
`StrictRoute` reads the body before FastAPI sees it, and FastAPI gets what was read.
"""

import asyncio
import json
import math
import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from services.gateway.problems import Problem, field_problem

LARGEST_BODY = 64 * 1024
LONGEST_WAIT_SECONDS = 20.0
# A body that announces too much is refused at once: it is only looked at for what has arrived already.
GLANCE_SECONDS = 0.2
LONGEST_INTEGER = 308
DEEPEST_NESTING = 1000
MOST_FIELDS = 250
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)


class StrictRequest(Request):
    """A request whose body was read and checked by StrictRoute."""

    content: bytes = b""
    document: Any = None

    async def body(self) -> bytes:
        return self.content

    async def json(self) -> Any:
        return self.document


class StrictRoute(APIRoute):
    """A JSON route: what it is sent is an object of known fields, or nothing where it takes no body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        takes_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            checked = StrictRequest(request.scope, request.receive)
            checked.content = await read_content(checked)
            if checked.content:
                require_media_type(checked, JSON_TYPE)
                checked.document = parse_object(checked.content)
                if not takes_body and checked.document:
                    raise field_problem("unknown_field", shown_name(next(iter(checked.document))))
            elif takes_body:
                raise Problem("malformed_body")
            return await handler(checked)

        return strict


async def read_content(request: Request) -> bytes:
    """Returns the body, never holding more than 64 kB of it.

    Raises:
        Problem: body_too_large, body_timeout; malformed_body where the part that fits is nested too deep.
    """
    headers = request.headers
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return b""
    # The parser takes any number of leading zeros, int() does not.
    announced_too_large = int(headers.get("content-length", "").lstrip("0") or 0) > LARGEST_BODY
    if announced_too_large and "expect" in headers:
        # Reading would invite the client to send what it asks about.
        raise Problem("body_too_large")
    content = bytearray()
    try:
        async with asyncio.timeout(GLANCE_SECONDS if announced_too_large else LONGEST_WAIT_SECONDS):
            async for chunk in request.stream():
                content += chunk
                if len(content) > LARGEST_BODY:
                    raise too_large(content)
    except TimeoutError:
        raise too_large(content) if announced_too_large else Problem("body_timeout") from None
    except ClientDisconnect:
        raise Problem("malformed_body") from None
    return bytes(content)


def too_large(start: bytearray) -> Problem:
    return Problem("malformed_body" if nested_too_deep(start[:LARGEST_BODY]) else "body_too_large")


def nested_too_deep(start: bytearray) -> bool:
    """Tells whether a cut-off document has more brackets open than any document may have."""
    outside_texts = TEXT.sub(b"", start)
    opened = sum(map(outside_texts.count, (b"[", b"{")))
    closed = sum(map(outside_texts.count, (b"]", b"}")))
    return opened - closed > DEEPEST_NESTING


def require_media_type(request: Request, wanted: str) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if (
        media_type.strip().lower() != wanted
        or charset not in ("", "charset=utf-8")
        or encoding not in ("", "identity")
    ):
        raise Problem("unsupported_media_type")


def parse_object(content: bytes) -> dict[str, Any]:
    """Parses a JSON object.

    Raises:
        Problem: malformed_body, duplicate_key, invalid_number, wrong_type.
    """
    try:
        document = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=unique,
            parse_int=integer,
            parse_float=finite,
            parse_constant=finite,
        )
    except (ValueError, RecursionError):
        raise Problem("malformed_body") from None
    if not isinstance(document, dict):
        raise field_problem("wrong_type", "")
    return document


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for position, name in enumerate(names) if name in names[:position])
        raise field_problem("duplicate_key", shown_name(twice))
    return found


def integer(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise ValueError("too many digits")
    return int(digits)


def finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise field_problem("invalid_number", "")
    return number


def parse_form(content: bytes) -> dict[str, str]:
    """Parses a submitted form, whose fields are few, single and UTF-8.

    Raises:
        Problem: malformed_body, duplicate_key.
    """
    try:
        pairs = (
            parse_qsl(
                content.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=True,
                errors="strict",
                max_num_fields=MOST_FIELDS,
            )
            if content
            else []
        )
    except ValueError:
        raise Problem("malformed_body") from None
    return unique(pairs)


async def read_parameters(request: Request) -> list[tuple[str, str]]:
    """Reads a form of the sign-on protocol, whose rules on empty and repeated parameters are its own.

    Raises:
        Problem: body_too_large, body_timeout, malformed_body, unsupported_media_type.
    """
    content = await read_content(request)
    require_media_type(request, FORM_TYPE)
    try:
        return parse_qsl(content.decode("ascii"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Problem("malformed_body") from None


def shown_name(name: str) -> str:
    """Returns a field's name where it looks like one: what was submitted is not repeated otherwise."""
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if plain and len(name) <= 64 else ""
