"""Proves that someone has to do with a company. Shared by asking for access and by the look before it, so
that both count against the same limits.
"""

from dataclasses import dataclass

from services.company.domain.company import CompanyState
from services.company.domain.errors import ClaimRefused, CompanyInactive
from services.company.domain.ids import new_id
from services.company.domain.siren import parse_siren
from services.company.domain.text import words
from services.company.parts import Parts
from services.platform.errors import InvalidArgument, ResourceExhausted, checked
from services.platform.rate_limits import Use
from workflows.notification.messages import CLAIMS_LOCKED, NotificationInput


@dataclass(frozen=True)
class Claim:
    """The pair that proves that someone has to do with a company."""

    siren: str
    member_code: str
    client: str


def read(claim: Claim, message: str) -> tuple[str, str]:
    """Returns the Siren's nine digits and the words to the administrators, or all that is wrong together.

    Raises:
        InvalidArgument: siren_invalid, siret_given, invalid_text, message_too_long.
    """
    errors: list[InvalidArgument] = []
    siren = checked(errors, parse_siren, claim.siren)
    told = checked(errors, lambda written: words(written, field="message"), message)
    if errors or siren is None or told is None:
        raise InvalidArgument.together(errors)
    return siren, told


async def prove(parts: Parts, siren: str, claim: Claim, account_id: str) -> None:
    """Returns where the pair is right. Only wrong pairs count against the limits."""
    limits = parts.settings
    guesses = (
        Use(limits.claim_limit_per_account, ("claim", "account", account_id)),
        Use(limits.claim_limit_per_address, ("claim", "address", claim.client)),
        Use(limits.claim_limit_per_company, ("claim", "siren", siren)),
        Use(limits.claim_limit_in_all, ("claim",)),
    )
    async with parts.database.unit_of_work() as work:
        proof = await work.companies.claim_proof(siren)
        # Counted before it is compared: guesses made at once are no way around the limits. Leaving without
        # a commit gives back what a right pair has spent, and all that a refused one has.
        await work.spend(*guesses)
        right = parts.member_codes.match(siren, claim.member_code, proof[1] if proof else None)
        if not right:
            await work.commit()
    if not right:
        await tell_once_locked(parts, siren, registered=proof is not None)
        raise ClaimRefused
    if proof is not None and proof[0] is CompanyState.CLOSED:
        raise CompanyInactive


async def tell_once_locked(parts: Parts, siren: str, *, registered: bool) -> None:
    """Tells operators of the wrong pair that locks a Siren, once in each period of the limit.

    One that is not in the register is looked at too: a shorter answer would tell it from the others.
    """
    limit = parts.settings.claim_limit_per_company
    async with parts.database.unit_of_work() as work:
        try:
            await work.require_left(Use(limit, ("claim", "siren", siren)))
        except ResourceExhausted:
            if registered and await work.is_first(limit.period, "claims_locked", siren):
                told = NotificationInput(CLAIMS_LOCKED, f"{siren}/{new_id()}", siren)
                await parts.notifications.deliver(told)
                await work.commit()
