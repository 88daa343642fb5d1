"""Numbers and dates of cells."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vendors.imports.tables import TableError, parse_date, parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", None),
        ("  ", None),
        ("0", "0"),
        (" -1.50 ", "-1.50"),
        ("+.5", "0.5"),
        ("1e3", "1000"),
        ("7.", "7"),
    ],
)
def test_number_of_a_cell(text: str, number: str | None) -> None:
    assert parse_number(text, row=2, column="share") == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nan", "'nan' is not a number"),
        ("-NaN", "'-NaN' is not a number"),
        ("inf", "'inf' is not a number"),
        ("Infinity", "'Infinity' is not a number"),
        ("1e308", "1e308 is too large (at most 1e+15)"),
        ("-1000000000000000", "-1000000000000000 is too large (at most 1e+15)"),
        ("1e9999", "'1e9999' is not a number"),
        ("1,234", "'1,234' is not a number (write 1234.5: decimal point, no thousands separator)"),
        ("12 %", "'12 %' is not a number"),
        ("0x10", "'0x10' is not a number"),
        ("1_000", "'1_000' is not a number"),
        ("١٢", "'١٢' is not a number"),
        ("=1+1", "'=1+1' is not a number"),
        ("9" * 41, "'9999999999999999999999999999999999999999' is not a number"),
    ],
)
def test_number_is_refused_with_the_cell_named(text: str, reason: str) -> None:
    with pytest.raises(TableError) as caught:
        parse_number(text, row=7, column="share")

    assert str(caught.value) == f"row 7, column share: {reason}"
    assert (caught.value.row, caught.value.column) == (7, "share")


@settings(deadline=None)
@given(text=st.text(max_size=50))
def test_any_text_is_a_bounded_number_or_refused(text: str) -> None:
    try:
        number = parse_number(text, row=2, column="share")
    except TableError:
        return

    assert number is None or (number.is_finite() and abs(number) < 10**15)


@pytest.mark.parametrize(
    ("text", "us_order", "day"),
    [
        ("", False, None),
        ("2026-03-04", False, date(2026, 3, 4)),
        ("2026-03-04 00:00:00", False, date(2026, 3, 4)),
        ("2026-03-04T00:00", False, date(2026, 3, 4)),
        ("03/04/2026", True, date(2026, 3, 4)),
        ("3/4/2026", True, date(2026, 3, 4)),
    ],
)
def test_date_of_a_cell(text: str, us_order: bool, day: date | None) -> None:
    assert parse_date(text, row=2, column="on", us_order=us_order) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("03/04/2026", "'03/04/2026' can be read as two dates: write YYYY-MM-DD"),
        ("2026-02-30", "'2026-02-30' is not a day of the calendar"),
        ("1899-12-31", "'1899-12-31' is outside the years 1900 to 2100"),
        ("2026-03-04T01:00", "'2026-03-04T01:00' is not a date (YYYY-MM-DD or MM/DD/YYYY)"),
        ("4 March", "'4 March' is not a date (YYYY-MM-DD or MM/DD/YYYY)"),
    ],
)
def test_date_is_refused_with_the_cell_named(text: str, reason: str) -> None:
    with pytest.raises(TableError) as caught:
        parse_date(text, row=7, column="on")

    assert str(caught.value) == f"row 7, column on: {reason}"
