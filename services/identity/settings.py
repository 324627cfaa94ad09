"""What the identity service reads from its environment."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from services.platform.rate_limits import Rate, RateSetting
from services.platform.settings import DatabaseSettings, WorkflowEngineSettings

Life = Annotated[timedelta, Field(gt=timedelta())]


class LimitSettings(DatabaseSettings):
    """How often, written like `20/h` or `5/15m`: so many at once, then one each period/n.

    An address here is the e-mail address, a client the network address the call came from (IPv6: its
    /64). Sign-ins count failures only.

    - `GUICHET_LIMIT_SIGN_IN_PER_ADDRESS_AND_CLIENT` 10/15m: guesses at one account from one client.
    - `GUICHET_LIMIT_SIGN_IN_PER_CLIENT` 200/15m: guesses at any account from one client.
    - `GUICHET_LIMIT_SIGN_IN_PER_ADDRESS` 100/h: guesses at one account from all clients that it is not
      known to use. Its owner's own clients are not counted, so strangers cannot lock it there; from a
      new one a password reset opens the door.
    - `GUICHET_LIMIT_SECOND_FACTOR_PER_ACCOUNT` 10/h: guesses at an account's second factor, whose
      password was right.
    - `GUICHET_LIMIT_SIGN_UP_PER_CLIENT` 300/h, `GUICHET_LIMIT_SIGN_UP_PER_ADDRESS` 10/h: each of the
      latter is a mail to that address.
    - `GUICHET_LIMIT_VERIFICATION_PER_CLIENT` 600/h, `GUICHET_LIMIT_VERIFICATION_PER_ADDRESS` 30/h:
      codes typed. Links are not limited: they cannot be guessed.
    - `GUICHET_LIMIT_MAIL_PER_CLIENT` 200/h, `GUICHET_LIMIT_MAIL_PER_ADDRESS` 5/h: verification mails
      sent again and password resets asked for, each on its own.
    - `GUICHET_LIMIT_VERIFICATION_MAIL_PER_ADDRESS` 1/1m: from one verification mail to the next. The
      portal shows the time that is left.
    - `GUICHET_LIMIT_CLIENT_SECRET_PER_TOOL_AND_CLIENT` 60/15m: wrong secrets of a tool from one client.
    """

    limit_sign_in_per_address_and_client: RateSetting = Rate.parse("10/15m")
    limit_sign_in_per_client: RateSetting = Rate.parse("200/15m")
    limit_sign_in_per_address: RateSetting = Rate.parse("100/h")
    limit_second_factor_per_account: RateSetting = Rate.parse("10/h")
    limit_sign_up_per_client: RateSetting = Rate.parse("300/h")
    limit_sign_up_per_address: RateSetting = Rate.parse("10/h")
    limit_verification_per_client: RateSetting = Rate.parse("600/h")
    limit_verification_per_address: RateSetting = Rate.parse("30/h")
    limit_mail_per_client: RateSetting = Rate.parse("200/h")
    limit_mail_per_address: RateSetting = Rate.parse("5/h")
    limit_verification_mail_per_address: RateSetting = Rate.parse("1/m")
    limit_client_secret_per_tool_and_client: RateSetting = Rate.parse("60/15m")


class Settings(LimitSettings, WorkflowEngineSettings):
    """Durations are ISO 8601.

    - `GUICHET_SESSION_LIFE` PT12H, `GUICHET_VERIFICATION_LIFE` P1D, `GUICHET_PASSWORD_RESET_LIFE` PT1H.
    - `GUICHET_SESSION_CHALLENGE_LIFE` PT5M: how long a sign-in waits for the second factor.
    - `GUICHET_ENROLMENT_LIFE` PT10M: how long a second factor that is being added waits.
    - `GUICHET_PASSWORDS_AT_ONCE` 2: passwords hashed at the same time, 19 MiB and one thread each.
    - `GUICHET_RETENTION_INTERVAL` PT10M: between two removals of what is kept no longer.
    - `GUICHET_LOGOUT_INTERVAL` PT1M: between two looks for sign-ons that time has ended, and for tools that
      could not be told of a logout when it happened.
    - `GUICHET_ACCESS_TOKEN_LIFE` PT10M: access tokens and ID tokens of tools.
    - `GUICHET_REFRESH_TOKEN_LIFE` P7D: how long a refresh token waits for its use. None outlives its session.
    - `GUICHET_SIGNING_KEY_LIFE` P30D: how long a key signs; `GUICHET_SIGNING_KEY_AHEAD` P1D: how long
      before that it is published, for tools to read.
    - `GUICHET_CLIENT_SECRET_OVERLAP` P1D: how long a client's former secret works beside the new one.
    """

    session_life: Life = timedelta(hours=12)
    verification_life: Life = timedelta(days=1)
    password_reset_life: Life = timedelta(hours=1)
    session_challenge_life: Life = timedelta(minutes=5)
    enrolment_life: Life = timedelta(minutes=10)
    passwords_at_once: int = Field(2, ge=1, le=64)
    retention_interval: Life = timedelta(minutes=10)
    logout_interval: Life = timedelta(minutes=1)
    access_token_life: Life = timedelta(minutes=10)
    refresh_token_life: Life = timedelta(days=7)
    signing_key_life: Life = timedelta(days=30)
    signing_key_ahead: Life = timedelta(days=1)
    client_secret_overlap: Life = timedelta(days=1)

    @property
    def issuer(self) -> str:
        """What tools know Guichet by."""
        return self.public_url.rstrip("/")
