"""Measures speed and memory: `make bench`, or `python -m tests.bench [--quick] [--parts PART,PART]`.

Prints Markdown, and writes every sample as JSON to `bench/` in the state folder. `--show FILE` prints the
tables of such a file again.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from services.platform.settings import ProcessSettings
from tests.bench import machine
from tests.bench.guichet import LIFTED
from tests.bench.parts import FULL, PARTS, QUICK, Plan, measured_parts
from tests.bench.report import report
from tests.bench.talking import Json, leave

CORES = 2


async def run(parts: set[str], plan: Plan) -> Path:
    """Measures part by part, and returns the file in which everything is. A part that fails costs itself."""
    clock = time.monotonic()
    machine.keep_compiled_files()
    cores = machine.keep_to_cores(CORES)
    progress(f"on cores {cores}; parts: {', '.join(sorted(parts))}")
    began = datetime.now(UTC)
    file = ProcessSettings().state_dir.resolve() / "bench" / f"{began:%Y-%m-%dT%H%M%S}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    measured: Json = {
        "date": began.isoformat(timespec="seconds"),
        "command": " ".join(["python -m tests.bench", *sys.argv[1:]]),
        "machine": machine.described(),
        "environment": LIFTED,
        "plan": asdict(plan),
    }
    with tempfile.TemporaryDirectory() as folder:
        async for name, part in measured_parts(Path(folder), parts, plan, progress):
            measured |= {name: part, "took_seconds": round(time.monotonic() - clock)}
            file.write_text(json.dumps(measured))
            progress(f"{name}: done after {measured['took_seconds']} s")
    return file


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures speed and memory.")
    parser.add_argument("--quick", action="store_true", help="one repetition of each")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--show", type=Path, metavar="FILE", help="print the tables of an earlier run")
    arguments = parser.parse_args()
    parts = set(arguments.parts.split(","))
    if parts - {*PARTS}:
        parser.error(f"no such part: {', '.join(sorted(parts - {*PARTS}))}")
    try:
        file = arguments.show or asyncio.run(run(parts, QUICK if arguments.quick else FULL))
    except KeyboardInterrupt:
        progress("stopped; what was done is below .guichet/bench/")
        leave(130)
    try:
        measured = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        parser.error(f"{file} cannot be shown: {error}")
    print(report(measured))
    print(f"\nEvery sample: {file}")


if __name__ == "__main__":
    main()
    leave()
