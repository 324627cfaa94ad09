"""A running system on which scenes are set up, each once for a language, and shown to whoever looks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page

from tests.browser.visitor import Language, Sight, Visitor, visiting
from tests.system.companies import Company, demo_companies
from tests.system.people import Mailbox, Person, new_person
from tests.system.replicas import replica
from tests.system.running import RunningSystem, running_system

SETTINGS = {
    # Limits are another test's business.
    "GUICHET_LIMIT_SIGN_UP_PER_CLIENT": "100000/h",
    "GUICHET_LIMIT_SIGN_IN_PER_CLIENT": "100000/h",
    "GUICHET_LIMIT_SIGN_UP_PER_ADDRESS": "100000/h",
    "GUICHET_LIMIT_SIGN_IN_PER_ADDRESS_AND_CLIENT": "100000/h",
    "GUICHET_LIMIT_MAIL_PER_CLIENT": "100000/h",
    "GUICHET_LIMIT_MAIL_PER_ADDRESS": "100000/h",
    "GUICHET_CLAIM_LIMIT_PER_ADDRESS": "100000/h",
}
SESSION_COOKIE = "guichet_session"


@dataclass(frozen=True)
class Cast:
    """Whose eyes a scene is seen with, nobody's in particular if None, and the names that fill its path."""

    person: Person | None = None
    names: Mapping[str, str] = field(default_factory=dict)


Casting = Callable[["Stage", Language], Awaitable[Cast]]
Doing = Callable[[Page, Cast], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """One state of one screen.

    `path` holds names of the cast in braces, and answers `status`; it may be an address of another gateway.
    `do` is what a person does there, up to what is to be seen; it is done anew for each look, so it must
    work again. Without `script` the browser runs none: such a scene is looked at, not measured.
    """

    name: str
    path: str
    cast: Casting | None = None
    do: Doing | None = None
    status: int = 200
    script: bool = True


class Stage:
    """Where scenes are set up over the JSON API, on the real parts."""

    def __init__(
        self, system: RunningSystem, http: httpx.AsyncClient, browser: Browser, replicas: AsyncExitStack
    ) -> None:
        self.system = system
        self.mailbox = Mailbox(http, system.mailbox_url)
        self._http = http
        self._browser = browser
        self._replicas = replicas
        self._companies: Iterator[Company] = iter(demo_companies())
        self._casts: dict[tuple[Casting, Language], Cast] = {}

    def company(self) -> Company:
        """Returns a demo company that no scene has had yet."""
        return next(self._companies)

    def stranger(self, name: str) -> Person:
        """Returns somebody without an account."""
        return new_person(self._http, self.mailbox, name)

    async def person(self, name: str, language: Language = "fr") -> Person:
        """Returns somebody with an account, signed in to the JSON API."""
        person = self.stranger(name)
        await person.sign_up(language)
        await person.verify()
        assert (await person.sign_in()).status_code == 201
        return person

    async def gateway(self, **settings: str) -> str:
        """Runs one more gateway while there is a stage, and returns its address."""
        port = await self._replicas.enter_async_context(replica(self.system, "gateway", **settings))
        return f"http://localhost:{port}"

    def visiting(self, sight: Sight) -> AbstractAsyncContextManager[Visitor]:
        """Opens a browser for the length of a block."""
        return visiting(self._browser, self.system.url, sight)

    async def refuse_mail(self, address: str) -> None:
        """Makes the relay refuse an address for good."""
        fault = {"to": address, "answer": "550"}
        (await self._http.put(f"{self.system.mailbox_url}/api/faults", json=fault)).raise_for_status()

    async def cast(self, scene: Scene, language: Language) -> Cast:
        """Sets a scene up, once for each language: what several scenes share is set up once for all."""
        if scene.cast is None:
            return Cast()
        key = (scene.cast, language)
        if key not in self._casts:
            self._casts[key] = await scene.cast(self, language)
        return self._casts[key]

    async def sign_in(self, visitor: Visitor, person: Person) -> None:
        """Gives a browser the session that a person has already."""
        await visitor.page.context.add_cookies(
            [{"name": SESSION_COOKIE, "value": person.token, "url": self.system.url}]
        )

    @asynccontextmanager
    async def showing(self, scene: Scene, sight: Sight) -> AsyncIterator[Visitor]:
        """Shows a scene in a browser of its own for the length of a block."""
        cast = await self.cast(scene, sight.language)
        async with self.visiting(sight if scene.script else replace(sight, script=False)) as visitor:
            visitor.expected = scene.status
            if cast.person is not None:
                await self.sign_in(visitor, cast.person)
            status = await visitor.open(scene.path.format_map(cast.names))
            assert status == scene.status, f"{visitor.page.url}: {status}"
            if scene.do is not None:
                await scene.do(visitor.page, cast)
            yield visitor


@asynccontextmanager
async def running_stage(state: Path, browser: Browser) -> AsyncIterator[Stage]:
    """Runs the system with an empty stage for the length of a block."""
    async with (
        running_system(state, **SETTINGS) as system,
        httpx.AsyncClient(base_url=system.url, timeout=30) as http,
        AsyncExitStack() as replicas,
    ):
        yield Stage(system, http, browser, replicas)
