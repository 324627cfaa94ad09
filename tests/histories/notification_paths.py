"""Every path that a mail outside an access request can take."""

from datetime import timedelta

from tests.histories.path import AnyHandle, path
from tests.histories.stage import Stage, end_of, until


@path("1 sent, 0 refused, 0 given up", "did deliver")
async def notification_sent(stage: Stage) -> AnyHandle:
    return await delivered(await stage.deliver("account_exists"))


@path("1 sent, 0 refused, 0 given up", "did deliver")
async def notification_sent_to_the_contact(stage: Stage) -> AnyHandle:
    return await delivered(await stage.deliver("administrator_granted"))


@path("0 sent, 0 refused, 0 given up", "did deliver")
async def notification_of_nothing(stage: Stage) -> AnyHandle:
    return await delivered(await stage.deliver("account_exists", exists=False))


@path("0 sent, 1 refused, 0 given up", "did deliver")
async def notification_refused(stage: Stage) -> AnyHandle:
    stage.world.relay = "refuses"
    return await delivered(await stage.deliver("account_exists"))


@path("1 sent, 0 refused, 0 given up", "failed deliver", "activity deliver", "activity completed")
async def notification_retried(stage: Stage) -> AnyHandle:
    stage.world.relay = "defers"
    handle = await stage.deliver("account_exists")
    await until(lambda: stage.world.deferrals >= 2)
    stage.world.relay = "takes"
    return await delivered(handle)


@path("1 sent, 0 refused, 0 given up", "activity deliver", "activity completed")
async def notification_of_a_killed_worker(stage: Stage) -> AnyHandle:
    stage.world.relay = "defers"
    handle = await stage.deliver("account_exists")
    await until(lambda: stage.world.deferrals >= 2)
    await stage.replace_worker()
    stage.world.relay = "takes"
    return await delivered(handle)


@path("0 sent, 0 refused, 1 given up", "activity failed", "did abandon_delivery", skips_time=True)
async def notification_given_up(stage: Stage) -> AnyHandle:
    stage.world.relay = "defers"
    handle = await stage.deliver("account_exists")
    await until(lambda: stage.world.deferrals >= 1)
    await stage.skip(timedelta(days=3, hours=1))
    return await delivered(handle)


async def delivered(handle: AnyHandle) -> AnyHandle:
    await end_of(handle)
    return handle
