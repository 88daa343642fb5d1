"""A calculated scorecard over two vendors with a site each, of which one has a capability; both are ranked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, Program, Scorecard
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from vendors.models import Capability, Site


def clock() -> datetime:
    """Pages and programs read the real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Ground:
    """What questionnaires are about."""

    team: Team
    program: Program
    scorecard: Scorecard
    alder: Candidate
    birch: Candidate
    ulm: Site
    upstream: Capability

    def actor(self, role: Role = Role.MANAGER) -> Actor:
        """A member of this role."""
        return self.team.actor(role)


def lay_out(team: Team) -> Ground:
    """Alder has a plant with a capability and verified single use; Birch has a plant."""
    organization, now = team.organization, clock()
    alder, birch = (make_vendor(organization, name=name, now=now) for name in ("Alder", "Birch"))
    ulm = make_site(alder, name="Ulm", now=now)
    make_site(birch, name="Basel", now=now)
    upstream = make_capability(ulm, modality="MAB", operation="UPSTREAM", now=now)
    make_evidence(ulm, "site.single_use_pct", {"number": 20}, verified=True, now=now, obtained_on=now.date())
    make_evidence(birch, "SVC6", {"level": 3}, now=now, obtained_on=now.date())
    program = make_program(organization, name="Antibody", now=now)
    scorecard = make_scorecard(program, name="First look", now=now)
    rows = {
        row.vendor.name: row for row in Candidate.objects.select_related("vendor").filter(program=program)
    }
    return Ground(team, program, scorecard, rows["Alder"], rows["Birch"], ulm, upstream)


@pytest.fixture
def ground(team: Team) -> Iterator[Ground]:
    """Inside the organisation, as its manager."""
    with organization_scope(team.organization.pk, team.actor()):
        yield lay_out(team)


SignIn = Callable[[Role], Client]


@pytest.fixture
def browser(team: Team) -> SignIn:
    """A browser of a member."""

    def signed_in(role: Role) -> Client:
        client = Client(raise_request_exception=True)
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(team.members[role], backend=backend)
        return client

    return signed_in


def put(**cells: Any) -> Callable[[Any], None]:
    """Write these cells of a sheet."""

    def change(sheet: Any) -> None:
        for cell, value in cells.items():
            sheet[cell] = value

    return change
