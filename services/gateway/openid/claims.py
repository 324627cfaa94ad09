"""What a tool is told of a person, and of the company they sign on for."""

from dataclasses import replace

import grpc

from guichet.company.v1.company_service_pb2 import GetCompanyRequest
from guichet.identity.v1.sign_on_pb2 import CompanyClaims, Grant
from guichet.identity.v1.sign_on_service_pb2 import GetGrantResponse
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.errors import problem_of
from services.gateway.messages import role_name
from services.gateway.services import Services
from services.platform.rpc_context import acting

GONE = frozenset({"not_found", "membership_suspended", "membership_ended"})


class MembershipLost(Exception):
    """The account may not, or no longer, open the tool for the company of the grant."""


async def company_claims(services: Services, held: GetGrantResponse) -> CompanyClaims | None:
    """Returns what the company service says of the grant's company at this moment; None for a grant without.

    Raises:
        MembershipLost: the account has no active membership there.
    """
    siren = held.grant.siren
    if not siren:
        return None
    acting.set(replace(acting.get(), account_token=held.account_token))
    try:
        answer = await services.company.GetCompany(GetCompanyRequest(siren=siren))
    except grpc.aio.AioRpcError as error:
        if problem_of(error).code not in GONE:
            raise
        raise MembershipLost from None
    return CompanyClaims(
        siren=siren, company_name=answer.company.name, company_role=role_name(answer.membership.role)
    )


def closed_to(tool: Tool, role: str) -> str:
    """Returns why a role may not open a tool: administrators_only or members_only; empty where it may."""
    if not tool.roles or role in tool.roles:
        return ""
    return "administrators_only" if "administrator" in tool.roles else "members_only"


def claims_of(grant: Grant, company: CompanyClaims | None) -> dict[str, object]:
    """Returns the claims that the grant's scope allows. Source: OpenID Connect, 5.1 and 5.4."""
    account, scope = grant.account, grant.scope.split()
    claims: dict[str, object] = {"sub": account.id}
    if "profile" in scope:
        claims |= {"name": account.full_name, "locale": account.locale or "fr"}
    if "email" in scope:
        # Nobody signs in before their address is verified.
        claims |= {"email": account.email, "email_verified": account.HasField("verify_time")}
    if company is not None:
        claims |= {
            "siren": company.siren,
            "company_name": company.company_name,
            "company_role": company.company_role,
        }
    return claims
