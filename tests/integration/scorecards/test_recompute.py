"""From facts to published scores, on real PostgreSQL with committed rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Candidate, DirtyRow, Result, ResultHistory, Run, Scorecard, ScorecardState
from scorecards.recompute import Outcome
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.support.threads import Beside
from vendors.models import Vendor

pytestmark = pytest.mark.django_db(transaction=True)


def clock() -> datetime:
    return NOW


@pytest.fixture
def scorecard(team: Team) -> Scorecard:
    """Two vendors, one of which can do the work, on one scorecard that was computed once."""
    with organization_scope(team.organization.pk, team.actor()):
        able = make_vendor(team.organization, name="Able")
        site = make_site(able, name="Plant")
        make_capability(
            site, gmp=True, scale_min=50, scale_max=2000, batch_unit="L", programs_by_phase={"PH1": 6}
        )
        make_vendor(team.organization, name="Blank")
        scorecard = make_scorecard(make_program(team.organization))
    recompute.run(scorecard.pk, clock=clock)
    return scorecard


def results(team: Team, scorecard: Scorecard) -> dict[str, Result]:
    with organization_scope(team.organization.pk, team.actor()):
        rows = (
            Result.objects.for_organization(team.organization)
            .filter(scorecard=scorecard)
            .select_related("candidate__vendor")
        )
        return {row.candidate.vendor.name: row for row in rows}


def test_first_recompute_ranks_every_vendor(team: Team, scorecard: Scorecard) -> None:
    rows = results(team, scorecard)

    assert set(rows) == {"Able", "Blank"}
    assert (rows["Able"].rank, rows["Able"].state) == (1, "ranked")
    assert (rows["Blank"].rank, rows["Blank"].state, rows["Blank"].score_exact) == (
        None,
        "insufficient_evidence",
        None,
    )
    assert (rows["Blank"].low_exact, rows["Blank"].high_exact) == (0, 10**15)
    assert DirtyRow.objects.count() == 0


def test_a_scorecard_without_vendors_is_published_empty(team: Team) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        empty = make_scorecard(make_program(team.organization))

    assert recompute.run(empty.pk, clock=clock) == Outcome.PUBLISHED
    with organization_scope(team.organization.pk, team.actor()):
        assert (Run.objects.get().candidates, Result.objects.count()) == (0, 0)


def test_same_input_publishes_nothing_new(team: Team, scorecard: Scorecard) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        Scorecard.objects.filter(pk=scorecard.pk).update(updated_at=NOW)

    assert recompute.run(scorecard.pk, clock=clock) == Outcome.UNCHANGED
    with organization_scope(team.organization.pk, team.actor()):
        assert Run.objects.count() == 1
        assert ResultHistory.objects.count() == 2


def test_duplicate_delivery_changes_nothing(team: Team, scorecard: Scorecard) -> None:
    before = ScorecardState.objects.get(pk=scorecard.pk)

    assert recompute.run(scorecard.pk, clock=clock) == Outcome.UNCHANGED
    after = ScorecardState.objects.get(pk=scorecard.pk)
    assert (after.last_run_id, after.output_digest) == (before.last_run_id, before.output_digest)


def test_an_evidence_edit_marks_exactly_its_candidate(team: Team, scorecard: Scorecard) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        blank = Vendor.objects.get(name="Blank")
        candidate = Candidate.objects.get(vendor=blank)
        make_evidence(blank, "vendor.integration", {"choice": "CDMO"})

    assert set(DirtyRow.objects.values_list("scorecard_id", "candidate_id")) == {(scorecard.pk, candidate.pk)}
    assert (
        recompute.run(scorecard.pk, clock=clock) == Outcome.UNCHANGED
        or results(team, scorecard)["Blank"].coverage > 0
    )


def test_edit_during_a_recompute_is_not_lost(team: Team, scorecard: Scorecard, beside: Beside) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        able = Vendor.objects.get(name="Able")
        make_evidence(able, "SVC3", {"level": 1})
    edits: list[str] = []

    def edit_elsewhere(step: str) -> None:
        if step == "rated":
            beside.run(lambda: edit(team, able))
            edits.append(step)

    recompute.run(scorecard.pk, clock=clock, step=edit_elsewhere)

    assert edits == ["rated"]
    assert DirtyRow.objects.filter(scorecard_id=scorecard.pk).count() > 0
    before = results(team, scorecard)["Able"].score_exact
    recompute.run(scorecard.pk, clock=clock)
    assert DirtyRow.objects.count() == 0
    assert (results(team, scorecard)["Able"].score_exact or 0) > (before or 0)


def edit(team: Team, vendor: Vendor) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(vendor, "SVC3", {"level": 3}, obtained_on=NOW.date(), now=NOW + timedelta(seconds=1))


def test_failure_at_any_step_leaves_nothing_half_written(team: Team, scorecard: Scorecard) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(Vendor.objects.get(name="Able"), "SVC3", {"level": 2})
    before = results(team, scorecard)["Able"].score_exact

    for failing in ("taken", "chunk", "rated", "computed", "published", "done"):

        def fail(step: str, failing: str = failing) -> None:
            if step == failing:
                raise ArithmeticError(step)

        with pytest.raises(ArithmeticError):
            recompute.run(scorecard.pk, clock=clock, step=fail)
        assert results(team, scorecard)["Able"].score_exact == before
        assert DirtyRow.objects.filter(scorecard_id=scorecard.pk).exists()
        ScorecardState.objects.update(attempts=0, quarantined_until=None)
    assert recompute.run(scorecard.pk, clock=clock) == Outcome.PUBLISHED


def test_poison_is_set_aside_and_tried_again(team: Team, scorecard: Scorecard) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(Vendor.objects.get(name="Able"), "SVC3", {"level": 2})

    def fail(step: str) -> None:
        raise ArithmeticError("poison")

    for _ in range(3):
        with pytest.raises(ArithmeticError):
            recompute.run(scorecard.pk, clock=clock, step=fail)
    state = ScorecardState.objects.get(pk=scorecard.pk)
    assert (state.attempts, state.error) == (3, "ArithmeticError: poison")
    assert recompute.run(scorecard.pk, clock=clock) == Outcome.BUSY

    def later() -> datetime:
        return NOW + timedelta(minutes=1)

    assert recompute.run(scorecard.pk, clock=later) == Outcome.PUBLISHED
    assert ScorecardState.objects.get(pk=scorecard.pk).error == ""


def test_new_input_ends_a_quarantine_at_once(team: Team, scorecard: Scorecard) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(Vendor.objects.get(name="Able"), "SVC3", {"level": 2})

    def fail(step: str) -> None:
        raise ArithmeticError("poison")

    for _ in range(3):
        with pytest.raises(ArithmeticError):
            recompute.run(scorecard.pk, clock=clock, step=fail)
    edit(team, Vendor(pk=vendor_id(team, "Able"), organization=team.organization, name="Able"))

    assert recompute.run(scorecard.pk, clock=clock) == Outcome.PUBLISHED


def vendor_id(team: Team, name: str) -> int:
    with organization_scope(team.organization.pk, team.actor()):
        return Vendor.objects.get(name=name).pk


def test_weights_change_the_score_without_rating_anew(team: Team, scorecard: Scorecard) -> None:
    actor: Actor = team.actor()
    with organization_scope(team.organization.pk, actor):
        update_scorecard(scorecard=scorecard, expected_version=None, by=actor, now=NOW, weights={"SCL": 50})
    recompute.run(scorecard.pk, clock=clock)

    with organization_scope(team.organization.pk, actor):
        run = Run.objects.order_by("-number").first()
        assert run is not None
        assert (run.number, run.candidates) == (2, 2)


def test_a_new_vendor_is_ranked_and_an_archived_one_leaves(team: Team, scorecard: Scorecard) -> None:
    from vendors.services import archive_vendor

    actor = team.actor()
    with organization_scope(team.organization.pk, actor):
        make_vendor(team.organization, name="Newcomer")
        archive_vendor(vendor=Vendor.objects.get(name="Blank"), expected_version=None, by=actor, now=NOW)
    recompute.run(scorecard.pk, clock=clock)

    assert set(results(team, scorecard)) == {"Able", "Newcomer"}
    with organization_scope(team.organization.pk, actor):
        assert ResultHistory.objects.filter(removed=True).count() == 1


def test_facts_are_written_in_read_committed_only(team: Team, scorecard: Scorecard) -> None:
    with (
        pytest.raises(DatabaseError, match="READ COMMITTED only"),
        organization_scope(team.organization.pk, team.actor(), isolation="REPEATABLE READ"),
    ):
        Vendor.objects.filter(name="Able").update(website="https://able.example")


def test_midnight_makes_todays_scorecard_due(team: Team, scorecard: Scorecard) -> None:
    from scorecards.scheduling import due_scorecards

    assert due_scorecards(now=NOW) == []
    assert due_scorecards(now=datetime(2026, 7, 2, 0, 0, 1, tzinfo=UTC)) == [scorecard.pk]
