import json

import pytest

from guichet.identity.v1.tool_pb2 import Client, Tool
from services.cli.tool_changes import SENTENCES, sentence
from services.cli.tool_file import UnreadableFile, read_tools, same, written_tool
from services.platform.errors import InvalidArgument

WORDS = {"fr": "Ged", "en": "Documents"}
GED = {"id": "ged", "name": WORDS, "description": WORDS, "url": "https://ged.example.org/"}
CLIENT = {"redirect_uris": ["https://ged.example.org/back"], "scopes": ["openid"], "refreshes": True}


def written(*entries: object) -> bytes:
    return json.dumps(entries).encode()


def test_what_is_read_is_what_is_written_again() -> None:
    whole = {**GED, "icon": "star", "client": CLIENT, "position": 7, "roles": ["member"], "disabled": True}
    [entry], errors = read_tools(written(whole))
    assert errors == []
    assert written_tool(entry.tool) == whole
    assert not entry.keeps_state


def test_a_tool_stands_where_the_file_puts_it_and_keeps_its_state() -> None:
    entries, _ = read_tools(written(GED, {**GED, "id": "memo"}))
    assert [(one.tool.id, one.tool.position) for one in entries] == [("ged", 10), ("memo", 20)]
    assert all(one.keeps_state for one in entries)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{", "not JSON"), (b"\xff", "not JSON"), (b"{}", "a list"), (b"[]", "a list"), (b"7", "a list")],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read_tools(content)


def test_every_wrong_entry_is_told_by_its_number() -> None:
    entries, errors = read_tools(
        written(GED, "ged", {**GED, "id": "a", "colour": "red"}, {**GED, "id": "b", "roles": 7}, GED)
    )
    assert [(one.number, one.tool) for one in errors] == [(2, ""), (3, "a"), (4, "b"), (5, "ged")]
    assert "colour" in errors[1].reason
    assert errors[3].reason == "is the id of entry 1 again"
    assert [one.number for one in entries] == [1, 5]


def test_times_make_no_difference() -> None:
    one, other = Tool(id="ged"), Tool(id="ged")
    one.create_time.GetCurrentTime()
    assert same(one, other)
    other.position = 1
    assert not same(one, other)


@pytest.mark.parametrize("field", SENTENCES)
def test_what_is_wrong_with_a_field_is_said_wherever_it_is(field: str) -> None:
    for path in (field, f"client.{field}", f"{field}[2]", f"{field}.fr"):
        assert sentence(InvalidArgument("tool_invalid", field=path)) == SENTENCES[field]


def test_every_field_of_the_file_has_a_sentence() -> None:
    tool = set(Tool.DESCRIPTOR.fields_by_name) - {"disabled", "client", "create_time", "update_time"}
    client = set(Client.DESCRIPTOR.fields_by_name)
    assert set(SENTENCES) == tool | client - {"refreshes", "asks_consent"}
