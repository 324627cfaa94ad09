"""Whether the gateway is up, and whether all that it needs serves."""

from fastapi import APIRouter

from services.gateway.answers import Alive, Ready
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends
from services.gateway.documented import problems
from services.gateway.problems import Problem

router = APIRouter(route_class=StrictRoute, tags=["Health"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", responses=problems())
async def get_health() -> Alive:
    """Answers as long as the process is up."""
    return Alive()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses=problems("not_ready"))
async def get_readiness(services: Backends) -> Ready:
    """Names what does not serve: identity, company, notification, workflow_engine, worker."""
    missing = await services.not_ready()
    if missing:
        raise Problem("not_ready", members={"not_ready": missing}, retry_after=2)
    return Ready()
