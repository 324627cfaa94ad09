"""Secrets that clients prove themselves with: told once, known here by their digest."""

from hashlib import sha256
from secrets import token_urlsafe

SECRET_BYTES = 32


def new_client_secret() -> str:
    """Returns 256 random bits, in 43 characters that no encoding of a request changes."""
    return token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """Returns what is stored. A fast digest does: nobody can go through 256 random bits."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
