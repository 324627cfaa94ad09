"""People whose connection breaks, who lose answers, and who try again in their own way."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

import httpx

from deploy.local.memo.pages import COOKIE as MEMO_COOKIE
from deploy.local.memo.sessions import key_of
from services.gateway.session import COOKIE
from tests.chaos.journal import Call, Journal, Json, SignOn, now
from tests.system.people import PASSWORD, Mailbox, Person, token_in

LONGEST_CALL_SECONDS = 60
PATIENCE_FOR_MAIL_SECONDS = 60
TRIES = 4


class Unknown(Exception):
    """No answer came: whether the work was done is not known."""


@dataclass(frozen=True)
class Manners:
    """How often, of all calls that write, one is cut off in the middle, or its answer is thrown away."""

    aborts: float = 0.04
    unread: float = 0.03


@dataclass
class Resident(Person):
    """A person whose every call is in the journal."""

    journal: Journal = field(default_factory=Journal)
    random: Random = field(default_factory=Random)
    manners: Manners = field(default_factory=Manners)
    password: str = PASSWORD
    mails_read: set[str] = field(default_factory=set)
    changing_password: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def call(self, method: str, path: str, json: Json | None = None, **headers: str) -> httpx.Response:
        """Raises Unknown where no answer comes, or none is read."""
        fate = self.random.random() if method != "GET" else 1.0
        session, asked_at = self.token, now()
        answer, lost = None, ""
        try:
            if fate < self.manners.aborts:
                async with asyncio.timeout(self.random.uniform(0, 0.08)):
                    answer = await super().call(method, path, json, **headers)
            else:
                answer = await super().call(method, path, json, **headers)
        except TimeoutError:
            lost = "aborted"
        except httpx.ConnectError:
            lost = "refused"
        except httpx.TimeoutException:
            lost = "timeout"
        except httpx.TransportError:
            lost = "cut"
        if answer is not None and self.manners.aborts <= fate < self.manners.aborts + self.manners.unread:
            answer, lost = None, "unread"
        self.journal.called(
            Call(
                who=self.email,
                session=session,
                method=method,
                path=path,
                body=json,
                key=headers.get("Idempotency_Key", ""),
                asked_at=asked_at,
                ended_at=now(),
                status=None if answer is None else answer.status_code,
                lost=lost,
                retry_after="" if answer is None else answer.headers.get("Retry-After", ""),
                answer={} if answer is None else content_of(answer),
            )
        )
        if answer is None:
            raise Unknown(f"{method} {path}: {lost}")
        return answer

    async def insists(self, method: str, path: str, json: Json | None = None) -> httpx.Response | None:
        """Asks until an answer says yes or no, or patience ends.

        Some repeat with one Idempotency-Key, some without any, and some do not try again.
        """
        manner = self.random.choices(("keyed", "unkeyed", "gives up"), (6, 3, 1))[0]
        keyed = {"Idempotency_Key": uuid4().hex} if manner == "keyed" and method == "POST" else {}
        for tried in range(TRIES):
            with contextlib.suppress(Unknown):
                answer = await self.call(method, path, json, **keyed)
                if answer.status_code == 401 and self.token:
                    if not await self.signs_in():
                        return None
                elif answer.status_code < 500 and answer.status_code != 429:
                    return answer
            if manner == "gives up":
                return None
            await asyncio.sleep(0.3 * 2**tried)
        return None

    async def signs_in(self) -> bool:
        """Signs in, through an outage of some seconds."""
        for tried in range(TRIES + 1):
            with contextlib.suppress(Unknown):
                answer = await self.sign_in(self.password)
                if answer.status_code < 500:
                    return answer.status_code == 201
            await asyncio.sleep(0.3 * 2**tried)
        return False

    async def moves_in(self) -> bool:
        """Signs up, follows the mail, signs in. Returns whether all of it worked."""
        body = {"email": self.email, "full_name": self.name, "password": self.password, "locale": "fr"}
        if await self.insists("POST", "/accounts", body) is None:
            return False
        token = await self.token_by_mail("account_verification")
        if not token:
            return False
        verified = await self.insists("POST", "/accounts/verification", {"token": token})
        if verified is None or verified.status_code != 200:
            return False
        self.id = verified.json()["account_id"]
        return await self.signs_in()

    async def changes_password(self, password: str) -> None:
        """Forgets the password and chooses another by mail, which ends every session."""
        async with self.changing_password:
            answer = await self.insists("POST", "/password-resets", {"email": self.email})
            token = await self.token_by_mail("password_reset") if answer is not None else ""
            if not token:
                return
            body = {"token": token, "password": password}
            await self.insists("POST", "/password-resets/confirmation", body)
            before, self.password = self.password, password
            if not await self.signs_in():
                self.password = before
                await self.signs_in()

    async def opens_memo(self, siren: str) -> bool:
        """Opens Mémo by its card, as a browser does. Returns whether it was seen to open."""
        session = self.token
        for tried in range(TRIES):
            async with httpx.AsyncClient(
                base_url=self.http.base_url,
                cookies={COOKIE: session},
                follow_redirects=True,
                timeout=LONGEST_CALL_SECONDS,
            ) as browser:
                with contextlib.suppress(httpx.TransportError):
                    page = await browser.get(f"/entreprises/{siren}/outils/memo")
                    cookie = browser.cookies.get(MEMO_COOKIE)
                    if cookie and page.status_code == 200:
                        self.journal.signed_on(SignOn(self.email, session, siren, key_of(cookie), now()))
                        return True
                    if page.status_code < 500:
                        return False
            await asyncio.sleep(0.3 * 2**tried)
        return False

    async def token_by_mail(self, kind: str) -> str:
        """Returns the token of a mail that was not read before, or "" when patience ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_FOR_MAIL_SECONDS):
                while True:
                    for mail in await self._mails(kind):
                        if mail["message_id"] not in self.mails_read:
                            self.mails_read.add(mail["message_id"])
                            return token_in(mail)
                    await asyncio.sleep(0.3)
        return ""

    async def _mails(self, kind: str) -> list[Json]:
        assert isinstance(self.mailbox, Mailbox)
        try:
            return await self.mailbox.messages(to=self.email, kind=kind)
        except httpx.HTTPError:
            return []

    async def me(self) -> Json:
        """Returns what `GET /me` says, or nothing while it cannot be had."""
        answer = await self.insists("GET", "/me")
        return answer.json() if answer is not None and answer.status_code == 200 else {}


def content_of(answer: httpx.Response) -> Json:
    if not answer.content:
        return {}
    try:
        content: Json = answer.json()
    except ValueError:
        return {"text": answer.text[:500]}
    return content


def http_client(url: str) -> httpx.AsyncClient:
    """Returns a client that drops idle connections before the gateway does."""
    limits = httpx.Limits(max_connections=100, keepalive_expiry=2)
    return httpx.AsyncClient(base_url=url, timeout=LONGEST_CALL_SECONDS, limits=limits)


def new_resident(
    http: httpx.AsyncClient, mailbox: Mailbox, journal: Journal, random: Random, manners: Manners
) -> Resident:
    address = (
        f"{random.choice(('claire', 'bruno', 'dora', 'omar'))}.{random.getrandbits(40):010x}@example.com"
    )
    name = address.partition(".")[0].capitalize()
    return Resident(http, mailbox, address, name, journal=journal, random=random, manners=manners)
