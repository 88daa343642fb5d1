"""One minute of chaos: workers, broker and database connections are killed while people edit and others read.

The checker compares every figure that is served as fresh with what was entered, in the same snapshot. At the end all
must converge. Also `make chaos`, for longer: CHAOS_SECONDS=600 make chaos.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections

from scorecards.models import DirtyRow, Scorecard
from tests.factories.core import Team
from tests.faults.truth import is_true, look, set_level
from tests.support.stack import Stack, wait_until
from tests.support.threads import Beside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))


class Chaos:
    """What happens to whom, until the end."""

    def __init__(self, team: Team, board: Scorecard, stack: Stack) -> None:
        self.team, self.board, self.stack = team, board, stack
        self.ends = time.monotonic() + SECONDS
        self.told: Counter[str] = Counter()
        self.stale: list[str] = []
        self.random = random.Random(4711)  # noqa: S311 - repeatable, not secret
        self.lock = threading.Lock()

    def tell(self, what: str) -> None:
        with self.lock:
            self.told[what] += 1

    def until_the_end(self, work: Callable[[], None], pause: float) -> None:
        """Repeat; a connection that was shot is what this is about."""
        while time.monotonic() < self.ends:
            try:
                work()
            except (DatabaseError, psycopg.Error):
                self.tell("interrupted")
                connections.close_all()
            time.sleep(pause)

    def edit(self) -> None:
        set_level(self.team, f"Vendor {self.random.randrange(8)}", self.random.randrange(4))
        self.tell("edits")

    def read(self) -> None:
        served = look(self.team, self.board)
        self.tell("reads")
        if served.fresh:
            self.tell("fresh reads")
            self.stale += served.wrong

    def harm(self) -> None:
        kind = self.random.choice(["worker", "child", "broker", "flush", "database", "half-open"])
        self.tell(f"harm: {kind}")
        getattr(self, f"harm_{kind.replace('-', '_')}")()

    def harm_worker(self) -> None:
        self.stack.kill("worker")
        self.stack.start_worker()

    def harm_child(self) -> None:
        worker = self.stack.processes.get("worker")
        if worker is not None:
            os.system(f"pkill -9 -P {worker.pid}")  # noqa: S605 - the worker this test started

    def harm_broker(self) -> None:
        self.stack.kill_broker()
        time.sleep(1)
        self.stack.start_broker()

    def harm_flush(self) -> None:
        self.stack.flush_broker()

    def harm_database(self) -> None:
        """End half of the app's sessions, as the administrator that the test's own server has."""
        where = settings.DATABASES["default"]
        with psycopg.connect(
            f"host={where['HOST']} port={where['PORT'] or 5432} dbname=postgres user=postgres"
        ) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'cdmo_app' AND random() < 0.5",
                [connection.settings_dict["NAME"]],
            )

    def harm_half_open(self) -> None:
        self.stack.proxy.freeze()
        time.sleep(3)
        self.stack.proxy.thaw()


def test_a_minute_of_chaos_serves_nothing_stale_and_converges(
    team: Team, board: Scorecard, stack: Stack, beside: Beside
) -> None:
    chaos = Chaos(team, board, stack)
    stack.start_worker()
    stack.start_reconciler()

    everybody = [
        beside.start(lambda: chaos.until_the_end(chaos.edit, 0.9)),
        beside.start(lambda: chaos.until_the_end(chaos.edit, 1.4)),
        beside.start(lambda: chaos.until_the_end(chaos.read, 0.05)),
        beside.start(lambda: chaos.until_the_end(chaos.read, 0.1)),
        beside.start(lambda: chaos.until_the_end(chaos.harm, 2.5)),
    ]
    for one in everybody:
        one.result(SECONDS + 60)
    connection.close()  # this thread's own session may have been ended too
    took = wait_until(lambda: is_true(team, board), seconds=30, what="converged after the last edit")

    print(f"chaos: {dict(chaos.told)}; converged {took:.1f} s after the end")  # noqa: T201 - the report of the run
    assert chaos.stale == []
    assert chaos.told["fresh reads"] > 20
    assert chaos.told["edits"] > 20
    assert DirtyRow.objects.count() == 0
