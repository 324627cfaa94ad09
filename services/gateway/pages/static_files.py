"""Serving style and script."""

import re
from typing import Annotated

from fastapi import Request, Response

from services.gateway.fields import existing
from services.gateway.pages.assets import ASSETS, COMPRESSED, SHORTLY, YEAR
from services.gateway.pages.route import PageRouter
from services.gateway.problems import Problem

router = PageRouter()

Digest = Annotated[str, existing(re.compile("[0-9a-f]{16}"))]


@router.page("/static/{digest}/{name}")
async def get_asset(digest: Digest, name: str, request: Request) -> Response:
    """Returns a file. Under the address of another release it is the present one, kept for a minute."""
    asset = ASSETS.get(name)
    if asset is None:
        raise Problem("not_found")
    headers = {"Cache-Control": YEAR if digest == asset.digest else SHORTLY, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            COMPRESSED[name], media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(asset.content, media_type=asset.media_type, headers=headers)
