"""`guichet operators`: the staff who are told what needs the organisation."""

import asyncio
from typing import Annotated

import typer

from guichet.identity.v1.account_pb2 import Operator
from guichet.identity.v1.identity_service_pb2 import AddOperatorRequest, ListOperatorsRequest
from services.cli.connection import identity_service
from services.cli.console import write, write_json, write_table
from services.cli.settings import CliSettings
from services.platform.settings import load

app = typer.Typer(no_args_is_help=True, help="Staff who receive what needs the organisation.")

LARGEST_PAGE = 100


@app.command("add", epilog="Example: guichet operators add accueil@example.org --locale fr")
def add_operator(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Address that receives escalations.")],
    *,
    locale: Annotated[str, typer.Option(help="Language of the mails: fr or en.")] = "fr",
) -> None:
    """Adds an operator. Adding the same address twice is harmless."""
    added = asyncio.run(added_operator(load(CliSettings), AddOperatorRequest(email=email, locale=locale)))
    write(added)


async def added_operator(settings: CliSettings, request: AddOperatorRequest) -> str:
    async with identity_service(settings) as identity:
        answer = await identity.AddOperator(request)
    what = "added" if answer.created else "was an operator already"
    return f"{answer.operator.email} {what}"


@app.command("list", epilog="Example: guichet operators list --json")
def list_operators(
    *, as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")] = False
) -> None:
    """Lists the operators by address."""
    operators = asyncio.run(every_operator(load(CliSettings)))
    rows = [(one.email, one.locale, one.create_time.ToJsonString()) for one in operators]
    if as_json:
        write_json([dict(zip(("email", "locale", "created_at"), row, strict=True)) for row in rows])
    else:
        write_table(("email", "locale", "added"), rows)


async def every_operator(settings: CliSettings) -> list[Operator]:
    operators: list[Operator] = []
    request = ListOperatorsRequest(page_size=LARGEST_PAGE)
    async with identity_service(settings) as identity:
        while True:
            page = await identity.ListOperators(request)
            operators += page.operators
            request.page_token = page.next_page_token
            if not request.page_token:
                return operators
