"""A shortlist of a calculated scorecard, and the people who decide and sign."""

from dataclasses import dataclass
from typing import Any

import pytest

from cdmo_eval.core.models import Signature
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Shortlist, ShortlistItem
from scorecards.selectors.shortlists import find_shortlist
from scorecards.services.decisions import sign_decision
from scorecards.services.shortlists import change_shortlist, create_shortlist, declare_interests
from tests.factories.core import Team
from tests.integration.scorecards_api.conftest import (
    Ranked,
    api,
    clock,
    make_ranked,
    quality,
    ranked,
    stranger,
    viewer,
)

__all__ = ["api", "quality", "ranked", "stranger", "viewer"]


@dataclass
class Desk:
    """A shortlist of Alder, Birch and Cedar, owned by procurement; Alder is chosen, Birch the backup."""

    ranked: Ranked
    shortlist: Shortlist

    @property
    def team(self) -> Team:
        """The organisation."""
        return self.ranked.team

    @property
    def path(self) -> str:
        """Of the shortlist in the API."""
        return f"shortlists/{self.shortlist.public_id}/"

    @property
    def page(self) -> str:
        """Of the shortlist in the browser."""
        return f"/shortlists/{self.shortlist.public_id}/"

    def scope(self, role: Role = Role.PROCUREMENT) -> Any:
        """The organisation's rows, as the member of a role."""
        return organization_scope(self.team.organization.pk, self.team.actor(role))

    def shortlist_row(self) -> Shortlist:
        """The shortlist as it is now, inside a scope."""
        return find_shortlist(self.team.organization, self.shortlist.public_id)

    def item(self, name: str) -> ShortlistItem:
        """The candidate of that name."""
        return ShortlistItem.objects.select_related("candidate__vendor", "shortlist").get(
            shortlist=self.shortlist, candidate__vendor__name=name, archived_at__isnull=True
        )

    def declare(self, *roles: Role) -> None:
        """Everybody has no interests."""
        for role in roles:
            with self.scope(role):
                declare_interests(
                    shortlist=self.shortlist, conflict=False, by=self.team.actor(role), now=clock()
                )

    def sign(self, meaning: str, role: Role, *, digest: str = "", by: Actor | None = None) -> Signature:
        """Sign as the member of a role, who has just given the password."""
        with self.scope(role):
            return sign_decision(
                shortlist=self.shortlist, meaning=meaning, digest=digest, proof="password", by=by or self.team.actor(role), now=clock()
            )  # fmt: skip

    def author(self) -> str:
        """Sign as the author; the digest that came of it."""
        self.declare(Role.PROCUREMENT)
        return self.sign("authored", Role.PROCUREMENT).digest


def make_desk(ranked: Ranked) -> Desk:
    """Begin the shortlist and choose."""
    by, now = ranked.team.actor(Role.PROCUREMENT), clock()
    with organization_scope(ranked.team.organization.pk, by):
        candidates = [ranked.candidates[name] for name in ("Alder", "Birch", "Cedar")]
        row = create_shortlist(
            scorecard=ranked.scorecard, name="Second source", candidates=candidates, by=by, now=now
        )
        change_shortlist(
            shortlist=row, expected_version=None, primary=candidates[0], backup=candidates[1], reason="Best score, proven scale.",
            next_steps="Audit in March.", by=by, now=now,
        )  # fmt: skip
    return Desk(ranked, row)


@pytest.fixture
def desk(ranked: Ranked) -> Desk:
    """At the stage early screen."""
    return make_desk(ranked)


@pytest.fixture
def award_desk(transactional_db: None, team: Team) -> Desk:
    """At the stage award, where nothing is asked but a calculation: the thresholds are set to nothing."""
    team.organization.settings = {
        "scoring": {"stage_thresholds": {"screen": [0, 0], "shortlist": [0, 0], "award": [0, 0]}}
    }
    team.organization.save(update_fields=["settings"])
    return make_desk(make_ranked(team, "Alder", "Birch", "Cedar", stage="award", gates=[]))
