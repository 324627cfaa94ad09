"""Who could decide for a company, when: the audit told again from its beginning."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from tests.chaos.evidence import AuditEvent

ADMINISTRATOR = ("administrator", "active")


@dataclass
class Spell:
    """A time during which a membership was the same. `end` is None where it still is."""

    account_id: str
    role: str
    state: str
    begin: datetime
    end: datetime | None = None

    @property
    def decides(self) -> bool:
        return (self.role, self.state) == ADMINISTRATOR

    def covers(self, begin: datetime, end: datetime | None = None) -> bool:
        """Whether it lasted from one moment to another; to this day where no end is given."""
        return self.begin <= begin and (self.end is None or (end is not None and self.end >= end))

    def meets(self, begin: datetime, end: datetime) -> bool:
        return self.begin <= end and (self.end is None or self.end >= begin)


@dataclass
class Past:
    """The spells of each company, and what the audit itself says that must not be."""

    spells: dict[str, list[Spell]] = field(default_factory=lambda: defaultdict(list))
    without_administrator: list[str] = field(default_factory=list)
    against_the_rules: list[str] = field(default_factory=list)
    grants: int = 0

    def current(self, siren: str) -> dict[str, Spell]:
        return {one.account_id: one for one in self.spells[siren] if one.end is None}

    def administrators(self, siren: str, begin: datetime, end: datetime | None = None) -> set[str]:
        """Returns who decided for a company from one moment to another, or from one moment on."""
        return {one.account_id for one in self.spells[siren] if one.decides and one.covers(begin, end)}


def told(events: Iterable[AuditEvent]) -> Past:
    """Tells the events again in the order of their ids, which is that of the companies' locks."""
    past = Past()
    for event in sorted(events, key=lambda one: one.id):
        siren, account_id = event.siren or "", event.account_id or ""
        current = past.current(siren)
        deciding = {one.account_id for one in current.values() if one.decides}
        before = current.get(account_id)
        after: tuple[str, str] | None = None
        if event.kind == "administrator_granted":
            past.grants += 1
            if deciding:
                past.against_the_rules.append(f"{said(event)}: {siren} had administrators already")
            after = ADMINISTRATOR
        elif event.kind == "decision_applied" and event.details["verdict"] == "approve":
            past.grants += 1
            if event.actor not in deciding or event.actor == account_id:
                past.against_the_rules.append(f"{said(event)}: {event.actor} could not decide for {siren}")
            kept = before is not None and before.decides
            after = ADMINISTRATOR if kept else (event.details["role"] or "member", "active")
        elif event.kind == "membership_updated":
            after = (event.details["role"], event.details["state"])
            if before is None:
                past.against_the_rules.append(f"{said(event)}: {account_id} was not in {siren}")
        elif event.kind != "membership_ended":
            continue
        if before is not None:
            before.end = event.created_at
        if after is not None:
            past.spells[siren].append(Spell(account_id, *after, event.created_at))
        if deciding and not any(one.decides for one in past.current(siren).values()):
            past.without_administrator.append(f"{siren} after {said(event)}")
    return past


def said(event: AuditEvent) -> str:
    return f"audit event {event.id} {event.kind}"
