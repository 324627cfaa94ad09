"""What a tool is told of a person, and of the company they sign on for."""

from dataclasses import replace

import grpc

from guichet.company.v1.company_service_pb2 import GetCompanyRequest
from guichet.identity.v1.sign_on_pb2 import CompanyClaims, Grant
from guichet.identity.v1.sign_on_service_pb2 import GetGrantResponse
from services.gateway.errors import problem_of
from services.gateway.messages import role_name
from services.gateway.services import Services
from services.gateway.tools import closed_to
from services.platform.rpc_context import acting

GONE = frozenset({"not_found", "siren_invalid", "membership_suspended", "membership_ended"})


class MembershipLost(Exception):
    """The account may no longer open the tool for the company of the grant."""


async def company_claims(services: Services, held: GetGrantResponse) -> CompanyClaims:
    """Returns what the company service says of the grant's company at this moment.

    Raises:
        MembershipLost: the account has no active membership there, or its role does not open the tool.
    """
    siren = held.grant.siren
    acting.set(replace(acting.get(), account_token=held.account_token))
    try:
        answer = await services.company.GetCompany(GetCompanyRequest(siren=siren))
    except grpc.aio.AioRpcError as error:
        if problem_of(error).code not in GONE:
            raise
        raise MembershipLost from None
    role = role_name(answer.membership.role)
    if closed_to(held.tool, role):
        raise MembershipLost
    return CompanyClaims(siren=siren, company_name=answer.company.name, company_role=role)


def claims_of(grant: Grant, company: CompanyClaims) -> dict[str, object]:
    """Returns the claims that the grant's scope allows. Source: OpenID Connect, 5.1 and 5.4."""
    account, scope = grant.account, grant.scope.split()
    claims: dict[str, object] = {"sub": account.id}
    if "profile" in scope:
        claims |= {"name": account.full_name, "locale": account.locale or "fr"}
    if "email" in scope:
        # Nobody signs in before their address is verified.
        claims |= {"email": account.email, "email_verified": account.HasField("verify_time")}
    if "company" in scope:
        claims |= {
            "siren": company.siren,
            "company_name": company.company_name,
            "company_role": company.company_role,
        }
    return claims
