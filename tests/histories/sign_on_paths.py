"""Every path of what follows when a sign-on is over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from tests.histories.path import AnyHandle, path
from tests.histories.stage import Stage, end_of, until
from tests.histories.tool import Tool, tool
from tests.histories.world import CLAIRE, SIREN
from workflows.sign_on.client import SignOnWorkflows
from workflows.sign_on.messages import LostMembership, logout_workflow_id


@path("2 ended", "did end_sign_ons")
async def sign_ons_ended(stage: Stage) -> AnyHandle:
    stage.world.open_sign_ons = 2
    return await lost(stage)


@path("0 ended", "did end_sign_ons")
async def sign_ons_kept(stage: Stage) -> AnyHandle:
    stage.world.open_sign_ons, stage.world.membership_is_active = 2, True
    return await lost(stage)


@path("1 ended", "failed end_sign_ons", "activity end_sign_ons", "activity completed")
async def sign_ons_ended_after_an_outage(stage: Stage) -> AnyHandle:
    stage.world.open_sign_ons, stage.world.company_is_away = 1, True
    handle = await start(stage)
    await until(lambda: stage.world.refused_calls >= 2)
    stage.world.company_is_away = False
    await end_of(handle)
    return handle


@path("nobody", "did tell_logout")
async def logout_of_nobody(stage: Stage) -> AnyHandle:
    return await told(stage)


@path("told", "did tell_logout")
async def logout_told(stage: Stage) -> AnyHandle:
    async with listening(stage):
        return await told(stage)


@path("refused", "did tell_logout")
async def logout_refused(stage: Stage) -> AnyHandle:
    async with listening(stage) as tool:
        tool.answer = 400
        return await told(stage)


@path("told", "failed tell_logout", "activity tell_logout", "activity completed")
async def logout_told_late(stage: Stage) -> AnyHandle:
    async with listening(stage) as tool:
        tool.answer = 503
        handle = await start_telling(stage)
        await until(lambda: len(tool.heard) >= 2)
        tool.answer = 204
        await end_of(handle)
        return handle


@path("given up", "failed tell_logout", "activity failed", skips_time=True)
async def logout_given_up(stage: Stage) -> AnyHandle:
    stage.world.tools_address = "http://127.0.0.1:9/"
    handle = await start_telling(stage)
    await stage.skip(timedelta(days=1, hours=1))
    await end_of(handle)
    return handle


@asynccontextmanager
async def listening(stage: Stage) -> AsyncIterator[Tool]:
    async with tool() as listener:
        stage.world.tools_address = listener.address
        yield listener


async def start(stage: Stage) -> AnyHandle:
    membership_id = uuid4().hex
    workflow_id = await SignOnWorkflows(stage.client).end_sign_ons(
        LostMembership(membership_id, CLAIRE.id, SIREN)
    )
    return stage.client.get_workflow_handle(workflow_id)


async def lost(stage: Stage) -> AnyHandle:
    handle = await start(stage)
    await end_of(handle)
    return handle


async def start_telling(stage: Stage) -> AnyHandle:
    grant_id = uuid4().hex
    await SignOnWorkflows(stage.client).tell_logout(grant_id)
    return stage.client.get_workflow_handle(logout_workflow_id(grant_id))


async def told(stage: Stage) -> AnyHandle:
    handle = await start_telling(stage)
    await end_of(handle)
    return handle
