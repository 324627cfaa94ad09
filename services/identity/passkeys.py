"""Passkeys: what a browser is asked, and whether its answer holds. Source: W3C Web Authentication."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from services.identity.domain.account import Account
from services.identity.domain.second_factor import Passkey

log = structlog.get_logger()

NAME = "Guichet"
LONGEST_ANSWER = 20_000
LONGEST_CREDENTIAL_ID_BYTES = 1023


class Passkeys:
    """For the portal at one public address: its host is the relying party, its origin the only one."""

    def __init__(self, public_url: str) -> None:
        address = urlsplit(public_url)
        self._rp_id = address.hostname or "localhost"
        self._origin = f"{address.scheme}://{address.netloc}"

    def creation_options(self, account: Account, passkeys: Sequence[Passkey], challenge: bytes) -> str:
        """Returns, in JSON, what navigator.credentials.create takes."""
        return options_to_json(
            generate_registration_options(
                rp_id=self._rp_id,
                rp_name=NAME,
                user_id=bytes.fromhex(account.id),
                user_name=account.email,
                user_display_name=account.full_name,
                challenge=challenge,
                exclude_credentials=described(passkeys),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.PREFERRED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
            )
        )

    def created(self, credential: str, challenge: bytes) -> VerifiedRegistration | None:
        """Returns what a browser created for a challenge, or None where its answer does not hold."""
        if len(credential) > LONGEST_ANSWER:
            return None
        try:
            verified = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
            )
        # Whatever a stranger wrote goes through parsers of JSON, CBOR and keys; each fails in its own way.
        except Exception as error:
            log.info("passkey.refused", error=type(error).__name__)
            return None
        return verified if len(verified.credential_id) <= LONGEST_CREDENTIAL_ID_BYTES else None

    def request_options(self, passkeys: Sequence[Passkey], challenge: bytes) -> str:
        """Returns, in JSON, what navigator.credentials.get takes."""
        return options_to_json(
            generate_authentication_options(
                rp_id=self._rp_id,
                challenge=challenge,
                allow_credentials=described(passkeys),
                user_verification=UserVerificationRequirement.PREFERRED,
            )
        )

    def asserted(
        self, assertion: str, passkeys: Sequence[Passkey], challenge: bytes
    ) -> tuple[Passkey, VerifiedAuthentication] | None:
        """Returns the passkey, of these, that signed a challenge, or None where none did.

        A signature counter that does not grow is that of a copied passkey: it is none either.
        """
        if len(assertion) > LONGEST_ANSWER:
            return None
        try:
            answer = parse_authentication_credential_json(assertion)
            passkey = next(one for one in passkeys if one.credential_id == answer.raw_id)
            verified = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        # The answer is a stranger's: whatever the library makes of it, it is none.
        except Exception as error:
            log.info("passkey.refused", error=type(error).__name__)
            return None
        return passkey, verified


def described(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]
