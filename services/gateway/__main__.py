"""`python -m services.gateway` serves the portal's pages and the JSON API."""

import uvloop

from services.gateway.server import run
from services.gateway.settings import GatewaySettings
from services.platform.settings import load

if __name__ == "__main__":
    uvloop.run(run(load(GatewaySettings)))
