"""For which company somebody signs on to a tool."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from services.gateway.messages import role_name
from services.gateway.openid.authorization import SignOnRequest
from services.gateway.tools import closed_to


@dataclass(eq=False)
class NotOpen(Exception):
    """Nobody signs on: `reason` is no_company, suspended, pending, administrators_only or members_only."""

    reason: str


def companies_for(
    asked: SignOnRequest, memberships: Sequence[Membership], access: GetOwnAccessResponse
) -> list[Membership]:
    """Returns those of the active memberships that open the tool.

    Raises:
        NotOpen: there is none.
    """
    if not memberships:
        raise NotOpen(why_none(access))
    shut = {one.siren: closed_to(asked.tool, role_name(one.role)) for one in memberships}
    found = [one for one in memberships if not shut[one.siren]]
    if not found:
        raise NotOpen(next(filter(None, shut.values())))
    return found


def why_none(access: GetOwnAccessResponse) -> str:
    """Returns why an account has no active membership: pending, suspended or no_company."""
    if access.pending_access_requests:
        return "pending"
    return "suspended" if access.memberships else "no_company"


def chosen_company(
    asked: SignOnRequest, companies: Sequence[Membership], preferred: Iterable[str]
) -> Membership | None:
    """Returns the company to sign on for: the one that the tool means, or the first that is preferred.

    None where the person has to choose.
    """
    by_siren = {one.siren: one for one in companies}
    if asked.siren_hint:
        return by_siren.get(asked.siren_hint)
    return next((by_siren[siren] for siren in preferred if siren in by_siren), None) or (
        companies[0] if len(companies) == 1 else None
    )
