from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.signing_key import LEEWAY, SigningKey, next_start, published

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TOKEN = timedelta(minutes=10)
times = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=60))


def key(number: int, created_at: datetime, starts_at: datetime) -> SigningKey:
    return SigningKey(str(number), "ES256", "{}", "", created_at, starts_at)


@given(life=times, ahead=times, looks=st.lists(times, max_size=40))
def test_whoever_reads_keys_may_verify_every_token_however_seldom_one_looks(
    life: timedelta, ahead: timedelta, looks: list[timedelta]
) -> None:
    at, kept, made = NOW, list[SigningKey](), list[SigningKey]()
    for look in [timedelta(), *looks]:
        at += look
        kept = published(kept, at=at, longest_token=TOKEN)
        start = next_start(kept, at=at, life=life, ahead=ahead)
        if start is not None:
            new = key(len(made), at, start)
            kept.append(new)
            made.append(new)
        assert [one for one in kept if one.starts_at <= at], "a key signs at any time"
    for before, after in pairwise(made):
        assert after.starts_at - after.created_at >= ahead, "everybody has had time to read it"
        assert after.starts_at - before.starts_at >= life, "none signs for less than its time"


def test_an_old_key_is_published_until_its_last_token_has_ended() -> None:
    old, new, next_one = (key(number, NOW, NOW + timedelta(days=number)) for number in range(3))
    keys = [next_one, old, new]
    change = new.starts_at
    for at, shown in (
        (NOW, [next_one, new, old]),
        (change + TOKEN + LEEWAY - timedelta(microseconds=1), [next_one, new, old]),
        (change + TOKEN + LEEWAY, [next_one, new]),
        (change + timedelta(days=9), [next_one]),
    ):
        assert published(keys, at=at, longest_token=TOKEN) == shown
    assert published([], at=NOW, longest_token=TOKEN) == []


def test_a_key_is_made_when_there_is_none_and_ahead_of_the_next_change() -> None:
    life, ahead = timedelta(days=30), timedelta(days=1)
    assert next_start([], at=NOW, life=life, ahead=ahead) == NOW
    present = [key(0, NOW, NOW)]
    almost = NOW + timedelta(days=29)
    assert next_start(present, at=almost - timedelta(seconds=1), life=life, ahead=ahead) is None
    assert next_start(present, at=almost, life=life, ahead=ahead) == NOW + life
    waiting = [*present, key(1, almost, NOW + life)]
    assert next_start(waiting, at=almost, life=life, ahead=ahead) is None
    late = NOW + timedelta(days=45)
    assert next_start(present, at=late, life=life, ahead=ahead) == late + ahead
