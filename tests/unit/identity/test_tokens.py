import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.tokens import Purpose, Tokens, is_id, new_id

TOKENS = Tokens(b"s" * 32)


def test_a_token_is_read_back_by_its_secret_only() -> None:
    identifier = new_id()
    token = TOKENS.token(Purpose.SESSION, identifier)
    assert TOKENS.identifier(Purpose.SESSION, token) == identifier
    assert Tokens(b"t" * 32).identifier(Purpose.SESSION, token) is None
    assert token == TOKENS.token(Purpose.SESSION, identifier)
    assert len(token) == 64


def test_a_token_of_one_purpose_is_none_of_another() -> None:
    identifier = new_id()
    for made in Purpose:
        for asked in Purpose:
            found = TOKENS.identifier(asked, TOKENS.token(made, identifier))
            assert found == (identifier if made is asked else None)


@given(st.text(max_size=100))
def test_any_other_text_is_no_token(text: str) -> None:
    assert TOKENS.identifier(Purpose.SESSION, text) is None


@given(st.integers(0, 63), st.sampled_from("ABCxyz019-_"))
def test_a_token_with_another_character_is_none(position: int, character: str) -> None:
    token = TOKENS.token(Purpose.SESSION, "0123456789abcdef" * 2)
    changed = token[:position] + character + token[position + 1 :]
    found = TOKENS.identifier(Purpose.SESSION, changed)
    assert (found is not None) == (changed == token)


def test_a_code_is_eight_digits_that_may_be_typed_in_groups() -> None:
    identifier = new_id()
    code = TOKENS.code(Purpose.ACCOUNT_VERIFICATION, identifier)
    assert len(code) == 8
    for typed in (code, f"{code[:4]} {code[4:]}", f" {code[:4]}\u00a0{code[4:]} ", f"{code[:4]}-{code[4:]}"):
        assert TOKENS.code_matches(Purpose.ACCOUNT_VERIFICATION, identifier, typed)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for typed in ("", wrong, code[:7], code + "0", "\ud800", "é" * 8):
        assert not TOKENS.code_matches(Purpose.ACCOUNT_VERIFICATION, identifier, typed)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Tokens(b"s" * 31)


def test_only_what_new_id_makes_is_an_id() -> None:
    assert is_id(new_id())
    for text in ("", "x" * 32, new_id().upper() + "A", new_id() + "\n", "٣" * 32):
        assert not is_id(text)
