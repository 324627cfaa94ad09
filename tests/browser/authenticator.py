"""A passkey for a browser that has no fingers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import CDPSession, Page


@asynccontextmanager
async def authenticator(page: Page) -> AsyncIterator[CDPSession]:
    """Gives the browser a built-in authenticator whose owner always agrees."""
    protocol = await page.context.new_cdp_session(page)
    await protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasResidentKey": True,
        "automaticPresenceSimulation": True,
    }
    await protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield protocol
    await protocol.detach()
