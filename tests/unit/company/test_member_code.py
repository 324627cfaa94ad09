from hypothesis import given
from hypothesis import strategies as st

from services.company.domain.member_code import MemberCodes, normalised

SIREN = "732829320"
codes = MemberCodes(b"a secret of this test")


@given(st.text("abcXYZ019-", min_size=1), st.sampled_from(" \u00a0\u202f\t"), st.integers(0, 20))
def test_case_and_spaces_do_not_matter(code: str, space: str, at: int) -> None:
    written = code[:at].lower() + space + code[at:].upper() + space
    assert codes.match(SIREN, written, codes.hash_of(SIREN, code))


@given(st.text(), st.text())
def test_another_code_does_not_match(code: str, other: str) -> None:
    same = normalised(code) == normalised(other)
    assert codes.match(SIREN, other, codes.hash_of(SIREN, code)) is same


def test_the_code_of_one_company_does_not_open_another() -> None:
    assert not codes.match("552100554", "ADH-1", codes.hash_of(SIREN, "ADH-1"))


def test_another_secret_gives_another_hash() -> None:
    other = MemberCodes(b"another secret")
    assert other.hash_of(SIREN, "ADH-1") != codes.hash_of(SIREN, "ADH-1")


def test_no_code_matches_an_unknown_company() -> None:
    assert not codes.match(SIREN, "ADH-1", None)
    assert not codes.match(SIREN, "", None)
