"""What clients send, field by field: every body and query is one of these models."""

import re
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"
BIDI_OVERRIDES = "\\u202a-\\u202e\\u2066-\\u2069"
SURROGATES = "\\ud800-\\udfff"
REFUSED = re.compile(f"[{CONTROLS}{BIDI_OVERRIDES}{SURROGATES}]")
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,40}")
TOOL_ID = re.compile(r"[a-z0-9-]{1,40}")
CURSOR = re.compile(r"[A-Za-z0-9_-]{0,1000}")
SIREN = re.compile(r"[0-9]{9}")
SPACES = re.compile(r"[ \u00a0\u202f\u2009]")


def coded(code: str) -> PydanticCustomError:
    """Returns the error that the registry knows by this code."""
    return PydanticCustomError(code, "refused")


class Body(BaseModel):
    """A JSON body: no unknown field, no conversion, and no text with a control character, a line break, a
    bidi override or a lone surrogate (invalid_text; email_invalid where it should be an address).
    """

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def readable(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str) and REFUSED.search(value):
            raise coded("email_invalid" if info.field_name == "email" else "invalid_text")
        return value


def limit_of(written: Any) -> int:
    if isinstance(written, int):
        return written
    if not re.fullmatch(r"[0-9]{1,3}", str(written)) or not 1 <= int(written) <= 100:
        raise coded("invalid_limit")
    return int(written)


def cursor_of(written: str) -> str:
    if not CURSOR.fullmatch(written):
        raise coded("invalid_cursor")
    return written


def without_spaces(written: str) -> str:
    return SPACES.sub("", written)


def siren_of(written: str) -> str:
    digits = without_spaces(written)
    if re.fullmatch(r"[0-9]{14}", digits):
        raise coded("siret_given")
    if not SIREN.fullmatch(digits):
        raise coded("siren_invalid")
    return digits


def existing(pattern: re.Pattern[str]) -> AfterValidator:
    """Refuses as not found what cannot be the identifier of anything."""

    def check(written: str) -> str:
        if not pattern.fullmatch(written):
            raise coded("not_found")
        return written

    return AfterValidator(check)


State = Literal["pending", "approved", "rejected", "expired", "cancelled"]


def state_of(written: Any) -> Any:
    if written not in ("pending", "approved", "rejected", "expired", "cancelled"):
        raise coded("invalid_state")
    return written


class PageQuery(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    limit: Annotated[int, BeforeValidator(limit_of)] = Field(50, ge=1, le=100, description="Items in a page")
    cursor: Annotated[str, AfterValidator(cursor_of)] = Field(
        "", description="`next_cursor` of the page before"
    )


class AccessRequestsQuery(PageQuery):
    """Which access requests."""

    state: Annotated[State | None, BeforeValidator(state_of)] = Field(
        None, description="Only those in this state"
    )


class ToolsQuery(BaseModel):
    """For which company."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    siren: Annotated[str, AfterValidator(siren_of)] = Field(
        description="Company's Siren, nine digits", examples=["732829320"]
    )


AccessRequestId = Annotated[
    str,
    existing(IDENTIFIER),
    Path(description="Identifier of the access request", examples=["0197f0c2f3a87d5e9c4b2a1d6e8f0b13"]),
]
AccountId = Annotated[
    str,
    existing(IDENTIFIER),
    Path(description="Identifier of the account", examples=["0197f0c19b3e7c02b5d84f6a2c9e1d70"]),
]
PasskeyId = Annotated[str, existing(IDENTIFIER), Path(description="Identifier of the passkey")]
SessionId = Annotated[
    str,
    existing(IDENTIFIER),
    Path(description="Identifier of the session", examples=["0197f0c4a1d87c3e9b2f5d6a7c8e9f01"]),
]
ToolId = Annotated[str, existing(TOOL_ID), Path(description="Identifier of the tool", examples=["memo"])]
Siren = Annotated[
    str,
    AfterValidator(without_spaces),
    existing(SIREN),
    Path(description="Company's Siren, nine digits. Spaces are ignored", examples=["732829320"]),
]
