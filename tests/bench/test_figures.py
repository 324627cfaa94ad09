"""The benchmark's arithmetic."""

import pytest

from tests.bench.figures import Spread, each, percentile, ratios, spread


def test_a_percentile_is_the_smallest_value_that_so_many_percent_do_not_exceed() -> None:
    hundred = list(range(100, 0, -1))
    assert (percentile(hundred, 50), percentile(hundred, 99), percentile(hundred, 100)) == (50, 99, 100)
    assert (percentile([1, 2, 3], 50), percentile([1, 2, 3], 99), percentile([7], 1)) == (2, 3, 7)


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 0), ([1], 101)])
def test_a_percentile_of_nothing_is_refused(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_the_spread_of_repetitions_is_their_median_and_their_ends() -> None:
    assert spread([3, 1, 10]) == Spread(median=3, lowest=1, highest=10, count=3)
    assert spread(iter([1.0, 2.0])).median == 1.5
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


def test_ratios_pair_what_was_measured_in_the_same_repetition() -> None:
    assert ratios([5, 8], [10, 40]) == [0.5, 0.2]
    assert ratios([5, 8], [0, 40]) == [0.2]
    with pytest.raises(ValueError, match="shorter"):
        ratios([5, 8], [10])


def test_the_cost_of_one_is_shared_by_those_that_were_completed() -> None:
    assert each({"worker": 300, "company": 60}, 30) == {"worker": 10, "company": 2}
    assert each({"worker": 300}, 0) == {}
