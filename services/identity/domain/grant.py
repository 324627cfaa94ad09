"""Sign-ons to tools: what an account allowed, and the tokens that stand for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.session import Session
from services.identity.domain.tokens import new_id

CODE_LIFE = timedelta(seconds=60)
MULTIPLE_FACTORS = "https://refeds.org/profile/mfa"
SINGLE_FACTOR = "https://refeds.org/profile/sfa"


@dataclass(eq=False)
class Grant:
    """One sign-on of an account to a tool, for one company. Its code derives from `id`.

    It ends with the session it came from, whose `sid`, proofs and time it takes along: `expires_at` is the
    session's.
    """

    id: str
    client_id: str
    account_id: str
    sid: str
    siren: str
    scope: str
    redirect_uri: str
    code_challenge: str
    nonce: str
    authenticated_at: datetime
    amr: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    code_used_at: datetime | None = None
    ended_at: datetime | None = None
    logout_due: bool = False

    @classmethod
    def create(
        cls,
        session: Session,
        *,
        client_id: str,
        siren: str,
        scope: str,
        redirect_uri: str,
        code_challenge: str,
        nonce: str,
        at: datetime,
    ) -> "Grant":
        return cls(
            id=new_id(),
            client_id=client_id,
            account_id=session.account_id,
            sid=session.sid,
            siren=siren,
            scope=scope,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            nonce=nonce,
            authenticated_at=session.created_at,
            amr=session.amr,
            created_at=at,
            expires_at=session.expires_at,
        )

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None and at < self.expires_at

    @property
    def code_expires_at(self) -> datetime:
        return min(self.created_at + CODE_LIFE, self.expires_at)

    @property
    def acr(self) -> str:
        return MULTIPLE_FACTORS if "mfa" in self.amr else SINGLE_FACTOR

    def narrowed(self, scope: str) -> str:
        """Returns what is both asked for and granted; all of it where nothing is asked for."""
        asked = scope.split()
        return " ".join(one for one in self.scope.split() if not asked or one in asked)

    def issue(
        self, *, scope: str, at: datetime, access_life: timedelta, refresh_life: timedelta | None
    ) -> "TokenPair":
        """Returns new tokens, none of which outlives the session."""
        return TokenPair(
            id=new_id(),
            grant_id=self.id,
            scope=scope,
            issued_at=at,
            access_expires_at=min(at + access_life, self.expires_at),
            refresh_expires_at=min(at + refresh_life, self.expires_at) if refresh_life else None,
        )


@dataclass(eq=False)
class TokenPair:
    """Tokens issued together, which derive from `id`: an access token, and maybe a refresh token.

    `scope` is the access token's: a refresh token is good for all of its grant's. `refreshed_at` is when the
    refresh token was used.
    """

    id: str
    grant_id: str
    scope: str
    issued_at: datetime
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    access_ended_at: datetime | None = None
    refreshed_at: datetime | None = None
