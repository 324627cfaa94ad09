"""Forms that need no session are taken from our own pages only.

Such a form carries the secret of a mail, which another site does not have, and it opens no session: a
forged one could only spend a secret of the forger's own. Comparing origins is therefore enough, and no
CSRF token is needed. Pages send no referrer, for which some browsers send `Origin: null`: only an origin
that is surely another's is refused.
"""

from urllib.parse import urlsplit

from fastapi import Request

from services.gateway.problems import Problem


def require_same_origin(request: Request) -> None:
    """Raises Problem (foreign_origin) where the form was sent by another site's page."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    foreign = (
        site not in ("same-origin", "none")
        if site is not None
        else origin != "null" and urlsplit(origin).netloc != request.headers["host"]
    )
    if foreign:
        raise Problem("foreign_origin")
