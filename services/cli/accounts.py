"""`guichet accounts`: what the desk does for somebody who cannot sign in."""

import asyncio
from typing import Annotated

import typer

from guichet.identity.v1.identity_service_pb2 import TurnOffSecondFactorRequest
from services.cli.connection import identity_service
from services.cli.console import confirm, write
from services.cli.settings import CliSettings
from services.platform.settings import load

app = typer.Typer(no_args_is_help=True, help="Accounts whose owners the organisation has to help.")


@app.command(
    "turn-off-second-factor", epilog="Example: guichet accounts turn-off-second-factor claire@example.com"
)
def turn_off_second_factor(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Address of the account.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Lets an account sign in by its password alone: phone, passkeys and recovery codes are lost.

    Make sure first that it is the owner who asks. They are told by mail, and the log keeps it.
    """
    confirm(f"Turn off two-step sign-in of {email}? Its password alone will open it.", yes=yes)
    asyncio.run(turned_off(load(CliSettings), TurnOffSecondFactorRequest(email=email)))
    write(f"{email} signs in by its password alone; its owner is told by mail")


async def turned_off(settings: CliSettings, request: TurnOffSecondFactorRequest) -> None:
    async with identity_service(settings) as identity:
        await identity.TurnOffSecondFactor(request)
