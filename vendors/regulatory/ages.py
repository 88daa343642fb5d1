"""Calendar arithmetic for the age of records: years as fractions, months by the calendar."""

import calendar
from datetime import date, timedelta

from vendors.vocabulary import Freshness

DAYS_PER_YEAR = 365.25


def years_between(earlier: date, later: date) -> float:
    """Years from one day to another, of 365.25 days each; negative when they are the other way round."""
    return (later - earlier).days / DAYS_PER_YEAR


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months later, or the last day of a shorter month."""
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    month = month_index + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def freshness_of(known_on: date, as_of: date, *, fresh_months: int, ageing_months: int) -> Freshness:
    """Fresh and ageing up to and including their month limit, then stale; this rule never expires a fact."""
    if as_of <= add_months(known_on, fresh_months):
        return Freshness.FRESH
    if as_of <= add_months(known_on, ageing_months):
        return Freshness.AGEING
    return Freshness.STALE


def next_freshness_change(
    known_on: date, as_of: date, *, fresh_months: int, ageing_months: int
) -> date | None:
    """The first day after ``as_of`` on which ``freshness_of`` answers differently; None once it is stale."""
    for months in (fresh_months, ageing_months):
        boundary = add_months(known_on, months) + timedelta(days=1)
        if as_of < boundary:
            return boundary
    return None
