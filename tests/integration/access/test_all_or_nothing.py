"""Work that is done twice, by eight at once, or that breaks in the middle: all of it or nothing, and once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.utils import timezone

from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.consistency import check_scorecard
from scorecards.models import DirtyRow, Run, Scorecard, ScorecardState
from scorecards.selectors.simulations import Request as Simulated
from scorecards.services.simulations import request_simulation
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.support.shared_data import SAMPLES
from tests.support.tables import all_tables
from tests.support.threads import Beside
from vendors.imports.vendors import (
    check_vendor_rows,
    lock_vendor_imports,
    read_vendor_file,
    write_vendor_file,
)
from vendors.models import Evidence, Vendor
from vendors.services import revise_evidence

pytestmark = pytest.mark.django_db(transaction=True)

SAMPLE = SAMPLES / "vendors_full.csv"
STATE = ("scorecards_scorecardstate",)
"""Counts attempts in commits of its own, also of those that fail."""


@pytest.fixture
def board(team: Team) -> Scorecard:
    """Three vendors on one scorecard, calculated once."""
    now, organization = timezone.now(), team.organization
    with organization_scope(organization.pk, team.actor()):
        for number in range(3):
            vendor = make_vendor(organization, name=f"Vendor {number}", now=now)
            make_capability(make_site(vendor, now=now), gmp=True, now=now)
            make_evidence(vendor, "SVC3", {"level": number}, now=now, obtained_on=now.date())
        scorecard = make_scorecard(make_program(organization, now=now), now=now)
    recompute.run(scorecard.pk, clock=timezone.now)
    return scorecard


def edit(team: Team, level: int) -> None:
    """Change a fact."""
    now, actor = timezone.now(), team.actor()
    with organization_scope(team.organization.pk, actor):
        row = Evidence.objects.get(vendor__name="Vendor 0", target="SVC3")
        revise_evidence(
            evidence=row, expected_version=None, by=actor, now=now, reason="test", value={"level": level}
        )


def runs(team: Team) -> int:
    """How many calculations were published."""
    with organization_scope(team.organization.pk, "test"):
        return Run.objects.count()


def is_true(team: Team, scorecard: Scorecard) -> bool:
    """Whether what is published is what the facts say."""
    check = check_scorecard(scorecard.pk, organization_id=team.organization.pk)
    return not check.skipped and not check.differences and not DirtyRow.objects.exists()


class Broken(OperationalError):
    """What the test throws."""


@contextmanager
def breaking(place: int) -> Iterator[list[int]]:
    """Let the statement number `place` fail; yields the count of statements so far."""
    counted = [0]

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        counted[0] += 1
        if counted[0] == place:
            raise Broken("broken by the test")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield counted


def test_the_tasks_are_known() -> None:
    current_app.loader.import_default_modules()

    names = sorted(name for name in current_app.tasks if not name.startswith("celery."))
    assert names == sorted(TASKS)


TASKS = (
    "scorecards.nightly", "scorecards.prove_published", "scorecards.recompute_dirty", "scorecards.simulate",
)  # fmt: skip


def asked(team: Team, board: Scorecard, name: str) -> dict[str, int]:
    """What a task is told."""
    if name == "scorecards.recompute_dirty":
        return {"organization_id": team.organization.pk}
    if name != "scorecards.simulate":
        return {}
    with organization_scope(team.organization.pk, team.actor()):
        _, job = request_simulation(
            scorecard=board, request=Simulated(draws=100), by=team.actor(), now=timezone.now()
        )
    assert job is not None
    return {"organization_id": team.organization.pk, "job_id": job.pk}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_run_twice_changes_nothing_more(team: Team, board: Scorecard, name: str) -> None:
    current_app.loader.import_default_modules()
    task = current_app.tasks[name]
    arguments = asked(team, board, name)
    edit(team, 3)
    if name in {"scorecards.prove_published", "scorecards.simulate"}:  # these are about what is published
        recompute.run(board.pk, clock=timezone.now)

    task(**arguments)
    once = all_tables()
    task(**arguments)

    assert all_tables() == once
    assert is_true(team, board)


def test_a_recompute_broken_at_any_statement_is_all_or_nothing(team: Team, board: Scorecard) -> None:
    wrong, statements = [], 0
    for place in count(1):
        edit(team, place % 4)
        before, published = all_tables(without=STATE), runs(team)
        with breaking(place) as counted, suppress(Broken):
            recompute.run(board.pk, clock=timezone.now)
        nothing = all_tables(without=STATE) == before
        everything = runs(team) == published + 1 and is_true(team, board)
        if nothing == everything:
            wrong.append((place, "half"))
        if counted[0] < place:  # it had no so many statements: nothing was broken
            statements = counted[0]
            break
        recompute.run(board.pk, clock=timezone.now)
        if not is_true(team, board):
            wrong.append((place, "did not recover"))

    assert wrong == []
    assert statements > 20


def test_eight_recomputes_at_once_publish_once(team: Team, board: Scorecard, beside: Beside) -> None:
    edit(team, 3)
    published = runs(team)

    futures = [beside.start(lambda: recompute.run(board.pk, clock=timezone.now)) for _ in range(8)]
    outcomes = [future.result(60) for future in futures]

    assert outcomes.count(recompute.Outcome.PUBLISHED) == 1
    assert runs(team) == published + 1
    assert is_true(team, board)
    assert list(ScorecardState.objects.values_list("error", "quarantined_until")) == [("", None)]


def load(team: Team, path: Path) -> int:
    """Import a file as the command does; returns how many vendors are new."""
    actor, now = team.actor(), timezone.now()
    file = read_vendor_file(path, mapping={})
    with organization_scope(team.organization.pk, actor):
        lock_vendor_imports(team.organization)
        report = check_vendor_rows(file, organization=team.organization, by=actor, now=now)
        return int(write_vendor_file(report, by=actor, now=now).vendors.new)


def test_an_import_broken_at_any_statement_is_nothing(team: Team) -> None:
    before, wrong, statements = all_tables(), [], 0
    for place in count(1):
        with breaking(place) as counted, suppress(Broken):
            load(team, SAMPLE)
        if counted[0] < place:  # nothing was broken
            statements = counted[0]
            break
        if all_tables() != before:
            wrong.append(place)

    assert wrong == []
    assert statements > 20
    with organization_scope(team.organization.pk, "test"):
        assert Vendor.objects.count() == 2


def test_eight_imports_at_once_write_once(team: Team, beside: Beside) -> None:
    futures = [beside.start(lambda: load(team, SAMPLE)) for _ in range(8)]
    new = sorted(future.result(90) for future in futures)
    after = all_tables()

    assert new == [0] * 7 + [2]
    with organization_scope(team.organization.pk, "test"):
        assert Vendor.objects.count() == 2
    assert load(team, SAMPLE) == 0
    assert all_tables() == after
