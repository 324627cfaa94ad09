"""Answers that a relay may give instead of taking a mail, switched on for tests."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

EVERYONE = "*"


class Fault(StrEnum):
    """`slow` answers after `seconds`; `cut_after_data` keeps the mail and hangs up without an answer."""

    UNAVAILABLE = "421"
    BUSY = "451"
    NO_SUCH_MAILBOX = "550"
    SLOW = "slow"
    CUT_AFTER_DATA = "cut_after_data"


REPLIES = {
    Fault.UNAVAILABLE: "421 4.3.2 Service not available",
    Fault.BUSY: "451 4.3.0 Try again later",
    Fault.NO_SUCH_MAILBOX: "550 5.1.1 No such mailbox",
}


@dataclass
class Switch:
    """A fault for one address, or for everyone, so many times more."""

    to: str
    answer: Fault
    times: int
    seconds: float = 5.0


class Faults:
    def __init__(self) -> None:
        self._switches: list[Switch] = []

    def set(self, switch: Switch) -> None:
        """Replaces what was set for the same address. No times: nothing is set for it any more."""
        self._switches = [one for one in self._switches if one.to.lower() != switch.to.lower()]
        if switch.times > 0:
            self._switches.append(switch)

    def clear(self) -> None:
        self._switches = []

    def all(self) -> list[Switch]:
        return list(self._switches)

    async def reply_to_recipient(self, address: str) -> str | None:
        """Returns the answer to RCPT that is due for an address, after its wait, or None."""
        switch = self._for(address)
        if switch is None or switch.answer is Fault.CUT_AFTER_DATA:
            return None
        self._used(switch)
        if switch.answer is Fault.SLOW:
            await asyncio.sleep(switch.seconds)
            return None
        return REPLIES[switch.answer]

    def cuts(self, addresses: list[str]) -> bool:
        """Says whether to hang up on a mail for these addresses once it is kept."""
        for address in addresses:
            switch = self._for(address)
            if switch is not None and switch.answer is Fault.CUT_AFTER_DATA:
                self._used(switch)
                return True
        return False

    def _for(self, address: str) -> Switch | None:
        candidates = [one for one in self._switches if one.to.lower() in (address.lower(), EVERYONE)]
        return min(candidates, key=lambda one: one.to == EVERYONE, default=None)

    def _used(self, switch: Switch) -> None:
        switch.times -= 1
        if switch.times <= 0:
            self._switches.remove(switch)
