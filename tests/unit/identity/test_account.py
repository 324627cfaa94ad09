from datetime import UTC, datetime, timedelta

import pytest

from services.identity.domain.account import Account, parse_locale
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import DOUBLE_CLICK, MOST_CODE_ATTEMPTS, Notice, NoticeKind
from services.identity.domain.session import Origin, Session
from services.platform.client_address import UNKNOWN, client_of
from services.platform.errors import InvalidArgument

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def account() -> Account:
    return Account.create(
        EmailAddress.parse("jean@example.com"), full_name="Premier Venu", locale="fr", at=NOW
    )


def test_the_followed_sign_up_becomes_the_account() -> None:
    person = account()
    sign_up = person.sign_up(full_name="Jean Petit", locale="en", password_hash="hash", at=NOW)
    person.verify(sign_up, at=LATER)
    assert (person.full_name, person.locale, person.password_hash) == ("Jean Petit", "en", "hash")
    assert person.verified_at == LATER


def test_a_verified_account_takes_nothing_from_another_sign_up() -> None:
    person = account()
    person.verify(person.sign_up(full_name="Jean", locale="fr", password_hash="mine", at=NOW), at=NOW)
    person.verify(person.sign_up(full_name="Autre", locale="en", password_hash="theirs", at=NOW), at=LATER)
    assert (person.full_name, person.password_hash, person.verified_at) == ("Jean", "mine", NOW)


def test_verified_without_a_sign_up_there_is_no_password() -> None:
    person = account()
    person.verify(None, at=NOW)
    assert (person.verified, person.password_hash, person.full_name) == (True, "", "Premier Venu")


def test_a_chosen_password_verifies_but_does_not_move_the_verification() -> None:
    person = account()
    person.choose_password("one", at=NOW)
    person.choose_password("two", at=LATER)
    assert (person.password_hash, person.verified_at) == ("two", NOW)


def test_a_session_is_open_until_its_very_end() -> None:
    session = Session.start(account(), at=NOW, life=timedelta(hours=1), origin=Origin("client"), amr=("pwd",))
    assert session.is_open(LATER - timedelta(microseconds=1))
    assert not session.is_open(LATER)
    session.ended_at = NOW
    assert not session.is_open(NOW)


def test_a_notice_works_until_it_is_used_ended_or_expired() -> None:
    def notice() -> Notice:
        return Notice.create(NoticeKind.PASSWORD_RESET, account(), at=NOW, life=timedelta(hours=1))

    assert notice().is_open(LATER - timedelta(microseconds=1))
    assert not notice().is_open(LATER)
    used, ended = notice(), notice()
    used.use(at=NOW)
    ended.ended_at = NOW
    assert (used.is_open(NOW), used.has_worked(), used.is_fresh(NOW)) == (False, True, True)
    assert (ended.is_open(NOW), ended.has_worked()) == (False, False)


def test_a_notice_without_a_link_never_expires() -> None:
    assert Notice.create(NoticeKind.ACCOUNT_EXISTS, account(), at=NOW).is_open(NOW + timedelta(days=999))


def test_a_code_bears_so_many_wrong_tries() -> None:
    notice = Notice.create(NoticeKind.ACCOUNT_VERIFICATION, account(), at=NOW, life=timedelta(days=1))
    for _ in range(MOST_CODE_ATTEMPTS):
        assert notice.takes_codes(NOW)
        notice.count_wrong_code()
    assert not notice.takes_codes(NOW)
    assert notice.is_open(NOW)


def test_a_mail_is_recent_for_a_minute() -> None:
    notice = Notice.create(NoticeKind.ACCOUNT_VERIFICATION, account(), at=NOW)
    assert notice.is_recent(NOW)
    assert not notice.is_recent(NOW + DOUBLE_CLICK)


@pytest.mark.parametrize(("asked", "locale"), [("", "fr"), ("fr", "fr"), ("en", "en")])
def test_a_language_is_french_unless_asked(asked: str, locale: str) -> None:
    assert parse_locale(asked) == locale


@pytest.mark.parametrize("asked", ["de", "FR", "fr-FR", " fr", "\x00"])
def test_another_language_is_refused(asked: str) -> None:
    with pytest.raises(InvalidArgument, match="locale_invalid"):
        parse_locale(asked)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", UNKNOWN),
        ("not an address", UNKNOWN),
        ("192.0.2.1, 10.0.0.1", UNKNOWN),
    ],
)
def test_a_client_is_an_address_or_a_network(address: str, client: str) -> None:
    assert client_of(address) == client
