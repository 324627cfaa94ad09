"""What the JSON API answers with. Times are RFC 3339 in UTC."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["member", "administrator"]
MembershipState = Literal["active", "suspended"]
AccessRequestState = Literal["pending", "approved", "rejected", "expired", "cancelled"]
EscalationReason = Literal["no_answer", "no_active_administrator", "mail_bounced", "contested"]

DeliveryState = Literal["due", "sent", "failed", "abandoned"]


class Answer(BaseModel):
    """An answer of the JSON API."""

    model_config = ConfigDict(frozen=True)


class VerificationSent(Answer):
    """The same for every address."""

    state: Literal["verification_sent"] = "verification_sent"


class ResetSent(Answer):
    """The same for every address."""

    state: Literal["reset_sent"] = "reset_sent"


class VerifiedAccount(Answer):
    """The account whose address is verified now."""

    account_id: str


class Account(Answer):
    """A person who can sign in."""

    id: str
    email: str
    full_name: str
    locale: Literal["fr", "en"]


class Session(Answer):
    """A new session. Send its token as `Authorization: Bearer`."""

    token: str
    expires_at: datetime
    account: Account


class OwnSession(Answer):
    """A sign-in of one's own."""

    id: str
    created_at: datetime
    last_seen_at: datetime = Field(description="To within five minutes")
    expires_at: datetime
    user_agent: str = Field(description="What the browser or program called itself, or empty")
    client_address: str
    current: bool


class OwnSessionPage(Answer):
    """Newest first."""

    items: list[OwnSession]
    next_cursor: str | None


class SessionsRevoked(Answer):
    """What was ended."""

    revoked_count: int


class RenewedSession(Answer):
    """The present session under its new token. A cookie is renewed by itself, and `token` is null."""

    token: str | None
    expires_at: datetime


class Person(Answer):
    """Another person. The address is shown to administrators of the company, and to oneself."""

    id: str
    full_name: str
    email: str | None = None
    email_confusable: bool | None = Field(
        None, description="The address mixes scripts so that it can be mistaken for another"
    )


class Membership(Answer):
    """An account's place in a company."""

    account_id: str
    siren: str
    company_name: str
    role: Role
    state: MembershipState
    created_at: datetime


class Member(Answer):
    """A membership, with who it belongs to."""

    account_id: str
    full_name: str
    email: str | None = None
    email_confusable: bool | None = None
    siren: str
    role: Role
    state: MembershipState
    created_at: datetime


class Reminder(Answer):
    """A repeated nudge to the administrators."""

    at: datetime
    by: Literal["requester", "automatic"]


class DecisionMaker(Answer):
    """The administrator who decided."""

    id: str
    full_name: str


class Decision(Answer):
    """An administrator's verdict."""

    verdict: Literal["approve", "reject"]
    role: Role | None
    reason: str
    by: DecisionMaker
    at: datetime


class AccessRequest(Answer):
    """An account's ask to enter a company that has an administrator."""

    id: str
    siren: str
    company_name: str
    requester: Person
    state: AccessRequestState
    escalated: bool
    escalation_reason: EscalationReason | None
    escalated_at: datetime | None
    message: str
    created_at: datetime
    reminders: list[Reminder]
    next_reminder_at: datetime | None = Field(
        description="From when the requester may remind; null once no reminder is left"
    )
    reminds_at: datetime | None = Field(description="When the administrators are reminded automatically")
    escalates_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    decision: Decision | None


class AdministratorGranted(Answer):
    """The account is the company's first, and its administrator now."""

    outcome: Literal["administrator_granted"] = "administrator_granted"
    membership: Membership


class AccessRequestPending(Answer):
    """The administrators were asked."""

    outcome: Literal["pending"] = "pending"
    access_request: AccessRequest


class ClaimedCompany(Answer):
    """A company as whoever has its Siren and member code sees it."""

    siren: str
    name: str
    city: str


class CompanyClaim(Answer):
    """What a Siren and a member code open."""

    company: ClaimedCompany
    administered: bool = Field(
        description="Whether administrators would be asked; otherwise whoever asks first becomes one"
    )


class Delivery(Answer):
    """How the latest mail of a kind to one recipient fared."""

    recipient: Literal["administrator", "requester", "contact", "operator"]
    name: str | None = Field(description="First letters of an administrator's name")
    kind: str = Field(description="As in the mail's X-Guichet-Kind header")
    state: DeliveryState
    created_at: datetime
    sent_at: datetime | None


class DeliveryList(Answer):
    """How the mails about an access request fared, oldest first."""

    items: list[Delivery]


class Reminded(Answer):
    """How many reminders there were, and from when the next is possible."""

    reminder_count: int
    next_reminder_at: datetime | None


class AccessRequestPage(Answer):
    """A page of access requests, newest first."""

    items: list[AccessRequest]
    next_cursor: str | None


class MemberPage(Answer):
    """A page of members, oldest first."""

    items: list[Member]
    next_cursor: str | None


class Company(Answer):
    """A member company of the organisation, and one's own membership in it."""

    siren: str
    name: str
    city: str
    state: Literal["active", "closed"]
    active_member_count: int
    active_administrator_count: int
    membership: Membership


class Me(Answer):
    """Who is signed in, where they have access, and which page comes first."""

    account: Account
    memberships: list[Membership]
    pending_requests: list[AccessRequest]
    landing: Literal["companies", "portal"] = Field(
        description="`portal` with an active membership; otherwise `companies`, to add one or to wait"
    )


class Tool(Answer):
    """One of the organisation's tools."""

    id: str
    name: str
    description: str
    url: str
    available: bool
    reason: Literal["administrators_only", "members_only"] | None = None
    reason_detail: str | None = None


class ToolList(Answer):
    """The organisation's tools."""

    items: list[Tool]


class Ready(Answer):
    """All that the gateway needs serves."""

    state: Literal["ready"] = "ready"


class Alive(Answer):
    """The process is up."""

    state: Literal["alive"] = "alive"
