"""What the gateway reads from its environment."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, field_validator
from pydantic_settings import NoDecode

from services.platform.settings import ProcessSettings

ALWAYS_ALLOWED_HOSTS = ("localhost", "127.0.0.1", "::1")
Network = IPv4Network | IPv6Network


def listed(written: object) -> object:
    """Reads `a, b` as two entries."""
    if isinstance(written, str):
        return tuple(part.strip() for part in written.split(",") if part.strip())
    return written


def networks(written: object) -> object:
    """Reads `10.0.0.1, 10.1.0.0/16` as two networks. Anything else: ValueError."""
    entries = listed(written)
    return tuple(ip_network(entry) for entry in entries) if isinstance(entries, tuple) else entries


class GatewaySettings(ProcessSettings):
    """The HTTP port, the hosts it answers for, and the proxies whose X-Forwarded-For it believes.

    `allowed_hosts` and `trusted_proxies` are separated by commas; a proxy is an address or a network.
    `local_mode` adds what developers look at: the style guide. `support_email` is where pages send whoever
    they cannot help.
    """

    http_port: int = 8080
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(networks)] = ()
    local_mode: bool = False
    support_email: str = "support@opcommerce.example"
    tools_file: Path = Path("deploy/local/demo/tools.json")

    @field_validator("public_url")
    @classmethod
    def an_origin(cls, written: str) -> str:
        url = urlsplit(written)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("an address like https://portal.example.org is needed")
        return written.rstrip("/")

    @property
    def hosts(self) -> frozenset[str]:
        """Names, without port, under which the gateway may be addressed."""
        own = urlsplit(self.public_url).hostname or ""
        return frozenset(name.lower() for name in (own, *ALWAYS_ALLOWED_HOSTS, *self.allowed_hosts))

    @property
    def behind_tls(self) -> bool:
        return self.public_url.startswith("https://")
