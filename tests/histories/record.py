"""Records a history of every path, or of those named: `python -m tests.histories.record [NAME [PATH …]]`.

Runs the worker on a real Temporal server, lives each path once, and saves the histories in a new folder
below `tests/histories/saved/`, named after the day unless a name is given. What was saved before stays as
it is: an access request of that time may still be open.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

import tests.histories.access_request_paths
import tests.histories.notification_paths
import tests.histories.sign_on_paths  # noqa: F401 - adds its paths
from deploy.local.temporal import SEARCH_ATTRIBUTES
from tests.histories.path import PATHS
from tests.histories.saved import FOLDER, outcome_of, steps_of, write
from tests.histories.stage import Stage, staged, temporal_server

Stages = dict[bool, Stage]


@asynccontextmanager
async def both_stages(folder: Path) -> AsyncIterator[Stages]:
    """Gives a stage in real time and one that skips time, in this order of keys: False, True."""
    wanted = AddSearchAttributesRequest(namespace="default", search_attributes=SEARCH_ATTRIBUTES)
    server = Path(sys.executable).parent / "temporal-test-server"
    async with (
        temporal_server(folder) as client,
        staged(client, folder / "now") as now,
        await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(server)) as skipping,
        staged(skipping.client, folder / "later", skipping.get_current_time, skipping.sleep) as later,
    ):
        await skipping.client.operator_service.add_search_attributes(wanted)
        yield {False: now, True: later}


async def record(folder: Path, names: Collection[str]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        async with both_stages(Path(temporary)) as stages:
            for stage in stages.values():
                await stage.start_worker()
            for path in map(PATHS.__getitem__, names):
                stage = stages[path.skips_time]
                stage.world.calm_down()
                history = await (await path.live(stage)).fetch_history()
                assert outcome_of(history) == path.outcome, (path.name, outcome_of(history))
                missing = set(path.shows) - set(steps_of(history))
                assert not missing, f"{path.name} lacks {missing}: {steps_of(history)}"
                write(history, folder / f"{path.name}.json")
                sys.stdout.write(f"{path.name}: {len(history.events)} events\n")
                sys.stdout.flush()


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else f"{datetime.now(UTC):%Y-%m-%d}"
    folder = FOLDER / name
    if folder.exists():
        sys.stderr.write(f"{folder} exists, and saved histories are never rewritten: give another name\n")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(record(Path(temporary), sys.argv[2:] or PATHS))
        folder.mkdir(parents=True)
        for file in Path(temporary).iterdir():
            shutil.copy(file, folder)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # The interpreter's clean-up may crash in Temporal's client.
    os._exit(code)
