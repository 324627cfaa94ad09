"""The look at a company before access to it is asked for."""

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from guichet.company.v1.company_service_pb2 import CheckClaimRequest
from services.gateway.answers import ClaimedCompany, CompanyClaim
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends
from services.gateway.documented import BODY, CHANGES, problems
from services.gateway.fields import Body
from services.gateway.session import Signed

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Access requests"])


class NewCompanyClaim(Body):
    """Which company, the proof that one belongs to it, and the words to check beside them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"siren": "732 829 320", "member_code": "AB12-CD34"}]}
    )

    siren: str = Field(description="Nine digits. Spaces are ignored")
    member_code: str = Field(description="Case and spaces are ignored")
    message: str | None = Field(None, description="Words to the administrators, at most 500 characters")


@router.post(
    "/company-claims",
    responses=problems(
        *(*BODY, *CHANGES, "rate_limited"),
        *("siren_invalid", "siret_given", "claim_refused", "company_inactive", "message_too_long"),
        *("already_member", "membership_suspended", "already_pending"),
    ),
)
async def check_claim(body: NewCompanyClaim, session: Signed, services: Backends) -> CompanyClaim:
    """Says which company a Siren and a member code open, and who would be asked. Asks nobody yet."""
    opened = await services.company.CheckClaim(
        CheckClaimRequest(siren=body.siren, member_code=body.member_code, message=body.message or "")
    )
    return CompanyClaim(
        company=ClaimedCompany(siren=opened.siren, name=opened.company_name, city=opened.city),
        administered=opened.administered,
    )
