"""What a tool hears when a sign-on is over."""

from tests.histories.path import AnyHandle
from tests.histories.sign_on_paths import listening, start_telling, told
from tests.histories.stage import Stage, end_of, until
from workflows.sign_on.client import SignOnWorkflows


def grant_of(handle: AnyHandle) -> str:
    return handle.id.rpartition("/")[2]


async def test_a_logout_that_is_handed_on_twice_meanwhile_is_told_once(stage: Stage) -> None:
    async with listening(stage) as tool:
        handle = await start_telling(stage)
        await SignOnWorkflows(stage.client).tell_logout(grant_of(handle))
        await stage.start_worker()
        await end_of(handle)
        assert tool.heard == ["logout_token=signed"]


async def test_a_grant_that_had_not_ended_the_first_time_is_told_the_second(stage: Stage) -> None:
    await stage.start_worker()
    handle = await told(stage)
    assert (await handle.result())["answer"] == "nobody"
    async with listening(stage) as tool:
        await SignOnWorkflows(stage.client).tell_logout(grant_of(handle))
        await end_of(stage.client.get_workflow_handle(handle.id))
        assert tool.heard == ["logout_token=signed"]


async def test_a_tool_that_was_down_is_told_by_another_worker(stage: Stage) -> None:
    await stage.start_worker()
    async with listening(stage) as tool:
        tool.answer = 503
        handle = await start_telling(stage)
        await until(lambda: len(tool.heard) >= 2)
        await stage.replace_worker()
        tool.answer = 200
        await end_of(handle)
        assert (await handle.result())["answer"] == "told"


async def test_a_tool_that_refuses_is_not_told_again(stage: Stage) -> None:
    await stage.start_worker()
    async with listening(stage) as tool:
        tool.answer = 400
        handle = await told(stage)
        assert (await handle.result())["answer"] == "refused"
        assert tool.heard == ["logout_token=signed"]


async def test_a_tool_that_is_silent_is_told_again(stage: Stage) -> None:
    await stage.start_worker()
    async with listening(stage) as tool:
        tool.silent = True
        handle = await start_telling(stage)
        await until(lambda: len(tool.heard) >= 2)
        tool.silent = False
        await end_of(handle)
        assert (await handle.result())["answer"] == "told"


async def test_a_tool_that_sends_elsewhere_is_not_followed(stage: Stage) -> None:
    await stage.start_worker()
    async with listening(stage) as tool:
        tool.answer = 302
        handle = await start_telling(stage)
        await until(lambda: len(tool.heard) >= 2)
        tool.answer = 200
        await end_of(handle)
        assert set(tool.heard) == {"logout_token=signed"}
