"""Scenes of « Mon compte », and of signing in with a second factor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pyotp
from playwright.async_api import Page

from tests.browser.gestures import sends
from tests.browser.stage import SESSION_COOKIE, Cast, Scene, Stage
from tests.browser.visitor import Language
from tests.system.browser import Browser
from tests.system.people import PASSWORD, Person

APPLICATION = "/compte/second-facteur/application"
PASSWORD_PATH = "/compte/mot-de-passe"
SECOND_STEP = "/connexion/second-facteur"
WRONG = {"current_password": "pas le bon", "new_password": "court"}
NEW_PASSKEY = "/compte/second-facteur/cle"
CODES = "/compte/second-facteur/codes"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"


@asynccontextmanager
async def portal(stage: Stage, person: Person) -> AsyncIterator[Browser]:
    """Opens a browser without script in which somebody is signed in."""
    cookies = {SESSION_COOKIE: person.token}
    async with httpx.AsyncClient(base_url=stage.system.url, cookies=cookies, timeout=30) as http:
        yield Browser(http)


async def someone(stage: Stage, language: Language) -> Cast:
    return Cast(await stage.person("Claire Morel", language))


async def on_several_devices(stage: Stage, language: Language) -> Cast:
    """Signed in on three devices, of which one says nothing of itself."""
    person = await stage.person("Claire Morel", language)
    for agent in (FIREFOX, IPHONE, ""):
        credentials = {"email": person.email, "password": PASSWORD}
        answer = await person.http.post("/api/v1/sessions", json=credentials, headers={"User-Agent": agent})
        assert answer.status_code == 201
    return Cast(person)


async def adding_application(stage: Stage, language: Language) -> Cast:
    """Before the code of an application is given for the first time."""
    person = await stage.person("Claire Morel", language)
    async with portal(stage, person) as browser:
        assert (await browser.send(APPLICATION, APPLICATION, password=PASSWORD)).status_code == 303
    return Cast(person)


async def with_application(stage: Stage, language: Language) -> Cast:
    """Someone whose application is set up."""
    person = await stage.person("Claire Morel", language)
    async with portal(stage, person) as browser:
        await browser.send(APPLICATION, APPLICATION, password=PASSWORD)
        await confirm_application(browser)
    return Cast(person, {"email": person.email})


async def confirm_application(browser: Browser) -> pyotp.TOTP:
    """Gives the first code of the application that is being added."""
    page = (await browser.open(APPLICATION)).text
    secret = page.split("secret=")[1].split("&")[0]
    totp = pyotp.TOTP(secret)
    answer = await browser.send(APPLICATION, f"{APPLICATION}/code", code=totp.now())
    assert answer.status_code == 303, answer.text
    return totp


async def adding_passkey(stage: Stage, language: Language) -> Cast:
    """Before the browser creates a passkey."""
    person = await stage.person("Claire Morel", language)
    async with portal(stage, person) as browser:
        assert (await browser.send(NEW_PASSKEY, NEW_PASSKEY, password=PASSWORD)).status_code == 303
    return Cast(person)


async def reach_second_step(page: Page, cast: Cast) -> None:
    await sends("/connexion", email=cast.names["email"], password=PASSWORD)(page, cast)


async def fail_second_step(page: Page, cast: Cast) -> None:
    await reach_second_step(page, cast)
    await sends(SECOND_STEP, totp_code="000 000")(page, cast)


async def want_recovery(page: Page, cast: Cast) -> None:
    await reach_second_step(page, cast)
    await page.click("details.card summary")


async def signed_out(stage: Stage, language: Language) -> Cast:
    """The address of someone with an application, seen by nobody in particular."""
    return Cast(None, (await with_application(stage, language)).names)


SCENES = [
    Scene("account", "/compte", someone),
    Scene("account-refused", "/compte", someone, sends("/compte", full_name="<Claire>")),
    Scene("account-password", PASSWORD_PATH, someone),
    Scene("account-password-refused", PASSWORD_PATH, someone, sends(PASSWORD_PATH, **WRONG)),
    Scene("account-session", "/compte/sessions", someone),
    Scene("account-sessions", "/compte/sessions", on_several_devices),
    Scene("second-factor-off", "/compte/second-facteur", someone),
    Scene("second-factor-application", APPLICATION, someone),
    Scene("second-factor-application-scan", APPLICATION, adding_application),
    Scene(
        "second-factor-application-refused",
        APPLICATION,
        adding_application,
        sends(f"{APPLICATION}/code", code="000 000"),
    ),
    Scene("second-factor-application-removal", APPLICATION, with_application),
    Scene("second-factor-on", "/compte/second-facteur", with_application),
    Scene("second-factor-passkey", NEW_PASSKEY, someone),
    Scene("second-factor-passkey-creation", NEW_PASSKEY, adding_passkey),
    Scene("second-factor-codes", CODES, with_application),
    Scene("second-factor-codes-shown", CODES, with_application, sends(CODES, password=PASSWORD)),
    Scene("second-step", "/connexion", signed_out, reach_second_step),
    Scene("second-step-refused", "/connexion", signed_out, fail_second_step),
    Scene("second-step-recovery", "/connexion", signed_out, want_recovery),
]
