"""A browser without script: keeps cookies, and sends a page's form back with its hidden fields."""

import re
from html import unescape

import httpx

HTML = {"Accept": "text/html,application/xhtml+xml"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
FORM = re.compile(r'<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)


def hidden_fields(page: str, action: str) -> dict[str, str]:
    """Returns the hidden fields of the form of a page that goes there, by name."""
    bodies = [body for target, body in FORM.findall(page) if unescape(target) == action]
    assert bodies, f"no form of the page goes to {action}"
    return {name: unescape(value) for name, value in HIDDEN.findall(bodies[-1])}


class Browser:
    """Opens pages and sends their forms. Answers are not followed: a redirect can be looked at."""

    def __init__(self, http: httpx.AsyncClient, **headers: str) -> None:
        self.http = http
        self.headers = {**HTML, **headers}

    async def open(self, path: str) -> httpx.Response:
        return await self.http.get(path, headers=self.headers)

    async def send(self, path: str, action: str, **fields: str) -> httpx.Response:
        """Opens a page and sends the form of it that goes to `action`, filled in."""
        page = await self.open(path)
        data = {**hidden_fields(page.text, action), **fields}
        return await self.http.post(action, data=data, headers=self.headers)

    async def send_own(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Sends fields of one's own making, with the token of a page."""
        token = hidden_fields((await self.open(page)).text, "/langue")["csrf"]
        return await self.http.post(action, data={"csrf": token, **fields}, headers=self.headers)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code == 303, answer.text
        return await self.open(answer.headers["location"])
