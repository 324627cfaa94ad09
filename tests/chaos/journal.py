"""What people asked and were told, and what was done to the system: JSON lines on disk, as it happens."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# A call without an answer may still be at work: no service works longer on one (see rpc_server).
LONGEST_WORK = timedelta(seconds=60)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Call:
    """One HTTP call. `status` is None where no answer came, and `lost` then says why.

    `lost` is "aborted" (we hung up in the middle), "unread" (answered, but the answer was thrown away),
    "refused", "cut" or "timeout". `session` is the bearer token.
    """

    who: str
    session: str
    method: str
    path: str
    body: Json | None
    key: str
    asked_at: datetime
    ended_at: datetime
    status: int | None
    lost: str = ""
    retry_after: str = ""
    answer: Json = field(default_factory=dict)

    @property
    def acknowledged(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def uncertain(self) -> bool:
        """Whether it may have had its effect without being acknowledged."""
        return self.status is None or self.status >= 500

    @property
    def works_until(self) -> datetime:
        """By when its effect, if it has one, is there."""
        return self.ended_at + LONGEST_WORK if self.uncertain else self.ended_at

    def __str__(self) -> str:
        said = self.status if self.status is not None else self.lost
        code = self.answer.get("code", "")
        return f"{self.asked_at:%H:%M:%S.%f} {self.who} {self.method} {self.path}: {said} {code}".rstrip()


@dataclass(frozen=True)
class Fault:
    """Something done to a program, how often, and when that program was back."""

    kind: str
    program: str
    begin: datetime
    end: datetime
    count: int = 1


@dataclass(frozen=True)
class SignOn:
    """A sign-on to Mémo that was seen to succeed: from which session, and the key of Mémo's own."""

    who: str
    session: str
    siren: str
    key: str
    at: datetime


class Journal:
    """Calls, faults, sign-ons, and the addresses whose mailboxes refuse mail."""

    def __init__(self, path: Path | None = None) -> None:
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.sign_ons: list[SignOn] = []
        self.refusing: set[str] = set()
        self._file = path.open("a", encoding="utf-8") if path else None

    def called(self, call: Call) -> None:
        self.calls.append(call)
        self._write("call", asdict(call))

    def faulted(self, fault: Fault) -> None:
        self.faults.append(fault)
        self._write("fault", asdict(fault))

    def signed_on(self, sign_on: SignOn) -> None:
        self.sign_ons.append(sign_on)
        self._write("sign_on", asdict(sign_on))

    def refuses(self, address: str) -> None:
        self.refusing.add(address)
        self._write("refusing", {"address": address, "at": now()})

    def acknowledged(self, method: str, path_end: str = "", status: int | None = None) -> Iterable[Call]:
        """Yields the calls that were answered 2xx, by their method and the end of their path."""
        for call in self.calls:
            asked = call.method == method and call.path.endswith(path_end)
            if asked and call.acknowledged and status in (None, call.status):
                yield call

    def close(self) -> None:
        if self._file:
            self._file.close()

    def _write(self, kind: str, values: Json) -> None:
        if self._file:
            self._file.write(json.dumps({kind: values}, default=written, ensure_ascii=False) + "\n")
            self._file.flush()


def written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
