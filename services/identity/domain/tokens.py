"""Secrets that are derived, never stored.

A token is an identifier with a keyed digest of its purpose and itself. Whoever holds the service's
secret can make it again, so that a mail can be rendered twice and no table, log or workflow history
holds anything that opens a door. A token of one purpose is worth nothing for another.
"""

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from enum import StrEnum

CODE_DIGITS = 8
IDENTIFIER_BYTES = 16
DIGEST_BYTES = 32


class Purpose(StrEnum):
    """What a token opens."""

    SESSION = "session"
    SESSION_CHALLENGE = "session_challenge"
    ACCOUNT_VERIFICATION = "account_verification"
    PASSWORD_RESET = "password_reset"
    AUTHORIZATION_CODE = "authorization_code"
    ACCESS_TOKEN = "access_token"
    REFRESH_TOKEN = "refresh_token"


class Tokens:
    """Derives and reads tokens by one secret of at least 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret is too short to derive tokens from")
        self._secret = secret

    def token(self, purpose: Purpose, identifier: str) -> str:
        """Returns the token, 64 characters that are safe in a URL, of an identifier (32 hex digits)."""
        raw = bytes.fromhex(identifier)
        return base64.urlsafe_b64encode(raw + self._digest(f"token|{purpose}", raw)).decode()

    def identifier(self, purpose: Purpose, token: str) -> str | None:
        """Returns the identifier that a token was derived from, or None where it was not."""
        try:
            content = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        raw, digest = content[:IDENTIFIER_BYTES], content[IDENTIFIER_BYTES:]
        if len(digest) != DIGEST_BYTES:
            return None
        expected = self._digest(f"token|{purpose}", raw)
        return raw.hex() if hmac.compare_digest(digest, expected) else None

    def code(self, purpose: Purpose, identifier: str) -> str:
        """Returns the 8 digits of an identifier, for somebody to type."""
        digest = self._digest(f"code|{purpose}", bytes.fromhex(identifier))
        return f"{int.from_bytes(digest) % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    def code_matches(self, purpose: Purpose, identifier: str, typed: str) -> bool:
        """Says whether somebody typed the code; spaces and dashes between its digits are ignored."""
        digits = re.sub(r"[\s\-]", "", typed)
        return hmac.compare_digest(self.code(purpose, identifier).encode(), digits.encode("utf-8", "replace"))

    def derived(self, label: str, identifier: str) -> bytes:
        """Returns 32 secret bytes that stand for an identifier under one label, made again at will."""
        return self._digest(f"derived|{label}", bytes.fromhex(identifier))

    def fingerprint(self, purpose: str, content: str) -> str:
        """Returns a keyed digest that stands for something personal, where equality is all that matters."""
        return self._digest(f"fingerprint|{purpose}", content.encode()).hex()[:32]

    def _digest(self, label: str, content: bytes) -> bytes:
        return hmac.new(self._secret, label.encode() + b"\0" + content, hashlib.sha256).digest()


def new_id() -> str:
    """Returns a new identifier: 32 hexadecimal digits, 122 random bits."""
    return uuid.uuid4().hex


def is_id(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{32}", text) is not None
