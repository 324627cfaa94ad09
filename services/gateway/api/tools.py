"""« Liste des outils »: what the organisation offers to whoever has active access."""

from typing import Annotated

from fastapi import APIRouter, Query

from guichet.company.v1.company_service_pb2 import GetCompanyRequest
from services.gateway.answers import Tool, ToolList
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends, Tools
from services.gateway.documented import SIGNED_IN, problems
from services.gateway.fields import ToolsQuery
from services.gateway.languages import translated
from services.gateway.messages import role_name
from services.gateway.session import Signed
from services.gateway.tools import Tool as ListedTool

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Tools"])


@router.get(
    "/tools",
    responses=problems(*SIGNED_IN, "field_required", "siren_invalid", "siret_given", "not_found"),
)
async def list_tools(
    query: Annotated[ToolsQuery, Query()], session: Signed, services: Backends, catalogue: Tools
) -> ToolList:
    """Lists the organisation's tools for an active member of a company, with those one may not open."""
    company = await services.company.GetCompany(GetCompanyRequest(siren=query.siren))
    role = role_name(company.membership.role)
    return ToolList(items=[tool_answer(tool, role, session.language) for tool in catalogue])


def tool_answer(tool: ListedTool, role: str, language: str) -> Tool:
    reason = tool.closed_to(role)
    return Tool(
        id=tool.id,
        name=tool.name.in_language(language),
        description=tool.description.in_language(language),
        url=str(tool.url),
        available=reason is None,
        reason=reason,
        reason_detail=translated("tools", language)[reason] if reason else None,
    )
