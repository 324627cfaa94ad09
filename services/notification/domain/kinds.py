"""The mails there are: what each needs to know, and which page its button opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from services.notification.domain.parameters import (
    Reader,
    Value,
    choice,
    count,
    flag,
    line,
    lines,
    moment,
)
from services.platform.errors import InvalidArgument


class Page(Enum):
    """A page of the portal, as a path below its public address."""

    HOME = "/"
    SIGN_IN = "/connexion"
    COMPANIES = "/entreprises"
    COMPANY = "/entreprises/{siren}"
    CLAIM = "/entreprises/ajouter?siren={siren}"
    VERIFICATION = "/verifier?token={token}"
    PASSWORD_RESET = "/reinitialiser?token={token}"
    SECOND_FACTOR = "/compte/second-facteur"
    ACCESS_REQUEST = "/demandes/{access_request_id}"


@dataclass(frozen=True)
class Kind:
    """One mail.

    `required` are the parameters that a call must give, each with its reader; a name may be empty, where
    its account was deleted. `optional` ones are read as "" where they are not given.
    """

    page: Page
    required: Mapping[str, Reader] = field(default_factory=dict)
    optional: Mapping[str, Reader] = field(default_factory=dict)
    about_access_request: bool = False

    def read(self, parameters: Mapping[str, str], access_request_id: str) -> dict[str, Value]:
        """Returns what the mail says, each parameter read.

        Raises:
            InvalidArgument: parameter_missing, parameter_invalid.
        """
        missing = [name for name in self.required if name not in parameters]
        if self.about_access_request and not access_request_id:
            missing.append("access_request_id")
        if missing:
            raise InvalidArgument("parameter_missing", field=missing[0])
        read: dict[str, Value] = {}
        for name, reader in {**self.required, **self.optional}.items():
            try:
                read[name] = reader(parameters.get(name, ""))
            except ValueError as error:
                raise InvalidArgument("parameter_invalid", field=name) from error
        return read


COMPANY: Mapping[str, Reader] = {"siren": line, "company_name": line}
ASK: Mapping[str, Reader] = {
    **COMPANY,
    "requester_name": line,
    "requester_email": line,
    "requester_email_confusable": flag,
    "message": lines,
    "create_time": moment,
    "escalate_time": moment,
    "expire_time": moment,
}
DECISION: Mapping[str, Reader] = {**COMPANY, "reason": lines, "decider_name": line, "decide_time": moment}
MEMBERSHIP_CHANGE: Mapping[str, Reader] = {
    **COMPANY,
    "changed_by": choice("administrator", "self"),
    "role": choice("member", "administrator"),
    "suspended": flag,
    "change_time": moment,
}
ROLE = choice("", "member", "administrator")
SECOND_FACTOR_CHANGE = choice(
    "totp_added",
    "totp_removed",
    "passkey_added",
    "passkey_removed",
    "recovery_codes_replaced",
    "recovery_code_used",
    "turned_off_by_operator",
)


def about_access_request(
    required: Mapping[str, Reader], *, page: Page = Page.ACCESS_REQUEST, **optional: Reader
) -> Kind:
    return Kind(page, required, optional, about_access_request=True)


KINDS: Mapping[str, Kind] = {
    "account_verification": Kind(Page.VERIFICATION, {"token": line, "code": line, "expire_time": moment}),
    "account_exists": Kind(Page.SIGN_IN),
    "password_reset": Kind(Page.PASSWORD_RESET, {"token": line, "expire_time": moment}),
    "password_changed": Kind(Page.HOME),
    "second_factor_changed": Kind(Page.SECOND_FACTOR, {"change": SECOND_FACTOR_CHANGE}),
    "administrator_granted": Kind(Page.HOME, {**COMPANY, "administrator_name": line, "grant_time": moment}),
    "membership_ended": Kind(Page.CLAIM, MEMBERSHIP_CHANGE),
    "membership_suspended": Kind(Page.COMPANIES, MEMBERSHIP_CHANGE),
    "membership_reinstated": Kind(Page.COMPANY, MEMBERSHIP_CHANGE),
    "membership_role_changed": Kind(Page.COMPANY, MEMBERSHIP_CHANGE),
    "claims_locked": Kind(Page.HOME, {"siren": line}),
    "access_request_received": about_access_request(ASK),
    "access_request_reminder": about_access_request(
        {**ASK, "origin": choice("requester", "automatic"), "reminder_count": count}
    ),
    "access_request_escalated": about_access_request(
        {
            **COMPANY,
            "requester_name": line,
            "requester_email": line,
            "reason": line,
            "create_time": moment,
            "expire_time": moment,
        }
    ),
    "access_request_approved": about_access_request({**DECISION, "role": ROLE}, page=Page.COMPANY),
    "access_request_rejected": about_access_request(DECISION),
    "access_request_settled": about_access_request(
        {**DECISION, "requester_name": line, "verdict": choice("approve", "reject"), "role": ROLE}
    ),
    "access_request_expired": about_access_request(
        {**COMPANY, "requester_name": line, "create_time": moment, "expire_time": moment},
        requester_account_id=line,
    ),
    "access_request_cancelled": about_access_request(
        {**COMPANY, "requester_name": line, "cancel_time": moment}
    ),
}


def kind_named(name: str) -> Kind:
    """Returns a kind of mail, or raises InvalidArgument: kind_unknown."""
    try:
        return KINDS[name]
    except KeyError:
        raise InvalidArgument("kind_unknown", field="kind") from None
