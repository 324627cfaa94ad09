"""`guichet tools import` and `add`: checked as a whole by identity, before anything changes."""

import asyncio
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import grpc
import typer

from guichet.identity.v1.sign_on_service_pb2 import SetToolRequest
from guichet.identity.v1.tool_pb2 import Client, LocalizedText, Tool
from services.cli.connection import sign_on_service
from services.cli.console import WRONG_USE, CommandFailed, say, write, write_json, write_table
from services.cli.settings import CliSettings
from services.cli.tool_file import Entry, EntryError, UnreadableFile, read_tools, same
from services.cli.tools import AsJson, ToolId, every_tool
from services.platform.errors import InvalidArgument
from services.platform.rpc_errors import domain_error_of
from services.platform.settings import load

if TYPE_CHECKING:
    from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceAsyncStub

ID_TOKENS_SIGNED = "ES256"
NONE: list[str] = []
LAST_POSITION = 1_000_000
USUAL_METHOD = "client_secret_basic"
USUAL_SCOPE = "openid profile email company"
# What `add` calls a field; what is not here is called by its name.
OPTIONS = {
    "name.fr": "--name",
    "name.en": "--name-en",
    "description.fr": "--description",
    "description.en": "--description-en",
    "url": "--url",
    "icon": "--icon",
    "roles": "--role",
    "client.redirect_uris": "--redirect-uri",
    "client.token_endpoint_auth_method": "--auth-method",
    "client.jwks": "--jwks",
    "client.scopes": "--scope",
}
SENTENCES = {
    "id": "1 to 40 lower-case letters, digits and dashes are needed",
    "name": "a text of 100 characters at most is needed in fr and in en, without < and >",
    "description": "a text of 300 characters at most is needed in fr and in en, without < and >",
    "url": "an http or https address is needed, without #",
    "icon": "one of calculator, window, sheet, folder, chart, people, mail, building, star is needed",
    "roles": "member and administrator are the roles there are; none means everyone",
    "position": "a number from 0 to 1,000,000 is needed",
    "redirect_uris": "at least one https address is needed (http on this machine alone), without #",
    "post_logout_redirect_uris": "https addresses are needed (http on this machine alone), without #",
    "backchannel_logout_uri": "an https address is needed (http on this machine alone), without #",
    "initiate_login_uri": "an https address is needed (http on this machine alone)",
    "token_endpoint_auth_method": "client_secret_basic, client_secret_post, private_key_jwt or none",
    "jwks": "a JSON Web Key Set of public keys is needed for private_key_jwt, and for nothing else",
    "id_token_signed_response_alg": "ES256 or RS256 is needed",
    "scopes": "openid, and if wished profile, email, company, offline_access",
}


@dataclass
class Changes:
    """What an import did, or would do: identifiers, and the secrets that were told."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)


def import_tools(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.json", help="What `guichet tools list --json` writes.")
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Adds and changes tools from a JSON file.

    An error in any entry imports nothing. Importing the same file twice changes nothing the second time.
    Tools that the file does not name stay as they are. A client that had no secret is given one, which is
    told this once.
    """
    try:
        entries, malformed = read_tools(contents(file))
    except UnreadableFile as error:
        raise CommandFailed(f"{file}: {error}") from None
    changes = Changes()
    errors: list[EntryError] = []
    try:
        errors = asyncio.run(applied(load(CliSettings), entries, malformed, changes, dry_run=dry_run))
    finally:
        # Secrets that were told are lost unless they are written, whatever failed after them.
        report(changes, errors, dry_run=dry_run, as_json=as_json)
    if errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise CommandFailed(f"{file}: {count}, nothing was imported")


def add_tool(
    tool_id: ToolId,
    *,
    name: Annotated[str, typer.Option(help="What people call it, in French.")],
    name_en: Annotated[str, typer.Option(help="In English. Default: as in French.")] = "",
    description: Annotated[str, typer.Option(help="What it is for, in French.")],
    description_en: Annotated[str, typer.Option(help="In English. Default: as in French.")] = "",
    url: Annotated[str, typer.Option(help="Where it opens.")],
    icon: Annotated[str, typer.Option(help="One of the portal's icons.")] = "window",
    role: Annotated[list[str], typer.Option(help="Who may open it; more than once for several.")] = NONE,
    position: Annotated[int, typer.Option(help="Place in the list.", min=0, max=LAST_POSITION)] = 1000,
    redirect_uri: Annotated[
        list[str], typer.Option(help="Where codes may be sent. With it, people are signed on.")
    ] = NONE,
    auth_method: Annotated[
        str, typer.Option(help="How it proves itself: see OpenID Connect.")
    ] = USUAL_METHOD,
    jwks: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Its public keys, for private_key_jwt.")
    ] = None,
    scope: Annotated[str, typer.Option(help="What it may ask for.")] = USUAL_SCOPE,
) -> None:
    """Adds a tool, and writes the secret of its client, which is told this once.

    What else a client may have (logout addresses, refresh tokens) is in the file that `import` reads.
    """
    if not redirect_uri and (auth_method, scope, jwks) != (USUAL_METHOD, USUAL_SCOPE, None):
        raise CommandFailed("--redirect-uri is needed beside --auth-method, --jwks and --scope", WRONG_USE)
    tool = Tool(
        id=tool_id,
        name=LocalizedText(fr=name, en=name_en or name),
        description=LocalizedText(fr=description, en=description_en or description),
        url=url,
        icon=icon,
        roles=role,
        position=position,
    )
    if redirect_uri:
        tool.client.CopyFrom(
            Client(
                redirect_uris=redirect_uri,
                token_endpoint_auth_method=auth_method,
                jwks=contents(jwks).decode(errors="replace") if jwks else "",
                id_token_signed_response_alg=ID_TOKENS_SIGNED,
                scopes=scope.split(),
            )
        )
    secret = asyncio.run(added(load(CliSettings), tool))
    say(f"{tool_id} added" + (": its client secret is told this once" if secret else ""))
    if secret:
        write(secret)


async def added(settings: CliSettings, tool: Tool) -> str:
    if any(one.id == tool.id for one in await every_tool(settings)):
        raise CommandFailed(f"{tool.id} is there already: `guichet tools import` changes it")
    async with sign_on_service(settings) as sign_on:
        errors: list[EntryError] = []
        if await wanted(sign_on, Entry(1, tool, keeps_state=False), errors) is None:
            for line in dict.fromkeys(f"{option_of(one.field, tool)}: {one.reason}" for one in errors):
                say(line)
            raise CommandFailed(f"{tool.id} was not added")
        return (await sign_on.SetTool(SetToolRequest(tool=tool))).client_secret


def option_of(field: str, tool: Tool) -> str:
    """Returns how `add` was told a field. What was said in French alone counts for English too."""
    if field in ("name.en", "description.en"):
        text = tool.name if field == "name.en" else tool.description
        field = field.replace(".en", ".fr") if text.en == text.fr else field
    return OPTIONS.get(field, field)


def contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", WRONG_USE) from None


async def applied(
    settings: CliSettings,
    entries: list[Entry],
    malformed: list[EntryError],
    changes: Changes,
    *,
    dry_run: bool,
) -> list[EntryError]:
    """Has every entry checked, and applies them if nothing is wrong anywhere. Returns what is wrong."""
    existing = {tool.id: tool for tool in await every_tool(settings)}
    errors = list(malformed)
    tools: list[Tool] = []
    async with sign_on_service(settings) as sign_on:
        for entry in entries:
            if entry.keeps_state and entry.tool.id in existing:
                entry.tool.disabled = existing[entry.tool.id].disabled
            tool = await wanted(sign_on, entry, errors)
            tools += [tool] if tool else []
        if errors:
            return sorted(errors, key=lambda one: one.number)
        for tool in tools:
            known = existing.get(tool.id)
            if known is not None and same(known, tool):
                changes.unchanged.append(tool.id)
                continue
            if not dry_run:
                answer = await sign_on.SetTool(SetToolRequest(tool=tool))
                if answer.client_secret:
                    changes.secrets[tool.id] = answer.client_secret
            (changes.created if known is None else changes.updated).append(tool.id)
    return []


async def wanted(sign_on: "SignOnServiceAsyncStub", entry: Entry, errors: list[EntryError]) -> Tool | None:
    """Returns the tool that an entry would make, or None where it is wrong: why then joins `errors`."""
    try:
        return (await sign_on.SetTool(SetToolRequest(tool=entry.tool, validate_only=True))).tool
    except grpc.aio.AioRpcError as error:
        known = domain_error_of(error)
        if not isinstance(known, InvalidArgument):
            raise
        wrong = (known, *known.others)
        errors += [EntryError(entry.number, entry.tool.id, one.field, sentence(one)) for one in wrong]
        return None


def sentence(error: InvalidArgument) -> str:
    name = error.field.removeprefix("client.").split("[")[0].split(".")[0]
    return SENTENCES.get(name, error.reason)


def report(changes: Changes, errors: list[EntryError], *, dry_run: bool, as_json: bool) -> None:
    """Writes what was done, what is wrong, and the secrets."""
    if as_json:
        write_json({"dry_run": dry_run, **asdict(changes), "errors": [asdict(error) for error in errors]})
        return
    for one in errors:
        said = ", ".join(part for part in (f"entry {one.number}", one.tool, one.field) if part)
        say(f"{said}: {one.reason}")
    if errors:
        return
    would = "would be " if dry_run else ""
    write(
        f"{len(changes.created)} {would}created, {len(changes.updated)} {would}updated,"
        f" {len(changes.unchanged)} unchanged"
    )
    if changes.secrets:
        write_table(("tool", "client secret"), changes.secrets.items())
        say("each secret is told this once: hand it to its tool now")
