"""What a submitted form holds."""

from services.gateway.body import StrictRequest
from services.gateway.fields import REFUSED
from services.gateway.problems import field_problem


def field_of(request: StrictRequest, name: str) -> str:
    """Returns one field of a form.

    Raises:
        Problem: field_required, invalid_text.
    """
    value = str(request.document.get(name, ""))
    if not value:
        raise field_problem("field_required", name)
    if REFUSED.search(value):
        raise field_problem("invalid_text", name)
    return value
