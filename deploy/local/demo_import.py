"""The demo companies, imported the first time that a state folder is used."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.output import Output
from deploy.local.system import SMALL_PROCESSES

DEMO_COMPANIES = Path(__file__).parent / "demo" / "companies.csv"


async def import_demo_companies(state: Path, output: Output, environment: Mapping[str, str]) -> None:
    """Runs the command line's import, once. A failure is told, and tried again at the next start."""
    done = state / "demo-companies-imported"
    if await asyncio.to_thread(done.exists):
        return
    importing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "companies", "import", str(DEMO_COMPANIES)),
        env={**os.environ, **SMALL_PROCESSES, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, complaint = await importing.communicate()
    except asyncio.CancelledError:
        importing.kill()
        await importing.wait()
        raise
    if importing.returncode:
        output.say(f"the demo companies were not imported: {complaint.decode(errors='replace').strip()}")
        return
    await asyncio.to_thread(done.touch)
    output.say("imported the demo companies")
