"""The catalogue of tools and their registrations."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from joserfc.jwk import ECKey, RSAKey

from guichet.identity.v1 import sign_on_service_pb2 as rpc
from guichet.identity.v1 import tool_pb2
from services.identity.server import CALLERS
from services.platform.errors import (
    InvalidArgument,
    NotFound,
    PermissionDenied,
)
from services.platform.rpc_errors import domain_error_of
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity, refused
from tests.integration.identity.signing_on import client, registered, tool

ADDRESS = "https://outil.example.org"
RIGHT_ADDRESSES = (
    f"{ADDRESS}/retour?vers=1&x=%20",
    "https://outil.example.org:8443/",
    "http://localhost/retour",
    "http://127.0.0.1:3000/retour",
    "http://[::1]:3000/retour",
)
WRONG_ADDRESSES = (
    "",
    "retour",
    "//outil.example.org/retour",
    "http://outil.example.org/retour",
    "http://localhost.example.org/",
    "http://127.0.0.1.example.org/",
    "ftp://outil.example.org/",
    "javascript:alert(1)",
    f"{ADDRESS}/retour#la",
    f"{ADDRESS}/*",
    "https://*.example.org/",
    "https://moi:secret@outil.example.org/",
    "https://outil.example.org:99999/",
    "https://:443/",
    "https:///retour",
    f"{ADDRESS}/a b",
    f"{ADDRESS}/\r\nLocation: x",
    f"{ADDRESS}\\@evil.example/",
    "https://évil.example.org/",
    f"{ADDRESS}/" + "a" * 2000,
)


def jwks(*keys: Any, private: bool = False) -> str:
    return json.dumps({"keys": [key.as_dict(private=private) for key in keys]})


EC = ECKey.generate_key("P-256")
WEAK_RSA = {"kty": "RSA", "e": "AQAB", "n": "w" * 171}


async def set_tool(
    identity: RunningIdentity, wanted: tool_pb2.Tool, *, validate_only: bool = False
) -> rpc.SetToolResponse:
    request = rpc.SetToolRequest(tool=wanted, validate_only=validate_only)
    return await identity.sign_on("cli").SetTool(request)


async def listed(identity: RunningIdentity, page_size: int = 0, *, show_disabled: bool = False) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        page = await identity.sign_on().ListTools(
            rpc.ListToolsRequest(page_size=page_size, page_token=token, show_disabled=show_disabled)
        )
        found += [one.id for one in page.tools]
        token = page.next_page_token
        if not token:
            return found


async def test_a_tool_is_told_as_it_was_set(identity: RunningIdentity) -> None:
    wanted = tool(
        roles=["administrator"], position=7, url="http://outil.example.org/", client=client(asks_consent=True)
    )
    added = await set_tool(identity, wanted)
    assert (added.created, len(added.client_secret)) == (True, 43)
    stored = (await identity.sign_on().GetTool(rpc.GetToolRequest(id=wanted.id))).tool
    assert stored == added.tool
    assert stored.HasField("create_time")
    stored.ClearField("create_time")
    stored.ClearField("update_time")
    assert stored == wanted


async def test_setting_a_tool_again_is_harmless_and_changing_it_says_when(identity: RunningIdentity) -> None:
    first = await set_tool(identity, tool())
    identity.clock.ahead = timedelta(minutes=1)
    again = await set_tool(identity, first.tool)
    assert (again.created, again.client_secret, again.tool) == (False, "", first.tool)
    first.tool.name.fr = "Autre nom"
    first.tool.ClearField("client")
    changed = await set_tool(identity, first.tool)
    assert changed.tool.create_time == first.tool.create_time
    assert changed.tool.update_time.seconds >= first.tool.update_time.seconds + 60
    assert (changed.tool.name.fr, changed.tool.HasField("client")) == ("Autre nom", False)


async def test_only_saying_what_is_wrong_changes_nothing(identity: RunningIdentity) -> None:
    wanted = tool()
    told = await set_tool(identity, wanted, validate_only=True)
    assert (told.created, told.client_secret, told.tool.id) == (True, "", wanted.id)
    with refused(NotFound, "not_found"):
        await identity.sign_on().GetTool(rpc.GetToolRequest(id=wanted.id))
    await set_tool(identity, wanted)
    wanted.name.fr = "Autre nom"
    assert (await set_tool(identity, wanted, validate_only=True)).tool.name.fr == "Autre nom"
    stored = await identity.sign_on("cli").GetTool(rpc.GetToolRequest(id=wanted.id))
    assert stored.tool.name.fr == "Outil"
    with refused(InvalidArgument, "tool_invalid"):
        await set_tool(identity, tool(url="x"), validate_only=True)


async def test_two_calls_that_add_one_tool_make_one_with_one_secret(identity: RunningIdentity) -> None:
    wanted = tool()
    answers = await asyncio.gather(*(set_tool(identity, wanted) for _ in range(4)))
    assert sorted(bool(one.client_secret) for one in answers) == [False, False, False, True]
    assert sorted(one.created for one in answers) == [False, False, False, True]


async def wrong_fields(identity: RunningIdentity, wanted: tool_pb2.Tool) -> set[str]:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await set_tool(identity, wanted)
    error = domain_error_of(failure.value)
    assert isinstance(error, InvalidArgument)
    assert {error.reason, *(other.reason for other in error.others)} == {"tool_invalid"}
    return {error.field, *(other.field for other in error.others)}


@pytest.mark.parametrize(
    ("differing", "field"),
    [
        ({"tool_id": "Outil"}, "id"),
        ({"tool_id": "a" * 41}, "id"),
        ({"tool_id": "outil\n"}, "id"),
        ({"name": tool_pb2.LocalizedText(fr="", en="Tool")}, "name.fr"),
        ({"name": tool_pb2.LocalizedText(fr="Outil", en="Tool\x00")}, "name.en"),
        ({"description": tool_pb2.LocalizedText(fr="a" * 301, en="x")}, "description.fr"),
        ({"description": tool_pb2.LocalizedText(fr="x", en=" x")}, "description.en"),
        ({"name": tool_pb2.LocalizedText(fr="Essai <b>", en="Tool")}, "name.fr"),
        ({"description": tool_pb2.LocalizedText(fr="x", en="a > b")}, "description.en"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"icon": "skull"}, "icon"),
        ({"roles": ["owner"]}, "roles"),
        ({"position": -1}, "position"),
        ({"client": client(redirect_uris=[])}, "client.redirect_uris"),
        ({"client": client(redirect_uris=[f"{ADDRESS}/{n}" for n in range(21)])}, "client.redirect_uris"),
        (
            {"client": client(token_endpoint_auth_method="client_secret_jwt")},
            "client.token_endpoint_auth_method",
        ),
        ({"client": client(id_token_signed_response_alg="none")}, "client.id_token_signed_response_alg"),
        ({"client": client(id_token_signed_response_alg="HS256")}, "client.id_token_signed_response_alg"),
        ({"client": client(scopes=["email"])}, "client.scopes"),
        ({"client": client(scopes=["openid", "admin"])}, "client.scopes"),
        ({"client": client(jwks=jwks(EC))}, "client.jwks"),
    ],
)
async def test_each_wrong_field_is_named(
    identity: RunningIdentity, differing: dict[str, Any], field: str
) -> None:
    assert await wrong_fields(identity, tool(**differing)) == {field}


async def test_all_wrong_fields_are_named_at_once(identity: RunningIdentity) -> None:
    wrong = tool(icon="skull", url="x", client=client(redirect_uris=["x"], scopes=[]))
    assert await wrong_fields(identity, wrong) == {
        "icon",
        "url",
        "client.redirect_uris",
        "client.scopes",
    }


@pytest.mark.parametrize("address", WRONG_ADDRESSES)
async def test_an_address_that_is_not_safe_is_refused_wherever_it_stands(
    identity: RunningIdentity, address: str
) -> None:
    for field in ("redirect_uris", "post_logout_redirect_uris"):
        wrong = tool(client=client(**{field: [address]}))
        assert await wrong_fields(identity, wrong) == {f"client.{field}"}
    for field in ("backchannel_logout_uri", "initiate_login_uri"):
        if address:
            wrong = tool(client=client(**{field: address}))
            assert await wrong_fields(identity, wrong) == {f"client.{field}"}


async def test_addresses_on_this_very_machine_may_go_without_tls(identity: RunningIdentity) -> None:
    added = await set_tool(identity, tool(client=client(redirect_uris=RIGHT_ADDRESSES)))
    assert tuple(added.tool.client.redirect_uris) == RIGHT_ADDRESSES


@pytest.mark.parametrize(
    ("key_set", "right"),
    [
        (jwks(EC), True),
        (jwks(EC, RSAKey.generate_key(2048)), True),
        (jwks(EC, private=True), False),
        (json.dumps({"keys": [WEAK_RSA]}), False),
        (json.dumps({"keys": [{"kty": "oct", "k": "A" * 43}]}), False),
        (jwks(*[EC] * 11), False),
        (jwks(), False),
        ("", False),
        ("{", False),
        ("[]", False),
        ("null", False),
        ('{"keys": 1}', False),
        ('{"keys": ["x"]}', False),
        ('{"keys": [{"kty": "EC", "crv": "P-256", "x": "é", "y": "A"}]}', False),
        ("[" * 5000, False),
    ],
)
async def test_keys_of_a_client_are_public_and_strong(
    identity: RunningIdentity, key_set: str, right: bool
) -> None:
    wanted = tool(client=client(token_endpoint_auth_method="private_key_jwt", jwks=key_set))
    if right:
        added = await set_tool(identity, wanted)
        assert (added.client_secret, added.tool.client.jwks) == ("", key_set)
    else:
        assert await wrong_fields(identity, wanted) == {"client.jwks"}


async def test_tools_are_listed_as_they_are_shown_page_by_page(identity: RunningIdentity) -> None:
    mark = uuid4().hex[:8]
    for name, position in (("c", 2), ("a", 5), ("b", 2), ("d", 3)):
        await set_tool(identity, tool(f"{mark}-{name}", position=position, disabled=name == "d"))
    for page_size in (1, 2, 0):
        mine = [one for one in await listed(identity, page_size) if one.startswith(mark)]
        assert mine == [f"{mark}-{name}" for name in "bca"]
    everything = await listed(identity, show_disabled=True)
    assert [one for one in everything if one.startswith(mark)] == [f"{mark}-{name}" for name in "bcda"]
    page = await identity.sign_on().ListTools(rpc.ListToolsRequest(page_size=1))
    for wrong in (
        rpc.ListToolsRequest(page_token="x"),
        rpc.ListToolsRequest(page_token=page.next_page_token, show_disabled=True),
    ):
        with refused(InvalidArgument, "invalid_cursor"):
            await identity.sign_on().ListTools(wrong)
    with refused(InvalidArgument, "invalid_limit"):
        await identity.sign_on().ListTools(rpc.ListToolsRequest(page_size=-1))


async def test_a_disabled_tool_signs_nobody_on_until_it_is_shown_again(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    cli = identity.sign_on("cli")
    for _ in range(2):
        answer = await cli.SetToolDisabled(rpc.SetToolDisabledRequest(id=relying.id, disabled=True))
        assert answer.tool.disabled
    with refused(NotFound, "not_found"):
        await relying.code(person)
    await cli.SetToolDisabled(rpc.SetToolDisabledRequest(id=relying.id))
    assert await relying.signed_on(person)
    for unknown in ("", "x" * 50, "inconnu"):
        with refused(NotFound, "not_found"):
            await cli.SetToolDisabled(rpc.SetToolDisabledRequest(id=unknown))
        with refused(NotFound, "not_found"):
            await cli.GetTool(rpc.GetToolRequest(id=unknown))


async def test_each_method_is_for_its_callers(identity: RunningIdentity) -> None:
    methods = rpc.DESCRIPTOR.services_by_name["SignOnService"].methods
    assert {method.name for method in methods} == set(CALLERS["guichet.identity.v1.SignOnService"])
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.sign_on("gateway").SetTool(rpc.SetToolRequest())
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.sign_on("cli").IssueTokens(rpc.IssueTokensRequest())
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.sign_on("gateway").EndSignOns(rpc.EndSignOnsRequest())
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.sign_on("company").EndSignOns(rpc.EndSignOnsRequest())
