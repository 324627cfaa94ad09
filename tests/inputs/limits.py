"""What is limited: which calls a limit lets through, how many, and how to make one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from tests.system.companies import Company
from tests.system.people import Json, Person

# What each limit is set to. Those that are narrower are met first.
SETTINGS = {
    "GUICHET_LIMIT_SIGN_IN_PER_ADDRESS_AND_CLIENT": "3/h",
    "GUICHET_LIMIT_SIGN_IN_PER_ADDRESS": "5/h",
    "GUICHET_LIMIT_SIGN_IN_PER_CLIENT": "7/h",
    "GUICHET_LIMIT_SIGN_UP_PER_ADDRESS": "3/h",
    "GUICHET_LIMIT_SIGN_UP_PER_CLIENT": "5/h",
    "GUICHET_LIMIT_VERIFICATION_PER_ADDRESS": "4/h",
    "GUICHET_LIMIT_VERIFICATION_PER_CLIENT": "6/h",
    "GUICHET_LIMIT_MAIL_PER_ADDRESS": "3/h",
    "GUICHET_LIMIT_VERIFICATION_MAIL_PER_ADDRESS": "1000/s",
    "GUICHET_LIMIT_MAIL_PER_CLIENT": "5/h",
    "GUICHET_CLAIM_LIMIT_PER_ACCOUNT": "3/h",
    "GUICHET_CLAIM_LIMIT_PER_ADDRESS": "4/h",
    "GUICHET_CLAIM_LIMIT_PER_COMPANY": "5/h",
    "GUICHET_CLAIM_LIMIT_IN_ALL": "9/h",
    "GUICHET_SUBMISSION_LIMIT": "3/d",
    "GUICHET_REMINDER_COOLDOWN": "PT1H",
    "GUICHET_MAX_REMINDERS": "2",
}


@dataclass(frozen=True)
class Call:
    """One call, and the network address it comes from."""

    path: str
    body: Json
    client: str
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        forwarded = {"X-Forwarded-For": self.client}
        return {**forwarded, "Authorization": f"Bearer {self.token}"} if self.token else forwarded


@dataclass(frozen=True)
class Means:
    """What calls are made of. `own` differs from test to test, so that none spends another's limits."""

    own: int
    people: list[Person]
    companies: list[Company]

    def client(self, number: int) -> str:
        return f"10.{self.own}.0.{number + 1}"


@dataclass(frozen=True)
class Limit:
    """So many calls are let through, and answered as such calls are; `call` makes the nth one."""

    name: str
    allowed: int
    passed: int
    call: Callable[[Means, int], Call]


def email(own: int, number: int = 0) -> str:
    return f"limite.{own}.{number}@example.com"


def sign_in(address: int, client: int) -> Callable[[Means, int], Call]:
    """`address` and `client` are 1 where each call has its own, and 0 where all share one."""
    return lambda means, number: Call(
        "/sessions",
        {"email": email(means.own, number * address), "password": "not the password"},
        means.client(number * client),
    )


def sign_up(address: int, client: int) -> Callable[[Means, int], Call]:
    return lambda means, number: Call(
        "/accounts",
        {
            "email": email(means.own, number * address),
            "full_name": "Camille Durand",
            "password": f"tulipe-carbone-9-lampion-{uuid4().hex}",
        },
        means.client(number * client),
    )


def mail(path: str, address: int, client: int, more: Mapping[str, str] | None = None) -> Callable[..., Call]:
    return lambda means, number: Call(
        path,
        {"email": email(means.own, number * address), **(more or {})},
        means.client(number * client),
    )


def claim(account: int, client: int, company: int) -> Callable[[Means, int], Call]:
    return lambda means, number: Call(
        "/access-requests",
        {"siren": means.companies[number * company].siren, "member_code": "WRONG-1"},
        means.client(number * client),
        means.people[number * account].token,
    )


CODE = {"code": "00000000"}
LIMITS = [
    Limit("sign-ins per e-mail address and client", 3, 401, sign_in(0, 0)),
    Limit("sign-ins per e-mail address", 5, 401, sign_in(0, 1)),
    Limit("sign-ins per client", 7, 401, sign_in(1, 0)),
    Limit("sign-ups per e-mail address", 3, 202, sign_up(0, 1)),
    Limit("sign-ups per client", 5, 202, sign_up(1, 0)),
    Limit("codes typed per e-mail address", 4, 422, mail("/accounts/verification", 0, 1, CODE)),
    Limit("codes typed per client", 6, 422, mail("/accounts/verification", 1, 0, CODE)),
    Limit("codes mailed per e-mail address", 3, 202, mail("/accounts/verification-codes", 0, 1)),
    Limit("codes mailed per client", 5, 202, mail("/accounts/verification-codes", 1, 0)),
    Limit("password resets per e-mail address", 3, 202, mail("/password-resets", 0, 1)),
    Limit("password resets per client", 5, 202, mail("/password-resets", 1, 0)),
    Limit("claims per account", 3, 422, claim(0, 1, 1)),
    Limit("claims per client", 4, 422, claim(1, 0, 1)),
    Limit("claims per Siren", 5, 422, claim(1, 1, 0)),
    Limit("claims in all", 9, 422, claim(1, 1, 1)),
]
