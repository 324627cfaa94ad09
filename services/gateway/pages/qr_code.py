"""A QR code as part of a page, so that no secret goes through an address."""

import segno
from markupsafe import Markup


def qr_code(content: str) -> Markup:
    """Returns `<svg>`, black on white whatever the theme: cameras want it so."""
    drawn = segno.make(content, error="m", micro=False)
    return Markup(drawn.svg_inline(border=3, light="#ffffff", omitsize=True, svgclass=None, lineclass=None))  # noqa: S704  # numbers alone
