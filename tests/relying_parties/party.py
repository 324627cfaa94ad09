"""Relying parties that others wrote, as a browser without script sees them."""

from dataclasses import dataclass
from typing import Any, Protocol

import httpx

Json = dict[str, Any]


@dataclass(frozen=True)
class Registration:
    """A client as the catalogue knows it, by the names of its file, and its secret."""

    id: str
    client: Json
    secret: str = ""

    def entry(self) -> Json:
        words = {"fr": self.id, "en": self.id}
        return {
            "id": self.id,
            "name": words,
            "description": words,
            "url": "https://tool.example.org/",
            "client": self.client,
        }


class Party(Protocol):
    """One program that signs people on. A browser is a client that follows redirects and keeps cookies."""

    @property
    def id(self) -> str:
        """Its client_id."""

    @property
    def start(self) -> str:
        """The address at which a sign-on begins."""

    async def claims(self, browser: httpx.AsyncClient) -> Json | None:
        """Returns what its session says of the person, None where it has no session."""

    async def userinfo(self, browser: httpx.AsyncClient) -> Json:
        """Returns what it was told last by the userinfo endpoint."""

    async def refresh(self, browser: httpx.AsyncClient) -> bool:
        """Has it refresh its tokens. Returns whether that worked."""

    @property
    def sign_out(self) -> str:
        """The address at which signing out begins."""
