"""The operators' command line: `guichet`."""

import os

import typer

from services.cli import (
    access_requests,
    accounts,
    companies,
    doctor,
    keys,
    notifications,
    operators,
    system_state,
    tool_changes,
    tools,
)
from services.cli.console import WRONG_USE, CommandFailed, flush, say

app = typer.Typer(
    name="guichet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Runs the organisation's side of Guichet: its companies, its operators, its stuck access requests.",
    epilog="Examples: guichet companies import members.csv · guichet requests list --escalated",
)
app.add_typer(companies.app, name="companies")
app.add_typer(operators.app, name="operators")
app.add_typer(accounts.app, name="accounts")
app.add_typer(tools.app, name="tools")
app.add_typer(access_requests.app, name="requests")
app.add_typer(notifications.app, name="notifications")
app.add_typer(keys.app, name="keys")
tools.app.command("import", epilog="Example: guichet tools import tools.json --dry-run")(
    tool_changes.import_tools
)
tools.app.command(
    "add",
    epilog="Example: guichet tools add ged --name Ged --description Documents --url https://ged.example.org/",
)(tool_changes.add_tool)
app.command("status", epilog="Example: guichet status --json")(system_state.show_state)
app.command("doctor", epilog="Example: guichet doctor")(doctor.examine)


def main() -> None:
    # Temporal's client may crash an interpreter that ends the usual way, hence the short one.
    code = outcome()
    try:
        flush()
    except BrokenPipeError:
        code = code or 1
    os._exit(code)


def outcome() -> int:
    """Runs the command of the arguments. Returns the code to leave with."""
    try:
        app()
    except CommandFailed as error:
        say(f"guichet: {error}")
        return error.code
    except BrokenPipeError:
        return 1
    except UnicodeEncodeError as error:
        if error.reason != "surrogates not allowed":
            raise
        say("guichet: an argument is not UTF-8 text")
        return WRONG_USE
    except SystemExit as left:
        if isinstance(left.code, str):
            say(f"guichet: {left.code}")
            return 1
        return left.code or 0
    return 0


if __name__ == "__main__":
    main()
