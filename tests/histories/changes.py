"""Releases of the workflow code that differ from the present one by a few words."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.running import ROOT

WORKFLOW = "access_request/workflow.py"


@dataclass(frozen=True)
class Change:
    """What another release says in place of which words of a file below `workflows/`."""

    words: Mapping[str, str] = field(default_factory=dict)
    file: str = WORKFLOW

    def applied(self) -> str:
        """Returns the file's new text. Words that are not there exactly once: AssertionError."""
        text = (ROOT / "workflows" / self.file).read_text(encoding="utf-8")
        for old, new in self.words.items():
            assert text.count(old) == 1, f"{self.file} has {text.count(old)} times: {old}"
            text = text.replace(old, new)
        return text


def release(folder: Path, *changes: Change) -> Path:
    """Writes a whole `workflows` package with changes into a folder, for a worker process to run."""
    shutil.copytree(ROOT / "workflows", folder / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    for change in changes:
        (folder / "workflows" / change.file).write_text(change.applied(), encoding="utf-8")
    return folder


def look_first(start: str, end: str) -> Change:
    """Looks for a decision before anyone is told, and confirms once more at the end, if the guards say so."""
    told = '            self._go_on_telling("received", confirmed.told)\n'
    last = "        await workflow.wait_condition(lambda: not self._telling"
    return Change(
        {
            told: f'            if {start}:\n                await self._settle("Look first")\n{told}',
            last: f"        if {end}:\n            await self._confirm()\n{last}",
        }
    )


PATCHED = look_first('workflow.patched("look-first")', 'workflow.patched("confirm-last")')
UNPATCHED = look_first("True", "True")
