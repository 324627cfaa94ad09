"""What was answered, and the search for what must never be in an answer or a log."""

from pathlib import Path

import httpx

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
