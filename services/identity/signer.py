"""The keys that tokens are signed with: made, kept encrypted, used."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from services.identity.domain.signing_key import SigningKey
from services.identity.domain.tokens import Tokens, new_id

CURVE = "P-256"
RSA_BITS = 3072
ENCRYPTION = {"alg": "dir", "enc": "A256GCM"}
LABEL = "signing_key"

PrivateKey = ECKey | RSAKey


class Signer:
    """Private parts are stored encrypted, under keys that derive from the service's secret."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        # A key never changes: nothing here can be out of date, whatever other replicas do.
        self._loaded: dict[str, PrivateKey] = {}

    async def new_key(self, algorithm: str, *, at: datetime, starts_at: datetime) -> SigningKey:
        """Makes a key for ES256 or RS256. The latter takes some 100 ms, in a thread."""
        key = await asyncio.to_thread(generated, algorithm)
        key_id = new_id()
        public = {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": algorithm}
        private = json.dumps(key.as_dict(private=True)).encode()
        return SigningKey(
            id=key_id,
            algorithm=algorithm,
            public_jwk=json.dumps(public, sort_keys=True),
            private_jwk=jwe.encrypt_compact(ENCRYPTION, private, self._encryption_key(key_id)),
            created_at=at,
            starts_at=starts_at,
        )

    def sign(self, key: SigningKey, token_type: str, claims: Mapping[str, object]) -> str:
        """Returns a JSON Web Token."""
        header = {"alg": key.algorithm, "kid": key.id, "typ": token_type}
        return jwt.encode(header, dict(claims), self._private(key), algorithms=[key.algorithm])

    def _private(self, key: SigningKey) -> PrivateKey:
        if key.id not in self._loaded:
            opened = jwe.decrypt_compact(key.private_jwk, self._encryption_key(key.id))
            kind = ECKey if key.algorithm == "ES256" else RSAKey
            self._loaded[key.id] = kind.import_key(json.loads(opened.plaintext or b""))
        return self._loaded[key.id]

    def _encryption_key(self, key_id: str) -> OctKey:
        return OctKey.import_key(self._tokens.derived(LABEL, key_id))


def generated(algorithm: str) -> PrivateKey:
    return ECKey.generate_key(CURVE) if algorithm == "ES256" else RSAKey.generate_key(RSA_BITS)
