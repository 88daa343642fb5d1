"""One value over the sites of a supply map."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.regulatory.records import event, inspection
from vendors.regulatory.history import SiteHistory, site_history
from vendors.regulatory.roll_up import RolledUp, roll_up, worst_and_mean
from vendors.vocabulary import RecordKind

DAY = date(2025, 6, 1)
GOOD = site_history([inspection(f"20{year}-01-01", "NAI") for year in range(18, 26)], as_of=DAY)
BAD = site_history([inspection("2024-01-01", "NAI"), inspection("2025-01-01", "OAI")], as_of=DAY)
UNKNOWN = site_history([], as_of=DAY)
LISTED = site_history([event(RecordKind.IMPORT_ALERT, "2024-01-01")], as_of=DAY)


def test_one_site_stands_for_itself() -> None:
    assert roll_up([GOOD]) == RolledUp(GOOD.low, GOOD.point, GOOD.high, 1, 1)


def test_bad_site_is_not_hidden_by_the_mean() -> None:
    joined = roll_up([GOOD, GOOD, GOOD, BAD])

    assert (joined.point, joined.high) == (400_000, 400_000)


def test_worst_and_mean_is_seven_tenths_of_the_worst() -> None:
    assert worst_and_mean([900_000, 900_000, 900_000, 100_000]) == 280_000


def test_value_is_never_above_the_lowest_cap() -> None:
    assert roll_up([GOOD, LISTED], unknown_point=500_000) == RolledUp(100_000, 100_000, 100_000, 2, 1)


@pytest.mark.parametrize(("policy", "point"), [(None, None), (0, 0), (500_000, 500_000)])
def test_unknown_site_takes_the_point_of_the_policy(policy: int | None, point: int | None) -> None:
    assert roll_up([UNKNOWN], unknown_point=policy) == RolledUp(0, point, 1_000_000, 1, 0)


def test_no_sites_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^a regulatory value needs at least one site$"):
        roll_up([])


@settings(deadline=None)
@given(
    sites=st.lists(st.sampled_from([GOOD, BAD, UNKNOWN, LISTED]), min_size=1, max_size=6),
    policy=st.sampled_from([None, 0, 500_000]),
)
def test_interval_holds_the_point_below_every_cap(sites: list[SiteHistory], policy: int | None) -> None:
    joined = roll_up(sites, unknown_point=policy)

    assert 0 <= joined.low <= joined.high <= min(site.cap_limit for site in sites)
    if joined.point is not None and (policy is not None or joined.known_sites == joined.sites):
        assert joined.low <= joined.point <= joined.high
