"""The organisation's tools, as identity keeps them and one company's people see them."""

from collections.abc import Sequence
from typing import Literal

from guichet.identity.v1.sign_on_service_pb2 import ListToolsRequest
from guichet.identity.v1.tool_pb2 import LocalizedText, Tool
from services.gateway.services import Services

LARGEST_PAGE = 100


async def shown_tools(services: Services) -> Sequence[Tool]:
    """Returns every tool that is not disabled, in the order in which they are shown."""
    tools: list[Tool] = []
    request = ListToolsRequest(page_size=LARGEST_PAGE)
    while True:
        page = await services.sign_on.ListTools(request)
        tools += page.tools
        request.page_token = page.next_page_token
        if not request.page_token:
            return tools


def closed_to(tool: Tool, role: str) -> Literal["administrators_only", "members_only"] | None:
    """Says why a role may not open a tool; None where it may."""
    if not tool.roles or role in tool.roles:
        return None
    return "administrators_only" if "administrator" in tool.roles else "members_only"


def opening_address(tool: Tool, siren: str) -> str:
    """Returns where a tool opens: a path of the portal that signs people on, or the tool's own address."""
    return f"/entreprises/{siren}/outils/{tool.id}" if tool.HasField("client") else tool.url


def in_language(text: LocalizedText, language: str) -> str:
    return text.en if language == "en" else text.fr
