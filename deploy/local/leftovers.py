"""One run of the system per state folder, and no program left over from an earlier run."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local.program import Program

PATIENCE_SECONDS = 12.0


@contextlib.contextmanager
def only_run(directory: Path) -> Iterator[None]:
    """Holds a folder for this process alone, or leaves with a line that says who has it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise SystemExit(
                f"Guichet runs already on {directory.parent} (process {lock.read().strip() or 'unknown'}):"
                " stop it, or set GUICHET_STATE_DIR to another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class RunningPrograms:
    """Which process runs which program, on disk, so that the next run finds what this one may leave."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._directory.mkdir(parents=True, exist_ok=True)

    def started(self, program: Program, process_id: int) -> None:
        content = f"{process_id} {int(program.stop_signal)} {start_time(process_id)}"
        self._file(program.name).write_text(content)

    def ended(self, program: Program) -> None:
        self._file(program.name).unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """Ends the programs of an earlier run that are still there, and returns their names.

        A process is known by its id and its start time: an id that was given to another is left alone.
        """
        left = []
        for file in sorted(self._directory.glob("*.process")):
            process_id, stop_signal, started = parsed(file.read_text())
            if process_id and started and start_time(process_id) == started:
                left.append((file.stem, process_id, started))
                send(process_id, stop_signal)
            file.unlink()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for _, process_id, started in left:
            while start_time(process_id) == started:
                if time.monotonic() > deadline:
                    send(process_id, signal.SIGKILL)
                time.sleep(0.05)
        return [name for name, _, _ in left]

    def _file(self, name: str) -> Path:
        return self._directory / f"{name}.process"


def parsed(content: str) -> tuple[int, signal.Signals, str]:
    try:
        process_id, number, started = content.split(" ", 2)
        return int(process_id), signal.Signals(int(number)), started
    except ValueError:
        return 0, signal.SIGTERM, ""


def send(process_id: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, number)


def start_time(process_id: int) -> str:
    """Returns when a process started, in the words of its system; empty where there is none (a zombie)."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
    else:
        return "" if fields[0] == "Z" else fields[19]
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(process_id)],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip()
