"""Fixtures of all tests."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team, make_team
from tests.support.threads import Beside


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords() -> None:
    """Argon2 is slow on purpose; tests sign in hundreds of times."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def team(db: None) -> Team:
    """The organisation a test works in."""
    return make_team("alpha")


@pytest.fixture
def outsiders(db: None) -> Team:
    """Another organisation, whose data must never show."""
    return make_team("omega")


@pytest.fixture
def manager(team: Team) -> Actor:
    """The manager of the organisation a test works in."""
    return team.actor()


@pytest.fixture
def scope(manager: Actor) -> Iterator[Actor]:
    """Inside the organisation, as its manager."""
    with organization_scope(manager.organization.pk, manager):
        yield manager


@pytest.fixture
def beside() -> Iterator[Beside]:
    """Other connections at work at the same time."""
    pool = Beside()
    yield pool
    pool.close()


LONG = ("browser", "api_contract", "faults", "access")
"""Folders whose tests take longest, or stay together on one worker."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that at the end no worker waits for another one."""
    items.sort(key=lambda item: not set(LONG).intersection(item.path.parts))
