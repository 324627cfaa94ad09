"""What the gateway reads from its environment."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import NoDecode

from services.platform.settings import ProcessSettings

ALWAYS_ALLOWED_HOSTS = ("localhost", "127.0.0.1", "::1")
# Texts hold it as it is, between their own markup and their own braces.
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^<>{}\r\n]+$")]
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
    `local_mode` adds what developers look at: the style guide. `organisation` is the name as it
    stands inside a French sentence, `organisation_en` inside an English one; mails read the same settings.
    `support_email` is where pages send whoever they cannot help. `publisher` and `hosting` are what the
    law wants said of who publishes the portal and who hosts it, in French.
    """

    http_port: int = 8080
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(networks)] = ()
    local_mode: bool = False
    organisation: Name = "l’Opcommerce"
    organisation_en: Name = "Opcommerce"
    support_email: str = "support@opcommerce.example"
    publisher: str = ""
    hosting: str = ""

    @field_validator("public_url")
    @classmethod
    def an_origin(cls, written: str) -> str:
        url = urlsplit(written)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("an address like https://portal.example.org is needed")
        return written.rstrip("/")

    @property
    def organisations(self) -> Mapping[str, str]:
        """Returns the organisation's name by language."""
        return {"fr": self.organisation, "en": self.organisation_en}

    @property
    def hosts(self) -> frozenset[str]:
        """Names, without port, under which the gateway may be addressed."""
        own = urlsplit(self.public_url).hostname or ""
        return frozenset(name.lower() for name in (own, *ALWAYS_ALLOWED_HOSTS, *self.allowed_hosts))

    @property
    def behind_tls(self) -> bool:
        return self.public_url.startswith("https://")
