"""Where the protocol's endpoints are, and how an answer travels to a tool through the browser."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from fastapi.responses import RedirectResponse

AUTHORIZE_PATH = "/oauth2/authorize"
CONSENT_PATH = "/oauth2/authorize/consent"
TOKEN_PATH = "/oauth2/token"
USERINFO_PATH = "/oauth2/userinfo"
INTROSPECT_PATH = "/oauth2/introspect"
REVOKE_PATH = "/oauth2/revoke"
JWKS_PATH = "/oauth2/jwks"
LOGOUT_PATH = "/oauth2/logout"
LOGOUT_CONFIRMATION_PATH = "/oauth2/logout/confirmation"
DISCOVERY_PATH = "/.well-known/openid-configuration"
SEE_OTHER = 303


def with_parameters(address: str, parameters: Mapping[str, str]) -> str:
    """Returns an address with parameters added to its query; those that are empty are left out."""
    added = urlencode({name: value for name, value in parameters.items() if value})
    if not added:
        return address
    return f"{address}{'&' if urlsplit(address).query else '?'}{added}"


def to_tool(address: str, parameters: Mapping[str, str]) -> RedirectResponse:
    """Sends the browser to one of a tool's registered addresses."""
    return RedirectResponse(with_parameters(address, parameters), SEE_OTHER)


def origin_of(address: str) -> str:
    """Returns what a content security policy calls the place of an address: origin, or scheme alone."""
    url = urlsplit(address)
    return f"{url.scheme}://{url.netloc}" if url.scheme in ("http", "https") else f"{url.scheme}:"
