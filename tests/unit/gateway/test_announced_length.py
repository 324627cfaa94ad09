"""The length that a body's head announces."""

from fastapi import Request

from services.gateway.body import read_content


def announced(length: bytes) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", length)]}
    return Request(scope, receive)


async def test_leading_zeros_are_no_length() -> None:
    """The parser takes any number of them; Python refuses to read more than 4,300 digits."""
    assert await read_content(announced(b"0" * 5000 + b"2")) == b"{}"
