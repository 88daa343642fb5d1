"""Events, and members to tell of them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.events import EventType, emit
from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import Event
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team

Happen = Callable[..., None]


@pytest.fixture
def in_team(team: Team) -> Iterator[Team]:
    """Inside the organisation."""
    with organization_scope(team.organization.pk, team.actor()):
        yield team


def happen(
    team: Team,
    event_type: EventType,
    *,
    times: int = 1,
    subject: str = "vendor",
    now: datetime = NOW,
    **data: Any,
) -> None:
    """Write events and number them, as if their transactions had ended."""
    for _ in range(times):
        emit(
            organization_id=team.organization.pk, type=event_type, subject_id=new_public_id(), subject_type=subject,
            data=data, now=now,
        )  # fmt: skip
    rows = Event.objects.filter(organization=team.organization).order_by("id")
    head = max((row.seq for row in rows if row.seq), default=0)
    for row in rows:
        if row.seq is None:
            head += 1
            Event.objects.filter(pk=row.pk).update(seq=head)


@pytest.fixture
def statements() -> Callable[[Callable[[], Any]], int]:
    """How many statements a piece of work needs."""

    def count(work: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as seen:
            work()
        return len(seen)

    return count
