"""How long a tool may take to answer a logout."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from guichet.identity.v1.sign_on_service_pb2 import GetLogoutNoticeResponse
from tests.histories.tool import tool
from workflows.services import Services
from workflows.sign_on.activities import SignOnActivities
from workflows.sign_on.messages import EndedGrant


class SignOnsOfOneTool:
    sign_on: Any

    def __init__(self, address: str) -> None:
        self.sign_on = self
        self._notice = GetLogoutNoticeResponse(
            client_id="memo", backchannel_logout_uri=address, logout_token="signed"
        )

    async def GetLogoutNotice(self, _: object) -> GetLogoutNoticeResponse:  # noqa: N802  # the RPC's name
        return self._notice


async def test_a_tool_that_never_answers_does_not_hold_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.sign_on.activities.LONGEST_ANSWER", timedelta(seconds=0.1))
    async with tool() as listener, httpx.AsyncClient(timeout=60) as tools, asyncio.timeout(20):
        listener.silent = True
        services = cast("Services", SignOnsOfOneTool(listener.address))
        with pytest.raises(ApplicationError, match="tool_away: memo: TimeoutError"):
            await ActivityEnvironment().run(
                SignOnActivities(services, tools).tell_logout, EndedGrant("grant-1")
            )
    assert listener.heard == ["logout_token=signed"]
