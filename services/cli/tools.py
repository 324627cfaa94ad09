"""`guichet tools`: what « Liste des outils » shows, and who signs people on by OpenID Connect."""

import asyncio
from typing import Annotated

import typer

from guichet.identity.v1.sign_on_service_pb2 import (
    GetToolRequest,
    ListToolsRequest,
    RotateClientSecretRequest,
    RotateClientSecretResponse,
    SetToolDisabledRequest,
)
from guichet.identity.v1.tool_pb2 import Tool
from services.cli.connection import sign_on_service
from services.cli.console import confirm, say, write, write_json, write_table, written
from services.cli.settings import CliSettings
from services.cli.tool_file import written_client, written_tool
from services.platform.settings import load

app = typer.Typer(no_args_is_help=True, help="The organisation's tools, and their sign-on.")

LARGEST_PAGE = 100
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
ToolId = Annotated[str, typer.Argument(metavar="ID", help="The tool's identifier, which is its client_id.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list", epilog="Example: guichet tools list --json > tools.json")
def list_tools(*, as_json: AsJson = False) -> None:
    """Lists every tool in the order in which people see them. The JSON is what `import` reads."""
    tools = asyncio.run(every_tool(load(CliSettings)))
    if as_json:
        write_json([written_tool(tool) for tool in tools])
    elif tools:
        write_table(("id", "name", "sign-on", "roles", "state", "url"), map(row, tools))
    else:
        say("no tool")


def row(tool: Tool) -> tuple[str, ...]:
    return (
        tool.id,
        tool.name.fr,
        tool.client.token_endpoint_auth_method,
        " ".join(tool.roles) or "everyone",
        "disabled" if tool.disabled else "shown",
        tool.url,
    )


@app.command("show", epilog="Example: guichet tools show memo --json")
def show_tool(tool_id: ToolId, *, as_json: AsJson = False) -> None:
    """Shows one tool."""
    tool = asyncio.run(one_tool(load(CliSettings), tool_id))
    told = written_tool(tool)
    if as_json:
        write_json(told)
        return
    client = written_client(tool)
    lines = [(name, value) for name, value in told.items() if name != "client"]
    lines += [(f"client.{name}", value) for name, value in client.items()]
    lines += [("created", written(tool.create_time)), ("changed", written(tool.update_time))]
    write_table(("field", "value"), [(name, one_line(value)) for name, value in lines])


def one_line(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return " · ".join(map(str, value.values()))
    return str(value)


@app.command("rotate-secret", epilog="Example: guichet tools rotate-secret memo")
def rotate_secret(
    tool_id: ToolId,
    *,
    at_once: Annotated[bool, typer.Option("--at-once", help="The former secret stops working now.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Gives a tool a new secret, and writes it: it is told this once.

    The former secret works for a while longer, so that the tool can be given the new one in peace.
    """
    if at_once:
        confirm(f"Nobody can sign on to {tool_id} until it has its new secret. Go on?", yes=yes)
    answer = asyncio.run(rotated(load(CliSettings), tool_id, at_once=at_once))
    until = written(answer.previous_expire_time)
    if as_json:
        write_json({"client_secret": answer.client_secret, "previous_expires_at": until})
        return
    write(answer.client_secret)
    say(f"the former secret works until {until}" if until else "the former secret does not work any more")


@app.command("disable", epilog="Example: guichet tools disable memo --yes")
def disable(tool_id: ToolId, *, yes: Yes = False) -> None:
    """Hides a tool, and ends every sign-on to it."""
    confirm(f"Everybody who is signed on to {tool_id} will be signed out of it. Go on?", yes=yes)
    asyncio.run(set_disabled(load(CliSettings), tool_id, disabled=True))
    write(f"{tool_id} is disabled")


@app.command("enable", epilog="Example: guichet tools enable memo")
def enable(tool_id: ToolId) -> None:
    """Shows a tool again."""
    asyncio.run(set_disabled(load(CliSettings), tool_id, disabled=False))
    write(f"{tool_id} is shown")


async def every_tool(settings: CliSettings) -> list[Tool]:
    tools: list[Tool] = []
    request = ListToolsRequest(page_size=LARGEST_PAGE, show_disabled=True)
    async with sign_on_service(settings) as sign_on:
        while True:
            page = await sign_on.ListTools(request)
            tools += page.tools
            request.page_token = page.next_page_token
            if not request.page_token:
                return tools


async def one_tool(settings: CliSettings, tool_id: str) -> Tool:
    async with sign_on_service(settings) as sign_on:
        return (await sign_on.GetTool(GetToolRequest(id=tool_id))).tool


async def rotated(settings: CliSettings, tool_id: str, *, at_once: bool) -> RotateClientSecretResponse:
    async with sign_on_service(settings) as sign_on:
        return await sign_on.RotateClientSecret(RotateClientSecretRequest(id=tool_id, at_once=at_once))


async def set_disabled(settings: CliSettings, tool_id: str, *, disabled: bool) -> None:
    async with sign_on_service(settings) as sign_on:
        await sign_on.SetToolDisabled(SetToolDisabledRequest(id=tool_id, disabled=disabled))
