"""The mail relay: one connection for the mails of a call, and what each answer means."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum

import aiosmtplib
import structlog

from services.notification.envelope import Mail, Sender
from services.notification.settings import SmtpSettings

log = structlog.get_logger()

FIRST_PERMANENT_CODE = 500
SECONDS_KEPT = 10.0
SECONDS_TO_SHOW_LIFE = 2.0
SECONDS_TO_PART = 1.0


class Verdict(Enum):
    """What the relay did with one mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"


@dataclass(frozen=True)
class Answer:
    """A verdict, and what the relay said where it did not accept."""

    verdict: Verdict
    said: str = ""


class RelayAway(Exception):
    """The relay cannot be used now: refused, cut, too slow, or it turns us away altogether."""


class Connection:
    """An open connection to the relay. Mails are handed over one after the other."""

    def __init__(self, client: aiosmtplib.SMTP, sender: Sender) -> None:
        self._client = client
        self._sender = sender

    async def deliver(self, mail: Mail, *, until: float) -> Answer:
        """Hands one mail to the relay, which may take until a time of the event loop's clock.

        A 5xx about the recipient or the mail is final. One about the sender is ours to mend, and no
        reason to lose a mail.

        Raises:
            RelayAway: the connection is lost; whether the relay kept the mail is not known.
        """
        try:
            async with asyncio.timeout_at(until):
                await self._client.sendmail(
                    self._sender.email,
                    [mail.recipient],
                    mail.content,
                    mail_options=["SMTPUTF8", "BODY=8BITMIME"] if mail.utf8 else [],
                )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            return self._judged(refusal.recipients[0], mail)
        except aiosmtplib.SMTPDataError as refusal:
            return self._judged(refusal, mail)
        except aiosmtplib.SMTPNotSupported as refusal:
            return Answer(Verdict.REFUSED, str(refusal))
        except aiosmtplib.SMTPResponseException as refusal:
            return Answer(Verdict.DEFERRED, without(mail.recipient, said_by(refusal)))
        except (aiosmtplib.SMTPException, OSError) as error:
            raise RelayAway(described(error)) from error
        return Answer(Verdict.ACCEPTED)

    @property
    def is_open(self) -> bool:
        return self._client.is_connected

    def _judged(self, refusal: aiosmtplib.SMTPResponseException, mail: Mail) -> Answer:
        final = refusal.code >= FIRST_PERMANENT_CODE
        said = without(mail.recipient, said_by(refusal))
        return Answer(Verdict.REFUSED if final else Verdict.DEFERRED, said)


class Relay:
    """Lends connections, as many at once as the settings allow, and remembers whether the last one worked.

    A connection that served is kept for `SECONDS_KEPT`: the next mail needs no handshake.
    """

    def __init__(self, settings: SmtpSettings, sender: Sender) -> None:
        self._settings = settings
        self._sender = sender
        self._slots = asyncio.Semaphore(settings.smtp_connections)
        self._kept: dict[aiosmtplib.SMTP, asyncio.TimerHandle] = {}
        self._parting: set[asyncio.Task[None]] = set()
        self._tls = ssl.create_default_context() if settings.smtp_security != "none" else None
        self._trouble = ""

    @contextlib.asynccontextmanager
    async def connection(self, *, until: float) -> AsyncIterator[Connection]:
        """Waits for a free slot, and connects, until a time of the event loop's clock at most.

        Raises:
            RelayAway: it cannot be reached, or refuses our name or password.
        """
        try:
            async with contextlib.AsyncExitStack() as held:
                client = await self._opened(held, until)
                yield Connection(client, self._sender)
                if client.is_connected:
                    self._keep(client)
        except RelayAway as error:
            self._note(str(error))
            raise
        self._note("")

    async def _opened(self, held: contextlib.AsyncExitStack, until: float) -> aiosmtplib.SMTP:
        try:
            async with asyncio.timeout_at(until):
                await held.enter_async_context(self._slots)
                while self._kept:
                    client, parting = self._kept.popitem()
                    parting.cancel()
                    held.callback(self._close_unless_kept, client)
                    if await still_serves(client):
                        return client
                client = self._client()
                held.callback(self._close_unless_kept, client)
                await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise RelayAway(described(error)) from error
        return client

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        loop = asyncio.get_running_loop()
        self._kept[client] = loop.call_later(SECONDS_KEPT, self._part, client)

    def _close_unless_kept(self, client: aiosmtplib.SMTP) -> None:
        if client not in self._kept:
            client.close()

    def _part(self, client: aiosmtplib.SMTP) -> None:
        self._kept.pop(client).cancel()
        parting = asyncio.create_task(part(client))
        self._parting.add(parting)
        parting.add_done_callback(self._parting.discard)

    async def close(self) -> None:
        """Ends the connections that are kept for the next mail."""
        for client in list(self._kept):
            self._part(client)
        await asyncio.gather(*self._parting)

    async def answered(self) -> None:
        """Raises what the last connection failed with. It does not connect: mails tell soon enough."""
        if self._trouble:
            raise RelayAway(self._trouble)

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.relay_host,
            port=settings.relay_port,
            local_hostname=self._sender.domain,
            timeout=settings.smtp_timeout,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=self._tls,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
        )

    def _note(self, trouble: str) -> None:
        if trouble and not self._trouble:
            log.warning("relay.away", error=trouble)
        if self._trouble and not trouble:
            log.info("relay.back")
        self._trouble = trouble


async def still_serves(client: aiosmtplib.SMTP) -> bool:
    """Asks a connection that was kept whether it is of any use."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.rset(timeout=SECONDS_TO_SHOW_LIFE)
        return True
    return False


async def part(client: aiosmtplib.SMTP) -> None:
    """Takes leave of the relay, and closes the connection."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=SECONDS_TO_PART)
    client.close()


def said_by(refusal: aiosmtplib.SMTPResponseException) -> str:
    return f"{refusal.code} {refusal.message}"


def described(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return said_by(error)
    return str(error) or "the relay took too long"


def without(address: str, said: str) -> str:
    """Returns what a relay said without the address, which the ledger must not keep."""
    return said.replace(address, "<recipient>")
