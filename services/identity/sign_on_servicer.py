# ruff: noqa: N802 - gRPC names the methods of a service so.
"""The RPCs of tools and sign-on: RPC in, operation or query, RPC out."""

from datetime import UTC
from typing import Any

from guichet.identity.v1 import sign_on_service_pb2 as rpc
from guichet.identity.v1.sign_on_pb2 import AccountClaims
from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceServicer
from services.identity import sign_on_messages as messages
from services.identity import sign_on_queries as queries
from services.identity.callers import client
from services.identity.claims import account_claims
from services.identity.messages import timestamp
from services.identity.operations.check_client_secret import check_client_secret
from services.identity.operations.create_grant import create_grant
from services.identity.operations.end_sign_ons import end_sign_ons
from services.identity.operations.get_grant import PresentedGrant, get_grant
from services.identity.operations.issue_tokens import issue_tokens
from services.identity.operations.revoke_token import revoke_token
from services.identity.operations.rotate_client_secret import rotate_client_secret
from services.identity.operations.rotate_signing_keys import rotate_signing_keys
from services.identity.operations.set_tool import set_tool
from services.identity.operations.set_tool_disabled import set_tool_disabled
from services.identity.operations.use_client_assertion import use_client_assertion
from services.identity.parts import Parts
from services.platform.service_identity import ServiceIdentity

SERVICE = "guichet.identity.v1.SignOnService"

GATEWAY = frozenset({"gateway"})
WORKER = frozenset({"worker"})
CLI = frozenset({"cli"})
CALLERS = {
    "ListTools": GATEWAY | CLI,
    "GetTool": GATEWAY | CLI,
    "SetTool": CLI,
    "RotateClientSecret": CLI,
    "SetToolDisabled": CLI,
    "CheckClientSecret": GATEWAY,
    "UseClientAssertion": GATEWAY,
    "GetSignOn": GATEWAY,
    "CreateGrant": GATEWAY,
    "GetGrant": GATEWAY,
    "IssueTokens": GATEWAY,
    "RevokeToken": GATEWAY,
    "EndSignOns": WORKER,
    "GetLogoutNotice": WORKER,
    "GetSigningKeys": GATEWAY,
    "RotateSigningKeys": CLI,
}


class SignOnServicer(SignOnServiceServicer):
    """`identity` signs the statements by which other services know the account of a grant."""

    def __init__(self, parts: Parts, identity: ServiceIdentity) -> None:
        self._parts = parts
        self._identity = identity

    async def ListTools(self, request: rpc.ListToolsRequest, context: Any) -> rpc.ListToolsResponse:
        page, next_page_token = await queries.list_tools(
            self._parts,
            page_size=request.page_size,
            token=request.page_token,
            show_disabled=request.show_disabled,
        )
        return rpc.ListToolsResponse(tools=map(messages.tool_message, page), next_page_token=next_page_token)

    async def GetTool(self, request: rpc.GetToolRequest, context: Any) -> rpc.GetToolResponse:
        tool = await queries.get_tool(self._parts, tool_id=request.id)
        return rpc.GetToolResponse(tool=messages.tool_message(tool))

    async def SetTool(self, request: rpc.SetToolRequest, context: Any) -> rpc.SetToolResponse:
        tool, secret, created = await set_tool(
            self._parts, messages.tool_in(request.tool), validate_only=request.validate_only
        )
        return rpc.SetToolResponse(tool=messages.tool_message(tool), client_secret=secret, created=created)

    async def RotateClientSecret(
        self, request: rpc.RotateClientSecretRequest, context: Any
    ) -> rpc.RotateClientSecretResponse:
        secret, previous_expires_at = await rotate_client_secret(
            self._parts, tool_id=request.id, at_once=request.at_once
        )
        return rpc.RotateClientSecretResponse(
            client_secret=secret, previous_expire_time=timestamp(previous_expires_at)
        )

    async def SetToolDisabled(
        self, request: rpc.SetToolDisabledRequest, context: Any
    ) -> rpc.SetToolDisabledResponse:
        tool = await set_tool_disabled(self._parts, tool_id=request.id, disabled=request.disabled)
        return rpc.SetToolDisabledResponse(tool=messages.tool_message(tool))

    async def CheckClientSecret(
        self, request: rpc.CheckClientSecretRequest, context: Any
    ) -> rpc.CheckClientSecretResponse:
        proven = await check_client_secret(
            self._parts,
            client_id=request.client_id,
            secret=request.client_secret,
            client=client(),
            proof=messages.proof_in(request.proof) if request.HasField("proof") else None,
        )
        if proven is None:
            return rpc.CheckClientSecretResponse(valid=False)
        return rpc.CheckClientSecretResponse(
            valid=True,
            tool=messages.tool_message(proven.tool),
            presented=self._told(proven.presented) if proven.presented else None,
        )

    async def UseClientAssertion(
        self, request: rpc.UseClientAssertionRequest, context: Any
    ) -> rpc.UseClientAssertionResponse:
        first_use = await use_client_assertion(
            self._parts,
            client_id=request.client_id,
            jti=request.jti,
            expires_at=request.expire_time.ToDatetime(UTC),
        )
        return rpc.UseClientAssertionResponse(first_use=first_use)

    async def GetSignOn(self, request: rpc.GetSignOnRequest, context: Any) -> rpc.GetSignOnResponse:
        sign_on = await queries.get_sign_on(
            self._parts, session_token=request.session_token, client_id=request.client_id
        )
        return rpc.GetSignOnResponse(
            consented_scopes=sign_on.consented_scopes,
            siren=sign_on.siren,
            auth_time=timestamp(sign_on.authenticated_at),
            amr=sign_on.amr,
        )

    async def CreateGrant(self, request: rpc.CreateGrantRequest, context: Any) -> rpc.CreateGrantResponse:
        code = await create_grant(
            self._parts,
            session_token=request.session_token,
            client_id=request.client_id,
            redirect_uri=request.redirect_uri,
            scope=request.scope,
            code_challenge=request.code_challenge,
            nonce=request.nonce,
            siren=request.siren,
            consented=request.consented,
        )
        return rpc.CreateGrantResponse(code=code)

    async def GetGrant(self, request: rpc.GetGrantRequest, context: Any) -> rpc.GetGrantResponse:
        presented = await get_grant(
            self._parts, messages.proof_in(request.proof), client_id=request.client_id
        )
        return self._told(presented)

    def _told(self, presented: PresentedGrant) -> rpc.GetGrantResponse:
        return rpc.GetGrantResponse(
            grant=messages.grant_message(presented),
            account_token=self._identity.account_token(presented.account.id),
            tool=messages.tool_message(presented.tool),
            account_claims=AccountClaims(**account_claims(presented.account, scope=presented.scope)),
        )

    async def IssueTokens(self, request: rpc.IssueTokensRequest, context: Any) -> rpc.IssueTokensResponse:
        issued = await issue_tokens(
            self._parts,
            messages.proof_in(request.proof),
            client_id=request.client_id,
            scope=request.scope,
            company=messages.company_in(request.company) if request.HasField("company") else None,
        )
        return rpc.IssueTokensResponse(
            access_token=issued.access_token,
            access_expire_time=timestamp(issued.access_expires_at),
            refresh_token=issued.refresh_token,
            id_token=issued.id_token,
            scope=issued.scope,
        )

    async def RevokeToken(self, request: rpc.RevokeTokenRequest, context: Any) -> rpc.RevokeTokenResponse:
        await revoke_token(self._parts, token=request.token, client_id=request.client_id)
        return rpc.RevokeTokenResponse()

    async def EndSignOns(self, request: rpc.EndSignOnsRequest, context: Any) -> rpc.EndSignOnsResponse:
        ended = await end_sign_ons(
            self._parts, account_id=request.account_id, siren=request.siren, role=request.role
        )
        return rpc.EndSignOnsResponse(ended_count=ended)

    async def GetLogoutNotice(
        self, request: rpc.GetLogoutNoticeRequest, context: Any
    ) -> rpc.GetLogoutNoticeResponse:
        notice = await queries.get_logout_notice(self._parts, grant_id=request.grant_id)
        return rpc.GetLogoutNoticeResponse(**vars(notice))

    async def GetSigningKeys(
        self, request: rpc.GetSigningKeysRequest, context: Any
    ) -> rpc.GetSigningKeysResponse:
        return rpc.GetSigningKeysResponse(jwks=await queries.get_signing_keys(self._parts))

    async def RotateSigningKeys(
        self, request: rpc.RotateSigningKeysRequest, context: Any
    ) -> rpc.RotateSigningKeysResponse:
        start = await rotate_signing_keys(self._parts, at_once=request.at_once)
        return rpc.RotateSigningKeysResponse(start_time=timestamp(start))
