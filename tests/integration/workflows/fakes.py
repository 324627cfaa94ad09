"""A company desk in memory, behind the workflow's activities: what the workflow sees of the world."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from temporalio import activity
from temporalio.exceptions import ApplicationError

from workflows.access_request.messages import (
    Announced,
    Announcement,
    Confirmed,
    Escalation,
    Settled,
    Submission,
)
from workflows.insist import MAIL_AT_ONCE


@dataclass
class Desk:
    """The state of one access request, and what the workflow did with it."""

    submitted: bool = True
    state: str = "pending"
    outcome: str = ""
    away_for_looks: int = 0
    expires_after_looks: int = 0
    told: list[str] = field(default_factory=list)
    escalations: list[str] = field(default_factory=list)
    delivered: deque[Announced | str] = field(default_factory=deque)
    relay_answers: asyncio.Event | None = None

    @activity.defn(name="confirm")
    async def confirm(self, submission: Submission) -> bool:
        return self.submitted

    @activity.defn(name="confirm_and_tell")
    async def confirm_and_tell(self, submission: Submission) -> Confirmed:
        if not self.submitted:
            return Confirmed(submitted=False)
        return Confirmed(True, await self._told_at_once(submission.access_request_id, "received"))

    @activity.defn(name="settle_and_tell")
    async def settle_and_tell(self, access_request_id: str) -> Settled:
        state = await self.settle(access_request_id)
        if state == "pending":
            return Settled(state)
        return Settled(state, await self._told_at_once(access_request_id, state))

    async def _told_at_once(self, access_request_id: str, event: str) -> Announced | None:
        try:
            async with asyncio.timeout(MAIL_AT_ONCE.total_seconds()):
                return await self.announce(Announcement(access_request_id, event))
        except (ApplicationError, TimeoutError):
            return None

    @activity.defn(name="settle")
    async def settle(self, access_request_id: str) -> str:
        if self.away_for_looks:
            self.away_for_looks -= 1
            raise ApplicationError("unavailable")
        if self.outcome == "expired" and self.expires_after_looks:
            self.expires_after_looks -= 1
        elif self.outcome:
            self.state = self.outcome
        return self.state

    @activity.defn(name="record_automatic_reminder")
    async def record_automatic_reminder(self, access_request_id: str) -> str:
        return "automatic-1" if self.state == "pending" else ""

    @activity.defn(name="escalate")
    async def escalate(self, escalation: Escalation) -> str:
        if self.state != "pending":
            return ""
        self.escalations.append(escalation.reason)
        return self.escalations[0]

    @activity.defn(name="announce")
    async def announce(self, announcement: Announcement) -> Announced:
        if self.relay_answers is not None:
            await self.relay_answers.wait()
        answer = self.delivered.popleft() if self.delivered else Announced(sent=1, failed=0)
        if isinstance(answer, str):
            raise ApplicationError(answer, type=answer)
        self.told.append(announcement.event)
        return answer

    @activity.defn(name="abandon")
    async def abandon(self, announcement: Announcement) -> Announced:
        self.told.append(f"abandoned {announcement.event}")
        return Announced(sent=0, failed=1)
