"""What open access requests have lived through so far is understood by the present workflow code."""

from pathlib import Path

import pytest
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import tests.histories.access_request_paths
import tests.histories.notification_paths
import tests.histories.sign_on_paths  # noqa: F401 - adds its paths
from tests.histories.path import PATHS
from tests.histories.saved import outcome_of, payloads_in, read, saved_files, steps_of
from tests.histories.world import COMPANY_NAME, PEOPLE
from workflows.worker import WORKFLOWS

LARGEST_BYTES = 40_000


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


every_saved_history = pytest.mark.parametrize("file", saved_files(), ids=name_of)


def test_every_path_was_recorded() -> None:
    assert {file.stem for file in saved_files()} == set(PATHS)


@every_saved_history
@pytest.mark.parametrize(
    "runner",
    [UnsandboxedWorkflowRunner(), SandboxedWorkflowRunner()],
    ids=["as the worker runs it", "in the sandbox"],
)
async def test_the_present_code_replays(file: Path, runner: WorkflowRunner) -> None:
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=runner)
    await replayer.replay_workflow(read(file))


@every_saved_history
def test_a_history_is_the_path_that_its_name_says(file: Path) -> None:
    history, path = read(file), PATHS[file.stem]
    assert outcome_of(history) == path.outcome
    assert set(path.shows) <= set(steps_of(history))


@every_saved_history
def test_a_history_holds_neither_people_nor_machines(file: Path) -> None:
    history = read(file)
    text = "\n".join([file.read_text(encoding="utf-8"), *payloads_in(history)])
    people = [word for one in PEOPLE for word in (*one.full_name.split(), one.email)]
    # A process is called `<id>@<host>`, a stack trace names files.
    for word in (*people, COMPANY_NAME, "@", ".py"):
        assert word not in text
    assert file.stat().st_size <= LARGEST_BYTES
