"""A replay refuses what an open access request would trip over, and lets pass what harms none."""

import importlib
import re
from pathlib import Path

import pytest
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.histories.changes import PATCHED, UNPATCHED, Change
from tests.histories.saved import FOLDER, read
from workflows.notification.workflow import DeliverNotification

RECORDING = max(folder for folder in FOLDER.iterdir() if folder.is_dir())

REFUSED = {
    "a look before anyone is told": ("approved", UNPATCHED),
    "tells before it confirms": (
        "approved",
        Change(
            {
                "            confirmed = await self._confirm()\n": (
                    '            await self._announce(Announcement(self._id, "received"), False)\n'
                    "            confirmed = await self._confirm()\n"
                )
            }
        ),
    ),
    "a timer less": (
        "reminded_by_the_clock",
        Change(
            {
                "in self._timeline[self._steps_taken :]:\n            wait": (
                    "in self._timeline[self._steps_taken + 1 :]:\n            wait"
                )
            }
        ),
    ),
    "a timer more": (
        "rejected",
        Change(
            {
                "        await workflow.wait_condition(workflow.all_handlers_finished)\n": (
                    "        await workflow.sleep(1)\n"
                )
            }
        ),
    ),
    "another activity": (
        "cancelled",
        Change(
            {
                "AccessRequestActivities.settle_and_tell, self._id,": (
                    "AccessRequestActivities.record_automatic_reminder, self._id,"
                )
            }
        ),
    ),
    "an ordinary activity at once": (
        "never_submitted",
        Change(
            {
                """await insist(
            AccessRequestActivities.confirm_and_tell, submission, summary=f"{summary}, and tell by mail"
""": """await workflow.execute_activity_method(
            AccessRequestActivities.confirm_and_tell,
            submission,
            start_to_close_timeout=timedelta(seconds=30),
"""
            }
        ),
    ),
    "a step for each mail again": (
        "rejected",
        Change({"if not self._access_request.steps_tell:": "if True:"}),
    ),
    "a search attribute set once more": (
        "expired",
        Change(
            {
                "        self._note(words or state)\n": (
                    "        self._note(words or state)\n"
                    "        workflow.upsert_search_attributes([STATE.value_set(PENDING)])\n"
                )
            }
        ),
    ),
    "reminders that tell nobody": (
        "reminded_by_the_requester",
        Change(
            {
                '        self._to_tell.append(Announcement(self._id, "reminded", signal.reminder_id))\n': (
                    "        pass\n"
                )
            }
        ),
    ),
    "no history is too long": (
        "continued",
        Change({"workflow.info().is_continue_as_new_suggested() and": "False and"}),
    ),
}

HARMLESS = {
    "a patched look before anyone is told": PATCHED,
    "another summary": Change({'summary = "Confirm that it was submitted"': 'summary = "Was it submitted?"'}),
    "a timer without a summary": Change({', summary=f"{step.capitalize()} on {moment(at)}"': ""}),
    "a longer timer": Change({"wait = max(at - workflow.now(), timedelta())": "wait = timedelta(days=40)"}),
    "other words shown to operators": Change({"{told.sent} told,": "{told.sent} reached,"}),
    "more patience": Change({"at_once=MAIL_AT_ONCE": "at_once=timedelta(seconds=2)"}),
    "another argument of an activity": Change(
        {"Submission(self._id, self._access_request.siren)": 'Submission(self._id, "")'}
    ),
}


def replayer_of(change: Change, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Replayer:
    module = f"changed_{re.sub('[^a-z]', '_', name)}"
    (folder / f"{module}.py").write_text(change.applied(), encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    workflow = importlib.import_module(module).AccessRequestWorkflow
    return Replayer(workflows=[workflow, DeliverNotification])


@pytest.mark.parametrize("name", REFUSED)
async def test_a_change_of_what_it_does_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, change = REFUSED[name]
    replayer = replayer_of(change, name, tmp_path, monkeypatch)
    # A result that belongs to another activity may be found out before the order of commands is compared.
    with pytest.raises((NondeterminismError, RuntimeError), match=r"TMPRL1100|Failed decoding arguments"):
        await replayer.replay_workflow(read(RECORDING / f"{history}.json"))


@pytest.mark.parametrize("name", HARMLESS)
async def test_a_change_of_words_times_and_patched_steps_passes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replayer = replayer_of(HARMLESS[name], name, tmp_path, monkeypatch)
    for file in RECORDING.glob("*.json"):
        await replayer.replay_workflow(read(file))
