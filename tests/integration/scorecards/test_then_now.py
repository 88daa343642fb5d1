"""Then against now and the ranking as it was, from history after several calculations."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from cdmo_eval.core.errors import Invalid, NotFound
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.engine.then_now import Cause
from scorecards.frameworks import Framework
from scorecards.models import Result, Run, Scorecard
from scorecards.selectors.board import board_of_run, current_board
from scorecards.selectors.changes import Comparison, Move, compare_runs
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.history import moments, past_ranking, past_rows, run_as_of, run_named
from scorecards.selectors.results import present, result_rows
from scorecards.selectors.scorecards import run_list
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import Team
from tests.factories.vendors import make_evidence, make_vendor
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked
from vendors.services import archive_vendor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ranked(transactional_db: None, team: Team) -> Ranked:
    return make_ranked(team, "Alder", "Birch", "Cedar")


def runs_of(ranked: Ranked) -> list[Run]:
    """Oldest first."""
    return list(run_list(ranked.team.organization, ranked.scorecard).select_related("scorecard__framework"))[
        ::-1
    ]


def change_evidence(ranked: Ranked, name: str, level: int) -> int:
    """A later record about a vendor; its number."""
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        vendor = ranked.candidates[name].vendor
        made = make_evidence(
            vendor, "SVC3", {"level": level}, now=clock(), obtained_on=clock().date(), verified=True
        )
    ranked.calculate()
    return int(made.pk)


def change_scorecard(ranked: Ranked, **changes: object) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        scorecard = Scorecard.objects.get(pk=ranked.scorecard.pk)
        update_scorecard(
            scorecard=scorecard, expected_version=None, by=ranked.team.actor(), now=clock(), **changes
        )
    ranked.calculate()


def compared(ranked: Ranked, then: int, now: int) -> Comparison:
    runs = runs_of(ranked)
    return compare_runs(runs[then], runs[now])


def move_of(comparison: Comparison, name: str) -> Move:
    row = next(row for row, pk in enumerate(comparison.candidates) if comparison.who[pk].vendor == name)
    return comparison.moves([row])[0]


def current_framework(ranked: Ranked) -> Framework:
    """The criteria set of the scorecard."""
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        return criteria_of(ranked.scorecard.framework)


def amounts(move: Move) -> set[Cause]:
    return {cause.cause for cause in move.causes if cause.amount}


def test_board_of_the_last_run_is_the_current_board(ranked: Ranked) -> None:
    change_evidence(ranked, "Cedar", 5)
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        past, current = board_of_run(runs_of(ranked)[-1]), current_board(ranked.scorecard)

        assert past.standings == current.standings
        assert past.cells.packed() == current.cells.packed()
        assert past.scores().numerator.tolist() == current.scores().numerator.tolist()


def test_another_policy_names_its_own_cells_though_every_figure_is_the_same(ranked: Ranked) -> None:
    framework = current_framework(ranked)
    only = {group.code: 0 for group in framework.groups if group.code != "SVC"}
    only |= {leaf.code: 0 for group in framework.groups if group.code == "SVC" for leaf in group.leaves if leaf.code != "SVC3"}  # fmt: skip
    change_scorecard(ranked, weights=only)
    change_scorecard(ranked, policy="known_only")
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        neutral, known_only = runs_of(ranked)[-2:]
        past, current = board_of_run(known_only), current_board(ranked.scorecard)

        assert (neutral.policy, known_only.policy) == ("neutral", "known_only")
        assert board_of_run(neutral).scores().numerator.tolist() == past.scores().numerator.tolist()
        assert board_of_run(neutral).cells.refused is None
        assert past.cells.refused is not None
        assert past.cells.packed() == current.cells.packed()


def test_steps_sum_to_the_published_difference_over_evidence_weights_and_policy(ranked: Ranked) -> None:
    change_evidence(ranked, "Cedar", 5)
    change_scorecard(ranked, weights={"SVC": 40})
    change_scorecard(ranked, policy="known_only")
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        comparison = compared(ranked, 0, -1)
        moves = {move.who.vendor: move for move in comparison.moves(range(3))}
        published = {row.candidate.vendor.name: row for row in result_rows(ranked.scorecard)}
        first = {row.candidate.vendor.name: row for row in past_rows(runs_of(ranked)[0])}

    for name, move in moves.items():
        then, now = (
            Fraction(rows[name].score_exact or 0, rows[name].denominator_exact) for rows in (first, published)
        )
        assert sum(cause.amount for cause in move.causes) == now - then == move.difference
        assert [sum(leaf.amount for leaf in cause.leaves) for cause in move.causes] == [
            c.amount for c in move.causes
        ]
        assert (move.rank_then, move.rank_now) == (first[name].rank, published[name].rank)
    assert amounts(moves["Cedar"]) == {Cause.EVIDENCE, Cause.POLICY, Cause.WEIGHTS}
    assert Cause.EVIDENCE not in amounts(moves["Alder"])


def test_changed_evidence_names_its_leaf_and_its_records(ranked: Ranked) -> None:
    new = change_evidence(ranked, "Cedar", 5)
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        comparison = compared(ranked, 0, 1)
        move = move_of(comparison, "Cedar")

    (cause,) = [cause for cause in move.causes if cause.amount]
    (leaf,) = cause.leaves
    assert (cause.cause, leaf.code, leaf.came) == (Cause.EVIDENCE, "SVC3", (new,))
    assert leaf.amount == cause.amount == move.difference
    assert move.rank_then == 3
    assert leaf.text in move.sentence


def test_rank_that_only_others_moved_is_put_down_to_competitors(ranked: Ranked) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        make_vendor(ranked.team.organization, name="Dogwood", now=clock())
    change_evidence(ranked, "Cedar", 5)
    change_scorecard(ranked, weights={"SVC": 400})
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        comparison = compared(ranked, -2, -1)
        still = [move for move in comparison.moves(comparison.moved) if move.rank_then != move.rank_now]

        assert all(
            cause.amount == 0 for move in still for cause in move.causes if cause.cause is Cause.EVIDENCE
        )


def test_candidate_removed_later_still_stands_in_the_ranking_as_it_was(ranked: Ranked) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        before = [
            (row.candidate.vendor.name, row.rank, row.score_exact) for row in result_rows(ranked.scorecard)
        ]
        archive_vendor(
            vendor=ranked.candidates["Alder"].vendor,
            expected_version=None,
            by=ranked.team.actor(),
            now=clock(),
        )
    ranked.calculate()
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        first, last = runs_of(ranked)
        then = [(row.candidate.vendor.name, row.rank, row.score_exact) for row in past_rows(first)]
        now = [row.candidate.vendor.name for row in past_rows(last)]
        move = move_of(compare_runs(first, last), "Alder")

    assert then == before
    assert sorted(now) == ["Birch", "Cedar"]
    assert (move.stood_then, move.stands_now, move.rank_now) == (True, False, None)
    assert move.sentence == "Alder left the scorecard (was 1)."


def test_past_ranking_shows_what_was_published_then(ranked: Ranked) -> None:
    """Trap: editing a live scorecard changes past results."""
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        shown = present(ranked.scorecard, list(result_rows(ranked.scorecard)), now=clock()).rows
    change_evidence(ranked, "Cedar", 5)
    change_scorecard(ranked, weights={"SVC": 40}, policy="conservative")
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        first = runs_of(ranked)[0]
        past = past_ranking(ranked.scorecard, first, list(past_rows(first)), now=clock())

    assert [
        vars(row) | {"gates": [(g.code, g.outcome, g.reason) for g in row.gates]} for row in past.rows
    ] == [vars(row) | {"gates": [(g.code, g.outcome, g.reason) for g in row.gates]} for row in shown]
    assert past.lineage is not None
    assert (past.lineage.policy, past.lineage.fresh) == ("neutral", False)


def test_adding_a_vendor_does_not_reverse_two_others(ranked: Ranked) -> None:
    """Trap: adding a vendor reverses two others (relative scales)."""
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        make_vendor(ranked.team.organization, name="Dogwood", now=clock(), integration="CDMO")
    ranked.calculate()
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        comparison = compared(ranked, 0, 1)
        moves = comparison.moves(range(4))

    assert [move.difference for move in moves if move.stood_then] == [0, 0, 0]
    assert [{c.cause for c in move.told} - {Cause.COMPETITORS} for move in moves if move.stood_then] == [
        set()
    ] * 3


def test_as_of_is_the_last_run_published_by_then(ranked: Ranked) -> None:
    change_evidence(ranked, "Cedar", 5)
    today = clock().date()
    first, last = runs_of_in_scope(ranked)
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        assert run_as_of(ranked.scorecard, today) == last
        assert run_named(ranked.scorecard, str(first.public_id), field="since") == first
        assert run_named(ranked.scorecard, "1", field="since") == first
        assert run_named(ranked.scorecard, today.isoformat(), field="since") == last
        with pytest.raises(NotFound):
            run_as_of(ranked.scorecard, today - timedelta(days=1))
        with pytest.raises(NotFound):
            run_named(ranked.scorecard, "9", field="since")
        for wrong in ("yesterday", "2026-13-01", "0" * 36, ""):
            with pytest.raises(Invalid):
                run_named(ranked.scorecard, wrong, field="since")


def runs_of_in_scope(ranked: Ranked) -> list[Run]:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        return runs_of(ranked)


def test_run_of_an_earlier_day_is_found_by_its_day(ranked: Ranked) -> None:
    later = datetime.now(UTC) + timedelta(days=3)
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        vendor = ranked.candidates["Cedar"].vendor
        make_evidence(vendor, "SVC3", {"level": 5}, now=clock(), obtained_on=clock().date(), verified=True)
    recompute.run(ranked.scorecard.pk, clock=lambda: later)
    first, last = runs_of_in_scope(ranked)

    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        found = [run_as_of(ranked.scorecard, later.date() - timedelta(days=days)) for days in (0, 1, 2, 3)]

    assert found == [last, first, first, first]


def test_moments_follow_the_leader_and_a_candidate(ranked: Ranked) -> None:
    change_evidence(ranked, "Cedar", 5)
    change_scorecard(ranked, weights={"SVC": 400})
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        found = moments(runs_of(ranked), candidate_id=ranked.candidates["Cedar"].pk)
        leader = Result.objects.get(scorecard=ranked.scorecard, position=1).candidate.vendor.name

    assert found[0].leader is not None
    assert found[-1].leader is not None
    assert (found[0].leader.vendor, found[-1].leader.vendor) == ("Alder", leader)
    assert [moment.candidate.changed for moment in found if moment.candidate] == [True, True, True]
    assert [moment.run.number for moment in found] == [1, 2, 3]


def test_calculations_of_different_programmes_are_not_compared(team: Team, ranked: Ranked) -> None:
    other = make_ranked(team, "Elm")
    with organization_scope(team.organization.pk, team.actor()), pytest.raises(Invalid):
        compare_runs(runs_of(ranked)[0], runs_of(other)[0])
