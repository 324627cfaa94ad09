"""What relying parties refuse when somebody meddles between them and the portal, and new keys in between."""

import asyncio
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.relying_parties.apache import Apache
from tests.relying_parties.conftest import Browsers, Scene
from tests.relying_parties.node import Node
from tests.relying_parties.party import Party
from tests.relying_parties.test_sign_on import signed_on

pytestmark = pytest.mark.timeout(180)
CODES = (httpx.codes.FOUND, httpx.codes.SEE_OTHER)


def with_changes(address: str, **changes: str | None) -> str:
    """Returns an address with some parameters of its query changed, or left out where None."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return parts._replace(query=urlencode({name: one for name, one in query.items() if one})).geturl()


async def asked(party: Party, browser: httpx.AsyncClient) -> str:
    """Begins a sign-on, and returns the address that the party sends the browser to."""
    answer = await browser.get(party.start, follow_redirects=False)
    assert answer.status_code in CODES, answer.text
    return answer.headers["location"]


async def answered(browser: httpx.AsyncClient, address: str) -> str:
    """Follows the portal up to its answer, and returns the address of the party with the code in it."""
    answer = await browser.get(address, follow_redirects=False)
    while answer.status_code in CODES and "code=" not in answer.headers["location"]:
        answer = await browser.get(
            answer.next_request.url if answer.next_request else "", follow_redirects=False
        )
    assert answer.status_code in CODES, answer.text
    return answer.headers["location"]


async def test_the_answer_comes_with_the_issuer_and_the_state(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    question = await asked(party, browser)
    back = parse_qs(urlsplit(await answered(browser, question)).query)
    assert back["iss"] == [scene.system.url]
    assert back["state"] == parse_qs(urlsplit(question).query)["state"]


@pytest.mark.parametrize("changed", ["nonce", "state", "code_challenge"])
async def test_a_sign_on_that_somebody_changed_on_its_way_opens_nothing(
    scene: Scene, party: Party, browsers: Browsers, changed: str
) -> None:
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    question = await asked(party, browser)
    forged = with_changes(question, **{changed: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"})
    await browser.get(await answered(browser, forged))
    assert await party.claims(browser) is None


async def test_an_answer_of_another_issuer_is_refused(scene: Scene, browsers: Browsers) -> None:
    node = scene.parties["node-none"]
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    back = await answered(browser, await asked(node, browser))
    for issuer in ("https://evil.example.org", None):
        refused = await browser.get(with_changes(back, iss=issuer))
        assert refused.json()["error"] == "OAUTH_INVALID_RESPONSE"
    assert await node.claims(browser) is None


async def test_a_code_that_somebody_else_brings_back_opens_nothing(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, _ = await scene.administrator()
    stolen = await answered(browsers.of(claire), await asked(party, (own := browsers.of(claire))))
    thief = browsers.of()
    await thief.get(stolen)
    assert await party.claims(thief) is None
    assert await party.claims(own) is None


async def test_a_code_brought_back_twice_ends_the_sign_on_that_it_opened(
    scene: Scene, browsers: Browsers
) -> None:
    node = scene.parties["node-client-secret-post"]
    assert isinstance(node, Node)
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    back = await answered(browser, await asked(node, browser))
    await browser.get(back)
    assert await node.claims(browser) is not None
    assert (await browser.get(back)).json()["error"] == "nothing_asked"


async def test_new_signing_keys_in_the_middle_of_a_session_are_taken_by_everybody(
    scene: Scene, browsers: Browsers
) -> None:
    node, apache = scene.parties["node-client-secret-basic"], scene.parties["apache"]
    assert isinstance(node, Node)
    assert isinstance(apache, Apache)
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    before = await signed_on(node, browser)
    await signed_on(apache, browser)
    known = set((await node.ask(browser, "keys"))["known"])
    await node.ask(browser, "clock", seconds="61")
    try:
        rotated = await scene.system.command_line()("keys", "rotate-signing")
        assert rotated.code == 0, rotated.err
        async with asyncio.timeout(30):
            while (refreshed := await node.ask(browser, "refresh")).get("kid") in known:
                await asyncio.sleep(0.1)
        assert "kid" in refreshed, refreshed
        assert {*known, refreshed["kid"]} <= set((await node.ask(browser, "keys"))["known"])
    finally:
        await node.ask(browser, "clock", seconds="0")
    after = await node.claims(browser)
    assert after is not None
    assert after["sub"] == before["sub"]
    # Apache reads the keys again by itself where it does not know one.
    assert await apache.refresh(browser)
    assert (await signed_on(apache, browsers.of(claire)))["sub"] == before["sub"]
    # An ID token that the former keys have signed still says who signs out.
    question = await browser.get(apache.sign_out)
    assert question.status_code == httpx.codes.OK
    assert "/oauth2/logout/confirmation" in question.text
