import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.email_address import EmailAddress
from services.platform.errors import InvalidArgument

WORDS = st.text(st.sampled_from("abcdefxyzABCXYZ0123456789éÉçüÜñνΣßжЖ俊宇"), min_size=1, max_size=20)
DOMAINS = st.sampled_from(["example.com", "EXAMPLE.org", "bücher.example.com", "Пример.рф"])


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jean",
        "@example.com",
        "Jean Petit <jean@example.com>",
        '"jean petit"@example.com',
        "jean@[127.0.0.1]",
        "jean@[IPv6:::1]",
        "jean@127.0.0.1",
        "jean@localhost",
        "jean@example",
        "jean@example.com,marie@example.com",
        "jean@example.com;marie@example.com",
        "jean@example.com marie@example.com",
        "jean@example.com\n",
        "jean\r\nBcc: x@example.com",
        "je\x00an@example.com",
        "je\u202ean@example.com",
        "je\u200ban@example.com",
        "je\ud800an@example.com",
        "jean..petit@example.com",
        "jean@-example.com",
        f"{'j' * 65}@example.com",
        f"{'é' * 33}@example.com",
        f"{'j' * 60}@{'.'.join(['e' * 61] * 3)}.example.com",
        "j" * 100_000,
    ],
)
def test_what_is_not_one_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidArgument, match="email_invalid") as refused:
        EmailAddress.parse(typed)
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    "typed",
    ["O'Brien@example.com", "jean+guichet@example.com", f"{'j' * 64}@example.com", "надежда@пример.рф"],
)
def test_unusual_addresses_are_accepted_as_typed(typed: str) -> None:
    assert EmailAddress.parse(typed).address == typed


def test_an_address_keeps_its_case_but_for_the_domain() -> None:
    assert EmailAddress.parse(" Jean.Petit@Example.COM ").address == "Jean.Petit@example.com"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jean@example.com", "JEAN@EXAMPLE.COM"),
        ("re\u0301mi@example.com", "r\u00e9mi@example.com"),
        ("jean@bücher.example.com", "jean@xn--bcher-kva.example.com"),
        ("jean@BÜCHER.example.com", "jean@XN--BCHER-KVA.example.com"),
        ("\u212aelvin@example.com", "kelvin@example.com"),
    ],
)
def test_twins_are_the_same_address(one: str, other: str) -> None:
    assert EmailAddress.parse(one).key == EmailAddress.parse(other).key


@given(WORDS, DOMAINS)
def test_every_case_and_normal_form_has_one_key(word: str, domain: str) -> None:
    address = EmailAddress.parse(f"{word}@{domain}")
    variants = [word.upper(), word.lower(), unicodedata.normalize("NFD", word)]
    keys = set()
    for variant in variants:
        if len(variant.encode()) <= 64:
            keys.add(EmailAddress.parse(f"{variant}@{domain.upper()}").key)
    assert keys <= {address.key}
    assert EmailAddress.parse(address.address) == address


@given(st.text(max_size=80))
def test_whatever_is_typed_is_an_address_or_email_invalid(typed: str) -> None:
    try:
        address = EmailAddress.parse(typed)
    except InvalidArgument as error:
        reason = error.reason
    else:
        reason = ""
        assert address.address.isprintable()
        assert len(address.address) <= 254
    assert reason in ("", "email_invalid")


@pytest.mark.parametrize(
    "typed",
    [
        "аdmin@example.com",  # а is Cyrillic
        "direсtion@example.com",  # с is Cyrillic
        "сосо@example.com",  # all Cyrillic, all like Latin
        "jean@exаmple.com",
        "jeαn@example.com",
        "ａdmin@example.com",
        "\U0001d41fdmin@example.com",
    ],
)
def test_a_look_alike_is_flagged(typed: str) -> None:
    assert EmailAddress.parse(typed).confusable


@pytest.mark.parametrize(
    "typed",
    [
        "jean@example.com",
        "rémi.nguyễn@example.com",
        "надежда@пример.рф",
        "надежда@example.com",
        "俊宇@example.com",
    ],
)
def test_an_honest_address_is_not_flagged(typed: str) -> None:
    assert not EmailAddress.parse(typed).confusable


LETTERS = st.text(st.characters(categories=("L", "Mn", "Nd")), min_size=1, max_size=12)


@given(LETTERS, st.sampled_from(["example.com", "bücher.example.com", "пример.рф"]))
def test_an_address_is_read_again_as_it_was_stored(local_part: str, domain: str) -> None:
    try:
        address = EmailAddress.parse(f"{local_part}@{domain}")
    except InvalidArgument as error:
        assert (error.reason, error.field) == ("email_invalid", "email")  # noqa: PT017 - either is right
        return
    assert EmailAddress.parse(address.address) == address
    assert f"{address.local_part}@{address.domain}" == address.address
    for form in ("NFC", "NFD"):
        for variant in (local_part, local_part.lower(), local_part.casefold()):
            with suppress(InvalidArgument):
                twin = EmailAddress.parse(f"{unicodedata.normalize(form, variant)}@{domain.upper()}")
                assert twin.key == address.key


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=80))
def test_no_text_of_any_character_breaks_the_reader(typed: str) -> None:
    with suppress(InvalidArgument):
        EmailAddress.parse(f"{typed}@example.com").address.encode()
