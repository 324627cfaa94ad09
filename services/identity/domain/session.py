"""Sign-ins that last, and from where they were made."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.account import Account
from services.identity.domain.tokens import new_id

LONGEST_USER_AGENT = 300
LONGEST_ADDRESS = 45
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Origin:
    """From where somebody signs in.

    `client` is what counts as one client for limits; `user_agent` and `address` are for the owner to know
    a session by.
    """

    client: str
    address: str = ""
    user_agent: str = ""

    @classmethod
    def told(cls, client: str, *, address: str, user_agent: str) -> "Origin":
        """Takes what a program says of itself: printable, on one line, 300 characters at most."""
        printable = "".join(letter if letter.isprintable() else " " for letter in user_agent)
        shown = " ".join(printable.split())[:LONGEST_USER_AGENT]
        return cls(client, address[:LONGEST_ADDRESS], shown)


@dataclass(eq=False)
class Session:
    """One sign-in. `seen_at` is when it was last seen, to within five minutes.

    `amr` says how its owner was proven at `created_at`, in values of RFC 8176; `sid` is what tools know the
    sign-in by.
    """

    id: str
    account_id: str
    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    user_agent: str
    client_address: str
    amr: tuple[str, ...]
    sid: str
    ended_at: datetime | None = None

    @classmethod
    def start(
        cls, account: Account, *, at: datetime, life: timedelta, origin: Origin, amr: tuple[str, ...]
    ) -> "Session":
        return cls(
            id=new_id(),
            account_id=account.id,
            created_at=at,
            expires_at=at + life,
            seen_at=at,
            user_agent=origin.user_agent,
            client_address=origin.address,
            amr=amr,
            sid=new_id(),
        )

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None and at < self.expires_at

    def continues(self, former: "Session", *, at: datetime) -> None:
        """Takes the place of an open session of the same account, whose owner has just been proven anew.

        Tools know it by the same `sid`, and it ends when the former would have.
        """
        self.sid, self.expires_at = former.sid, former.expires_at
        former.ended_at = at

    def under_a_new_secret(self, *, at: datetime) -> "Session":
        """Ends, and returns the same sign-in under another identifier, from which another secret derives."""
        self.ended_at = at
        return Session(
            id=new_id(),
            account_id=self.account_id,
            created_at=self.created_at,
            expires_at=self.expires_at,
            seen_at=at,
            user_agent=self.user_agent,
            client_address=self.client_address,
            amr=self.amr,
            sid=self.sid,
        )
