"""Pages of problems: what happened, what to do, and the bar of whoever is signed in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1.company_pb2 import Membership, MembershipChange
from guichet.company.v1.company_service_pb2 import (
    GetEndedMembershipResponse,
    GetLostAdministrationResponse,
    GetOwnAccessResponse,
    ListEndedMembershipsResponse,
)
from services.platform.errors import NotFound, ResourceExhausted, Unauthenticated, Unavailable
from tests.system.browser import Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import AT, MEMBERSHIP, PENDING, SIREN, ServicesOnTheWire

BAR = "Claire Morel</span>"


@pytest.mark.parametrize("path", ["/rien", "/entreprises/552100554", "/demandes/pas%20une%20demande"])
async def test_whoever_is_signed_in_keeps_their_bar_where_nothing_is(
    administrator: Browser, path: str
) -> None:
    answer = await administrator.open(path)
    assert answer.status_code == 404
    assert BAR in answer.text


async def test_a_limit_is_told_under_the_bar(administrator: Browser, services: ServicesOnTheWire) -> None:
    services.replies["GetCompany"] = ResourceExhausted("rate_limited")
    answer = await administrator.open(f"/entreprises/{SIREN}")
    assert answer.status_code == 429
    assert BAR in answer.text


async def test_the_bar_goes_with_what_is_away_and_nothing_else_does(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetSession"] = Unavailable("database")
    answer = await administrator.open("/entreprises")
    assert answer.status_code == 503
    assert BAR not in answer.text
    missing = await administrator.open("/rien")
    assert missing.status_code == 404
    assert BAR not in missing.text


async def test_whoever_is_a_stranger_is_shown_no_bar(browser: Browser) -> None:
    answer = await browser.open("/rien")
    assert answer.status_code == 404
    assert '<nav aria-label="Principal">' not in answer.text


async def test_a_session_that_is_over_is_told_of_where_one_signs_in_again(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetSession"] = Unauthenticated("session_expired")
    answer = await administrator.open("/entreprises")
    assert answer.headers["location"] == "/connexion?next=%2Fentreprises"
    assert any(one.startswith(f'{COOKIE}="";') for one in answer.headers.get_list("set-cookie"))
    administrator.http.cookies.delete(COOKIE)
    assert "Votre session est terminée" in (await administrator.follow(answer)).text
    assert "Votre session est terminée" not in (await administrator.open("/connexion")).text


async def test_whoever_was_not_signed_in_is_told_why_they_must(browser: Browser) -> None:
    answer = await browser.open("/demandes/request-1")
    page = (await browser.follow(answer)).text
    assert "Votre session est terminée" not in page
    assert "pour voir la demande d’accès" in page


async def test_whoever_had_access_is_told_that_it_ended_and_how_to_ask_again(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    change = MembershipChange(siren=SIREN, company_name="Ateliers Morel", change_time=AT)
    services.replies["GetEndedMembership"] = GetEndedMembershipResponse(change=change)
    for path in ("", "/outils", "/utilisateurs"):
        answer = await administrator.open(f"/entreprises/{SIREN}{path}")
        assert answer.status_code == 403
        assert "L’accès à Ateliers Morel a pris fin" in answer.text
        assert f"/entreprises/ajouter?siren={SIREN}" in answer.text
        assert "mailto:support@opcommerce.example" in answer.text


@pytest.mark.parametrize(
    ("lost", "status", "said"),
    [
        (
            {"end": MembershipChange(siren=SIREN, company_name="Ateliers Morel", change_time=AT)},
            403,
            "L’accès à Ateliers Morel a pris fin",
        ),
        ({"membership": MEMBERSHIP}, 403, "Réservé aux administrateurs"),
        (
            {"membership": Membership(siren=SIREN, state=Membership.STATE_SUSPENDED)},
            409,
            "suspendu",
        ),
        (None, 404, "Introuvable"),
    ],
)
async def test_an_old_mail_tells_whoever_could_decide_why_not_any_more(
    administrator: Browser, services: ServicesOnTheWire, *, lost: Any, status: int, said: str
) -> None:
    path = f"/demandes/{PENDING.id}"
    action = f"{path}/decision"
    form = hidden_fields((await administrator.open(path)).text, action)
    gone = NotFound("not_found")
    services.replies |= {"GetAccessRequest": gone, "ApproveAccessRequest": gone}
    if lost:
        services.replies["GetLostAdministration"] = GetLostAdministrationResponse(**lost)
    opened = await administrator.open(path)
    decided = await administrator.http.post(
        action, data={**form, "verdict": "approve"}, headers=administrator.headers
    )
    for answer in (opened, decided):
        assert answer.status_code == status
        assert said in answer.text
        assert "Bruno" not in answer.text


async def test_whoever_had_access_finds_its_end_among_their_companies(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    lately, long_ago = Timestamp(), Timestamp()
    lately.FromDatetime(datetime.now(UTC) - timedelta(days=2))
    long_ago.FromDatetime(datetime.now(UTC) - timedelta(days=31))
    services.replies["ListEndedMemberships"] = ListEndedMembershipsResponse(
        changes=[
            MembershipChange(siren=SIREN, company_name="Ateliers Morel", change_time=lately),
            MembershipChange(siren="552100554", company_name="Ateliers d’hier", change_time=long_ago),
        ]
    )
    page = (await administrator.open("/entreprises")).text
    for said in ("Récemment terminé", "Ateliers Morel", "mailto:support@opcommerce.example"):
        assert said in page
    assert f"/entreprises/ajouter?siren={SIREN}" in page
    assert "Ateliers d’hier" not in page
    assert "encore sur aucune entreprise" not in page
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[MEMBERSHIP])
    assert "Récemment terminé" not in (await administrator.open("/entreprises")).text


async def test_whoever_is_suspended_is_told_whom_to_ask(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    suspended = Membership()
    suspended.CopyFrom(MEMBERSHIP)
    suspended.state = Membership.STATE_SUSPENDED
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[suspended])
    answer = await administrator.open(f"/entreprises/{SIREN}")
    assert answer.status_code == 409
    assert "Demandez à l’un de ses administrateurs de le rétablir" in answer.text
    listed = (await administrator.open("/entreprises")).text
    assert "Accès suspendu" in listed
    assert "Un administrateur de l’entreprise peut rétablir votre accès" in listed


async def test_the_summary_names_each_of_several_fields(browser: Browser) -> None:
    page = (await browser.send("/inscription", "/inscription")).text
    for name, label in (("full_name", "Prénom et nom"), ("password", "Mot de passe")):
        assert f'<a href="#{name}">{label}\u00a0: Ce champ est nécessaire' in page


async def test_an_address_verified_in_a_session_does_not_invite_to_sign_in(administrator: Browser) -> None:
    answer = await administrator.send("/verifier?token=abc", "/verifier")
    while answer.status_code == 303:
        answer = await administrator.follow(answer)
    assert "est vérifiée." in answer.text
    assert "Vous pouvez vous connecter" not in answer.text
