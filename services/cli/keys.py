"""`guichet keys create`: what the processes of a production system know one another by."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.console import CommandFailed, say, write
from services.cli.settings import CliSettings
from services.platform.service_identity import SERVICES, create_keys
from services.platform.settings import load

app = typer.Typer(no_args_is_help=True, help="Keys by which the processes know one another.")


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
