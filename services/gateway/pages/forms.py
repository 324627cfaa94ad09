"""What a submitted form holds."""

from pydantic_core import PydanticCustomError

from services.gateway.body import StrictRequest
from services.gateway.fields import plain_text
from services.gateway.problems import field_problem


def field_of(request: StrictRequest, name: str) -> str:
    """Returns one field of a form.

    Raises:
        Problem: field_required, invalid_text.
    """
    value = request.document.get(name, "")
    if not value:
        raise field_problem("field_required", name)
    try:
        return plain_text(value, lines=False)
    except PydanticCustomError:
        raise field_problem("invalid_text", name) from None
