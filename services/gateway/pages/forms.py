"""What a submitted form holds, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Request

from services.gateway.body import StrictRequest
from services.gateway.dependencies import new_idempotency_key
from services.gateway.fields import REFUSED
from services.gateway.problems import Problem, field_problem, title_and_detail

LINE_BREAKS = re.compile(r"[\r\n\t]+")
KEY = re.compile(r"gateway-[0-9a-f]{32}")
CSRF_FIELD = "csrf"


@dataclass(frozen=True)
class Form:
    """A form as it was filled in: texts by field, and what it was refused for, if it was.

    `errors` has a sentence for each field at fault; `title` and `detail` say what is wrong as a whole.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    title: str = ""
    detail: str = ""
    status: int = 200

    def __getitem__(self, name: str) -> str:
        """Returns a field that must be filled in.

        Raises:
            Problem: field_required, invalid_text.
        """
        value = self.get(name)
        if not value:
            raise field_problem("field_required", name)
        return value

    def get(self, name: str) -> str:
        """Returns a field, empty where it is missing.

        Raises:
            Problem: invalid_text; email_invalid for an address.
        """
        value = self.values.get(name, "")
        if REFUSED.search(value):
            raise field_problem("email_invalid" if name == "email" else "invalid_text", name)
        return value

    def key(self) -> str:
        """Returns the idempotency key that the page was given, so that a double click is one form."""
        value = self.values.get("key", "")
        return value if KEY.fullmatch(value) else new_idempotency_key()

    def prose(self, name: str) -> str:
        """Returns the words of a text area on one line.

        Raises:
            Problem: invalid_text.
        """
        value = LINE_BREAKS.sub(" ", self.values.get(name, "")).strip()
        if REFUSED.search(value):
            raise field_problem("invalid_text", name)
        return value

    def require(self, *names: str) -> None:
        """Raises Problem for every field of these that is empty or unreadable, at once."""
        found: list[Problem] = []
        for name in names:
            try:
                self[name]
            except Problem as problem:
                found.append(problem)
        if found:
            raise Problem(found[0].code, errors=tuple(error for one in found for error in one.errors))

    def typed(self, name: str, otherwise: str = "") -> str:
        """Returns what stands in a field when the form is shown again, without what cannot be shown."""
        value = self.values.get(name, otherwise)
        return "\n".join(REFUSED.sub("", line) for line in value.splitlines())


EMPTY = Form()


def refused(values: Mapping[str, str], problem: Problem, language: str) -> Form:
    """Returns a form with what it is refused for, in words."""
    title, detail = title_and_detail(problem.code, language, problem.members)
    errors = {
        error.field: title_and_detail(error.code, language, problem.members)[1] for error in problem.errors
    }
    return Form(values, errors, problem.code, title, detail, problem.http_status)


async def submitted(request: StrictRequest) -> Form:
    return Form(cast("Mapping[str, str]", request.document))


def shown_form(request: Request) -> Form:
    """Returns the form that a page shows again; an empty one where it is opened."""
    return cast("Form", getattr(request.state, "form", EMPTY))


Submitted = Annotated[Form, Depends(submitted)]
