"""Proving who one is once more, where a tool asks for it: `prompt=login` and `max_age`.

A request that comes back from the sign-in page says by a signed marker when its owner had last proved who
they are. It is granted once they have done so since, and since the marker was made: one that another browser
was given, where nobody was signed in, excuses nobody. The marker fits that request alone, for an hour.
"""

import base64
import hashlib
import hmac
import json
import time

from google.protobuf.timestamp_pb2 import Timestamp

from services.gateway.openid.authorization import MARKER, SignOnRequest
from services.platform.service_identity import ServiceIdentity

LIFE_SECONDS = 3600
SKEW_SECONDS = 5
BOUND = ("client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "max_age")


def marker(own: ServiceIdentity, asked: SignOnRequest, proved: Timestamp) -> str:
    """Returns the marker of a request whose owner proved who they are at a time, or never."""
    return signed(own, asked, f"{proved.ToNanoseconds()}.{int(time.time()) + LIFE_SECONDS}")


def must_prove_again(own: ServiceIdentity, asked: SignOnRequest, proved: Timestamp) -> bool:
    """Says whether the request asks for a proof that is newer than the session's."""
    too_old = asked.max_age is not None and time.time() - proved.ToNanoseconds() / 1e9 > asked.max_age
    if not too_old and "login" not in asked.prompt:
        return False
    return not proved_since(own, asked, proved)


def proved_since(own: ServiceIdentity, asked: SignOnRequest, proved: Timestamp) -> bool:
    content, _, _ = asked[MARKER].rpartition(".")
    if not hmac.compare_digest(signed(own, asked, content).encode(), asked[MARKER].encode()):
        return False
    before, expires = map(int, content.split("."))
    begun = expires - LIFE_SECONDS - SKEW_SECONDS
    return proved.ToNanoseconds() > before and proved.seconds >= begun and time.time() < expires


def signed(own: ServiceIdentity, asked: SignOnRequest, content: str) -> str:
    bound = json.dumps([content, *(asked[name] for name in BOUND)])
    digest = hmac.digest(own.secret, b"proof|" + bound.encode(), hashlib.sha256)
    return f"{content}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
