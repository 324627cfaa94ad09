"""What a row of the table is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from tests.inputs.scene import Scene

Send = Callable[[Scene], httpx.Request]


@dataclass(frozen=True)
class Row:
    """An input that is refused: what is sent, and what it gets.

    `wrong` is the first field at fault, empty where none is meant. `members` and `headers` are further
    parts of the answer; values may be dirty-equals.
    """

    name: str
    send: Send
    status: int
    code: str
    wrong: str = ""
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, object] = field(default_factory=dict)


def signed_up_with(
    name: str, changes: Mapping[str, object], code: str, wrong: str = "", status: int = 422
) -> Row:
    """A sign-up that would be accepted but for the changes."""
    return Row(name, lambda scene: scene.sign_up(**changes), status, code, wrong)


def content(name: str, sent: bytes, status: int, code: str, wrong: str = "") -> Row:
    """A body as it goes over the wire, sent to the sign-up."""
    return Row(
        name,
        lambda scene: scene.request(
            "POST", "/accounts", content=sent, headers={"Content-Type": "application/json"}
        ),
        status,
        code,
        wrong,
    )
