"""The demo companies and tools, imported the first time that a state folder is used."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.local.memo.settings import CLIENT_ID
from deploy.local.output import Output
from deploy.local.settings import LocalSettings
from deploy.local.system import SMALL_PROCESSES

DEMO = Path(__file__).parent / "demo"
DEMO_COMPANIES = DEMO / "companies.csv"
DEMO_TOOLS = DEMO / "tools.json"
# Where the demo tool is, as the file says it; its port may be another one.
MEMO_URL = "http://localhost:8090"


class ImportFailed(Exception):
    """The command line could not do it. The text is what it said."""


async def import_demo(settings: LocalSettings, output: Output, environment: Mapping[str, str]) -> None:
    """Runs the command line's imports, once. A failure is told, and tried again at the next start."""
    for what, importing in (("companies", import_companies), ("tools", import_tools)):
        try:
            if await importing(settings, environment):
                output.say(f"imported the demo {what}")
        except ImportFailed as error:
            output.say(f"the demo {what} were not imported: {error}")


async def import_companies(settings: LocalSettings, environment: Mapping[str, str]) -> bool:
    """Returns whether there was anything to do."""
    done = settings.state / "demo-companies-imported"
    if await asyncio.to_thread(done.exists):
        return False
    await command_line(environment, "companies", "import", str(DEMO_COMPANIES))
    await asyncio.to_thread(done.touch)
    return True


async def import_tools(settings: LocalSettings, environment: Mapping[str, str]) -> bool:
    """Imports the tools, and hands Mémo its secret. Again where Mémo has moved to another port.

    Returns whether there was anything to do.
    """
    file = settings.state / "demo-tools.json"
    wanted = DEMO_TOOLS.read_text(encoding="utf-8").replace(MEMO_URL, settings.memo_url)
    secret_file = settings.client_secret_file
    imported = await asyncio.to_thread(file.exists)
    if imported and secret_file.exists() and file.read_text(encoding="utf-8") == wanted:
        return False
    partial = file.with_suffix(".partial")
    partial.write_text(wanted, encoding="utf-8")
    changes = await command_line(environment, "tools", "import", str(partial), "--json")
    secret = changes["secrets"].get(CLIENT_ID)
    if secret is None and not secret_file.exists():
        # It was told to a start that ended before it was kept.
        rotated = await command_line(environment, "tools", "rotate-secret", CLIENT_ID, "--json")
        secret = rotated["client_secret"]
    if secret is not None:
        keep_secret(secret_file, secret)
    partial.rename(file)
    return True


def keep_secret(file: Path, secret: str) -> None:
    """Writes a file of mode 600, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(secret)
    partial.rename(file)


async def command_line(environment: Mapping[str, str], *arguments: str) -> Any:
    """Returns the JSON that a command writes, None for none.

    Raises:
        ImportFailed: it failed.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", *arguments),
        env={**os.environ, **SMALL_PROCESSES, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        written, complaint = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise ImportFailed(complaint.decode(errors="replace").strip())
    return json.loads(written) if "--json" in arguments else None
