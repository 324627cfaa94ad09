"""The life of one access request, from submission to its end."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from workflows.access_request.activities import AccessRequestActivities
    from workflows.access_request.messages import (
        ESCALATED,
        NEVER_SUBMITTED,
        NO_ANSWER,
        PENDING,
        STATE,
        WORKFLOW_TYPE,
        AccessRequestDescription,
        AccessRequestInput,
        AccessRequestOutcome,
        AdministratorsChangedSignal,
        Announced,
        Announcement,
        CancelSignal,
        Confirmed,
        DecisionSignal,
        Escalation,
        ReminderSignal,
        Settled,
        Submission,
    )
    from workflows.access_request.reach import why_nobody_was_reached
    from workflows.access_request.timeline import Step, steps
    from workflows.insist import MAIL_AT_ONCE, MAIL_IS_GIVEN_UP_AFTER, PATIENTLY, insist

OPEN = (PENDING, ESCALATED)
HAPPENINGS_SHOWN = 30
LONGEST_WAIT_FOR_CLOCK = timedelta(minutes=1)


@workflow.defn(name=WORKFLOW_TYPE)
class AccessRequestWorkflow:
    """Waits for a decision, reminds, escalates, expires, and tells people.

    The company's database decides what is true; a signal or a timer only makes this workflow look there.
    """

    @workflow.init
    def __init__(self, access_request: AccessRequestInput) -> None:
        self._access_request = access_request
        self._id = access_request.access_request_id
        self._state = access_request.resumed_as or PENDING
        self._timeline = steps(access_request.deadlines)
        self._steps_taken = access_request.steps_taken
        self._steps_due: list[Step] = []
        self._to_settle = False
        self._to_tell: list[Announcement] = []
        self._to_escalate: list[str] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._happened = access_request.happened
        self._told_of_the_end: Announced | None = None
        self._broken: BaseException | None = None

    @workflow.run
    async def run(self, access_request: AccessRequestInput) -> AccessRequestOutcome:
        if not access_request.resumed_as:
            confirmed = await self._confirm()
            if not confirmed.submitted:
                return AccessRequestOutcome(NEVER_SUBMITTED)
            self._go_on_telling("received", confirmed.told)
        clock = asyncio.create_task(self._keep_time())
        while self._state in OPEN:
            await self._something_happens()
            await self._settle_if_asked()
            await self._take_due_steps()
            await self._escalate_if_unreachable()
            self._tell_what_is_asked()
            self._continue_if_history_is_long()
        clock.cancel()
        self._go_on_telling(self._state, self._told_of_the_end)
        await workflow.wait_condition(lambda: not self._telling or self._broken is not None)
        self._raise_if_broken()
        self._show(f"Ended: {self._state}. Everyone was told.")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return AccessRequestOutcome(self._state)

    @workflow.signal(description="An administrator approved: apply the decision that is recorded.")
    def approve(self, signal: DecisionSignal) -> None:
        self._to_settle = True

    @workflow.signal(description="An administrator rejected: apply the decision that is recorded.")
    def reject(self, signal: DecisionSignal) -> None:
        self._to_settle = True

    @workflow.signal(description="The requester withdrew the access request.")
    def cancel(self, signal: CancelSignal) -> None:
        self._to_settle = True

    @workflow.signal(description="The requester reminds the administrators: tell them once more.")
    def remind(self, signal: ReminderSignal) -> None:
        self._to_tell.append(Announcement(self._id, "reminded", signal.reminder_id))

    @workflow.signal(description="Other accounts administer the company now: tell those not told yet.")
    def administrators_changed(self, signal: AdministratorsChangedSignal) -> None:
        self._to_tell.append(Announcement(self._id, "received"))

    @workflow.query(description="State, what it waits for, until when, and what happened.")
    def describe(self) -> AccessRequestDescription:
        is_open = self._state in OPEN
        return AccessRequestDescription(
            state=self._state,
            waiting_for=self._waiting_for() if is_open else "",
            until=self._access_request.deadlines.expire_at if is_open else None,
            undelivered=len(self._telling),
            happened=self._happened,
        )

    async def _confirm(self) -> Confirmed:
        submission = Submission(self._id, self._access_request.siren)
        summary = "Confirm that it was submitted"
        if not self._access_request.steps_tell:
            return Confirmed(await insist(AccessRequestActivities.confirm, submission, summary=summary))
        return await insist(
            AccessRequestActivities.confirm_and_tell, submission, summary=f"{summary}, and tell by mail"
        )

    async def _keep_time(self) -> None:
        for at, step in self._timeline[self._steps_taken :]:
            wait = max(at - workflow.now(), timedelta())
            await workflow.sleep(wait, summary=f"{step.capitalize()} on {moment(at)}")
            self._steps_due.append(step)

    async def _something_happens(self) -> None:
        self._show()
        await workflow.wait_condition(
            lambda: self._is_asked() or self._broken is not None or self._is_to_continue()
        )
        self._raise_if_broken()

    def _is_asked(self) -> bool:
        return bool(self._to_settle or self._to_tell or self._to_escalate or self._steps_due)

    def _is_to_continue(self) -> bool:
        busy = self._is_asked() or self._telling
        return workflow.info().is_continue_as_new_suggested() and not busy

    async def _settle_if_asked(self) -> None:
        while self._to_settle and self._state in OPEN:
            self._to_settle = False
            await self._settle("Apply what was decided")

    async def _settle(self, summary: str) -> None:
        if self._access_request.steps_tell:
            settled = await insist(
                AccessRequestActivities.settle_and_tell, self._id, summary=f"{summary}, and tell by mail"
            )
        else:
            settled = Settled(await insist(AccessRequestActivities.settle, self._id, summary=summary))
        if settled.state != PENDING:
            self._told_of_the_end = settled.told
            self._enter(settled.state)

    async def _take_due_steps(self) -> None:
        while self._steps_due and self._state in OPEN:
            step = self._steps_due.pop(0)
            self._steps_taken += 1
            if step is Step.REMIND:
                await self._remind()
            elif step is Step.ESCALATE:
                await self._escalate(NO_ANSWER)
            else:
                await self._expire()

    async def _remind(self) -> None:
        reminder_id = await insist(
            AccessRequestActivities.record_automatic_reminder,
            self._id,
            summary="Record the automatic reminder",
        )
        if reminder_id:
            self._to_tell.append(Announcement(self._id, "reminded", reminder_id))

    async def _escalate(self, reason: str) -> None:
        if self._state == ESCALATED:
            return
        kept_reason = await insist(
            AccessRequestActivities.escalate, Escalation(self._id, reason), summary=f"Escalate: {reason}"
        )
        if kept_reason:
            self._enter(ESCALATED, f"escalated to the operators: {kept_reason}")
            self._tell("escalated")

    async def _expire(self) -> None:
        await self._settle("Expire it")
        wait = timedelta(seconds=1)
        while self._state in OPEN:
            await workflow.sleep(wait, summary="The database's clock is behind")
            await self._settle("Expire it")
            wait = min(wait * 2, LONGEST_WAIT_FOR_CLOCK)

    async def _escalate_if_unreachable(self) -> None:
        while self._to_escalate and self._state in OPEN:
            await self._escalate(self._to_escalate.pop(0))

    def _tell_what_is_asked(self) -> None:
        while self._to_tell and self._state in OPEN:
            announcement = self._to_tell.pop(0)
            self._tell(announcement.event, announcement.reminder_id)

    def _go_on_telling(self, event: str, told: Announced | None) -> None:
        """Tells what the step that brought it about has not told by itself."""
        if told is None:
            self._tell(event, tried=self._access_request.steps_tell)
        else:
            self._note_told(Announcement(self._id, event), told)

    def _tell(self, event: str, reminder_id: str = "", *, tried: bool = False) -> None:
        announcement = Announcement(self._id, event, reminder_id)
        task = asyncio.create_task(self._announce(announcement, tried))
        self._telling.add(task)
        task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        if task.exception() is None:
            self._telling.remove(task)
        else:
            self._broken = task.exception()

    async def _announce(self, announcement: Announcement, tried: bool) -> None:
        try:
            told = await insist(
                AccessRequestActivities.announce,
                announcement,
                summary=f"Tell by mail: {announcement.event}",
                at_once=MAIL_AT_ONCE,
                retries=PATIENTLY,
                give_up_after=MAIL_IS_GIVEN_UP_AFTER,
                tried=tried,
            )
        except FailureError:
            told = await insist(
                AccessRequestActivities.abandon,
                announcement,
                summary=f"Give up the mail: {announcement.event}",
            )
        self._note_told(announcement, told)

    def _note_told(self, announcement: Announcement, told: Announced) -> None:
        self._note(f"{announcement.event}: {told.sent} told, {told.failed} unreachable")
        reason = why_nobody_was_reached(announcement, told)
        if reason:
            self._to_escalate.append(reason)

    def _raise_if_broken(self) -> None:
        if self._broken is not None:
            raise RuntimeError(
                "a mail could not be told for a reason the code does not foresee"
            ) from self._broken

    def _continue_if_history_is_long(self) -> None:
        if self._is_to_continue() and self._state in OPEN:
            workflow.continue_as_new(
                AccessRequestInput(
                    self._id,
                    self._access_request.siren,
                    self._access_request.deadlines,
                    resumed_as=self._state,
                    steps_taken=self._steps_taken,
                    happened=self._happened,
                    steps_tell=self._access_request.steps_tell,
                )
            )

    def _enter(self, state: str, words: str = "") -> None:
        self._state = state
        self._note(words or state)
        workflow.upsert_search_attributes([STATE.value_set(state)])

    def _note(self, words: str) -> None:
        self._happened = [*self._happened[-HAPPENINGS_SHOWN:], f"{moment(workflow.now())}: {words}"]
        self._show()

    def _show(self, waiting_for: str = "") -> None:
        if not waiting_for:
            waiting_for = self._waiting_for() if self._state in OPEN else f"Ended: {self._state}"
        happened = "\n".join(f"- {line}" for line in self._happened)
        workflow.set_current_details(f"**{waiting_for}**\n\n{happened}")

    def _waiting_for(self) -> str:
        who = "an administrator's decision" if self._state == PENDING else "a decision, escalated"
        future = [f"{step} {moment(at)}" for at, step in self._timeline[self._steps_taken :]]
        return f"Waiting for {who}. Next: {', then '.join(future) or 'expiry, due now'}."


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
