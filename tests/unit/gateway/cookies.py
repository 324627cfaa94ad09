"""The portal's cookies as a browser keeps them: tests call it over TLS."""

from services.gateway.pages import visit
from services.gateway.session import COOKIE as SESSION_COOKIE

COOKIE = f"__Host-{SESSION_COOKIE}"
VISIT_COOKIE = f"__Host-{visit.VISIT_COOKIE}"
MESSAGE_COOKIE = f"__Host-{visit.MESSAGE_COOKIE}"
WANTED_COOKIE = f"__Host-{visit.WANTED_COOKIE}"
