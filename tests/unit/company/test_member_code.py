from hypothesis import given
from hypothesis import strategies as st

from services.company.domain.import_row import member_code
from services.company.domain.member_code import MemberCodes, normalised
from services.platform.errors import InvalidArgument

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


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_a_normal_code_is_its_own_normal_form(written: str) -> None:
    once = normalised(written)
    assert normalised(once) == once
    assert codes.match(SIREN, once, codes.hash_of(SIREN, written))


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ._/-", min_size=1, max_size=50))
def test_an_imported_code_is_accepted_as_it_is_or_refused(written: str) -> None:
    try:
        code = member_code(written)
    except InvalidArgument as error:
        assert error.reason == "member_code_invalid"  # noqa: PT017 - either is right
        assert not (4 <= len(written) <= 40 and written[0].isalnum())
    else:
        assert member_code(code.lower()) == code == written
