"""One input, one digest: worker, web process and this process work out the same figures, bit for bit."""

import json
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cdmo_eval.core.policies import ALL_SCOPES
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import create_token
from cdmo_eval.embedded import free_port
from scorecards.consistency import check_scorecard
from scorecards.models import Run, Scorecard, ScorecardState
from scorecards.services.snapshots import freeze_calculation
from tests.factories.core import Team
from tests.faults.truth import is_true, set_level
from tests.support.stack import Stack, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


def start_web(stack: Stack) -> str:
    """A real web process on this test's database; its address."""
    port = free_port()
    command = ["-m", "gunicorn", "cdmo_eval.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    stack._start("web", command, "web")
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/health/live/", timeout=2).close()  # noqa: S310 - our own address on loopback
            return True
        return False

    wait_until(answers, seconds=40, what="web up")
    return address


def test_worker_web_process_and_test_find_the_same_digests(
    team: Team, board: Scorecard, stack: Stack
) -> None:
    stack.start_worker()
    set_level(team, "Vendor 0", 3)
    wait_until(lambda: is_true(team, board), seconds=40, what="published by the worker")
    wait_until(
        lambda: ScorecardState.objects.get(pk=board.pk).last_run_id is not None, seconds=10, what="noted"
    )
    organization = team.organization
    with organization_scope(organization.pk, team.actor()):
        published = Run.objects.filter(scorecard=board).latest("number")
        snapshot = freeze_calculation(scorecard=board, by=team.actor(), now=timezone.now())
    _, token = create_token(
        by=team.actor(), name="digest", scopes=list(ALL_SCOPES), now=datetime.now(UTC), expires_at=datetime.now(UTC) + timedelta(days=1)
    )  # fmt: skip

    here = check_scorecard(board.pk, organization_id=organization.pk)
    address = f"{start_web(stack)}/api/v1/snapshots/{snapshot.public_id}/verify/"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - as above
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        there = json.load(answer)

    assert (here.skipped, here.differences) == ("", ())
    assert (there["intact"], there["differences"]) == (True, [])
    assert published.output_digest == ScorecardState.objects.get(pk=board.pk).output_digest
