"""« Gérer les utilisateurs »: what its forms ask of the services, and what each refusal says."""

from html import unescape

import pytest

from guichet.company.v1.access_request_pb2 import Reminder
from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR
from guichet.company.v1.company_service_pb2 import (
    ApproveAccessRequestResponse,
    GetAccessRequestResponse,
    GetOwnAccessResponse,
    ListCompanyAccessRequestsResponse,
    ListMembershipsResponse,
)
from guichet.identity.v1.account_pb2 import Account
from guichet.identity.v1.identity_service_pb2 import BatchGetAccountsResponse
from services.platform.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    Unavailable,
)
from tests.system.browser import HTML, Browser, hidden_fields
from tests.unit.gateway.services_on_the_wire import (
    AT,
    BRUNOS_MEMBERSHIP,
    CLAIRE,
    DECIDED,
    LATER,
    MEMBERSHIP,
    PENDING,
    SIREN,
    ServicesOnTheWire,
    another,
)

USERS = f"/entreprises/{SIREN}/utilisateurs"
DECISION = "/demandes/request-1/decision"


async def test_what_waits_is_shown_with_all_that_helps_to_decide(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    told = another(
        PENDING,
        message="Je reprends <b>tout</b>.",
        escalate_time=LATER,
        reminders=[Reminder(id="r", origin=Reminder.ORIGIN_REQUESTER, create_time=AT)],
    )
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse(access_requests=[told])
    page = (await administrator.open(USERS)).text
    for text in ("bruno@example.com", "&lt;b&gt;tout", "relancée 1\u00a0fois", "sera transmise"):
        assert text in page
    assert "Sélectionner" not in page, "one alone needs no selection"


async def test_nothing_waits(administrator: Browser, services: ServicesOnTheWire) -> None:
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse()
    assert "Aucune demande n’attend" in (await administrator.open(USERS)).text


async def test_one_is_authorised_with_a_role_and_the_list_says_so(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    answer = await administrator.send(USERS, DECISION, role="administrator", verdict="approve")
    (asked,) = services.asked("ApproveAccessRequest")
    assert (asked.access_request_id, asked.role) == ("request-1", ROLE_ADMINISTRATOR)
    assert answer.headers["location"] == USERS
    assert (
        "Bruno Petit peut maintenant accéder au portail, comme" in (await administrator.follow(answer)).text
    )


async def test_one_is_refused_with_a_reason(administrator: Browser, services: ServicesOnTheWire) -> None:
    await administrator.send("/demandes/request-1", DECISION, verdict="reject", reason="Qui\r\nêtes-vous ?")
    assert services.asked("RejectAccessRequest")[0].reason == "Qui êtes-vous ?"


async def test_a_decision_that_waits_for_the_worker_is_said_to_be_recorded(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["ApproveAccessRequest"] = ApproveAccessRequestResponse(access_request=PENDING)
    answer = await administrator.send(USERS, DECISION, role="member", verdict="approve")
    assert "est enregistrée" in (await administrator.follow(answer)).text
    answer = await administrator.send(
        USERS, USERS, **{"chosen-request-1": "yes"}, role="member", verdict="approve"
    )
    assert "s’appliquent dès que possible" in (await administrator.follow(answer)).text


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({}, 422, "Ce champ est nécessaire"),
        ({"verdict": "maybe"}, 422, "liste permise"),
        ({"verdict": "approve", "role": "owner"}, 422, "liste permise"),
        ({"verdict": "reject"}, 422, "Un refus se motive"),
        ({"verdict": "reject", "reason": " \t "}, 422, "Un refus se motive"),
        ({"verdict": "reject", "reason": "a\u202eb"}, 422, "ne sont pas acceptés"),
        ({"verdict": "reject", "reason": "a\x00b"}, 422, "ne sont pas acceptés"),
    ],
)
async def test_a_wrong_decision_is_refused_on_its_page(
    administrator: Browser, services: ServicesOnTheWire, fields: dict[str, str], status: int, text: str
) -> None:
    answer = await administrator.send_own(USERS, DECISION, **fields)
    assert answer.status_code == status
    assert text in answer.text
    assert "Bruno Petit demande l’accès" in answer.text
    assert hidden_fields(answer.text, "/langue")["next"] == "/demandes/request-1", "a path that can be opened"
    several = await administrator.send_own(USERS, USERS, **{"chosen-request-1": "yes"}, **fields)
    assert several.status_code == status
    assert text in several.text
    assert "checked" in several.text
    assert not services.asked("ApproveAccessRequest") + services.asked("RejectAccessRequest")


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (PermissionDenied("self_approval"), 403, "votre propre demande"),
        (PermissionDenied("not_an_administrator"), 403, "Seul un administrateur"),
        (FailedPrecondition("request_expired"), 409, "a expiré sans réponse"),
        (FailedPrecondition("request_cancelled"), 409, "a été annulée"),
        (InvalidArgument("reason_too_long", field="reason"), 422, "au plus 500 caractères"),
        (NotFound("not_found"), 404, "Introuvable"),
        (Unavailable("workflow_engine_unavailable"), 503, "ne répond pas"),
    ],
)
async def test_each_refusal_of_the_service_is_said(
    administrator: Browser, services: ServicesOnTheWire, error: Exception, status: int, text: str
) -> None:
    services.replies["RejectAccessRequest"] = error  # type: ignore[assignment]  # a DomainError
    fields = {"verdict": "reject", "reason": "Je ne vous connais pas."}
    answer = await administrator.send_own(USERS, DECISION, **fields)
    assert (answer.status_code, text in answer.text) == (status, True), answer.text
    chosen = {"chosen-request-1": "yes", "chosen-request-2": "yes"}
    several = await administrator.send_own(USERS, USERS, **chosen, **fields)
    assert several.status_code == status
    assert text in several.text or status == 404


async def test_whoever_comes_second_reads_who_was_first(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["ApproveAccessRequest"] = FailedPrecondition("already_decided")
    services.replies["GetAccessRequest"] = GetAccessRequestResponse(access_request=DECIDED)
    answer = await administrator.send_own(USERS, DECISION, verdict="approve")
    assert answer.status_code == 409
    assert "Déjà autorisée par Claire Morel <time" in answer.text
    assert "Votre décision n’a rien changé" in answer.text


async def test_whoever_has_decided_from_a_mail_is_led_to_who_waits_next(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["GetAccessRequest"] = GetAccessRequestResponse(access_request=DECIDED)
    waiting = another(PENDING, id="request-2")
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse(
        access_requests=[waiting]
    )
    page = (await administrator.open("/demandes/request-1")).text
    assert '<a class="button" href="/demandes/request-2">Demande suivante\u00a0: Bruno Petit' in page
    assert f'<a href="{USERS}">Toutes les demandes en attente</a>' in page
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse()
    assert "Demande suivante" not in (await administrator.open("/demandes/request-1")).text


async def test_administrators_see_the_reminders_that_were_and_the_one_to_come(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    coming = another(PENDING, remind_time=LATER, next_reminder_time=AT)
    services.replies["GetAccessRequest"] = GetAccessRequestResponse(access_request=coming)
    page = (await administrator.open("/demandes/request-1")).text
    assert page.count("Rappel automatique") == 1
    past = another(PENDING, reminders=[Reminder(create_time=AT, origin=Reminder.ORIGIN_AUTOMATIC)])
    services.replies["GetAccessRequest"] = GetAccessRequestResponse(access_request=past)
    page = (await administrator.open("/demandes/request-1")).text
    assert page.count("Rappel automatique.") == 1
    assert "Vous pourrez relancer" not in page


async def test_the_history_tells_who_decided_what_and_when(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse(
        access_requests=[PENDING, DECIDED], next_page_token="more"
    )
    page = (await administrator.open(f"{USERS}/historique")).text
    assert "Autorisée par Claire Morel" in page
    assert "cursor=more" in page
    assert 'aria-current="page">Demandes <b>2+' in page


@pytest.mark.parametrize("path", [USERS, f"{USERS}/historique", f"{USERS}/membres"])
async def test_a_plain_member_and_a_stranger_do_not_get_in(
    administrator: Browser, services: ServicesOnTheWire, path: str
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[BRUNOS_MEMBERSHIP])
    assert (await administrator.open(path)).status_code == 403
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    assert (await administrator.open(path)).status_code == 404
    administrator.http.cookies.clear()
    signed_out = await administrator.http.get(path, headers=HTML)
    assert signed_out.headers["location"].startswith("/connexion?next=%2Fentreprises")


async def test_a_cursor_that_is_none_is_refused(administrator: Browser, services: ServicesOnTheWire) -> None:
    services.replies["ListCompanyAccessRequests"] = InvalidArgument("invalid_cursor", field="page_token")
    assert (await administrator.open(f"{USERS}?cursor=x")).status_code == 422


@pytest.mark.parametrize(
    ("email", "confusable", "warned"),
    [
        ("bruno@example.com", False, []),
        ("bruno@elsewhere.example", False, ["foreign"]),
        ("bruno@gmail.com", False, ["personal"]),
        ("bruno@gmail.com", True, ["confusable", "personal"]),
    ],
)
async def test_an_address_to_look_at_twice_is_flagged_in_the_list_and_where_it_is_decided(
    administrator: Browser, services: ServicesOnTheWire, email: str, *, confusable: bool, warned: list[str]
) -> None:
    asking = Account(id="bruno", email=email, full_name="Bruno Petit", email_confusable=confusable)
    services.replies["BatchGetAccounts"] = BatchGetAccountsResponse(accounts=[CLAIRE, asking])
    services.replies["ListMemberships"] = ListMembershipsResponse(memberships=[MEMBERSHIP])
    words = {
        "confusable": "Adresse trompeuse",
        "foreign": "Domaine différent de celui de vos membres",
        "personal": "Adresse personnelle",
    }
    for path in (USERS, "/demandes/request-1"):
        page = unescape((await administrator.open(path)).text)
        assert [flag for flag, said in words.items() if said in page] == warned, path
