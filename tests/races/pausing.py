"""Workers that stand still for a while, as on a machine that is out of breath."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.system.running import RunningSystem


@contextmanager
def paused_workers(system: RunningSystem) -> Iterator[None]:
    """Stops every worker of a system for the length of a block, and lets them go on."""
    stopped = workers_of(system)
    assert stopped
    for process_id in stopped:
        os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        for process_id in stopped:
            os.kill(process_id, signal.SIGCONT)


def workers_of(system: RunningSystem) -> list[int]:
    """Returns the processes of the system's own worker and of its replicas."""
    return [
        one.pid
        for one in psutil.process_iter(["cmdline", "environ"])
        if "workflows.worker" in (one.info["cmdline"] or ())
        and (one.info["environ"] or {}).get("GUICHET_STATE_DIR") == str(system.state)
    ]
