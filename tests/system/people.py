"""People who use Guichet: over HTTP, and by reading their mail."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.system.companies import Company

PASSWORD = "un cheval lit des cartes bleues"
Json = dict[str, Any]


class Mailbox:
    """What arrived, as the local mailbox lists it."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def messages(self, **filters: str) -> list[Json]:
        answer = await self._http.get(f"{self._url}/api/messages", params={**filters, "limit": "100"})
        answer.raise_for_status()
        items: list[Json] = answer.json()["items"]
        return items

    async def message(self, count: int = 1, **filters: str) -> Json:
        """Returns the newest of at least so many messages, as soon as they are there."""
        async with asyncio.timeout(60):
            while len(found := await self.messages(**filters)) < count:
                await asyncio.sleep(0.05)
        return found[0]


@dataclass
class Person:
    """Someone with an address, and a session once signed in."""

    http: httpx.AsyncClient
    mailbox: Mailbox
    email: str
    name: str
    token: str = ""
    id: str = ""

    async def call(self, method: str, path: str, json: Json | None = None, **headers: str) -> httpx.Response:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, f"/api/v1{path}", json=json, headers=named)

    async def sign_up(self, locale: str = "fr") -> None:
        answer = await self.call(
            "POST",
            "/accounts",
            {"email": self.email, "full_name": self.name, "password": PASSWORD, "locale": locale},
        )
        assert (answer.status_code, answer.json()) == (202, {"state": "verification_sent"}), answer.text

    async def verify(self) -> None:
        mail = await self.mailbox.message(to=self.email, kind="account_verification")
        answer = await self.call("POST", "/accounts/verification", {"token": token_in(mail)})
        assert answer.status_code == 200, answer.text
        self.id = answer.json()["account_id"]

    async def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        self.token = ""
        answer = await self.call("POST", "/sessions", {"email": self.email, "password": password})
        if answer.status_code == 201:
            self.token = answer.json()["token"]
        return answer

    async def joins(self) -> "Person":
        await self.sign_up()
        await self.verify()
        assert (await self.sign_in()).status_code == 201
        return self

    async def asks_for(self, company: Company, message: str = "") -> httpx.Response:
        body = {"siren": company.siren, "member_code": company.member_code, "message": message}
        return await self.call("POST", "/access-requests", body)

    async def submits(self, company: Company, message: str = "") -> str:
        """Asks for access where an administrator is, and returns the access request's id."""
        answer = await self.asks_for(company, message)
        assert answer.status_code == 202, answer.text
        access_request_id: str = answer.json()["access_request"]["id"]
        return access_request_id

    async def decides(self, access_request_id: str, verdict: str, **more: str) -> httpx.Response:
        return await self.call(
            "POST", f"/access-requests/{access_request_id}/decision", {"verdict": verdict, **more}
        )


def token_in(mail: Json) -> str:
    match = re.search(r"token=([\w.~-]+)", mail["text"])
    assert match, mail["text"]
    return match.group(1)


NewPerson = Callable[[str], Person]


def new_person(http: httpx.AsyncClient, mailbox: Mailbox, name: str) -> Person:
    return Person(http, mailbox, f"{name.split(maxsplit=1)[0].lower()}.{uuid4().hex[:8]}@example.com", name)
