"""Real workers, a real broker, a real reconciler: killed, stopped, frozen."""

import os
import signal
import time

import pytest
from django.db import connection
from django.test import Client

from cdmo_eval.core import wakeup
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.claims import CLAIM_LOCK
from scorecards.models import DirtyRow, Run, Scorecard
from tests.factories.core import Team
from tests.factories.vendors import make_vendor
from tests.faults.truth import is_true, look, set_level
from tests.support.stack import Stack, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


def runs(team: Team, scorecard: Scorecard) -> int:
    with organization_scope(team.organization.pk, team.actor()):
        return Run.objects.filter(scorecard=scorecard).count()


def test_an_edit_is_published_by_the_worker(team: Team, board: Scorecard, stack: Stack) -> None:
    stack.start_worker()
    wait_until(lambda: "ready" in stack.log("worker") or worker_answers(stack), seconds=30, what="worker up")

    set_level(team, "Vendor 0", 3)

    wait_until(lambda: is_true(team, board), seconds=15, what="published")


def worker_answers(stack: Stack) -> bool:
    """Whether the worker takes a hint from the queue."""
    wakeup.publish(wakeup.RECOMPUTE_TASK, organization_id=0)
    time.sleep(0.5)
    return queue_length(stack) == 0


def queue_length(stack: Stack) -> int:
    from redis import Redis

    return int(Redis.from_url(stack.redis_url).llen("cdmo:cdmo"))


def test_a_burst_gives_few_recomputes(team: Team, board: Scorecard, stack: Stack) -> None:
    before = runs(team, board)
    for number in range(40):
        set_level(team, f"Vendor {number % 8}", 1 + number % 3)
    assert queue_length(stack) == 40
    stack.start_worker()

    wait_until(lambda: is_true(team, board), seconds=30, what="published")
    wait_until(lambda: queue_length(stack) == 0, seconds=30, what="queue empty")

    assert runs(team, board) - before == 1


def test_a_duplicate_delivery_does_nothing(team: Team, board: Scorecard, stack: Stack) -> None:
    set_level(team, "Vendor 0", 3)
    stack.start_worker()
    wait_until(lambda: is_true(team, board), seconds=30, what="published")
    before = runs(team, board)

    for _ in range(5):
        wakeup.publish(wakeup.RECOMPUTE_TASK, organization_id=team.organization.pk)
    wait_until(lambda: queue_length(stack) == 0, seconds=15, what="queue empty")
    time.sleep(0.5)

    assert runs(team, board) == before


def test_kill_9_in_mid_recompute_loses_nothing(team: Team, board: Scorecard, stack: Stack) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        for number in range(120):
            make_vendor(team.organization, name=f"Extra {number}")
    set_level(team, "Vendor 0", 3)
    before = runs(team, board)
    stack.start_worker()
    wait_until(lambda: claim_is_held(board), seconds=30, what="recompute began")
    stack.kill("worker")

    wait_until(lambda: not claim_is_held(board), seconds=5, what="claim free")
    assert runs(team, board) in {before, before + 1}
    assert look(team, board).fresh is (runs(team, board) == before + 1)
    assert DirtyRow.objects.filter(scorecard=board).exists() is not look(team, board).fresh

    stack.start_reconciler()
    wait_until(lambda: is_true(team, board), seconds=30, what="the reconciler finished it")


def claim_is_held(scorecard: Scorecard) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted",
            [CLAIM_LOCK, scorecard.pk],
        )
        return bool(cursor.fetchone()[0])


def test_without_a_broker_the_web_stays_usable_and_scores_converge(
    team: Team, board: Scorecard, stack: Stack, client: Client
) -> None:
    stack.kill_broker()
    stack.start_reconciler()
    client.force_login(
        team.members[Role.MANAGER], backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    began = time.monotonic()
    set_level(team, "Vendor 1", 2)
    answer = client.get("/api/v1/me/")
    waited = time.monotonic() - began

    assert answer.status_code == 200
    assert waited < 3
    wait_until(lambda: is_true(team, board), seconds=30, what="the reconciler published")


def test_a_frozen_broker_costs_a_writer_about_a_second_once(
    team: Team, board: Scorecard, stack: Stack
) -> None:
    set_level(team, "Vendor 1", 1)  # the connection is open now
    stack.proxy.freeze()
    stack.start_reconciler()

    waits = []
    for level in (2, 3, 1):
        began = time.monotonic()
        set_level(team, "Vendor 1", level)
        waits.append(time.monotonic() - began)

    assert waits[0] < 6
    assert max(waits[1:]) < 1.5
    wait_until(lambda: is_true(team, board), seconds=30, what="the reconciler published")


def test_a_stopped_process_of_the_broker_costs_no_more(team: Team, board: Scorecard, stack: Stack) -> None:
    assert stack.valkey is not None
    set_level(team, "Vendor 2", 1)
    os.kill(stack.valkey.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        set_level(team, "Vendor 2", 2)
        assert time.monotonic() - began < 6
    finally:
        os.kill(stack.valkey.pid, signal.SIGCONT)


def test_two_reconcilers_do_the_work_once(team: Team, board: Scorecard, stack: Stack) -> None:
    stack.start_reconciler()
    second = stack._start("reconcile-2", ["manage.py", "reconcile"], "reconcile")
    before = runs(team, board)
    set_level(team, "Vendor 3", 2)

    wait_until(lambda: is_true(team, board), seconds=30, what="published")

    assert runs(team, board) == before + 1
    assert second.poll() is None
