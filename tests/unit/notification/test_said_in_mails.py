"""What single kinds of mail say, and to whom."""

import pytest

from tests.unit.notification.examples import REQUESTER_ID, SUPPORT, claire, rendered

each_language = pytest.mark.parametrize("language", ["fr", "en"])


@each_language
def test_who_is_not_verified_is_not_greeted_by_a_name_anyone_could_have_typed(language: str) -> None:
    content = rendered("account_verification", claire(language, name="Gagnez 1000 euros"))
    assert "Gagnez" not in content.subject + content.text + content.html


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no_answer", "aucun administrateur de l’entreprise n’a répondu"),
        ("no_active_administrator", "n’a plus d’administrateur actif"),
        ("mail_bounced", "n’ont pu être remis"),
        ("contested", "est contesté"),
        ("something_new", "n’a pas trouvé de réponse"),
    ],
)
def test_an_escalation_says_its_reason(reason: str, said: str) -> None:
    content = rendered("access_request_escalated", claire(recipient_id="operator:1"), reason=reason)
    assert said in " ".join(content.text.split())
    assert said in content.html


@each_language
@pytest.mark.parametrize("kind", ["access_request_escalated", "administrator_granted"])
def test_the_contact_on_file_is_told_whom_to_write_to_and_gets_no_link_to_the_request(
    kind: str, language: str
) -> None:
    content = rendered(kind, claire(language, recipient_id="contact:1", name=""))
    assert SUPPORT in content.text.partition("\n--\n")[0]
    assert "/demandes/" not in content.text + content.html
    assert {"fr": "contact de l’entreprise", "en": "contact of the company"}[language] in " ".join(
        content.text.split()
    )


def test_the_requester_of_an_expired_request_is_told_otherwise_than_the_administrators() -> None:
    own = rendered("access_request_expired", claire(recipient_id=REQUESTER_ID))
    other = rendered("access_request_expired", claire())
    assert own.subject == "Votre demande pour Ateliers Morel a expiré sans réponse"
    assert "Refaire ma demande" in own.html
    assert other.subject == "La demande de Bruno Petit pour Ateliers Morel a expiré sans réponse"


@pytest.mark.parametrize(
    ("kind", "changed", "subject", "said"),
    [
        (
            "membership_ended",
            {},
            "Votre accès à Ateliers Morel a été retiré",
            ("Un administrateur de l’entreprise Ateliers Morel a retiré votre accès", SUPPORT),
        ),
        (
            "membership_ended",
            {"changed_by": "self"},
            "Vous avez quitté Ateliers Morel",
            ("Ce n’était pas vous", SUPPORT),
        ),
        (
            "membership_suspended",
            {},
            "Votre accès à Ateliers Morel est suspendu",
            (
                "Un administrateur de l’entreprise Ateliers Morel a suspendu",
                "ni refaire une demande",
                SUPPORT,
            ),
        ),
        (
            "membership_reinstated",
            {"role": "member"},
            "Votre accès à Ateliers Morel est rétabli",
            ("Un administrateur de l’entreprise Ateliers Morel a rétabli", "Liste des outils"),
        ),
        (
            "membership_role_changed",
            {"role": "administrator"},
            "Vous administrez désormais Ateliers Morel",
            ("vous a nommé administrateur", "Gérer les utilisateurs"),
        ),
        (
            "membership_role_changed",
            {"role": "administrator", "suspended": "true"},
            "Vous administrez désormais Ateliers Morel",
            ("Votre accès reste suspendu",),
        ),
        (
            "membership_role_changed",
            {"role": "member"},
            "Vous n’administrez plus Ateliers Morel",
            ("vous a retiré le rôle d’administrateur", "Vous en restez membre", SUPPORT),
        ),
    ],
)
def test_a_changed_membership_says_what_was_done_by_whom_when_and_what_to_do(
    kind: str, changed: dict[str, str], subject: str, said: tuple[str, ...]
) -> None:
    content = rendered(kind, claire(), **changed)
    text = " ".join(content.text.split())
    assert content.subject == subject
    assert [words for words in (*said, "mardi 24 novembre 2026 à 10 h 42") if words not in text] == []


def test_a_warning_stands_in_the_mail_only_where_the_address_is_confusable() -> None:
    for kind in ("access_request_received", "access_request_reminder"):
        warned = rendered(kind, claire(), requester_email_confusable="true")
        plain = rendered(kind, claire(), requester_email_confusable="")
        assert "imitent" in warned.text
        assert "imitent" in warned.html
        assert "imitent" not in plain.text + plain.html
