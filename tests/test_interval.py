"""A share has an interval."""

from hypothesis import given
from hypothesis import strategies as st

from service.interval import find_interval


@given(st.data(), st.integers(1, 10_000))
def test_an_interval_holds_the_share_and_lies_between_0_and_1(
    data: st.DataObject, total: int
) -> None:
    count = data.draw(st.integers(0, total))
    low, high = find_interval(count, total)
    assert 0 <= low <= count / total + 1e-12
    assert count / total - 1e-12 <= high <= 1


def test_an_interval_is_wilsons() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998: table I.
    low, high = find_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = find_interval(0, 20)
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)
