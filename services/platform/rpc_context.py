"""What travels with a call beside its message: who calls, for which account, from where."""

from contextvars import ContextVar
from dataclasses import dataclass

from services.platform.errors import Unauthenticated

SERVICE_TOKEN = "authorization"
ACCOUNT_TOKEN = "x-guichet-account"
CLIENT_ADDRESS = "x-guichet-client-address"
TRACE_ID = "x-guichet-trace-id"


@dataclass(frozen=True)
class Caller:
    """Who makes the call being served.

    `service` has proven its identity. `account_id` is the acting account, empty where the service acts
    by itself. `client_address` is the address of the person's machine as the gateway saw it, or empty.
    """

    service: str
    account_id: str = ""
    client_address: str = ""

    @property
    def acting_account_id(self) -> str:
        """The acting account, or Unauthenticated where there is none."""
        if not self.account_id:
            raise Unauthenticated("unauthenticated")
        return self.account_id


@dataclass(frozen=True)
class Acting:
    """For whom this process makes its calls: sent along by every channel of rpc_client."""

    account_token: str = ""
    client_address: str = ""
    trace_id: str = ""


NOBODY = Acting()

caller: ContextVar[Caller] = ContextVar("caller")
acting: ContextVar[Acting] = ContextVar("acting", default=NOBODY)
