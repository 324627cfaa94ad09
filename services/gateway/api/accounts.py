"""Signing up: an account, and the proof of its address."""

from typing import Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from guichet.identity.v1.identity_service_pb2 import (
    CreateAccountRequest,
    ResendVerificationRequest,
    VerifyAccountRequest,
)
from services.gateway.answers import VerificationSent, VerifiedAccount
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends, IdempotencyKey, Language
from services.gateway.documented import BODY, KEYED, problems
from services.gateway.fields import Body
from services.gateway.problems import field_problem

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Accounts"])


class NewAccount(Body):
    """What a new account needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "claire.morel@example.com",
                    "full_name": "Claire Morel",
                    "password": "correct cheval agrafe pile",
                    "locale": "fr",
                }
            ]
        }
    )

    email: str
    full_name: str = Field(description="At most 100 characters")
    password: str = Field(description="At least 12 characters, at most 1,024 bytes")
    locale: str | None = Field(
        None, description="Language of mails and errors, `fr` or `en`; by default that of Accept-Language"
    )


class Verification(Body):
    """The proof of an address: the token of the mail's link, or the address and its code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"token": "AZfww6Wbfn8cHl0Xc3VyZS1leGVtcGxl"},
                {"email": "claire.morel@example.com", "code": "4829 1306"},
            ]
        }
    )

    token: str | None = None
    email: str | None = None
    code: str | None = Field(None, description="Spaces are ignored")


class AddressToVerify(Body):
    """The address that asks for another mail."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "claire.morel@example.com"}]})

    email: str


@router.post(
    "/accounts",
    status_code=202,
    responses=problems(
        *(*BODY, *KEYED),
        *("name_empty", "name_too_long", "email_invalid", "locale_invalid", "rate_limited"),
        *("password_too_short", "password_too_long", "password_weak"),
    ),
)
async def create_account(
    body: NewAccount, services: Backends, language: Language, key: IdempotencyKey
) -> VerificationSent:
    """Creates an account and mails what verifies its address.

    The answer is the same where the address has an account already: its owner is told by mail.
    """
    await services.identity.CreateAccount(
        CreateAccountRequest(
            email=body.email,
            full_name=body.full_name,
            password=body.password,
            locale=language if body.locale is None else body.locale,
            idempotency_key=key,
        )
    )
    return VerificationSent()


@router.post(
    "/accounts/verification",
    responses=problems(*BODY, "email_invalid", "verification_invalid", "rate_limited"),
)
async def verify_account(body: Verification, services: Backends) -> VerifiedAccount:
    """Verifies an address. Repeating it is harmless."""
    missing = missing_proof(body)
    if missing:
        raise field_problem("field_required", missing)
    if body.token is not None and body.code is not None:
        raise field_problem("unknown_field", "code")
    answer = await services.identity.VerifyAccount(
        VerifyAccountRequest(token=body.token or "", email=body.email or "", code=body.code or "")
    )
    return VerifiedAccount(account_id=answer.account_id)


@router.post(
    "/accounts/verification-codes",
    status_code=202,
    responses=problems(*BODY, *KEYED, "email_invalid", "rate_limited"),
)
async def resend_verification(
    body: AddressToVerify, services: Backends, key: IdempotencyKey
) -> VerificationSent:
    """Mails a new link and code. The answer is the same for every address."""
    await services.identity.ResendVerification(
        ResendVerificationRequest(email=body.email, idempotency_key=key)
    )
    return VerificationSent()


def missing_proof(body: Verification) -> Literal["token", "email", "code", ""]:
    if body.token is not None:
        return ""
    if body.email is None and body.code is None:
        return "token"
    if body.email is None:
        return "email"
    return "code" if body.code is None else ""
