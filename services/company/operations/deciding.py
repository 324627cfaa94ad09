"""What an approval and a rejection share: recorded under the lock, applied by the workflow, awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.company.domain.access_request import AccessRequest, Decision, Outcome, Verdict
from services.company.domain.errors import NotAnAdministrator, NotFoundHere
from services.company.domain.ids import new_id
from services.company.domain.membership import Role
from services.company.operations.workflow_signals import signal_or_restart
from services.company.parts import Parts
from services.company.storage.changes import Watch
from services.platform.idempotency import Once

Signal = Callable[[str, str, str], Awaitable[None]]


@dataclass(frozen=True)
class Decided:
    """The access request, and whether this decision is the one that ended it."""

    access_request: AccessRequest
    applied: bool


async def decide(
    parts: Parts,
    access_request_id: str,
    *,
    verdict: Verdict,
    role: Role | None,
    reason: str,
    once: Once,
    signal: Signal,
) -> Decided:
    """Records a decision of the acting account, tells the workflow, and waits until it is applied.

    Raises:
        NotFoundHere, NotAnAdministrator, SelfApproval: the account may not decide.
        AlreadyDecided, RequestExpired, RequestCancelled: it has ended otherwise.
    """
    with parts.changes.watch(access_request_id) as watch:
        decision_id = new_id()
        async with parts.database.unit_of_work() as work:
            earlier_id = await work.claim(once, decision_id)
            if earlier_id is None:
                access_request, now = await work.access_requests.lock(access_request_id)
                author = await work.memberships.of(once.account_id, access_request.siren)
                decision = Decision(decision_id, verdict, role, reason, once.account_id, now)
                access_request.record(decision, by=author)
                await work.access_requests.add_decision(access_request, decision)
                await work.audit.add(
                    "decision_recorded",
                    by=once.account_id,
                    siren=access_request.siren,
                    account_id=access_request.account_id,
                    access_request_id=access_request.id,
                    decision_id=decision.id,
                    verdict=verdict,
                    role=role or "",
                )
                # Acknowledged before the commit: a recorded decision that nobody applies cannot exist. The
                # workflow applies it under this lock, hence after the commit.
                await signal_or_restart(
                    parts,
                    access_request,
                    lambda: signal(access_request.siren, access_request.id, decision.id),
                )
                await work.commit()
        until = asyncio.get_running_loop().time() + parts.settings.decision_wait.total_seconds()
        # Recorded this instant, it cannot be applied yet: wait first, then look.
        waiting = earlier_id is not None or await watch.changed(until)
        return await outcome(
            parts, access_request_id, earlier_id or decision_id, watch, until=until, waiting=waiting
        )


async def outcome(
    parts: Parts,
    access_request_id: str,
    decision_id: str,
    watch: Watch,
    *,
    until: float,
    waiting: bool,
) -> Decided:
    while True:
        async with parts.database.reading() as work:
            access_request = await work.access_requests.get(access_request_id)
        if access_request is None:
            raise NotFoundHere
        decision = next(one for one in access_request.decisions if one.id == decision_id)
        if decision.outcome is Outcome.APPLIED:
            return Decided(access_request, applied=True)
        access_request.require_unended()
        if decision.outcome is Outcome.REFUSED:
            raise NotAnAdministrator
        if not waiting:
            return Decided(access_request, applied=False)
        waiting = await watch.changed(until)
