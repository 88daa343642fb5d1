"""Which scorecards a changed fact marks, also when who is affected changes at the same moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from threading import Event

import pytest
from django.db import OperationalError, connection

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Candidate, DirtyRow, Result, Scorecard
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_candidate, make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_site, make_vendor
from tests.support.threads import Beside
from vendors.models import SourceRead, Vendor

pytestmark = pytest.mark.django_db(transaction=True)


FRAME = 0


def clock() -> datetime:
    return NOW


@contextmanager
def inside(team: Team) -> Iterator[None]:
    with organization_scope(team.organization.pk, team.actor()):
        yield


def dirty() -> set[tuple[int, int | None]]:
    return set(DirtyRow.objects.values_list("scorecard_id", "candidate_id"))


@pytest.fixture
def chosen(team: Team) -> Scorecard:
    """A scorecard that judges one chosen vendor; a second vendor stands in the programme beside it."""
    with inside(team):
        program = make_program(team.organization)
        first = make_candidate(program, make_vendor(team.organization, name="First"))
        make_candidate(program, make_vendor(team.organization, name="Second"))
        scorecard = make_scorecard(program, candidates=[first])
    recompute.run(scorecard.pk, clock=clock)
    return scorecard


@pytest.mark.parametrize("locks", [True, False])
def test_change_of_a_vendor_beside_the_transaction_that_adds_it_is_not_lost(
    team: Team, chosen: Scorecard, beside: Beside, *, locks: bool
) -> None:
    """The named interleaving: an uncommitted change of vendor V beside a transaction that adds V to the scorecard.

    With the locks the adding waits and nothing is lost; without them (proved by taking them out) the change is lost.
    """
    changed, go_on = Event(), Event()

    def change_vendor() -> None:
        with inside(team):
            make_evidence(Vendor.objects.get(name="Second"), "SVC3", {"level": 3})
            changed.set()
            go_on.wait(10)

    def add_vendor() -> None:
        with inside(team):
            both = list(Candidate.objects.order_by("id"))
            if not locks:  # the service takes the lock first; go round it
                from scorecards.models import ScorecardChoice

                ScorecardChoice.objects.create(
                    organization=team.organization, scorecard=chosen, candidate=both[1]
                )
            else:
                update_scorecard(
                    scorecard=chosen, expected_version=None, by=team.actor(), now=NOW, candidates=both
                )
        recompute.run(chosen.pk, clock=clock)

    with taken_out(not locks):
        changing = beside.start(change_vendor)
        assert changed.wait(5)
        adding = beside.start(add_vendor)
        time.sleep(0.7)
        waited = not adding.done()
        go_on.set()
        changing.result(10)
        adding.result(10)
    recompute.run(chosen.pk, clock=clock)

    with inside(team):
        known = Result.objects.get(scorecard=chosen, candidate__vendor__name="Second").coverage > 0
    assert (waited, known) == (locks, locks)


@contextmanager
def taken_out(without_locks: bool) -> Iterator[None]:
    """The guard functions without their locks, for the length of a test."""
    if not without_locks:
        yield
        return
    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = 'guard'"
        )
        saved = [text for (text,) in cursor.fetchall() if "pg_advisory_xact_lock" in text]
        cursor.execute("SET ROLE cdmo_audit")
        for text in saved:
            cursor.execute(
                text.replace("PERFORM pg_advisory_xact_lock_shared(", "PERFORM concat(").replace(
                    "PERFORM pg_advisory_xact_lock(", "PERFORM concat("
                )
            )
    try:
        yield
    finally:
        with owner_connection() as owner, owner.cursor() as cursor:
            cursor.execute("SET ROLE cdmo_audit")
            for text in saved:
                cursor.execute(text)


def test_waiting_for_the_lock_is_bounded(team: Team, chosen: Scorecard, beside: Beside) -> None:
    changed, go_on = Event(), Event()

    def hold() -> None:
        with inside(team):
            make_evidence(Vendor.objects.get(name="Second"), "SVC3", {"level": 3})
            changed.set()
            go_on.wait(15)

    holding = beside.start(hold)
    assert changed.wait(5)
    began = time.monotonic()
    with pytest.raises(OperationalError, match="lock timeout"), inside(team):
        update_scorecard(scorecard=chosen, expected_version=None, by=team.actor(), now=NOW, candidates="all")
    waited = time.monotonic() - began
    go_on.set()
    holding.result(10)
    assert 2.5 < waited < 6


def test_two_evidence_edits_at_once_do_not_deadlock(team: Team, chosen: Scorecard, beside: Beside) -> None:
    """A record refills a column of the vendor: that update must not take the exclusive lock."""

    def edit(name: str) -> None:
        with inside(team):
            make_evidence(Vendor.objects.get(name=name), "vendor.integration", {"choice": "CDMO"})
            time.sleep(0.3)
            make_evidence(Vendor.objects.get(name=name), "vendor.focus", {"choice": "FULL"})

    edits = [beside.start(lambda name=name: edit(name)) for name in ("First", "Second")]
    assert [done.result(10) for done in edits] == [None, None]


def test_a_change_marks_only_scorecards_that_judge_the_vendor(team: Team, chosen: Scorecard) -> None:
    with inside(team):
        make_evidence(Vendor.objects.get(name="Second"), "SVC3", {"level": 3})
    assert dirty() == set()
    with inside(team):
        make_evidence(Vendor.objects.get(name="First"), "SVC3", {"level": 3})
        first = Candidate.objects.get(vendor__name="First")
    assert dirty() == {(chosen.pk, first.pk)}


def test_many_candidates_in_one_statement_become_one_row(team: Team) -> None:
    with inside(team):
        scorecard = make_scorecard(make_program(team.organization))
        for _ in range(3):
            make_vendor(team.organization)
        Vendor.objects.bulk_create(
            [Vendor(organization=team.organization, name=f"Bulk {i}", updated_at=NOW) for i in range(101)]
        )
    recompute.run(scorecard.pk, clock=clock)
    with inside(team):
        Vendor.objects.filter(name__startswith="Bulk").update(parent="Holding")
    assert dirty() == {(scorecard.pk, None)}
    recompute.run(scorecard.pk, clock=clock)
    with inside(team):
        assert Result.objects.filter(scorecard=scorecard).count() == 104


def test_settings_and_readings_mark_every_scorecard(team: Team, chosen: Scorecard) -> None:
    with inside(team):
        Organization.objects.filter(pk=team.organization.pk).update(settings={"half_widths": {"D": 250_000}})
    assert dirty() == {(chosen.pk, FRAME)}
    recompute.run(chosen.pk, clock=clock)
    with owner_connection():
        SourceRead.objects.create(kind="INSPECTION", source="fda_inspections", read_on=date(2026, 6, 30))
    assert dirty() == {(chosen.pk, FRAME)}


def test_the_app_role_cannot_write_the_log(team: Team, chosen: Scorecard) -> None:
    from django.db import DatabaseError, transaction

    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO scorecards_dirtyrow (organization_id, scorecard_id, at) VALUES (1, 1, now())"
        )


def test_a_site_number_changed_by_hand_written_sql_marks_too(team: Team, chosen: Scorecard) -> None:
    with inside(team):
        site = make_site(Vendor.objects.get(name="First"))
    recompute.run(chosen.pk, clock=clock)
    with inside(team), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vendors_site SET fei = '3001234567', fei_key = '3001234567' WHERE id = %s", [site.pk]
        )
        first = Candidate.objects.get(vendor__name="First")
    assert dirty() == {(chosen.pk, first.pk)}
