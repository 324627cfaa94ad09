"""A member company of the organisation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CompanyState(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(frozen=True)
class Company:
    """A row of the register. `contact_email` is the contact on file, empty where there is none."""

    siren: str
    name: str
    city: str
    contact_email: str
    state: CompanyState
    created_at: datetime
    active_member_count: int = 0
    active_administrator_count: int = 0
