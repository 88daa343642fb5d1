"""Callers of the API."""

import pytest

from cdmo_eval.core.roles import Role
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token


@pytest.fixture
def api(team: Team) -> Api:
    """A program of the manager's."""
    return by_token(team)


@pytest.fixture
def admin(team: Team) -> Api:
    """The administrator, signed in."""
    return by_session(team, Role.ADMIN)


@pytest.fixture
def stranger(outsiders: Team) -> Api:
    """A program of another organisation's manager."""
    return by_token(outsiders)
