"""Each variant of the worker starts, whatever the workflows import by now."""

import sys
from pathlib import Path

import pytest

from deploy.local.program import Program, running
from tests.bench.settings import nothing_to_wait_for, until_polls
from tests.bench.variant_worker import VARIANTS


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_variant_of_the_worker_polls(
    variant: str, temporal_address: str, keys: Path, state: Path
) -> None:
    worker = Program(
        name=variant,
        argv=(sys.executable, "-m", "tests.bench.variant_worker", variant),
        ready=nothing_to_wait_for,
        environment={"GUICHET_TEMPORAL_ADDRESS": temporal_address, "GUICHET_KEYS_DIR": str(keys)},
    )
    async with running(worker, state / f"{variant}.log") as process:
        await until_polls(temporal_address, process.pid)
