from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.access_request.messages import Deadlines
from workflows.access_request.timeline import (
    LONGEST,
    MOST_BUSINESS_DAYS,
    PARIS,
    Delay,
    Policy,
    Step,
    french_holidays,
    steps,
)

DEFAULT = Policy(Delay.parse("2bd"), Delay.parse("5bd"), Delay.parse("P30D"))
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=36 * 365)).map(lambda since: FIRST + since)


@pytest.mark.parametrize(
    ("written", "delay"),
    [
        ("PT0.5S", Delay(clock=timedelta(seconds=0.5))),
        ("P30D", Delay(clock=timedelta(days=30))),
        ("P1DT2H", Delay(clock=timedelta(days=1, hours=2))),
        ("5bd", Delay(business_days=5)),
    ],
)
def test_a_delay_is_iso_8601_or_business_days(written: str, delay: Delay) -> None:
    assert Delay.parse(written) == delay


@pytest.mark.parametrize(
    "written",
    [
        "",
        "P",
        "PT",
        "5",
        "0bd",
        "-1bd",
        "P0D",
        "-P1D",
        "P99999D",
        "9999bd",
        "5 bd",
        "5BD",
        "٥bd",
        "soon",
        None,
    ],
)
def test_anything_else_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(ValueError, match="P30D"):
        Delay.parse(written)


@given(st.text())
def test_no_text_breaks_the_reader(written: str) -> None:
    try:
        delay = Delay.parse(written)
    except ValueError:
        return
    assert delay.clock > timedelta() or delay.business_days > 0


def test_business_days_pass_over_weekends_and_french_holidays() -> None:
    before_christmas = datetime(2026, 12, 23, 15, tzinfo=UTC)
    assert DEFAULT.deadlines(before_christmas, "x").remind_at.astimezone(PARIS).date() == date(2026, 12, 28)


def test_what_is_submitted_late_in_paris_counts_from_the_paris_day() -> None:
    past_midnight_in_paris = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert DEFAULT.deadlines(past_midnight_in_paris, "x").remind_at.astimezone(PARIS).date() == date(
        2026, 11, 26
    )


@given(moments, st.text(max_size=40), st.integers(1, 30))
def test_business_days_end_on_a_working_morning_in_paris(start: datetime, key: str, days: int) -> None:
    end = Delay(business_days=days).after(start, spread_key=key).astimezone(PARIS)
    assert end > start
    assert end.weekday() < 5
    assert end.date() not in french_holidays()
    assert (end.hour, end.minute // 30) == (9, 0)


@given(moments, st.text(max_size=40))
def test_by_default_a_reminder_comes_before_escalation_and_escalation_before_expiry(
    start: datetime, key: str
) -> None:
    deadlines = DEFAULT.deadlines(start, key)
    assert start < deadlines.remind_at < deadlines.escalate_at < deadlines.expire_at
    assert deadlines.expire_at == start + timedelta(days=30)


@given(moments, st.text(max_size=40))
def test_deadlines_depend_on_the_submission_alone(start: datetime, key: str) -> None:
    assert DEFAULT.deadlines(start, key) == DEFAULT.deadlines(start, key)


@given(*(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)) for _ in range(3)))
def test_expiry_is_always_the_last_step(remind: timedelta, escalate: timedelta, expire: timedelta) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    timeline = steps(Deadlines(start + remind, start + escalate, start + expire))
    assert timeline[-1] == (start + expire, Step.EXPIRE)
    assert [at for at, _ in timeline] == sorted(at for at, _ in timeline)
    assert all(at < start + expire for at, _ in timeline[:-1])


@given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=LONGEST))
def test_a_delay_is_read_as_it_is_written(clock: timedelta) -> None:
    seconds = clock.seconds + clock.microseconds / 1_000_000
    assert Delay.parse(f"P{clock.days}DT{seconds:.6f}S") == Delay(clock=clock)


@given(st.integers(1, MOST_BUSINESS_DAYS))
def test_business_days_are_read_as_they_are_written(days: int) -> None:
    assert Delay.parse(f"{days}bd") == Delay(business_days=days)


@given(moments, moments, st.integers(1, 60) | st.timedeltas(timedelta(seconds=1), timedelta(days=90)))
def test_who_submits_later_waits_until_no_earlier(
    one: datetime, other: datetime, length: int | timedelta
) -> None:
    delay = Delay(business_days=length) if isinstance(length, int) else Delay(clock=length)
    first, second = sorted((one, other))
    assert delay.after(first, spread_key="x") <= delay.after(second, spread_key="x")


@given(moments, st.integers(1, 60), st.integers(1, 60))
def test_more_business_days_end_later(start: datetime, days: int, more: int) -> None:
    shorter, longer = Delay(business_days=days), Delay(business_days=days + more)
    assert shorter.after(start, spread_key="x") < longer.after(start, spread_key="y")


@given(st.from_regex(r"P[0-9]{0,12}D?(T[0-9]{0,12}[HMS])?", fullmatch=True))
def test_a_delay_beyond_all_is_refused_and_does_not_overflow(written: str) -> None:
    with suppress(ValueError):
        assert timedelta() < Delay.parse(written).clock <= LONGEST
