from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.integration.notification.running import (
    RunningMailbox,
    RunningNotification,
    running_mailbox,
    running_notification,
)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def mailbox(state: Path) -> AsyncIterator[RunningMailbox]:
    async with running_mailbox(state / "notification-mailbox") as running:
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def notification(
    postgres_url: str, keys: Path, state: Path, mailbox: RunningMailbox
) -> AsyncIterator[RunningNotification]:
    async with running_notification(
        state / "notification.log", database_url=postgres_url, keys=keys, smtp_port=mailbox.smtp_port
    ) as (running, _):
        yield running
