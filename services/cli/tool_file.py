"""The organisation's JSON file of tools: a list of objects with the names that the protos give them."""

import json
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

from guichet.identity.v1.tool_pb2 import Tool

POSITIONS_APART = 10
USUAL_ICON = "window"
TIMES = ("create_time", "update_time")


class UnreadableFile(Exception):
    """The file as a whole cannot be read. The text is a line for the person who made it."""


@dataclass(frozen=True)
class Entry:
    """One tool as written. `number` counts from 1; `keeps_state`: it does not say whether it is disabled."""

    number: int
    tool: Tool
    keeps_state: bool


@dataclass(frozen=True)
class EntryError:
    """What is wrong with an entry. `tool` is its identifier, `field` empty where all of it is wrong."""

    number: int
    tool: str
    field: str
    reason: str


def read_tools(content: bytes) -> tuple[list[Entry], list[EntryError]]:
    """Returns the entries that have the right shape, and what is wrong with the others.

    An entry without a position is placed by where it stands in the file, one without an icon has a window.

    Raises:
        UnreadableFile: it is no JSON list.
    """
    try:
        written = json.loads(content)
    except ValueError as error:
        raise UnreadableFile(f"this is not JSON: {error}") from None
    if not isinstance(written, list) or not written:
        raise UnreadableFile("a list of tools is needed: [{...}, ...]")
    entries: list[Entry] = []
    errors: list[EntryError] = []
    seen: dict[str, int] = {}
    for number, one in enumerate(written, start=1):
        if not isinstance(one, dict):
            errors.append(EntryError(number, "", "", "is no object"))
            continue
        told = str(one.get("id", ""))
        try:
            usual = {"position": number * POSITIONS_APART, "icon": USUAL_ICON}
            tool = ParseDict({**usual, **one}, Tool())
        except ParseError as error:
            errors.append(EntryError(number, told, "", str(error).splitlines()[0].strip()))
            continue
        if told in seen:
            errors.append(EntryError(number, told, "id", f"is the id of entry {seen[told]} again"))
        seen.setdefault(told, number)
        entries.append(Entry(number, tool, "disabled" not in one))
    return entries, errors


def written_tool(tool: Tool) -> dict[str, object]:
    """Returns a tool as the file writes it; times are not part of that."""
    told = MessageToDict(tool, preserving_proto_field_name=True)
    return {name: value for name, value in told.items() if name not in TIMES}


def written_client(tool: Tool) -> dict[str, object]:
    """Returns a tool's client as the file writes it, empty where there is none."""
    return dict(MessageToDict(tool.client, preserving_proto_field_name=True))


def same(one: Tool, other: Tool) -> bool:
    """Tells whether two tools differ in nothing but their times."""
    return written_tool(one) == written_tool(other)
