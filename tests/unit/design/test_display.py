"""How values read: one spelling each, unknown is a word, nothing is cut off."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdmo_eval.core.templatetags import display

AS_OF = date(2026, 11, 21)


def test_day_is_written_out() -> None:
    assert display.day(date(2026, 11, 21)) == "21 Nov 2026"


def test_day_of_a_moment_is_its_day_in_utc() -> None:
    assert display.day(datetime(2026, 11, 21, 23, 30, tzinfo=timezone(timedelta(hours=-5)))) == "22 Nov 2026"


def test_moment_of_a_frozen_document_reads_like_any_other() -> None:
    assert display.moment_of("2026-11-21T07:00:00+01:00") == "21 Nov 2026, 06:00 UTC"
    assert display.moment_of("") == "Unknown"


def test_moment_is_in_utc() -> None:
    assert display.moment(datetime(2026, 11, 21, 6, 0, tzinfo=UTC)) == "21 Nov 2026, 06:00 UTC"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2024, 9, 14), "26 months"),
        (date(2026, 10, 21), "1 month"),
        (date(2026, 10, 22), "this month"),
        (date(2027, 2, 3), "from 3 Feb 2027"),
        (None, "Unknown"),
    ],
)
def test_age_counts_whole_months(value: date | None, said: str) -> None:
    assert display.age(value, AS_OF) == said


@pytest.mark.parametrize(
    ("filter_name", "amount", "said"),
    [
        ("score", 754_321, "75.4"),
        ("score", 754_499, "75.4"),
        ("score", 754_500, "75.5"),
        ("score", 1_000_000, "100.0"),
        ("score", 0, "0.0"),
        ("score_exact", 754_350, "75.44"),
        ("percent", 612_000, "61%"),
        ("percent", 5_000, "1%"),
        ("weight", 180_000_000, "18.0"),
        ("number", 10_000, "10,000"),
        ("number", 0, "0"),
    ],
)
def test_amount_reads_rounded_half_up(filter_name: str, amount: int, said: str) -> None:
    assert getattr(display, filter_name)(amount) == said


@pytest.mark.parametrize(
    "filter_name",
    ["day", "moment", "months", "number", "score", "score_exact", "percent", "weight", "or_unknown"],
)
def test_none_reads_unknown(filter_name: str) -> None:
    assert getattr(display, filter_name)(None) == "Unknown"


def test_zero_and_false_stay_what_they_are() -> None:
    assert [display.or_unknown(value) for value in (0, False, "", "x")] == [0, False, "Unknown", "x"]


def test_plural_agrees_with_the_count() -> None:
    assert [display.plural(count, "site,sites") for count in (0, 1, 1200)] == [
        "0 sites",
        "1 site",
        "1,200 sites",
    ]


@given(st.integers(0, 1_000_000))
def test_score_is_within_half_a_tenth_of_the_truth(ppm: int) -> None:
    assert abs(float(display.score(ppm)) - ppm / 10_000) <= 0.05 + 1e-9


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 Version/17.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on macOS"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown"),
    ],
)  # fmt: skip
def test_browser_reads_as_words(user_agent: str, words: str) -> None:
    assert display.browser(user_agent) == words
