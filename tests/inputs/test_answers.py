"""Every bad input that a client of the API can send gets its answer, and changes nothing.

Rows of the table that no client of the API sends, for the portal's pages: a form without, with a stale or a
foreign CSRF token keeps what was typed; a session that ends in the middle of a form; `next=//evil.example`;
a mailed link opened signed out leads to the sign-in; `=cmd()` in an export. Limits are in test_limits.py,
what is accepted in test_accepted.py, the command line in test_command_line.py.
"""

import asyncio
import json
from itertools import chain

import pytest
from dirty_equals import IsStr

from tests.inputs import access_rows, account_rows, body_rows, own_account_rows
from tests.inputs.rows import Row
from tests.inputs.scene import Facts, Scene
from tests.system.running import RunningSystem

TABLE = list(
    chain(
        *(body_rows.BODIES, body_rows.ADDRESSES, body_rows.SESSIONS),
        *(account_rows.NAMES, account_rows.EMAILS, account_rows.PASSWORDS),
        *(access_rows.CLAIMS, access_rows.LOOKS, access_rows.DECISIONS, access_rows.MESSAGES),
        *(own_account_rows.CHANGES, own_account_rows.SECOND_STEPS, access_rows.OTHERS),
    )
)


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
async def test_a_bad_input_gets_its_answer_and_changes_nothing(row: Row, scene: Scene, facts: Facts) -> None:
    before = await facts.fingerprint()
    answer = await scene.answer(row.send(scene))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (row.status, row.code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert next((error["field"] for error in problem["errors"]), "") == row.wrong
    problem["errors"] = [(error["field"], error["code"]) for error in problem["errors"]]
    assert {name: problem[name] for name in row.members} == row.members
    assert {name: answer.headers[name] for name in row.headers} == row.headers
    assert await facts.fingerprint() == before


def test_the_table_names_each_row_once() -> None:
    names = [row.name for row in TABLE]
    assert len(set(names)) == len(names)
    assert len(names) > 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a wrong password", "an unknown account"),
        ("a wrong member code", "a Siren that is not in the register"),
        ("a look with a wrong code", "a look at nobody's Siren"),
        ("a wrong member code", "a closed company, with a wrong code"),
    ],
)
async def test_refusals_that_would_tell_a_secret_are_the_same(one: str, other: str, scene: Scene) -> None:
    rows = {row.name: row for row in TABLE}
    answers = [await scene.answer(rows[name].send(scene)) for name in (one, other)]
    bodies = [{**answer.json(), "trace_id": ""} for answer in answers]
    assert bodies[0] == bodies[1]
    heads = [{**answer.headers, "x-request-id": "", "date": ""} for answer in answers]
    assert heads[0] == heads[1]


@pytest.mark.parametrize("more", ["", "Expect: 100-continue\r\n"])
async def test_a_body_that_announces_too_much_is_refused_before_it_comes(
    more: str, system: RunningSystem
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", system.http_port)
    head = (
        f"POST /api/v1/accounts HTTP/1.1\r\nHost: localhost:{system.http_port}\r\n{more}"
        "Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(15):
        assert await reader.readline() == b"HTTP/1.1 413 Request Entity Too Large\r\n"
        head_end = await reader.readuntil(b"\r\n\r\n")
        assert b"application/problem+json" in head_end
        size = next(line for line in head_end.split(b"\r\n") if line.lower().startswith(b"content-length"))
        problem = json.loads(await reader.readexactly(int(size.split()[1])))
    assert problem == {**problem, "code": "body_too_large", "trace_id": IsStr(min_length=32)}
    writer.close()
