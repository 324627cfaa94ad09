"""A tool, and a person who signs on to it."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select
from temporalio.client import Client as TemporalClient
from temporalio.service import RPCError, RPCStatusCode

from guichet.identity.v1 import identity_service_pb2, sign_on_pb2, tool_pb2
from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.storage.sign_on_tables import grants
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity
from workflows.sign_on.messages import logout_workflow_id

SIREN = "732829320"
COMPANY = sign_on_pb2.CompanyClaims(siren=SIREN, company_name="Ateliers Morel", company_role="member")
CALLBACK = "https://outil.example.org/retour"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
NEVER_GIVEN = ("", "x", "A" * 64, "é" * 64, "\x00")
ALL = "openid profile email company offline_access"


def client(**differing: Any) -> tool_pb2.Client:
    registered: dict[str, Any] = {
        "redirect_uris": [CALLBACK],
        "backchannel_logout_uri": "https://outil.example.org/deconnexion",
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "ES256",
        "refreshes": True,
        "scopes": ALL.split(),
    }
    return tool_pb2.Client(**registered | differing)


def tool(tool_id: str = "", **differing: Any) -> tool_pb2.Tool:
    told: dict[str, Any] = {
        "id": tool_id or f"outil-{uuid4().hex[:12]}",
        "name": tool_pb2.LocalizedText(fr="Outil", en="Tool"),
        "description": tool_pb2.LocalizedText(fr="Un outil.", en="A tool."),
        "url": "https://outil.example.org/",
        "icon": "window",
        "client": client(),
    }
    return tool_pb2.Tool(**told | differing)


@dataclass
class Relying:
    """A tool that is registered, and what it does."""

    identity: RunningIdentity
    tool: tool_pb2.Tool
    secret: str
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.tool.id

    async def code(self, person: Person, **differing: Any) -> str:
        asked: dict[str, Any] = {
            "session_token": person.token,
            "client_id": self.id,
            "redirect_uri": CALLBACK,
            "scope": ALL,
            "code_challenge": CHALLENGE,
            "nonce": "n-0S6_WzA2Mj",
            "siren": SIREN,
        }
        answer = await self.identity.sign_on().CreateGrant(rpc.CreateGrantRequest(**asked | differing))
        return answer.code

    async def redeem(self, code: str) -> rpc.IssueTokensResponse:
        return await self.issue(sign_on_pb2.GrantProof(code=code))

    async def refresh(self, refresh_token: str, scope: str = "") -> rpc.IssueTokensResponse:
        return await self.issue(sign_on_pb2.GrantProof(refresh_token=refresh_token), scope=scope)

    async def issue(self, proof: sign_on_pb2.GrantProof, **differing: Any) -> rpc.IssueTokensResponse:
        asked: dict[str, Any] = {"proof": proof, "client_id": self.id, "company": COMPANY}
        return await self.identity.sign_on().IssueTokens(rpc.IssueTokensRequest(**asked | differing))

    async def signed_on(self, person: Person, **differing: Any) -> rpc.IssueTokensResponse:
        return await self.redeem(await self.code(person, **differing))

    async def grant(self, client_id: str = "", **proof: str) -> sign_on_pb2.Grant:
        return (await self.presented(client_id, **proof)).grant

    async def presented(self, client_id: str = "", **proof: str) -> rpc.GetGrantResponse:
        request = rpc.GetGrantRequest(proof=sign_on_pb2.GrantProof(**proof), client_id=client_id)
        return await self.identity.sign_on().GetGrant(request)


async def registered(identity: RunningIdentity, wanted: tool_pb2.Tool | None = None) -> Relying:
    wanted = wanted or tool()
    answer = await identity.sign_on("cli").SetTool(rpc.SetToolRequest(tool=wanted))
    return Relying(identity, answer.tool, answer.client_secret)


async def keys_of(identity: RunningIdentity) -> KeySet:
    answer = await identity.sign_on().GetSigningKeys(rpc.GetSigningKeysRequest())
    return KeySet.import_key_set(json.loads(answer.jwks))


async def read(identity: RunningIdentity, token: str, algorithm: str = "ES256") -> jwt.Token:
    """Returns a token whose signature holds under the published keys."""
    return jwt.decode(token, await keys_of(identity), algorithms=[algorithm])


async def sign_out(identity: RunningIdentity, person: Person, *_: object) -> None:
    await identity.gateway.DeleteSession(identity_service_pb2.DeleteSessionRequest(token=person.token))


async def end_sign_ons(identity: RunningIdentity, person: Person, siren: str = SIREN, role: str = "") -> int:
    request = rpc.EndSignOnsRequest(account_id=person.account_id, siren=siren, role=role)
    return (await identity.sign_on("worker").EndSignOns(request)).ended_count


async def logout_notice(identity: RunningIdentity, grant_id: str) -> rpc.GetLogoutNoticeResponse:
    request = rpc.GetLogoutNoticeRequest(grant_id=grant_id)
    return await identity.sign_on("worker").GetLogoutNotice(request)


async def was_handed_on(identity: RunningIdentity, grant_id: str) -> bool:
    """Says whether a workflow tells, or has told, the tool."""
    temporal = await TemporalClient.connect(identity.parts.settings.temporal_target)
    try:
        await temporal.get_workflow_handle(logout_workflow_id(grant_id)).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def is_owed(identity: RunningIdentity, grant_id: str) -> bool:
    async with identity.parts.database.reader.connect() as connection:
        owed = await connection.execute(select(grants.c.logout_due).where(grants.c.id == grant_id))
        return bool(owed.scalar_one())
