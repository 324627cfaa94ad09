"""Who makes the call being served, and from where."""

from services.identity.domain.session import Origin
from services.platform.client_address import client_of
from services.platform.rpc_context import caller


def client() -> str:
    """Returns what counts as one client for limits."""
    return client_of(caller.get().client_address)


def account_id() -> str:
    """Returns the acting account, or raises Unauthenticated (unauthenticated)."""
    return caller.get().acting_account_id


def origin(user_agent: str) -> Origin:
    return Origin.told(client(), address=caller.get().client_address, user_agent=user_agent)
