"""What administrators should look at twice."""

import pytest

from services.gateway.pages.flags import domains_of, flags_of

KNOWN = domains_of(["claire@ateliers-morel.example", "sofia@Ateliers-Morel.example", "paul@gmail.com", ""])


def test_a_public_mailbox_is_no_domain_of_a_company() -> None:
    assert list(KNOWN) == ["ateliers-morel.example"]


@pytest.mark.parametrize(
    ("email", "found"),
    [
        ("bruno@ateliers-morel.example", []),
        ("bruno@ATELIERS-MOREL.example", []),
        ("bruno@cabinet-leroy.example", ["foreign"]),
        ("bruno@ateliers-morel.example.evil.example", ["foreign"]),
        ("bruno@gmail.com", ["personal"]),
        ("bruno@Orange.fr", ["personal"]),
    ],
)
def test_an_address_from_elsewhere_is_flagged(email: str, found: list[str]) -> None:
    assert flags_of(email, confusable=False, known_domains=KNOWN) == found
    assert flags_of(email, confusable=True, known_domains=KNOWN) == ["confusable", *found]


def test_nothing_is_foreign_where_no_domain_is_known() -> None:
    assert flags_of("bruno@cabinet-leroy.example", confusable=False, known_domains=frozenset()) == []
