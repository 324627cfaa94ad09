"""`guichet doctor`: checks this machine and what runs on it."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from services.cli.console import FAILED, say, write_json, write_table
from services.cli.settings import CliSettings
from services.platform.settings import load


def examine(
    *, as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of lines.")] = False
) -> None:
    """Checks what Guichet needs, one line each, and says how to mend what is wrong.

    Leaves with 1 where something is.
    """
    # The drivers of PostgreSQL, Temporal and SMTP take a second to load: for this command alone.
    from services.cli.checks import every_finding  # noqa: PLC0415

    findings = asyncio.run(every_finding(load(CliSettings)))
    if as_json:
        write_json([asdict(one) for one in findings])
    else:
        write_table(
            ("", "check", "finding"),
            [("ok" if one.ok else "failed", one.check, one.detail) for one in findings],
        )
        for one in findings:
            if one.mend:
                say(f"{one.check}: {one.mend}")
    if not all(one.ok for one in findings):
        raise typer.Exit(FAILED)
