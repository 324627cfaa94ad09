"""Tools of the organisation, and what each may do as an OpenID Connect client."""

import json
import re
from dataclasses import dataclass, fields
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.platform.errors import InvalidArgument

ICONS = ("calculator", "window", "sheet", "folder", "chart", "people", "mail", "building", "star")
ROLES = ("member", "administrator")
SCOPES = ("openid", "profile", "email", "company", "offline_access")
ALGORITHMS = ("ES256", "RS256")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
PRIVATE_KEY_JWT = "private_key_jwt"
METHODS = (*SECRET_METHODS, PRIVATE_KEY_JWT, "none")

MARKUP = frozenset("<>")
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 300
LONGEST_ADDRESS = 2000
LONGEST_JWKS = 20_000
MOST_ADDRESSES = 20
MOST_KEYS = 10
LAST_POSITION = 1_000_000
# 2,048 bits in base64.
SHORTEST_RSA_MODULUS = 342

TOOL_ID = re.compile("[a-z0-9-]{1,40}")
# What RFC 3986 allows in an address, but "#", which begins a fragment, and "*", which looks like a pattern.
ADDRESS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")


@dataclass(frozen=True)
class Client:
    """A registration, by the names of OpenID Connect Registration. `jwks` is JSON, or empty."""

    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str
    initiate_login_uri: str
    token_endpoint_auth_method: str
    jwks: str
    id_token_signed_response_alg: str
    refreshes: bool
    asks_consent: bool
    scopes: tuple[str, ...]

    @property
    def has_secret(self) -> bool:
        return self.token_endpoint_auth_method in SECRET_METHODS

    def faults(self) -> list[str]:
        """Returns the names of the fields that are wrong."""
        secure = [
            *(("redirect_uris", one) for one in self.redirect_uris),
            *(("post_logout_redirect_uris", one) for one in self.post_logout_redirect_uris),
            *(("backchannel_logout_uri", one) for one in (self.backchannel_logout_uri,) if one),
            *(("initiate_login_uri", one) for one in (self.initiate_login_uri,) if one),
        ]
        right = {
            "redirect_uris": 1 <= len(self.redirect_uris) <= MOST_ADDRESSES,
            "post_logout_redirect_uris": len(self.post_logout_redirect_uris) <= MOST_ADDRESSES,
            "token_endpoint_auth_method": self.token_endpoint_auth_method in METHODS,
            "jwks": are_public_keys(self.jwks)
            if self.token_endpoint_auth_method == PRIVATE_KEY_JWT
            else not self.jwks,
            "id_token_signed_response_alg": self.id_token_signed_response_alg in ALGORITHMS,
            "scopes": "openid" in self.scopes and set(self.scopes) <= set(SCOPES),
        }
        wrong = [field for field, is_right in right.items() if not is_right]
        return list(dict.fromkeys([*wrong, *(field for field, one in secure if not is_secure_address(one))]))


@dataclass(eq=False)
class Tool:
    """One tool. `roles` names who may open it, every member if empty; `client` is None without sign-on."""

    id: str
    name_fr: str
    name_en: str
    description_fr: str
    description_en: str
    url: str
    icon: str
    roles: tuple[str, ...]
    position: int
    disabled: bool
    client: Client | None
    created_at: datetime
    updated_at: datetime

    @property
    def signs_on(self) -> Client | None:
        """The client that people may sign on to now."""
        return None if self.disabled else self.client

    def allows_less_than(self, former: "Tool") -> bool:
        """Says whether sign-ons to a former registration may hold what this one does not allow."""
        client, before = self.signs_on, former.signs_on
        if client is None or before is None:
            return client is None
        return (
            not set(before.scopes) <= set(client.scopes)
            or not set(before.redirect_uris) <= set(client.redirect_uris)
            or not set(former.roles or ROLES) <= set(self.roles or ROLES)
        )

    def says_the_same_as(self, other: "Tool") -> bool:
        """Says whether two tools differ in their times at most."""
        times = ("created_at", "updated_at")
        return all(
            getattr(self, one.name) == getattr(other, one.name)
            for one in fields(self)
            if one.name not in times
        )

    def check(self) -> None:
        """Raises InvalidArgument (tool_invalid), which names every field that is wrong."""
        right = {
            "id": TOOL_ID.fullmatch(self.id) is not None,
            "name.fr": is_text(self.name_fr, LONGEST_NAME),
            "name.en": is_text(self.name_en, LONGEST_NAME),
            "description.fr": is_text(self.description_fr, LONGEST_DESCRIPTION),
            "description.en": is_text(self.description_en, LONGEST_DESCRIPTION),
            "url": is_address(self.url),
            "icon": self.icon in ICONS,
            "roles": set(self.roles) <= set(ROLES),
            "position": 0 <= self.position <= LAST_POSITION,
        }
        wrong = [field for field, is_right in right.items() if not is_right]
        if self.client is not None:
            wrong += [f"client.{field}" for field in self.client.faults()]
        if wrong:
            raise InvalidArgument.together([InvalidArgument("tool_invalid", field=field) for field in wrong])


def is_text(written: str, longest: int) -> bool:
    return (
        0 < len(written) <= longest
        and written.isprintable()
        and written.strip() == written
        and not MARKUP & set(written)
    )


def is_address(written: str) -> bool:
    """Says whether it is an absolute http or https address of a host, without fragment or credentials."""
    if len(written) > LONGEST_ADDRESS or not ADDRESS.fullmatch(written):
        return False
    try:
        address = urlsplit(written)
        port = address.port
    except ValueError:
        return False
    return (
        address.scheme in ("http", "https")
        and bool(address.hostname)
        and "@" not in address.netloc
        and port != 0
    )


def is_secure_address(written: str) -> bool:
    """Says whether it is an https address, or an http one of this very machine."""
    return is_address(written) and (written.startswith("https:") or is_loopback(written))


def is_loopback(written: str) -> bool:
    host = urlsplit(written).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def are_public_keys(written: str) -> bool:
    """Says whether it is a JSON Web Key Set of one to ten public keys, RSA ones of 2,048 bits at least."""
    if len(written) > LONGEST_JWKS:
        return False
    try:
        content = json.loads(written)
        # The library imports weak keys, with a warning.
        if any(key["kty"] == "RSA" and len(key["n"]) < SHORTEST_RSA_MODULUS for key in content["keys"]):
            return False
        keys = KeySet.import_key_set(content).keys
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return 1 <= len(keys) <= MOST_KEYS and all(
        key.key_type in ("EC", "OKP", "RSA") and not key.is_private for key in keys
    )
