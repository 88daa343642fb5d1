"""A scorecard that was calculated, and callers of the API."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Candidate, Program, Scorecard
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.integration.api.calls import Api, by_session, by_token


def clock() -> datetime:
    """The API reads the real clock, so the calculation does too."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ranked:
    """A scorecard with its candidates by vendor name, calculated once."""

    team: Team
    program: Program
    scorecard: Scorecard
    candidates: dict[str, Candidate]

    @property
    def path(self) -> str:
        """Of the scorecard in the API."""
        return f"scorecards/{self.scorecard.public_id}/"

    def calculate(self) -> None:
        """Once more."""
        recompute.run(self.scorecard.pk, clock=clock)


def make_ranked(team: Team, *names: str, **fields: Any) -> Ranked:
    """Vendors of falling merit, judged on one scorecard."""
    organization, now = team.organization, clock()
    with organization_scope(organization.pk, team.actor()):
        for number, name in enumerate(names):
            vendor = make_vendor(organization, name=name, now=now)
            site = make_site(vendor, name=f"{name} plant", now=now)
            make_capability(
                site,
                gmp=True,
                scale_min=50,
                scale_max=2000,
                batch_unit="L",
                programs_by_phase={"PH1": 6 - number},
                now=now,
            )
            make_evidence(vendor, "SVC3", {"level": 3 - min(number, 2)}, now=now, obtained_on=now.date())
        program = make_program(organization, now=now)
        scorecard = make_scorecard(program, now=now, **fields)
    recompute.run(scorecard.pk, clock=clock)
    with organization_scope(organization.pk, team.actor()):
        rows = Candidate.objects.for_organization(organization).select_related("vendor")
        return Ranked(
            team, program, scorecard, {row.vendor.name: row for row in rows.filter(program=program)}
        )


@pytest.fixture
def ranked(transactional_db: None, team: Team) -> Ranked:
    """Three vendors on one scorecard."""
    return make_ranked(team, "Alder", "Birch", "Cedar")


@pytest.fixture
def api(team: Team) -> Api:
    """A program of the manager's."""
    return by_token(team)


@pytest.fixture
def viewer(team: Team) -> Api:
    """A signed-in viewer."""
    return by_session(team, Role.VIEWER)


@pytest.fixture
def quality(team: Team) -> Api:
    """A signed-in member of quality."""
    return by_session(team, Role.QUALITY)


@pytest.fixture
def stranger(outsiders: Team) -> Api:
    """A program of another organisation's manager."""
    return by_token(outsiders)
