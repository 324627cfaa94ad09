"""Who calls: each process signs with its own Ed25519 key, and knows the public keys of the others.

A service token says which process calls which (`kid`, `aud`). An account token, signed by identity
alone, says for which account it acts, so that no other process can speak for an account that has
not signed in.
"""

import os
import time
from pathlib import Path
from secrets import token_hex
from tempfile import mkstemp

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from services.platform.errors import Unauthenticated

SERVICES = ("identity", "company", "notification", "gateway", "worker", "cli")
ISSUER_OF_ACCOUNT_TOKENS = "identity"
ALGORITHMS = ["Ed25519"]
SERVICE_TOKEN_SECONDS = 300
ACCOUNT_TOKEN_SECONDS = 60
CLOCK_LEEWAY_SECONDS = 30
TOKENS_KEPT = 4096


def create_keys(directory: Path) -> None:
    """Creates what is missing of each service's keys.

    `<service>.key` (private, PEM) and `<service>.secret` (hexadecimal) are for that service alone, mode
    600; `<service>.pub` is for all.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for service in SERVICES:
        secret = directory / f"{service}.secret"
        if is_missing(secret):
            write_whole(secret, token_hex(32).encode(), mode=0o600)
        private, public = directory / f"{service}.key", directory / f"{service}.pub"
        if is_missing(private):
            # It would be another key's, and stay so if this ended in between.
            public.unlink(missing_ok=True)
            write_whole(private, OKPKey.generate_key("Ed25519").as_pem(private=True), mode=0o600)
        if is_missing(public):
            key = OKPKey.import_key(private.read_bytes())
            write_whole(public, key.as_pem(private=False), mode=0o644)


def is_missing(path: Path) -> bool:
    """Tells whether a file is not there, or empty, which is what an interrupted write may leave."""
    return not path.exists() or path.stat().st_size == 0


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Writes a file so that it holds all of its content or does not exist, whenever the process ends."""
    descriptor, unfinished = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


class ServiceIdentity:
    """One process's name, private key, and the `secret` (bytes) from which it derives its own tokens."""

    def __init__(self, service: str, keys_directory: Path) -> None:
        self.service = service
        try:
            pem = (keys_directory / f"{service}.key").read_bytes()
            self.secret = bytes.fromhex((keys_directory / f"{service}.secret").read_text())
        except FileNotFoundError as error:
            raise SystemExit(
                f"{error.filename} is missing: set GUICHET_KEYS_DIR, or create the keys with"
                " `guichet keys create`"
            ) from None
        self._key = OKPKey.import_key(pem)
        self._tokens: dict[tuple[str, ...], tuple[float, str]] = {}

    def token_for(self, audience: str) -> str:
        """Returns a token for calls to one service."""
        return self._token("service+jwt", {"aud": audience}, SERVICE_TOKEN_SECONDS)

    def account_token(self, account_id: str) -> str:
        """Returns a statement that this account has signed in. Others believe it from identity only."""
        return self._token("account+jwt", {"sub": account_id}, ACCOUNT_TOKEN_SECONDS)

    def _token(self, token_type: str, claims: dict[str, str], seconds: int) -> str:
        """Returns a token, signed anew once half of its time is over: others keep what they verified."""
        now = time.time()
        key = (token_type, *claims.values())
        expires_at, token = self._tokens.get(key, (0.0, ""))
        if expires_at - seconds / 2 < now:
            expires_at = now + seconds
            header = {"alg": "Ed25519", "typ": token_type, "kid": self.service}
            token = jwt.encode(header, {**claims, "exp": int(expires_at)}, self._key, algorithms=ALGORITHMS)
            if len(self._tokens) >= TOKENS_KEPT:
                self._tokens.clear()
            self._tokens[key] = (expires_at, token)
        return token


class TrustedServices:
    """The public keys of every process, and what their tokens say."""

    def __init__(self, keys_directory: Path) -> None:
        self._keys = KeySet(
            [
                OKPKey.import_key(path.read_bytes(), {"kid": path.stem})
                for path in keys_directory.glob("*.pub")
            ]
        )
        self._verified: dict[str, dict[str, object]] = {}

    def caller(self, token: str, audience: str) -> str:
        """Returns the service that signed a service token for this audience.

        Raises:
            Unauthenticated: service_not_trusted.
        """
        claims = self._claims(token, "service+jwt")
        if claims is None or claims.get("aud") != audience:
            raise Unauthenticated("service_not_trusted")
        return str(claims["iss"])

    def account_id(self, token: str) -> str:
        """Returns the account that an account token stands for.

        Raises:
            Unauthenticated: unauthenticated.
        """
        claims = self._claims(token, "account+jwt")
        if claims is None or claims["iss"] != ISSUER_OF_ACCOUNT_TOKENS:
            raise Unauthenticated("unauthenticated")
        return str(claims["sub"])

    def _claims(self, token: str, token_type: str) -> dict[str, object] | None:
        claims = self._verified.get(token)
        if claims is None:
            claims = self._verify(token)
            if claims is None:
                return None
            if len(self._verified) >= TOKENS_KEPT:
                self._verified.clear()
            self._verified[token] = claims
        valid_until = int(str(claims["exp"])) + CLOCK_LEEWAY_SECONDS
        return claims if claims["typ"] == token_type and time.time() < valid_until else None

    def _verify(self, token: str) -> dict[str, object] | None:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return None
        # Without a key's name any key would do, and nobody could tell whose it was.
        if "kid" not in decoded.header:
            return None
        return {**decoded.claims, "typ": decoded.header.get("typ"), "iss": decoded.header["kid"]}
