"""How often an address is sent what verifies it: counted alike for every address, known or not."""

import contextlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.email_address import EmailAddress
from services.identity.parts import Parts
from services.platform.errors import ResourceExhausted
from services.platform.rate_limits import Use, spend


class VerificationMails:
    """The mails to one address: `asked` ones are limited, and `countdown` keeps them apart."""

    def __init__(self, parts: Parts, address: EmailAddress) -> None:
        mark = parts.of_address(address)
        self._limits = parts.limits
        self.asked = Use(parts.settings.limit_mail_per_address, ("resend_address", mark))
        self.countdown = Use(parts.settings.limit_verification_mail_per_address, ("verification_mail", mark))

    async def start_countdown(self, session: AsyncSession) -> None:
        """Starts it in somebody's transaction, unless it is running."""
        with contextlib.suppress(ResourceExhausted):
            await spend(session, self.countdown)

    async def next_at(self) -> datetime:
        """Returns from when another mail may be asked for, which may be past."""
        return await self._limits.free_at(self.asked, self.countdown)
