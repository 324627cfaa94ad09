"""Identifiers of what this service creates."""

from uuid import uuid4


def new_id() -> str:
    return uuid4().hex
