"""A company's home, and « Liste des outils »."""

import asyncio

from fastapi import Response

from guichet.company.v1.company_service_pb2 import GetCompanyRequest
from services.gateway.dependencies import Backends
from services.gateway.fields import Siren
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import CompanyView
from services.gateway.pages.waiting import waiting_count
from services.gateway.tools import shown_tools

router = PageRouter()

PATH = "/entreprises/{siren}"
FIRST_TOOLS = 4


@router.page(PATH)
async def show_home(view: CompanyView, siren: Siren, services: Backends) -> Response:
    """Greets, says what waits for an administrator, and leads to the tools."""
    company, waiting, tools = await asyncio.gather(
        services.company.GetCompany(GetCompanyRequest(siren=siren)),
        waiting_count(services, siren) if view.administers else nothing_waits(),
        shown_tools(services),
    )
    return view.page(
        "home.html",
        company=company.company,
        waiting=waiting,
        tools=tools[:FIRST_TOOLS],
        more=len(tools) > FIRST_TOOLS,
    )


@router.page(f"{PATH}/outils")
async def show_tools(view: CompanyView, services: Backends) -> Response:
    """Shows the organisation's tools, those that one may not open too."""
    return view.page("tools.html", tools=await shown_tools(services))


async def nothing_waits() -> str:
    return "0"
