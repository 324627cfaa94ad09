"""The code that the organisation gives to each member company, and that proves a claim on it."""

import hashlib
import hmac
import re

ACCEPTED = re.compile(r"[0-9A-Z][0-9A-Z._/-]{3,39}")


def normalised(member_code: str) -> str:
    """Returns a code in upper case, without spaces of any kind."""
    return "".join(member_code.split()).upper()


class MemberCodes:
    """Keyed hashes of member codes.

    Codes are short: whoever stole a table of bare hashes could guess them all. A password hash would hold
    that up, at the price of an hour for an import of 100,000 companies. A key that is not in the database
    does better, and costs microseconds.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"guichet company member codes", hashlib.sha256)

    def hash_of(self, siren: str, member_code: str) -> bytes:
        """Returns the hash, 32 bytes, of a code as written by anyone, bound to its company."""
        content = f"{siren}|{normalised(member_code)}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, content, hashlib.sha256)

    def match(self, siren: str, member_code: str, kept: bytes | None) -> bool:
        """Whether a code is the company's. Takes the same time where there is no such company."""
        given = self.hash_of(siren, member_code)
        known = kept if kept is not None else bytes(len(given))
        return hmac.compare_digest(given, known) and kept is not None
