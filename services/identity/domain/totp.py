"""Codes of authenticator applications. Source: RFC 6238 (SHA-1, six digits, thirty seconds)."""

import base64
import hmac
import re
from datetime import datetime

from pyotp import TOTP

SECRET_BYTES = 20
ISSUER = "Guichet"
# A clock that is half a minute off, and a person who types slowly.
STEPS_OFF = (0, -1, 1)


def written_secret(secret: bytes) -> str:
    """Returns a secret as one types it into an application: base32."""
    return base64.b32encode(secret[:SECRET_BYTES]).decode()


def otpauth_uri(secret: bytes, *, email: str) -> str:
    """Returns a secret as applications read it from a QR code."""
    return TOTP(written_secret(secret), name=email, issuer=ISSUER).provisioning_uri()


def accepted_step(secret: bytes, typed: str, *, at: datetime, after: int) -> int | None:
    """Returns the time step whose code somebody typed, or None where it is none of now.

    Steps up to `after` are over: their codes have been used. Spaces in the code are ignored.
    """
    digits = re.sub(r"\s", "", typed)
    totp = TOTP(written_secret(secret))
    now = totp.timecode(at)
    for step in (now + off for off in STEPS_OFF):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode("utf-8", "replace"))
        if right and step > after:
            return step
    return None
