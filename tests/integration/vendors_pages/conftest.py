"""Signed-in browsers without a browser, and vendors to look at."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories import vendors as make
from tests.factories.core import Team
from vendors.models import Evidence, Site, Vendor

Count = Callable[[Client, str], int]


def signed_in(team: Team, role: Role = Role.MANAGER) -> Client:
    """A browser with that member's session."""
    client = Client()
    client.force_login(team.members[role], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def client(team: Team) -> Client:
    """The manager's browser."""
    return signed_in(team)


@pytest.fixture
def in_team(team: Team) -> Iterator[Team]:
    """Inside the organisation, to make rows and to look at them."""
    with organization_scope(team.organization.pk, team.actor()):
        yield team


def fill(team: Team, count: int = 1) -> list[Vendor]:
    """Vendors of which everything that the pages list exists once."""
    made = []
    for number in range(count):
        vendor = make.make_vendor(team.organization, name=f"Maker {number}")
        site = make.make_site(vendor, name=f"Works {number}", country="DE", fei=f"30000000{number:02d}")
        capability = make.make_capability(
            site, phases=["PH1", "PH3"], gmp=True, scale_min=50, scale_max=2000, batch_unit="L"
        )
        make.make_capability(site, operation="DOWNSTREAM", phases=["PH1", "PH3"])
        make.make_service(vendor)
        make.make_certificate(vendor, site=site)
        make.make_contact(vendor)
        make.make_note(vendor)
        make.make_qualification(site)
        make.make_evidence(site, "MOD4", {"level": 3})
        make.make_evidence(capability, "capability.phases", {"choices": ["PH1"]}, verified=True)
        make.make_inspection(team.organization, fei=site.fei, event_on=date(2026, 3, 2), classification="VAI")
        made.append(vendor)
    return made


@pytest.fixture
def vendor(in_team: Team) -> Vendor:
    """One vendor with everything."""
    return fill(in_team)[0]


@pytest.fixture
def site(vendor: Vendor) -> Site:
    """Its site."""
    return Site.objects.get(vendor=vendor)


@pytest.fixture
def claim(vendor: Vendor) -> Evidence:
    """A claim of the vendor's."""
    return Evidence.objects.get(vendor=vendor, target="MOD4")


@pytest.fixture
def queries() -> Count:
    """How many queries a page needs, once the session is under way."""

    def count(client: Client, address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    return count
