import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.platform.errors import InvalidArgument
from services.platform.paging import key_after, moment_of, page_size_of, page_token

printable = st.text(st.characters(exclude_categories=("C", "Z")), max_size=40)
keys = st.lists(printable, min_size=1, max_size=3)
filters = st.lists(st.text(max_size=20), max_size=3)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ids = st.text("0123456789abcdef", min_size=32, max_size=32)


def refused(token: str, filter_: list[str], parts: int) -> bool:
    try:
        return key_after(token, filter_=filter_, parts=parts) is None
    except InvalidArgument as error:
        return (error.reason, error.field) == ("invalid_cursor", "cursor")


@given(keys, filters)
def test_a_token_gives_its_key_back(key: list[str], filter_: list[str]) -> None:
    token = page_token(key, filter_=filter_)
    assert key_after(token, filter_=filter_, parts=len(key)) == tuple(key)
    assert token.isascii()
    assert token.replace("-", "").replace("_", "").isalnum()


@given(keys, filters, filters)
def test_a_token_continues_the_list_it_came_from_and_no_other(
    key: list[str], filter_: list[str], other: list[str]
) -> None:
    assume(filter_ != other)
    assert refused(page_token(key, filter_=filter_), other, len(key))


@given(keys, filters, st.data())
def test_a_changed_token_is_refused(key: list[str], filter_: list[str], data: st.DataObject) -> None:
    token = page_token(key, filter_=filter_)
    at = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(
        st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ é")
    )
    changed = token[:at] + character + token[at + 1 :]
    assume(changed != token)
    assert refused(changed, filter_, len(key))
    assert refused(token + character, filter_, len(key))
    assert refused(token[:at] or "A", filter_, len(key))


@given(keys, st.lists(printable, min_size=1, max_size=3), filters)
def test_a_token_whose_key_was_replaced_is_refused(
    key: list[str], other: list[str], filter_: list[str]
) -> None:
    assume(key != other)
    token = page_token(key, filter_=filter_)
    mark = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))[0]
    content = json.dumps([mark, *other], separators=(",", ":")).encode()
    assert refused(base64.urlsafe_b64encode(content).decode().rstrip("="), filter_, len(other))


@given(st.text(st.characters(codec=None, exclude_categories=())), filters, st.integers(1, 3))
def test_no_text_breaks_the_reader(written: str, filter_: list[str], parts: int) -> None:
    assert refused(written, filter_, parts)


@given(st.text(st.characters(categories=["C"]), min_size=1, max_size=5), filters)
def test_a_key_that_no_database_takes_is_refused(part: str, filter_: list[str]) -> None:
    assert refused(page_token((part,), filter_=filter_), filter_, 1)


@given(st.lists(st.tuples(moments, ids), min_size=2, max_size=20, unique=True))
def test_keys_come_back_in_the_order_of_the_rows(rows: list[tuple[datetime, str]]) -> None:
    back = []
    for created_at, id_ in sorted(rows):
        key = key_after(page_token((created_at.isoformat(), id_), filter_=()), filter_=(), parts=2)
        assert key is not None
        back.append((moment_of(key[0]), key[1]))
    assert back == sorted(rows)


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_a_moment_is_read_in_utc_wherever_it_was_written(moment: datetime, minutes: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert moment_of(elsewhere.isoformat()) == moment
    assert moment_of(elsewhere.isoformat()).tzinfo is UTC


@given(st.text() | st.datetimes().map(datetime.isoformat))
def test_any_text_is_a_moment_with_an_offset_or_refused(written: str) -> None:
    try:
        moment = moment_of(written)
    except InvalidArgument as error:
        assert error.reason == "invalid_cursor"  # noqa: PT017 - either is right
    else:
        assert moment.tzinfo is UTC


def test_the_first_and_last_moments_of_all_do_not_overflow() -> None:
    for written in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(InvalidArgument, match="invalid_cursor"):
            moment_of(written)


@given(st.integers())
def test_a_page_has_between_one_and_a_hundred_rows(asked: int) -> None:
    if asked < 0:
        with pytest.raises(InvalidArgument, match="invalid_limit"):
            page_size_of(asked)
    else:
        assert page_size_of(asked) == (min(asked, 100) or 50)
