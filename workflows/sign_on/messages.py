"""What the workflows of sign-on are called and take. Ids only, never personal data."""

from dataclasses import dataclass

TASK_QUEUE = "access-requests"

END_SIGN_ONS = "EndSignOns"
BACKCHANNEL_LOGOUT = "BackchannelLogout"


def logout_workflow_id(grant_id: str) -> str:
    return f"backchannel-logout/{grant_id}"


@dataclass(frozen=True)
class LostMembership:
    """A membership that was ended, suspended or given another role, and whose it was."""

    membership_id: str
    account_id: str
    siren: str


@dataclass(frozen=True)
class EndedSignOns:
    """How many sign-ons ended now."""

    count: int


@dataclass(frozen=True)
class EndedGrant:
    """A grant that has ended, of a tool that wants to know."""

    grant_id: str


@dataclass(frozen=True)
class LogoutOutcome:
    """`told`, `refused` (the tool answered 400), `given up`, or `nobody` where none is to be told."""

    answer: str
