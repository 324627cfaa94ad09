"""What operations and queries work with, wired once in server.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import Message

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.tokens import Tokens
from services.identity.passkeys import Passkeys
from services.identity.passwords import Passwords
from services.identity.settings import Settings
from services.identity.signer import Signer
from services.identity.storage.limits import Limits
from services.identity.storage.unit_of_work import Database, TellLogout
from services.platform.connections import Connections
from services.platform.idempotency import Once

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Parts:
    """`clock` tells the time in UTC. `tell_logout` starts the word to a tool that a grant has ended, and says
    whether it was started; `workflow_engine_answers` raises where no mail could be.

    `connections` are for what every click reads, `database` for all else.
    """

    settings: Settings
    database: Database
    connections: Connections
    limits: Limits
    passwords: Passwords
    passkeys: Passkeys
    tokens: Tokens
    signer: Signer
    clock: Clock
    tell_logout: TellLogout
    workflow_engine_answers: Callable[[], Awaitable[None]]

    def of_address(self, email: EmailAddress) -> str:
        """Returns what stands for an address in limits, which keep no address that has no account."""
        return self.tokens.fingerprint("address", email.key)

    def once_by(self, client: str, key: str, request: Message) -> Once:
        """Returns a call by somebody who has not signed in: the key counts for the client it came from."""
        return Once(f"client:{self.of_client(client)}", key, request)

    def of_client(self, client: str) -> str:
        """Returns what stands for a client (see client_of) in limits and beside accounts."""
        return self.tokens.fingerprint("client", client)
