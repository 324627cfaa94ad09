from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.rate_limits import UNITS, Rate


@given(st.integers(1, 999_999), st.integers(1, 9999), st.sampled_from("smhd"))
def test_a_rate_is_read_as_it_is_written(count: int, times: int, unit: str) -> None:
    rate = Rate.parse(f"{count}/{times}{unit}")
    assert rate == Rate(count, timedelta(**{UNITS[unit]: times}))
    assert Rate.parse(rate) == rate
    assert timedelta() < rate.step <= rate.period


@given(st.integers(1, 999_999), st.sampled_from("smhd"))
def test_one_period_needs_no_number(count: int, unit: str) -> None:
    assert Rate.parse(f"{count}/{unit}") == Rate.parse(f"{count}/1{unit}")


@pytest.mark.parametrize(
    "written", ["", "often", "0/h", "-1/h", "1/0h", "1.5/h", "1/w", "١/h", "5/ h", "5/h\n", "9999999/s", None]
)
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="a limit"):
        Rate.parse(written)


@given(st.text() | st.from_regex(r"[0-9]{1,12}/[0-9]{0,5}[smhd]?"))
def test_no_text_breaks_the_reader(written: str) -> None:
    try:
        rate = Rate.parse(written)
    except ValueError:
        return
    assert rate.count > 0
    assert rate.step > timedelta()
