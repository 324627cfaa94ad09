"""`guichet keys`: what processes know one another by, and what tools verify tokens with."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from guichet.identity.v1.sign_on_service_pb2 import RotateSigningKeysRequest
from services.cli.connection import sign_on_service
from services.cli.console import CommandFailed, confirm, say, write, written
from services.cli.settings import CliSettings
from services.platform.service_identity import SERVICES, create_keys
from services.platform.settings import load

app = typer.Typer(no_args_is_help=True, help="Keys of the processes, and of tokens.")


@app.command("create", epilog="Example: guichet keys create /etc/guichet/keys")
def create(
    directory: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of the keys. Default: GUICHET_KEYS_DIR.")
    ] = None,
) -> None:
    """Creates the keys that are missing in a folder. Those that are there stay as they are.

    A process needs every .pub file, and of the .key and .secret files its own alone.
    """
    folder = directory or load(CliSettings).keys_directory
    try:
        create_keys(folder)
    except OSError as error:
        raise CommandFailed(f"{folder}: {error.strerror}") from None
    write(str(folder))
    say(f"keys of {', '.join(SERVICES)}")


@app.command("rotate-signing", epilog="Example: guichet keys rotate-signing")
def rotate_signing_keys(
    *,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="For keys that others may know: they verify nothing any more.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Publishes new keys for tokens, which sign once tools have had time to read them.

    Identity does so by itself each month. At once, the new ones sign now and the old ones are gone: tools
    that keep a copy of the keys trust the old ones until they read them again.
    """
    if at_once:
        confirm("Tools refuse sign-ons until they have read the new keys. Go on?", yes=yes)
    write(asyncio.run(rotated(load(CliSettings), at_once=at_once)) or "")
    if at_once:
        say("the new keys sign; have every tool read them now, and end the sessions that it does not trust")
    else:
        say("the new keys are published, and sign from then on; the old ones verify what they have signed")


async def rotated(settings: CliSettings, *, at_once: bool) -> str | None:
    async with sign_on_service(settings) as sign_on:
        answer = await sign_on.RotateSigningKeys(RotateSigningKeysRequest(at_once=at_once))
    return written(answer.start_time)
