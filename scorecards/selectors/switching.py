"""What changing to a vendor takes besides its offer: shown beside cost and time, never inside them."""

from collections.abc import Mapping

from scorecards.models import Candidate
from scorecards.selectors.money import money_text

COST, TIME = "COM1", "COM2"
INCUMBENT = "Incumbent: nothing to switch"


def cost_of_switching(candidate: Candidate) -> str:
    """ "900,000 USD"; "" where it is not stated."""
    if candidate.switching_cost is None:
        return ""
    return money_text(candidate.switching_cost, candidate.switching_currency)


def months_of_switching(candidate: Candidate) -> str:
    """ "5 months"; "" where they are not stated."""
    if candidate.switching_months is None:
        return ""
    months = format(candidate.switching_months.normalize(), "f")
    return f"{months} {'month' if months == '1' else 'months'}"


def switching_text(candidate: Candidate) -> str:
    """Both in one line; "" where neither is stated."""
    if candidate.incumbent:
        return INCUMBENT
    return " and ".join(
        part for part in (cost_of_switching(candidate), months_of_switching(candidate)) if part
    )


def switching(candidate: Candidate) -> Mapping[str, str]:
    """What stands beside the criteria of cost and of time, by criterion."""
    if candidate.incumbent:
        return {COST: f"{INCUMBENT}.", TIME: f"{INCUMBENT}."}
    cost, months = cost_of_switching(candidate), months_of_switching(candidate)
    found = {}
    if cost:
        found[COST] = f"Switching to this vendor costs {cost} besides."
    if months:
        found[TIME] = f"Switching to this vendor takes {months} besides."
    return found
