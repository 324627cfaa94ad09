"""What was answered, and the search for what must never be in an answer or a log."""

import re
from pathlib import Path

import httpx
import pyotp

from services.gateway.session import COOKIE
from tests.system.browser import Browser

# A session's token is given to whoever has just signed in, and to nobody else.
GIVES_TOKEN = ("POST", "/api/v1/sessions")


class Answers:
    """Every answer of a run, with its head."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []

    async def keep(self, response: httpx.Response) -> None:
        """Notes an answer: a hook of httpx."""
        await response.aread()
        request = response.request
        if (request.method, request.url.path) == GIVES_TOKEN and response.status_code == 201:
            return
        head = " ".join(f"{name}: {value}" for name, value in response.headers.items())
        self.kept.append((f"{request.method} {request.url.path}", f"{head} {response.text}"))

    def that_hold(self, secret: str) -> list[str]:
        return [call for call, answer in self.kept if secret in answer]


def files_that_hold(folder: Path, secret: str) -> list[str]:
    """Returns the files below a folder in which a secret stands."""
    return [
        file.name for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()
    ]


async def second_factor_told(url: str, token: str, password: str) -> list[str]:
    """Adds an authenticator application in the portal; returns its secret, and the recovery codes."""
    page = "/compte/second-facteur/application"
    async with httpx.AsyncClient(base_url=url, cookies={COOKIE: token}, timeout=60) as http:
        browser = Browser(http)
        await browser.send(page, page, password=password)
        secret = "".join(re.findall(r"<span>([A-Z2-7]{1,4})</span>", (await browser.open(page)).text))
        confirmed = await browser.send(page, f"{page}/code", code=pyotp.TOTP(secret).now())
        codes = re.findall(r"<li><code>([^<]+)</code>", (await browser.follow(confirmed)).text)
    assert len(codes) == 10
    return [secret, *codes]
