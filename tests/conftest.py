"""Fixtures of all tests."""

import gc
import os
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import Team, make_team
from tests.support.emptying import empty
from tests.support.product import copy_database
from tests.support.servers import MIGRATED
from tests.support.threads import Beside


@pytest.fixture(scope="session", autouse=True)
def _fast_passwords() -> None:
    """Argon2 is slow on purpose; tests sign in hundreds of times."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _fast_emptying() -> None:
    """What a test has committed goes without a flush."""
    TransactionTestCase._fixture_teardown = lambda _: empty()


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> bool:
    """Where the servers came with a migrated database, the test's own is a copy of it, and goes with the servers."""
    if MIGRATED not in os.environ:
        return bool(request.config.getoption("reuse_db"))
    with django_db_blocker.unblock():
        copy_database(os.environ[MIGRATED], connection.creation._get_test_db_name())
    return True


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


def pytest_collection_finish() -> None:
    """What is there now stays until the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


LONG = ("browser", "api_contract", "faults", "access", "operations")
"""Folders whose tests take longest."""
TOGETHER = {"demo": False, "access": True}
"""Folders of integration tests that share something costly: each stays on one worker, or each of its modules does."""


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def keep_together(items: list[pytest.Item]) -> None:
    """Name the groups. First of all: xdist reads the marks in the same hook, and what comes later it does not see."""
    for item in items:
        folder = item.path.parent.name
        if folder in TOGETHER and item.path.parent.parent.name == "integration":
            group = f"{folder}_{item.path.stem}" if TOGETHER[folder] else folder
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that at the end no worker waits for another one. Groups come before single tests."""
    items.sort(key=lambda item: not set(LONG).intersection(item.path.parts))
