"""Calls that an account makes for itself, and a passkey without a browser."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from secrets import token_bytes
from typing import Any, Self

import cbor2
import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.platform.rpc_context import acting
from tests.integration.identity.running import PASSWORD, RunningIdentity, new_email

ORIGIN = "http://localhost:8080"
PRESENT_AND_VERIFIED = 0x05
WITH_CREDENTIAL = 0x40


@dataclass(frozen=True)
class Person:
    """An account with a session."""

    email: str
    account_id: str
    token: str

    @classmethod
    async def signed_in(cls, identity: RunningIdentity, name: str = "personne") -> Self:
        email = new_email(name)
        account_id = await identity.verified_account(email)
        return cls(email, account_id, (await identity.sign_in(email)).token)

    async def account_token(self, identity: RunningIdentity) -> str:
        answer = await identity.gateway.GetSession(rpc.GetSessionRequest(token=self.token))
        return answer.account_token


@contextmanager
def speaking_for(account_token: str) -> Iterator[None]:
    before = acting.set(replace(acting.get(), account_token=account_token))
    yield
    acting.reset(before)


@dataclass
class Authenticator:
    """Holds one passkey, and signs what it is asked to, or what a forger would like it to."""

    credential_id: bytes = field(default_factory=lambda: token_bytes(16))
    sign_count: int = 0
    origin: str = ORIGIN
    rp_id: str = "localhost"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def created(self, options: str) -> str:
        """Returns what navigator.credentials.create would."""
        numbers = self.key.public_key().public_numbers()
        public_key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        credential = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._data(PRESENT_AND_VERIFIED | WITH_CREDENTIAL) + credential + cbor2.dumps(public_key)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options)
        return self._answer(clientDataJSON=client_data, attestationObject=attestation)

    def asserted(self, options: str) -> str:
        """Returns what navigator.credentials.get would."""
        self.sign_count += 1
        data = self._data(PRESENT_AND_VERIFIED)
        client_data = self._client_data("webauthn.get", options)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4)

    def _client_data(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response: bytes) -> str:
        name = bytes_to_base64url(self.credential_id)
        written = {key: bytes_to_base64url(value) for key, value in response.items()}
        answer: dict[str, Any] = {"id": name, "rawId": name, "type": "public-key", "response": written}
        return json.dumps(answer)


class Application:
    """An authenticator application, on the clock of the service."""

    def __init__(self, identity: RunningIdentity, secret: str) -> None:
        self._identity = identity
        self._totp = pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        """Returns the code of now, or of so many steps of 30 s later."""
        return self._totp.generate_otp(self._totp.timecode(self._identity.clock()) + steps)


async def with_totp(identity: RunningIdentity, person: Person) -> tuple[Application, list[str]]:
    """Adds an application whose code of now is used; returns the recovery codes too."""
    with speaking_for(await person.account_token(identity)):
        begun = await identity.gateway.BeginTotp(rpc.BeginTotpRequest(password=PASSWORD))
        application = Application(identity, begun.enrolment.secret)
        confirmed = await identity.gateway.ConfirmTotp(rpc.ConfirmTotpRequest(code=application.code()))
    return application, list(confirmed.recovery_codes)


async def with_passkey(identity: RunningIdentity, person: Person, name: str = "Ordinateur") -> Authenticator:
    authenticator = Authenticator()
    with speaking_for(await person.account_token(identity)):
        begun = await identity.gateway.BeginPasskey(rpc.BeginPasskeyRequest(password=PASSWORD))
        credential = authenticator.created(begun.enrolment.options)
        await identity.gateway.ConfirmPasskey(rpc.ConfirmPasskeyRequest(name=name, credential=credential))
    return authenticator
