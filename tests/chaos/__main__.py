"""Kills and breaks the running system under load, and checks what is left: `python -m tests.chaos`.

Leaves with 1 where an invariant is violated, with 3 where one was not put to the test. Clock steps are
not among the faults: they would move the clock of the whole machine.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.campaign import Campaign


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="kills, and what is left")
    parser.add_argument("--seed", type=int, default=1, help="fixes what people do and what breaks")
    parser.add_argument("--seconds", type=int, default=45, help="for how long faults strike (45)")
    asked = parser.parse_args()

    began = time.monotonic()

    def say(text: str) -> None:
        print(text if "\n" in text else f"{time.monotonic() - began:6.1f} s  {text}", flush=True)

    folder = Path(tempfile.mkdtemp(prefix="guichet-chaos-"))
    say(f"seed {asked.seed}, {asked.seconds} s of faults, in {folder}; starting the system")
    try:
        found = asyncio.run(Campaign(asked.seed, asked.seconds, folder, say).run())
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        say("interrupted: nothing was checked")
        return 130
    found["took_seconds"] = round(time.monotonic() - began)
    kept = Path(os.environ.get("GUICHET_STATE_DIR", ".guichet")) / "chaos" / f"{asked.seed}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found, indent=2))
    if found["violations"]:
        say(f"seed {asked.seed}: violated; journal, logs and databases are in {folder}, figures in {kept}")
        return 1
    shutil.rmtree(folder)
    if found["not_proven"]:
        say(f"seed {asked.seed}: nothing violated, but not all proven; figures in {kept}")
        return 3
    say(f"seed {asked.seed}: all invariants hold; figures in {kept}")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Temporal's client may crash in the interpreter's clean-up.
    os._exit(code)
