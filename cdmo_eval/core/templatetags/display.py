"""How values read on a page: one spelling of dates, ages, numbers, scores and shares everywhere.

Unknown (None) is always the word "Unknown", never 0 and never an empty cell. Amounts are the integers the
engine publishes (ppm, ppb) and are rounded half up, never cut off.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = Library()

UNKNOWN = "Unknown"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PPM_TENTH = 1_000
PPM_HUNDREDTH = 100
PPM_PERCENT = 10_000
PPB_TENTH = 1_000_000


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a date as "21 Nov 2026"; a moment is read in UTC."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


@register.filter
def moment(value: datetime | None) -> str:
    """Return a moment as "21 Nov 2026, 06:00 UTC"."""
    if value is None:
        return UNKNOWN
    in_utc = value.astimezone(UTC)
    return f"{day(in_utc)}, {in_utc:%H:%M} UTC"


@register.filter
def moment_of(text: str) -> str:
    """Return a moment as above of the text that a frozen document keeps ("2026-11-21T06:00:00Z")."""
    return moment(datetime.fromisoformat(text)) if text else UNKNOWN


@register.filter
def age(value: date | None, as_of: date) -> str:
    """Return how old a date is in whole months ("26 months"), or "this month" below one.

    A date after `as_of` has no age: it reads "from 3 Feb 2027".
    """
    if value is None:
        return UNKNOWN
    if value > as_of:
        return f"from {day(value)}"
    return months((as_of.year - value.year) * 12 + as_of.month - value.month - (as_of.day < value.day))


@register.filter
def months(count: int | None) -> str:
    """Return a number of months as words: "26 months", "1 month", "this month" for 0."""
    if count is None:
        return UNKNOWN
    if count == 0:
        return "this month"
    return f"{number(count)} {'month' if count == 1 else 'months'}"


@register.filter
def number(value: int | None) -> str:
    """Return a whole number with thousands separated: 10000 is "10,000"."""
    return UNKNOWN if value is None else f"{value:,}"


@register.filter
def score(ppm: int | None) -> str:
    """Return a score or interval end out of 100 with one decimal: 754321 ppm is "75.4"."""
    return UNKNOWN if ppm is None else _decimal(ppm, PPM_TENTH, 1)


@register.filter
def score_exact(ppm: int | None) -> str:
    """Return a score out of 100 with two decimals, as the Numbers view, the API and CSV print it."""
    return UNKNOWN if ppm is None else _decimal(ppm, PPM_HUNDREDTH, 2)


@register.filter
def percent(ppm: int | None) -> str:
    """Return a share as whole percent: 612000 ppm is "61%"."""
    return UNKNOWN if ppm is None else f"{_decimal(ppm, PPM_PERCENT, 0)}%"


@register.filter
def weight(ppb: int | None) -> str:
    """Return a weight out of 100 with one decimal: 180000000 ppb is "18.0"."""
    return UNKNOWN if ppb is None else _decimal(ppb, PPB_TENTH, 1)


@register.filter
def or_unknown(value: object) -> object:
    """Return the value, or the word "Unknown" for None and blank text; 0 and False stay what they are."""
    return UNKNOWN if value is None or value == "" else value


@register.filter
def marked(text: str, words: Iterable[str]) -> SafeString:
    """Return a text with the words that were searched for marked in it."""
    wanted = sorted((re.escape(word) for word in words if word), key=len, reverse=True)
    if not wanted:
        return escape(text)
    parts = re.split(f"({'|'.join(wanted)})", text, flags=re.IGNORECASE)
    marks = (f"<mark>{escape(part)}</mark>" if at % 2 else escape(part) for at, part in enumerate(parts))
    return mark_safe("".join(marks))  # noqa: S308 - every part is escaped


@register.filter
def plural(count: int, forms: str) -> str:
    """Return "3 sites" from `3|plural:"site,sites"`. Raises ValueError without exactly two forms."""
    one, many = forms.split(",")
    return f"{number(count)} {one if count == 1 else many}"


def _decimal(amount: int, unit: int, places: int) -> str:
    """Round `amount` to whole `unit`s, halves away from zero, and print it with `places` decimals."""
    units = (abs(amount) * 2 + unit) // (2 * unit)
    sign = "\N{MINUS SIGN}" if amount < 0 and units else ""
    whole, rest = divmod(units, 10**places)
    return f"{sign}{whole:,}.{rest:0{places}d}" if places else f"{sign}{whole:,}"


BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
"""What a browser calls itself by; the first that is found counts, since most name the others too."""
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(user_agent: str) -> str:
    """Return what a browser says of itself in words: "Firefox on Windows"; "Unknown" when nothing is recognised."""
    name = next((word for sign, word in BROWSERS if sign in user_agent), "")
    system = next((word for sign, word in SYSTEMS if sign in user_agent), "")
    if name and system:
        return f"{name} on {system}"
    return name or system or UNKNOWN
