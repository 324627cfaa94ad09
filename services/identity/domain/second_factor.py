"""What an account proves at sign-in beside its password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.identity.domain.account import Account
from services.identity.domain.full_name import parse_full_name
from services.identity.domain.tokens import new_id
from services.platform.errors import FailedPrecondition, InvalidArgument, NotFound

MOST_PASSKEYS = 10
PASSWORD = "pwd"


class Method(StrEnum):
    """A way to prove it, the strongest first."""

    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"

    @property
    def amr(self) -> tuple[str, ...]:
        """How a sign-in with it is proven, the password before it, in values of RFC 8176."""
        return (PASSWORD, "hwk" if self is Method.PASSKEY else "otp", "mfa")


class Change(StrEnum):
    """What happened to a second factor, as its owner is told."""

    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES_REPLACED = "recovery_codes_replaced"
    RECOVERY_CODE_USED = "recovery_code_used"
    TURNED_OFF_BY_OPERATOR = "turned_off_by_operator"


class EnrolmentKind(StrEnum):
    """What an account is adding."""

    TOTP = "totp"
    PASSKEY = "passkey"


@dataclass(eq=False)
class Enrolment:
    """Something that an account begins to add in a session. What it is proven with derives from `id`."""

    account_id: str
    kind: EnrolmentKind
    id: str
    expires_at: datetime
    session_id: str

    @classmethod
    def begin(
        cls, account: Account, kind: EnrolmentKind, *, session_id: str, at: datetime, life: timedelta
    ) -> "Enrolment":
        return cls(account.id, kind, new_id(), at + life, session_id)

    def is_open(self, at: datetime, *, session_id: str) -> bool:
        """Says whether a session may end it: no other one sees what it is proven with."""
        return at < self.expires_at and session_id == self.session_id


@dataclass(eq=False)
class Totp:
    """An authenticator application. Its secret derives from `id`.

    `last_step` is the time step of the newest code that was accepted: neither that code nor an older one
    is accepted again.
    """

    account_id: str
    id: str
    created_at: datetime
    last_step: int


@dataclass(eq=False)
class Passkey:
    """A WebAuthn credential, by what its authenticator made public."""

    id: str
    account_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    last_used_at: datetime | None = None

    def use(self, *, sign_count: int, at: datetime) -> None:
        self.sign_count = sign_count
        self.last_used_at = at


@dataclass(frozen=True)
class SecondFactor:
    """All that an account has of it."""

    totp: Totp | None
    passkeys: tuple[Passkey, ...]
    recovery_codes_left: int

    @property
    def on(self) -> bool:
        return self.totp is not None or bool(self.passkeys)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The ways to prove it, the strongest first."""
        has = {
            Method.PASSKEY: bool(self.passkeys),
            Method.TOTP: self.totp is not None,
            Method.RECOVERY_CODE: self.on and self.recovery_codes_left > 0,
        }
        return tuple(method for method, there in has.items() if there)

    def passkey(self, passkey_id: str) -> Passkey:
        """Returns a passkey by its identifier, or raises NotFound (not_found)."""
        for passkey in self.passkeys:
            if passkey.id == passkey_id:
                return passkey
        raise NotFound("not_found")

    def require_room_for(self, kind: EnrolmentKind) -> None:
        """Raises FailedPrecondition: totp_already_on where there is one, too_many_passkeys from ten on."""
        if kind is EnrolmentKind.TOTP and self.totp is not None:
            raise FailedPrecondition("totp_already_on")
        if kind is EnrolmentKind.PASSKEY and len(self.passkeys) >= MOST_PASSKEYS:
            raise FailedPrecondition("too_many_passkeys")


@dataclass(eq=False)
class SessionChallenge:
    """A sign-in whose password was right, and that waits for the second factor. It works once."""

    id: str
    account_id: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def start(cls, account: Account, *, at: datetime, life: timedelta) -> "SessionChallenge":
        return cls(new_id(), account.id, at, at + life)

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None and at < self.expires_at


def parse_passkey_name(typed: str) -> str:
    """Returns the name of a passkey; it may hold what a person's name may: see parse_full_name."""
    try:
        return parse_full_name(typed)
    except InvalidArgument as error:
        raise InvalidArgument(error.reason, field="name") from None
