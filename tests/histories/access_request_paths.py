"""Every path that an access request can take."""

import signal
from datetime import timedelta

from tests.histories.path import CONTINUED_AS_NEW, AnyHandle, path
from tests.histories.stage import OpenRequest, Stage, until
from tests.histories.world import Case

SOON = timedelta(seconds=1)


async def ended(request: OpenRequest) -> AnyHandle:
    await request.outcome()
    return request.handle


@path("approved", "signal approve", "did settle", "told approved")
async def approved(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    await request.decide("approve")
    return await ended(request)


@path("rejected", "signal reject", "did settle", "told rejected")
async def rejected(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    await request.decide("reject")
    return await ended(request)


@path("cancelled", "signal cancel", "told cancelled")
async def cancelled(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    await request.withdraw()
    return await ended(request)


@path("never_submitted", "did confirm")
async def never_submitted(stage: Stage) -> AnyHandle:
    return await ended(await stage.submit(case=Case(submitted=False)))


@path("approved", "signal approve")
async def decided_before_anyone_was_told(stage: Stage) -> AnyHandle:
    stage.world.relay = "defers"
    request = await stage.submit()
    await request.decide("approve")
    await until(lambda: request.case.state == "approved")
    stage.world.relay = "takes"
    return await ended(request)


@path("approved", "signal remind", "told reminded")
async def reminded_by_the_requester(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    for number in (1, 2):
        await request.remind()
        await request.told(f"reminder/reminder-{number}")
    await request.decide("approve")
    return await ended(request)


@path("approved", "timer fired", "did record_automatic_reminder", "told reminded")
async def reminded_by_the_clock(stage: Stage) -> AnyHandle:
    request = await stage.submit(remind=SOON)
    await request.told("reminder/automatic")
    await request.decide("approve")
    return await ended(request)


@path("rejected", "timer fired", "did escalate", "told escalated", "state escalated")
async def escalated_for_no_answer(stage: Stage) -> AnyHandle:
    request = await stage.submit(escalate=SOON)
    await request.in_state("escalated")
    await request.decide("reject")
    return await ended(request)


@path("cancelled", "did escalate", "told escalated", "state escalated")
async def escalated_for_bounced_mail(stage: Stage) -> AnyHandle:
    stage.world.relay = "refuses"
    request = await stage.submit()
    await request.in_state("escalated")
    await request.withdraw()
    return await ended(request)


@path("cancelled", "did escalate", "told escalated", "state escalated")
async def escalated_for_no_administrator(stage: Stage) -> AnyHandle:
    request = await stage.submit(case=Case(administrators=[]))
    await request.in_state("escalated")
    await request.withdraw()
    return await ended(request)


@path("approved", "state escalated", "signal remind", "signal approve")
async def approved_while_escalated(stage: Stage) -> AnyHandle:
    request = await stage.submit(remind=SOON, escalate=2 * SOON)
    await request.in_state("escalated")
    await request.remind()
    await request.told("reminder/reminder-2")
    await request.decide("approve")
    return await ended(request)


@path("expired", "timer fired", "did record_automatic_reminder", "did escalate", "did settle", "told expired")
async def expired(stage: Stage) -> AnyHandle:
    case = Case(outcome="expired")
    return await ended(await stage.submit(remind=SOON, escalate=2 * SOON, expire=3 * SOON, case=case))


@path("expired", "timer The database's clock is behind")
async def expired_by_a_late_database(stage: Stage) -> AnyHandle:
    case = Case(outcome="expired", expires_after_looks=2)
    return await ended(await stage.submit(expire=SOON, case=case))


@path("approved", "signal administrators_changed")
async def administrators_changed(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    request.case.administrators.append("denis")
    await request.workflows.administrators_changed(request.case.siren, request.case.id)
    await request.told("received to denis")
    await request.decide("approve")
    return await ended(request)


@path("rejected", "signal approve", "signal remind", "signal reject")
async def signalled_by_a_stranger(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    await request.workflows.approve(request.case.siren, request.case.id, "forged")
    await request.workflows.remind(request.case.siren, request.case.id, "forged")
    await until(lambda: stage.world.looks >= 1)
    await request.decide("reject")
    return await ended(request)


@path("approved", "failed announce", "activity announce", "activity completed")
async def mail_retried(stage: Stage) -> AnyHandle:
    stage.world.relay = "defers"
    request = await stage.submit()
    await until(lambda: stage.world.deferrals >= 2)
    stage.world.relay = "takes"
    await request.told("received")
    await request.decide("approve")
    return await ended(request)


@path("approved", "activity announce", "activity failed", "did abandon", "state escalated", skips_time=True)
async def mail_given_up(stage: Stage) -> AnyHandle:
    stage.world.relay = "defers"
    request = await stage.submit(remind=timedelta(days=20), escalate=timedelta(days=25))
    await until(lambda: stage.world.deferrals >= 1)
    await stage.skip(timedelta(days=3, hours=1))
    await request.in_state("escalated")
    stage.world.relay = "takes"
    await request.decide("approve")
    await stage.skip(timedelta(minutes=10))
    return await ended(request)


@path("approved", "failed settle", "activity settle", "activity completed")
async def company_away(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    stage.world.company_is_away = True
    await request.decide("approve")
    await until(lambda: stage.world.refused_calls >= 2)
    stage.world.company_is_away = False
    return await ended(request)


@path("approved", "signal remind", "workflow task timed out")
async def worker_killed_while_waiting(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    await request.remind()
    await request.told("reminder/reminder-1")
    await stage.end_workers(signal.SIGKILL)
    # Sent at once, for the server soon knows that nobody polls the killed worker's own queue.
    await request.decide("approve")
    await stage.start_worker()
    return await ended(request)


@path("approved", "workflow task timed out", "did settle")
async def worker_killed_in_a_step(stage: Stage) -> AnyHandle:
    request = await stage.submit()
    await request.told("received")
    stage.world.company_answers.clear()
    await request.decide("approve")
    await until(lambda: stage.world.looks >= 1)
    await stage.replace_worker()
    stage.world.company_answers.set()
    return await ended(request)


async def long_request(stage: Stage) -> tuple[OpenRequest, str, str]:
    """Lives one whose history becomes too long, and returns the ids of its two runs."""
    request = await stage.submit(remind=SOON)
    await request.told("reminder/automatic")
    first = last = (await request.handle.describe()).run_id
    while last == first:
        await request.remind()
        await request.told(f"reminder/reminder-{len(request.case.reminders)}")
        last = (await request.handle.describe()).run_id
    await request.decide("approve")
    await request.outcome()
    return request, first, last


@path(CONTINUED_AS_NEW, "signal remind", "timer fired")
async def continued(stage: Stage) -> AnyHandle:
    request, first, _ = await long_request(stage)
    return stage.client.get_workflow_handle(request.handle.id, run_id=first)


@path("approved", "signal approve")
async def resumed(stage: Stage) -> AnyHandle:
    request, _, last = await long_request(stage)
    return stage.client.get_workflow_handle(request.handle.id, run_id=last)
