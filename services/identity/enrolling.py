"""What ends the adding of a second factor, whichever kind it is of."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.account import Account
from services.identity.domain.second_factor import (
    Change,
    Enrolment,
    EnrolmentKind,
    Passkey,
    SecondFactor,
    Totp,
)
from services.identity.parts import Parts
from services.identity.proofs import give_recovery_codes, tell_change
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import FailedPrecondition


@dataclass(frozen=True)
class Enrolling:
    """An enrolment that is open, with the second factor that it adds to, under the account's lock."""

    account: Account
    factor: SecondFactor
    enrolment: Enrolment
    now: datetime

    @classmethod
    async def of(
        cls, parts: Parts, work: UnitOfWork, account: Account, kind: EnrolmentKind, *, session_id: str
    ) -> "Enrolling":
        """Returns what an account is adding in this session.

        Raises:
            FailedPrecondition: enrolment_expired, also where another session began it; totp_already_on,
                too_many_passkeys.
        """
        now = parts.clock()
        factor = await work.second_factors.of(account.id)
        factor.require_room_for(kind)
        enrolment = await work.second_factors.begun(account.id, kind)
        if enrolment is None or not enrolment.is_open(now, session_id=session_id):
            raise FailedPrecondition("enrolment_expired")
        return cls(account, factor, enrolment, now)

    async def add(self, parts: Parts, work: UnitOfWork, added: Totp | Passkey, change: Change) -> list[str]:
        """Adds what was enrolled, and tells the owner by mail.

        Returns ten recovery codes where the account had no second factor, and none otherwise.
        """
        work.second_factors.add(added)
        await work.second_factors.forget(self.enrolment)
        tell_change(parts, work, self.account, change)
        if self.factor.on:
            return []
        return await give_recovery_codes(parts, work, self.account, session_id=self.enrolment.session_id)
