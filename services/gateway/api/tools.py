"""« Liste des outils »: what the organisation offers to whoever has active access."""

import asyncio
from typing import Annotated
from urllib.parse import urljoin

from fastapi import APIRouter, Query

from guichet.company.v1.company_service_pb2 import GetCompanyRequest
from guichet.identity.v1.tool_pb2 import Tool as KnownTool
from services.gateway.answers import Tool, ToolList
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends, Portal
from services.gateway.documented import SIGNED_IN, problems
from services.gateway.fields import ToolsQuery
from services.gateway.languages import translated
from services.gateway.messages import role_name
from services.gateway.session import Signed
from services.gateway.tools import closed_to, in_language, opening_address, shown_tools

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Tools"])


@router.get(
    "/tools",
    responses=problems(*SIGNED_IN, "field_required", "siren_invalid", "siret_given", "not_found"),
)
async def list_tools(
    query: Annotated[ToolsQuery, Query()], session: Signed, services: Backends, portal: Portal
) -> ToolList:
    """Lists the organisation's tools for an active member of a company, with those one may not open."""
    company, tools = await asyncio.gather(
        services.company.GetCompany(GetCompanyRequest(siren=query.siren)), shown_tools(services)
    )
    role = role_name(company.membership.role)
    return ToolList(
        items=[
            tool_answer(tool, role, session.language, urljoin(portal, opening_address(tool, query.siren)))
            for tool in tools
        ]
    )


def tool_answer(tool: KnownTool, role: str, language: str, url: str) -> Tool:
    reason = closed_to(tool, role)
    return Tool(
        id=tool.id,
        name=in_language(tool.name, language),
        description=in_language(tool.description, language),
        url=url,
        available=reason is None,
        reason=reason,
        reason_detail=translated("tools", language)[reason] if reason else None,
    )
