import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.password_policy import check_password
from services.platform.errors import InvalidArgument

EMAIL = EmailAddress.parse("marie-claude.lefebvre@boulangerie.example.com")
NAME = "Marie-Claude Lefebvre"


def check(password: str) -> None:
    check_password(password, email=EMAIL, full_name=NAME)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "password_too_short"),
        ("Xk9$vQ2!mZr", "password_too_short"),
        ("e\u0301" * 11, "password_too_short"),
        ("é" * 513, "password_too_long"),
        ("a" * 1025, "password_too_long"),
        ("motdepasse1234", "password_weak"),
        ("azertyuiop123", "password_weak"),
        ("aaaaaaaaaaaa", "password_weak"),
        ("x" * 1024, "password_weak"),
        ("123456789012", "password_weak"),
        ("Password1234", "password_weak"),
        ("lefebvre2026!", "password_weak"),
        ("marie-claude.lefebvre", "password_weak"),
        ("Marie-Claude.Lefebvre@Boulangerie.example.com", "password_weak"),
        ("xkq7 marie-claude.lefebvre@boulangerie.example.com", "password_weak"),
        ("boulangerie2026", "password_weak"),
        ("lopcommerce2026", "password_weak"),
        ("long enough \ud800", "invalid_text"),
    ],
)
def test_a_poor_password_is_refused_and_not_echoed(password: str, reason: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        check(password)
    error = refused.value
    assert (error.reason, error.field) == (reason, "password")
    assert not password or password not in repr((error, error.args, error.metadata))


@pytest.mark.parametrize(
    "password",
    [
        "tulipe-carbone-9-lampion",
        "une phrase secrète de soixante-quatre caractères, ou davantage encore",
        "🦊 saute 🌳 trois fois ☂",
        "Un-bon-mot-de-passe-2026",
        "Xk9$vQ2!mZrT",
    ],
)
def test_a_good_password_is_accepted(password: str) -> None:
    check(password)


@given(st.text(st.characters(), max_size=1100))
def test_whatever_is_typed_is_accepted_or_refused_with_a_reason(password: str) -> None:
    try:
        check(password)
    except InvalidArgument as error:
        field = error.field
    else:
        field = "password"
    assert field == "password"
