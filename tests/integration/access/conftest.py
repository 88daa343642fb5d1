"""Two rich organisations and everybody who may call."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.matrix import Caller, callers
from tests.support.world import World, rich_worlds


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[World, World]]:
    """Ours and theirs."""
    with django_db_blocker.unblock(), rich_worlds("alpha", "omega") as (ours, theirs):
        yield ours, theirs


@pytest.fixture
def ours(worlds: tuple[World, World], db: None) -> World:
    """The organisation whose addresses are asked."""
    return worlds[0]


@pytest.fixture
def theirs(worlds: tuple[World, World], db: None) -> World:
    """Another one, whose data must never show."""
    return worlds[1]


@pytest.fixture
def everybody(ours: World, theirs: World, settings: Any) -> dict[str, Caller]:
    """Every kind of actor, signed in once."""
    settings.THROTTLE_PER_MINUTE = dict.fromkeys(("read", "write", "heavy"), 10**9)
    logging.getLogger("django.request").setLevel(logging.ERROR)
    return callers(ours, theirs)
