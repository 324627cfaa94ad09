"""The border between sign-on's domain objects and messages."""

from datetime import UTC, datetime

from guichet.identity.v1 import sign_on_pb2, tool_pb2
from services.identity.claims import CompanyClaims
from services.identity.domain.tokens import Purpose
from services.identity.domain.tool import Client, Tool
from services.identity.messages import account_message, timestamp
from services.identity.operations.get_grant import PresentedGrant
from services.identity.redeeming import GrantProof

PURPOSES = {
    "code": Purpose.AUTHORIZATION_CODE,
    "refresh_token": Purpose.REFRESH_TOKEN,
    "access_token": Purpose.ACCESS_TOKEN,
}
NO_TIME = datetime.fromtimestamp(0, UTC)


def tool_message(tool: Tool) -> tool_pb2.Tool:
    return tool_pb2.Tool(
        id=tool.id,
        name=tool_pb2.LocalizedText(fr=tool.name_fr, en=tool.name_en),
        description=tool_pb2.LocalizedText(fr=tool.description_fr, en=tool.description_en),
        url=tool.url,
        icon=tool.icon,
        roles=tool.roles,
        position=tool.position,
        disabled=tool.disabled,
        client=tool_pb2.Client(**vars(tool.client)) if tool.client else None,
        create_time=timestamp(tool.created_at),
        update_time=timestamp(tool.updated_at),
    )


def tool_in(message: tool_pb2.Tool) -> Tool:
    """Returns a tool as it is wanted, not checked yet; its times are set by whoever stores it."""
    return Tool(
        id=message.id,
        name_fr=message.name.fr,
        name_en=message.name.en,
        description_fr=message.description.fr,
        description_en=message.description.en,
        url=message.url,
        icon=message.icon,
        roles=tuple(message.roles),
        position=message.position,
        disabled=message.disabled,
        client=client_in(message.client) if message.HasField("client") else None,
        created_at=NO_TIME,
        updated_at=NO_TIME,
    )


def client_in(message: tool_pb2.Client) -> Client:
    return Client(
        redirect_uris=tuple(message.redirect_uris),
        post_logout_redirect_uris=tuple(message.post_logout_redirect_uris),
        backchannel_logout_uri=message.backchannel_logout_uri,
        initiate_login_uri=message.initiate_login_uri,
        token_endpoint_auth_method=message.token_endpoint_auth_method,
        jwks=message.jwks,
        id_token_signed_response_alg=message.id_token_signed_response_alg,
        refreshes=message.refreshes,
        asks_consent=message.asks_consent,
        scopes=tuple(message.scopes),
    )


def proof_in(message: sign_on_pb2.GrantProof) -> GrantProof:
    """Returns what was presented; nothing counts as a code that was never given."""
    kind = message.WhichOneof("proof") or "code"
    return GrantProof(PURPOSES[kind], getattr(message, kind))


def company_in(message: sign_on_pb2.CompanyClaims) -> CompanyClaims:
    return CompanyClaims(message.siren, message.company_name, message.company_role)


def grant_message(presented: PresentedGrant) -> sign_on_pb2.Grant:
    grant = presented.grant
    return sign_on_pb2.Grant(
        id=grant.id,
        client_id=grant.client_id,
        account=account_message(presented.account),
        siren=grant.siren,
        scope=presented.scope,
        redirect_uri=grant.redirect_uri,
        code_challenge=grant.code_challenge,
        nonce=grant.nonce,
        sid=grant.sid,
        auth_time=timestamp(grant.authenticated_at),
        amr=grant.amr,
        expire_time=timestamp(presented.expires_at),
        issue_time=timestamp(presented.issued_at),
    )
