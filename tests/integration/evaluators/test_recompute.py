"""Ratings that count, and agreements, replace the evidence of exactly the judged cells."""

from typing import Any

from cdmo_eval.core.tenancy import organization_scope
from scorecards.consistency import check_scorecard
from scorecards.engine.cells import Cells
from scorecards.models import DirtyRow, Invitation, Result, ResultCells, Run
from scorecards.services.evaluators import record_consensus, withdraw_invitation
from tests.factories.evaluators import judge, make_invitation, rate, submit
from tests.integration.evaluators.conftest import Panel, clock


def dirty() -> set[tuple[int, int | None]]:
    return set(DirtyRow.objects.values_list("scorecard_id", "candidate_id"))


def leaf(panel: Panel, candidate: Any, code: str) -> tuple[dict[str, Any], list[int]]:
    """What is kept of a cell: its detail, and low, point, high, known, verified in ppm."""
    with organization_scope(panel.team.organization.pk, "test"):
        row = ResultCells.objects.get(scorecard=panel.scorecard, candidate=candidate)
        run = Run.objects.filter(scorecard=panel.scorecard).latest("id")
    codes = [c for group in run.criteria["groups"] for c in group["leaves"]]
    table = Cells.unpacked([bytes(row.packed)], leaves=len(codes))
    at = codes.index(code)
    numbers = [
        int(column[0, at]) for column in (table.low, table.point, table.high, table.known, table.verified)
    ]
    return row.detail["leaves"].get(code, {}), numbers


def scores(panel: Panel) -> dict[str, int]:
    with organization_scope(panel.team.organization.pk, "test"):
        rows = Result.objects.filter(scorecard=panel.scorecard)
        return dict(rows.values_list("candidate__vendor__name", "score_exact"))


def test_submitted_rating_rates_only_its_candidate_anew(panel: Panel) -> None:
    before = scores(panel)
    with organization_scope(panel.team.organization.pk, "test"):
        judge(panel.scorecard, panel.people["eva"], {(panel.birch, "SVC3"): 5}, now=clock())
    marked = dirty()
    panel.calculate()

    with organization_scope(panel.team.organization.pk, "test"):
        run = Run.objects.filter(scorecard=panel.scorecard).latest("id")
    after = scores(panel)
    assert marked == {(panel.scorecard.pk, panel.birch.pk)}
    assert run.rated == 1
    assert (after["Alder"], after["Birch"] > before["Birch"]) == (before["Alder"], True)
    assert check_scorecard(panel.scorecard.pk, organization_id=panel.team.organization.pk).differences == ()


def test_draft_and_waiting_ratings_do_not_count(panel: Panel) -> None:
    before = scores(panel)
    with organization_scope(panel.team.organization.pk, "test"):
        open_one = make_invitation(panel.scorecard, panel.people["ira"], ["SVC3"], [panel.birch], now=clock())
        rate(open_one, {(panel.birch, "SVC3"): 5}, now=clock())
        judge(panel.scorecard, panel.people["eva"], {(panel.birch, "SVC3"): 5}, now=clock())
        states = [row.state for row in Invitation.objects.order_by("id")]
    assert (dirty(), states) == (set(), ["open", "submitted"])
    with organization_scope(panel.team.organization.pk, "test"):
        submit(open_one, now=clock())
    assert dirty() == {(panel.scorecard.pk, panel.birch.pk)}
    panel.calculate()
    assert scores(panel)["Birch"] != before["Birch"]


def test_withdrawing_the_last_open_one_lets_the_others_count(panel: Panel) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        waiting = make_invitation(panel.scorecard, panel.people["ira"], ["SVC3"], [panel.birch], now=clock())
        judge(panel.scorecard, panel.people["eva"], {(panel.birch, "SVC3"): 5}, now=clock())
        withdraw_invitation(invitation=waiting, expected_version=None, by=panel.team.actor(), now=clock())
        states = [row.state for row in Invitation.objects.order_by("id")]

    assert (states, dirty()) == (["withdrawn", "counted"], {(panel.scorecard.pk, panel.birch.pk)})


def test_cell_of_three_is_the_median_with_the_range_as_interval(panel: Panel) -> None:
    with organization_scope(panel.team.organization.pk, "test"):
        for name, level in (("eva", 1), ("ira", 4), ("joe", 5)):
            judge(panel.scorecard, panel.people[name], {(panel.alder, "SVC3"): level}, now=clock())
    panel.calculate()
    detail, numbers = leaf(panel, panel.alder, "SVC3")

    assert numbers == [200_000, 800_000, 1_000_000, 1_000_000, 1_000_000]
    assert detail == {
        "raw": {"level": 4, "judged": "median", "ratings": 3, "lowest": 1, "highest": 5},
        "reason": "Rated by 3 evaluators: levels 1 to 5, median 4.",
        "grade": "C", "freshness": "fresh", "references": ["Evaluators (3)"], "unit": "level",
    }  # fmt: skip


def test_cell_of_two_close_ratings_is_their_exact_mean(panel: Panel) -> None:
    with organization_scope(panel.team.organization.pk, "test"):
        for name, level in (("eva", 3), ("ira", 4), ("joe", 4)):
            judge(panel.scorecard, panel.people[name], {(panel.alder, "SVC3"): level}, now=clock())
    panel.calculate()

    assert leaf(panel, panel.alder, "SVC3")[1] == [583_333, 733_333, 883_333, 1_000_000, 1_000_000]


def test_consensus_stands_in_the_place_of_ratings_until_taken_back(panel: Panel) -> None:
    manager = panel.team.actor()
    with organization_scope(panel.team.organization.pk, manager):
        for name, level in (("eva", 1), ("ira", 5)):
            judge(panel.scorecard, panel.people[name], {(panel.alder, "SVC3"): level}, now=clock())
    panel.calculate()
    agree: dict[str, Any] = {
        "scorecard": panel.scorecard,
        "candidate": panel.alder,
        "leaf": "SVC3",
        "by": manager,
    }
    with organization_scope(panel.team.organization.pk, manager):
        record_consensus(**agree, level=4, reason="The second audit report settles it.", now=clock())
    marked = dirty()
    panel.calculate()
    agreed = leaf(panel, panel.alder, "SVC3")
    with organization_scope(panel.team.organization.pk, manager):
        record_consensus(**agree, level=None, reason="It was another plant's report.", now=clock())
    panel.calculate()
    back = leaf(panel, panel.alder, "SVC3")

    assert marked == {(panel.scorecard.pk, panel.alder.pk)}
    assert (agreed[0]["references"], agreed[1][:3]) == (["Consensus"], [650_000, 800_000, 950_000])
    assert (back[0]["references"], back[1][:3]) == (["Evaluators (2)"], [200_000, 600_000, 1_000_000])
    assert check_scorecard(panel.scorecard.pk, organization_id=panel.team.organization.pk).differences == ()


def test_abstention_alone_leaves_the_evidence(panel: Panel) -> None:
    before = leaf(panel, panel.alder, "SVC3")
    with organization_scope(panel.team.organization.pk, "test"):
        judge(panel.scorecard, panel.people["eva"], {(panel.alder, "SVC3"): None}, now=clock())
    panel.calculate()

    assert leaf(panel, panel.alder, "SVC3") == before


def test_withdrawn_ratings_cease_to_count(panel: Panel) -> None:
    before = scores(panel)
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        invitation = judge(panel.scorecard, panel.people["eva"], {(panel.birch, "SVC3"): 5}, now=clock())
    panel.calculate()
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        withdraw_invitation(invitation=invitation, expected_version=None, by=panel.team.actor(), now=clock())
    marked = dirty()
    panel.calculate()

    assert (marked, scores(panel)) == ({(panel.scorecard.pk, panel.birch.pk)}, before)


def test_must_have_on_a_judged_criterion_reads_the_judgement(panel: Panel) -> None:
    from scorecards.services.scorecards import update_scorecard

    manager = panel.team.actor()
    gate = {"code": "X_CRO", "subject": "SVC3", "operator": ">=", "value": 4, "label": "CRO at 4"}
    with organization_scope(panel.team.organization.pk, manager):
        update_scorecard(
            scorecard=panel.scorecard, expected_version=None, by=manager, now=clock(), gates=[gate]
        )
        judge(panel.scorecard, panel.people["eva"], {(panel.alder, "SVC3"): 5}, now=clock())
    panel.calculate()
    with organization_scope(panel.team.organization.pk, manager):
        rows = ResultCells.objects.filter(scorecard=panel.scorecard)
        outcomes = {row.candidate_id: row.gates[0]["outcome"] for row in rows}

    assert outcomes == {panel.alder.pk: "pass", panel.birch.pk: "fail"}
