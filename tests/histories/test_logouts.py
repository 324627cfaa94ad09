"""What a tool hears when a sign-on is over."""

from tests.histories.sign_on_paths import listening, start_telling, told
from tests.histories.stage import Stage, end_of, until
from workflows.sign_on.client import SignOnWorkflows


async def test_a_tool_hears_of_a_logout_once_however_often_it_is_handed_on(stage: Stage) -> None:
    await stage.start_worker()
    async with listening(stage) as tool:
        handle = await told(stage)
        run = (await handle.describe()).run_id
        await SignOnWorkflows(stage.client).tell_logout(handle.id.rpartition("/")[2])
        assert (await handle.describe()).run_id == run
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


async def test_a_tool_that_sends_elsewhere_is_not_followed(stage: Stage) -> None:
    await stage.start_worker()
    async with listening(stage) as tool:
        tool.answer = 302
        handle = await start_telling(stage)
        await until(lambda: len(tool.heard) >= 2)
        tool.answer = 200
        await end_of(handle)
        assert set(tool.heard) == {"logout_token=signed"}
