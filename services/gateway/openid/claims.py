"""What a tool is told of a person, and of the company they sign on for."""

from dataclasses import replace

import grpc
from google.protobuf.message import Message

from guichet.company.v1.company_service_pb2 import GetCompanyRequest
from guichet.identity.v1.sign_on_pb2 import CompanyClaims
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


def claims_of(held: GetGrantResponse, company: CompanyClaims) -> dict[str, object]:
    """Returns the claims that the grant's scope allows. Source: OpenID Connect, 5.1 and 5.4."""
    claims = {"sub": held.grant.account.id, **told(held.account_claims)}
    return claims | told(company) if "company" in held.grant.scope.split() else claims


def told(claims: Message) -> dict[str, object]:
    """Returns the claims that are set, by their names."""
    return {field.name: value for field, value in claims.ListFields()}
