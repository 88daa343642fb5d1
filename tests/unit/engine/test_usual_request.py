"""How many cases are simulated unless somebody asks otherwise."""

from cdmo_eval.core.models import Organization
from scorecards.engine.robustness import DRAWS
from scorecards.selectors.simulations import usual_request


def test_organisation_decides_how_many_cases_are_simulated() -> None:
    decided = usual_request(Organization(settings={"scoring": {"draws": 2500}}))

    assert (decided.draws, usual_request(Organization()).draws) == (2500, DRAWS)
