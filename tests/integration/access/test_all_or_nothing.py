"""Work that is done twice, by eight at once, or that breaks in the middle: all of it or nothing, and once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.models import Job, Signature
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.consistency import check_scorecard
from scorecards.models import (
    Candidate,
    DirtyRow,
    ExportFormat,
    ExportKind,
    Run,
    Scorecard,
    ScorecardState,
    Shortlist,
    ShortlistDecision,
)
from scorecards.selectors.simulations import Request as Simulated
from scorecards.services.decisions import sign_decision, supersede_decision
from scorecards.services.exports import request_export
from scorecards.services.shortlists import change_shortlist, create_shortlist, declare_interests
from scorecards.services.simulations import request_simulation
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.support.shared_data import SAMPLES
from tests.support.tables import all_tables
from tests.support.threads import Beside, patiently
from tests.support.uploads import check_text
from vendors.imports import jobs
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
    "core.digests", "core.purge", "core.send_webhooks", "core.tell_events", "core.tell_members",
    "scorecards.nightly", "scorecards.prove_published", "scorecards.recompute_dirty", "scorecards.simulate",
    "scorecards.write_export", "vendors.import", "vendors.match_records",
)  # fmt: skip


def asked(team: Team, board: Scorecard, name: str) -> dict[str, int]:
    """What a task is told."""
    if name in {"core.tell_events", "scorecards.recompute_dirty", "vendors.match_records"}:
        return {"organization_id": team.organization.pk}
    if name == "scorecards.write_export":
        with organization_scope(team.organization.pk, team.actor()):
            export = request_export(
                organization=team.organization, kind=ExportKind.RANKING, format=ExportFormat.XLSX, subject=board.public_id,
                by=team.actor(), now=timezone.now(),
            )  # fmt: skip
        return {"organization_id": team.organization.pk, "job_id": export.job_id}
    if name == jobs.TASK:
        with organization_scope(team.organization.pk, team.actor()):
            file = check_text(team.actor(), "contacts", "vendor,contact\nVendor 0,A. Body\n")
            waiting = Job.objects.create(
                organization=team.organization, kind=jobs.KIND, target_public_id=file.public_id, total=1,
                requested_by=team.actor().user, parameters={"only_valid": False, "by_name": "A"},
            )  # fmt: skip
        return {"organization_id": team.organization.pk, "job_id": waiting.pk}
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
    if name not in {"scorecards.nightly", "scorecards.recompute_dirty"}:  # these two recompute themselves
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


@pytest.fixture
def desk(team: Team, board: Scorecard) -> Shortlist:
    """A shortlist whose author may sign."""
    by, now = team.actor(Role.PROCUREMENT), timezone.now()
    with organization_scope(team.organization.pk, by):
        candidates = list(Candidate.objects.on_scorecard(board).order_by("id"))
        row = create_shortlist(scorecard=board, name="Second source", candidates=candidates, by=by, now=now)
        change_shortlist(
            shortlist=row, expected_version=None, primary=candidates[0], reason="Best", by=by, now=now
        )
        declare_interests(shortlist=row, conflict=False, by=by, now=now)
    return row


def sign(team: Team, row: Shortlist) -> str:
    """The author's signature, with which the decision is frozen; the code of the refusal when there is one."""
    by = team.actor(Role.PROCUREMENT)
    try:
        with organization_scope(team.organization.pk, by):
            return str(
                sign_decision(shortlist=row, meaning="authored", digest="", proof="password", by=by, now=timezone.now()).meaning
            )  # fmt: skip
    except DomainError as error:
        return error.code


def signed(team: Team) -> tuple[int, int]:
    """How many signatures and decisions there are."""
    with organization_scope(team.organization.pk, "test"):
        return Signature.objects.count(), ShortlistDecision.objects.count()


def reopen(team: Team, row: Shortlist) -> None:
    """Begin a new edition."""
    by = team.actor(Role.PROCUREMENT)
    with organization_scope(team.organization.pk, by):
        supersede_decision(shortlist=row, reason="Again", by=by, now=timezone.now())


def first_write(team: Team, row: Shortlist) -> int:
    """The place of the first statement of a signature that writes; what only reads cannot leave halves."""
    with CaptureQueriesContext(connection) as captured:
        sign(team, row)
    reopen(team, row)
    return next(
        place
        for place, query in enumerate(captured, start=1)
        if query["sql"].startswith(("INSERT", "UPDATE"))
    )


def test_a_signature_broken_at_any_statement_is_all_or_nothing(team: Team, desk: Shortlist) -> None:
    start = first_write(team, desk)
    before, wrong, editions, broken = all_tables(), [], 1, 0
    for place in count(start):
        with breaking(place) as counted, suppress(Broken):
            sign(team, desk)
        after = all_tables()
        if after != before:  # a check of a constraint that breaks is left to the database
            editions += 1
            if signed(team) != (editions, editions):
                wrong.append(place)
            if counted[0] < place:  # nothing was broken
                break
            reopen(team, desk)
            after = all_tables()
        before, broken = after, broken + 1

    assert wrong == []
    assert broken > 10


def test_eight_signatures_at_once_sign_once(team: Team, desk: Shortlist, beside: Beside) -> None:
    futures = [beside.start(lambda: patiently(lambda: sign(team, desk))) for _ in range(8)]
    outcomes = sorted(future.result(120) for future in futures)

    assert outcomes == ["authored", *["signed"] * 7]
    assert sign(team, desk) == "signed"
