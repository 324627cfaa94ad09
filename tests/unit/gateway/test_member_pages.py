"""« Gérer les utilisateurs », its members: what is changed, and what is refused."""

import pytest

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, ROLE_MEMBER, Membership
from services.platform.errors import (
    FailedPrecondition,
)
from tests.system.browser import Browser
from tests.unit.gateway.services_on_the_wire import (
    SIREN,
    ServicesOnTheWire,
)

USERS = f"/entreprises/{SIREN}/utilisateurs"


@pytest.mark.parametrize(
    ("change", "asked_for", "text"),
    [
        ("administrator", (ROLE_ADMINISTRATOR, 0), "administre maintenant"),
        ("member", (ROLE_MEMBER, 0), "est maintenant simple membre"),
        ("suspended", (0, Membership.STATE_SUSPENDED), "est suspendu"),
        ("active", (0, Membership.STATE_ACTIVE), "est rétabli"),
    ],
)
async def test_a_member_is_changed(
    administrator: Browser, services: ServicesOnTheWire, change: str, asked_for: tuple[int, int], text: str
) -> None:
    answer = await administrator.send_own(f"{USERS}/membres", f"{USERS}/membres/bruno", change=change)
    (asked,) = services.asked("UpdateMembership")
    assert (asked.account_id, asked.role, asked.state) == ("bruno", *asked_for)
    assert text in (await administrator.follow(answer)).text


async def test_a_member_is_removed(administrator: Browser, services: ServicesOnTheWire) -> None:
    answer = await administrator.send(f"{USERS}/membres", f"{USERS}/membres/bruno/retrait")
    assert services.asked("DeleteMembership")[0].account_id == "bruno"
    assert "Bruno Petit n’a plus accès" in (await administrator.follow(answer)).text


async def test_one_leaves_by_a_page_that_asks_again(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    own = await administrator.send_own(f"{USERS}/membres", f"{USERS}/membres/claire/retrait")
    assert own.headers["location"] == f"/entreprises/{SIREN}/depart"
    assert not services.asked("DeleteMembership")
    answer = await administrator.send(own.headers["location"], f"/entreprises/{SIREN}/depart")
    assert services.asked("DeleteMembership")[0].account_id == "claire"
    assert answer.headers["location"] == "/entreprises"


async def test_a_wrong_change_of_a_member_is_refused(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    for fields in ({}, {"change": "owner"}):
        answer = await administrator.send_own(f"{USERS}/membres", f"{USERS}/membres/bruno", **fields)
        assert answer.status_code == 422
    assert (await administrator.send_own(USERS, f"{USERS}/membres/a.b", change="member")).status_code == 404
    assert not services.asked("UpdateMembership")


async def test_the_last_administrator_is_protected(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    last = FailedPrecondition("last_administrator")
    services.replies |= {"UpdateMembership": last, "DeleteMembership": last}
    change: dict[str, str] = {"change": "member"}
    for path, fields in ((f"{USERS}/membres/claire", change), (f"/entreprises/{SIREN}/depart", {})):
        answer = await administrator.send_own(f"{USERS}/membres", path, **fields)
        assert answer.status_code == 409
        assert "Une entreprise garde toujours au moins un administrateur" in answer.text
