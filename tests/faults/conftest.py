"""An organisation with a computed scorecard, and real processes beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone
from kombu import pools

from cdmo_eval.core import wakeup
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Scorecard
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_vendor
from tests.support.stack import Stack


@pytest.fixture
def stack(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Real processes on this test's database; this process publishes its hints to the same broker."""
    running = Stack(tmp_path)
    monkeypatch.setattr(wakeup, "breaker", wakeup.Breaker())
    before = current_app.conf.broker_url
    use_broker(running.redis_url)
    yield running
    running.stop()
    use_broker(before)


def use_broker(url: str) -> None:
    """Point this process's Celery at a broker."""
    pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None
    current_app.conf.broker_url = current_app.conf.broker_write_url = url


@pytest.fixture
def board(team: Team, transactional_db: None) -> Scorecard:
    """Eight vendors on one scorecard, computed once."""
    now = timezone.now()
    with organization_scope(team.organization.pk, team.actor()):
        for number in range(8):
            make_vendor(team.organization, name=f"Vendor {number}", now=now)
        scorecard = make_scorecard(make_program(team.organization, now=now), now=now)
    recompute.run(scorecard.pk, clock=timezone.now)
    return scorecard
