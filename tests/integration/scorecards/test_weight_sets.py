"""Weight sets, locks and stale weights, as services."""

from fractions import Fraction
from typing import Any

import pytest

from cdmo_eval.core.errors import (
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
)
from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.engine.exact import PPB
from scorecards.models import DirtyRow, Scorecard, WeightSet
from scorecards.selectors.weighting import shares_of, stale_codes, weight_lines
from scorecards.services.scorecards import set_weight, update_scorecard
from scorecards.services.weight_sets import (
    archive_weight_set,
    create_weight_set,
    put_in_force,
    set_in_force,
    update_weight_set,
)
from scorecards.services.weighting import confirm_weights
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program, make_scorecard

pytestmark = pytest.mark.django_db

COMPARED = ["MOD", "REG", "QUA"]
JUDGEMENTS = [["MOD", "REG", "3"], ["REG", "QUA", "3"], ["MOD", "QUA", "9"]]


@pytest.fixture
def scorecard(scope: Actor) -> Scorecard:
    """Equal groups, in an open scope of the manager's."""
    return make_scorecard(make_program(scope.organization))


def make_set(scorecard: Scorecard, by: Actor, name: str = "Quality", **fields: Any) -> WeightSet:
    return create_weight_set(scorecard=scorecard, name=name, by=by, now=NOW, **fields)


def edit(row: WeightSet, by: Actor, **changes: Any) -> WeightSet:
    return update_weight_set(weight_set=row, expected_version=None, by=by, now=NOW, **changes)


def weigh(scorecard: Scorecard, by: Actor, code: str, percent: Any) -> Scorecard:
    return set_weight(scorecard=scorecard, code=code, percent=percent, expected_version=None, by=by, now=NOW)


def percents(scorecard: Scorecard) -> dict[str, str]:
    lines = weight_lines(
        scorecard, scorecard.weights, locks=scorecard.weight_locks, scales=scorecard.weight_scales
    )
    return {line.code: line.percent for line in lines}


def refusal(error: Any) -> list[tuple[str, str]]:
    return [(part.field, part.code) for part in error.value.errors]


def test_new_set_has_the_present_weights_and_belongs_to_its_maker(scorecard: Scorecard, scope: Actor) -> None:
    row = make_set(scorecard, scope)

    assert (row.points, row.owner, row.in_force, row.method) == (
        scorecard.weights,
        scope.user,
        False,
        "points",
    )


@pytest.mark.parametrize(("start", "mod"), [("equal", 1), ("B", 10)])
def test_new_set_from_equal_weights_or_an_archetype(
    scorecard: Scorecard, scope: Actor, start: str, mod: int
) -> None:
    update_scorecard(scorecard=scorecard, expected_version=None, by=scope, now=NOW, weights={"MOD": 70})

    row = make_set(scorecard, scope, start=start)

    assert Fraction(row.points["MOD"]) / Fraction(row.points["SVC"]) == Fraction(
        mod, 8 if start == "B" else 1
    )


def test_set_weighed_by_pairs_keeps_what_was_entered_and_reopens_equal(
    scorecard: Scorecard, scope: Actor
) -> None:
    row = make_set(scorecard, scope)
    entered = {"method": "pairwise", "judgements": JUDGEMENTS}

    edit(row, scope, inputs={"": entered})

    row.refresh_from_db()
    assert (row.method, row.inputs) == ("pairwise", {"": entered})
    again = edit(row, scope, inputs={"": row.inputs[""]})
    assert again.version == row.version
    assert float(Fraction(row.points["MOD"])) == pytest.approx(900 / 13)
    assert Fraction(row.points["SVC"]) == 0


def test_criteria_of_one_group_by_an_order_leave_the_others(scorecard: Scorecard, scope: Actor) -> None:
    row = make_set(scorecard, scope)
    before = dict(row.points)

    edit(row, scope, inputs={"QUA": {"method": "order", "order": [["QUA1"], ["QUA2", "QUA3"]]}})

    row.refresh_from_db()
    changed = {code for code in before if Fraction(before[code]) != Fraction(row.points[code])}
    assert changed == {code for code in before if code.startswith("QUA") and code != "QUA"} & changed
    assert (row.points["QUA1"], row.points["QUA2"], row.points["QUA4"]) == ("550/9", "175/9", "0")
    assert row.method == "points"


def test_points_entered_directly_drop_the_method_of_their_siblings(
    scorecard: Scorecard, scope: Actor
) -> None:
    row = make_set(scorecard, scope)
    edit(row, scope, inputs={"": {"method": "swing", "swings": {"MOD": 100, "REG": 50}}})

    edit(row, scope, points={"REG": "40"})

    row.refresh_from_db()
    assert (row.method, row.inputs) == ("points", {})


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"": {"method": "pairwise", "judgements": JUDGEMENTS[:2]}}, "inputs.MOD/QUA"),
        ({"": {"method": "swing", "swings": {"MOD": 100, "XXX": 3}}}, "inputs.XXX"),
        ({"": {"method": "points", "points": {"MOD": "NaN"}}}, "inputs.MOD"),
        ({"": {"method": "points", "points": {"MOD": -1, "REG": 4}}}, "inputs.MOD"),
        ({"NOPE": {"method": "order", "order": [["MOD1"]]}}, "inputs"),
    ],
)
def test_illegal_inputs_are_refused_by_name(
    scorecard: Scorecard, scope: Actor, inputs: dict[str, Any], field: str
) -> None:
    row = make_set(scorecard, scope)

    with pytest.raises(Invalid) as refused:
        edit(row, scope, inputs=inputs)

    assert [part[0] for part in refusal(refused)] == [field]


def test_put_in_force_gives_the_scorecard_its_weights_and_touches_it(
    team: Team, scorecard: Scorecard, scope: Actor
) -> None:
    row = edit(make_set(scorecard, scope), scope, points={"MOD": 70})
    DirtyRow.objects.all().delete()

    put_in_force(weight_set=row, expected_version=None, by=scope, now=NOW)

    scorecard.refresh_from_db()
    row.refresh_from_db()
    assert (scorecard.weights, row.in_force) == (row.points, True)
    assert set(DirtyRow.objects.values_list("scorecard_id", "candidate_id")) == {(scorecard.pk, 0)}
    events = AuditEvent.objects.filter(table_name="scorecards_weightset", row_id=row.pk).order_by("id")
    assert events.last().new["in_force"] is True  # type: ignore[union-attr]


def test_only_one_set_is_in_force(scorecard: Scorecard, scope: Actor) -> None:
    first, second = make_set(scorecard, scope), make_set(scorecard, scope, "Supply")
    put_in_force(weight_set=first, expected_version=None, by=scope, now=NOW)

    put_in_force(weight_set=second, expected_version=None, by=scope, now=NOW)

    assert list(WeightSet.objects.filter(in_force=True).values_list("name", flat=True)) == ["Supply"]


def test_edit_of_the_set_in_force_changes_the_scorecard_and_the_other_way_round(
    scorecard: Scorecard, scope: Actor
) -> None:
    row = set_in_force(scorecard, name="Agreed", by=scope, now=NOW)
    edit(row, scope, inputs={"": {"method": "swing", "swings": {"MOD": 100, "REG": 100}}})
    scorecard.refresh_from_db()
    assert (Fraction(scorecard.weights["MOD"]), Fraction(scorecard.weights["QUA"])) == (50, 0)

    update_scorecard(scorecard=scorecard, expected_version=None, by=scope, now=NOW, weights={"QUA": "50"})

    row.refresh_from_db()
    scorecard.refresh_from_db()
    assert (row.points, row.inputs, row.method) == (scorecard.weights, {}, "points")


def test_set_in_force_is_made_once(scorecard: Scorecard, scope: Actor) -> None:
    make_set(scorecard, scope, "Agreed")

    first = set_in_force(scorecard, name="Agreed", by=scope, now=NOW)

    assert (first.name, set_in_force(scorecard, name="Agreed", by=scope, now=NOW)) == ("Agreed 2", first)


def test_set_in_force_cannot_be_archived_another_can(scorecard: Scorecard, scope: Actor) -> None:
    agreed, other = set_in_force(scorecard, name="Agreed", by=scope, now=NOW), make_set(scorecard, scope)
    with pytest.raises(Conflict) as refused:
        archive_weight_set(weight_set=agreed, expected_version=None, by=scope, now=NOW)
    archive_weight_set(weight_set=other, expected_version=None, by=scope, now=NOW)

    assert refused.value.code == "in_force"
    assert list(WeightSet.objects.active().values_list("name", flat=True)) == ["Agreed"]
    assert make_set(scorecard, scope).name == other.name
    with pytest.raises(Conflict):
        edit(other, scope, name="Again")


def test_names_are_given_and_unique_on_a_scorecard(scorecard: Scorecard, scope: Actor) -> None:
    make_set(scorecard, scope)

    for name in ("Quality", "  "):
        with pytest.raises(DomainError):
            make_set(scorecard, scope, name)


def test_somebody_elses_change_is_not_overwritten(scorecard: Scorecard, scope: Actor) -> None:
    row = make_set(scorecard, scope)
    edit(row, scope, name="Quality and safety")

    with pytest.raises(PreconditionFailed):
        update_weight_set(weight_set=row, expected_version=1, by=scope, now=NOW, name="Mine")


def test_stakeholders_edit_their_own_set_and_put_none_in_force(
    team: Team, scorecard: Scorecard, scope: Actor
) -> None:
    evaluator = team.actor(Role.EVALUATOR)
    own, managers = make_set(scorecard, evaluator, "Lab"), make_set(scorecard, scope)
    edit(own, evaluator, points={"MOD": 55})

    with pytest.raises(PermissionDenied):
        edit(managers, evaluator, name="Taken over")
    with pytest.raises(PermissionDenied):
        put_in_force(weight_set=own, expected_version=None, by=evaluator, now=NOW)
    put_in_force(weight_set=own, expected_version=None, by=scope, now=NOW)
    with pytest.raises(PermissionDenied):
        edit(own, evaluator, points={"MOD": 99})


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROCUREMENT, Role.AUDITOR, Role.ADMIN])
def test_readers_make_no_sets(team: Team, scorecard: Scorecard, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        make_set(scorecard, team.actor(role))


def test_another_organisation_finds_no_set(outsiders: Team, scorecard: Scorecard, scope: Actor) -> None:
    row = make_set(scorecard, scope)

    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        for call in (
            lambda: make_set(scorecard, outsiders.actor()),
            lambda: edit(row, outsiders.actor(), name="Theirs"),
            lambda: put_in_force(weight_set=row, expected_version=None, by=outsiders.actor(), now=NOW),
            lambda: archive_weight_set(weight_set=row, expected_version=None, by=outsiders.actor(), now=NOW),
        ):
            with pytest.raises(NotFound):
                call()


def test_set_of_an_older_criteria_set_is_brought_in_line(scorecard: Scorecard, scope: Actor) -> None:
    row = make_set(scorecard, scope)
    older = {code: text for code, text in row.points.items() if code != "REG1" and not code.startswith("GEO")}
    WeightSet.objects.filter(pk=row.pk).update(points={**older, "GONE": "7"})
    row.refresh_from_db()

    put_in_force(weight_set=row, expected_version=None, by=scope, now=NOW)

    scorecard.refresh_from_db()
    assert (scorecard.weights["REG1"], scorecard.weights["GEO"], scorecard.weights["GEO1"]) == ("0", "0", "1")
    assert "GONE" not in scorecard.weights


# Locks ----------------------------------------------------------------------------------------------------------


def lock(scorecard: Scorecard, by: Actor, *codes: str) -> Scorecard:
    return update_scorecard(scorecard=scorecard, expected_version=None, by=by, now=NOW, locked_weights=codes)


def test_setting_one_weight_rescales_unlocked_siblings_only(scorecard: Scorecard, scope: Actor) -> None:
    before = percents(scorecard)
    locked = lock(scorecard, scope, "REG")

    after = percents(weigh(locked, scope, "MOD", "50"))

    assert (after["MOD"], after["REG"]) == ("50.0", before["REG"])
    assert sum(Fraction(after[group.code]) for group in groups_of(scorecard)) == 100


def groups_of(scorecard: Scorecard) -> Any:
    from scorecards.selectors.criteria import criteria_of

    return criteria_of(scorecard.framework).groups


def test_locked_share_stays_whatever_points_are_sent(scorecard: Scorecard, scope: Actor) -> None:
    locked = lock(scorecard, scope, "REG")

    changed = update_scorecard(
        scorecard=locked, expected_version=None, by=scope, now=NOW, weights={"MOD": 700}
    )

    assert Fraction(changed.weights["REG"]) == Fraction(100, 11)
    total = sum(Fraction(changed.weights[group.code]) for group in groups_of(scorecard))
    assert total == 100
    assert int(shares_of(criteria(scorecard), changed.weights).ppb.sum()) == PPB


def criteria(scorecard: Scorecard) -> Any:
    from scorecards.selectors.criteria import criteria_of

    return criteria_of(scorecard.framework)


@pytest.mark.parametrize(
    ("code", "percent", "words"),
    [
        ("REG", "20", "REG: is locked."),
        ("MOD", "95", "MOD: comes to 104.091 with what is locked, over 100."),
        ("MOD", "-1", "MOD: must not be negative."),
        ("MOD", "nan", "MOD: 'nan' is not a number."),
        ("MOD", float("nan"), "MOD: must be a finite number."),
        ("MOD", float("inf"), "MOD: must be a finite number."),
        ("NOPE", "1", "NOPE: is not a criterion of this criteria set."),
    ],
)
def test_illegal_weight_is_refused_with_the_criterion_named(
    scorecard: Scorecard, scope: Actor, code: str, percent: Any, words: str
) -> None:
    locked = lock(scorecard, scope, "REG")

    with pytest.raises(Invalid) as refused:
        weigh(locked, scope, code, percent)

    assert refused.value.message == words
    assert refusal(refused) == [(f"weights.{code}", "illegal_weight")]


def test_all_zero_siblings_name_the_group(scorecard: Scorecard, scope: Actor) -> None:
    leaves = {leaf.code: 0 for leaf in groups_of(scorecard)[0].leaves}

    with pytest.raises(Invalid) as refused:
        update_scorecard(scorecard=scorecard, expected_version=None, by=scope, now=NOW, weights=leaves)

    assert refusal(refused) == [("weights.MOD", "illegal_weight")]


def test_unknown_lock_is_refused(scorecard: Scorecard, scope: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        lock(scorecard, scope, "REG", "NOPE")

    assert refusal(refused) == [("locked", "unknown")]


def test_template_laid_over_a_lock_is_refused_by_name(scorecard: Scorecard, scope: Actor) -> None:
    locked = lock(scorecard, scope, "REG")

    with pytest.raises(Invalid) as refused:
        update_scorecard(scorecard=locked, expected_version=None, by=scope, now=NOW, archetype="B")

    assert refusal(refused) == [("weights.REG", "illegal_weight")]


def test_locks_of_a_set_hold_in_it_and_move_with_it(scorecard: Scorecard, scope: Actor) -> None:
    row = edit(make_set(scorecard, scope), scope, locked_weights=["MOD"])
    with pytest.raises(Invalid):
        edit(row, scope, inputs={"": {"method": "swing", "swings": {"MOD": 100, "REG": 20}}})

    put_in_force(weight_set=row, expected_version=None, by=scope, now=NOW)

    scorecard.refresh_from_db()
    assert scorecard.weight_locks == ["MOD"]


def test_weights_10_1_times_9_and_9_1_and_0_are_legal(scorecard: Scorecard, scope: Actor) -> None:
    codes = [group.code for group in groups_of(scorecard)]
    points = dict.fromkeys(codes[:9], 10.1) | {codes[9]: 9.1, codes[10]: 0}

    changed = update_scorecard(scorecard=scorecard, expected_version=None, by=scope, now=NOW, weights=points)

    shown = percents(changed)
    assert [shown[code] for code in codes] == ["10.1"] * 9 + ["9.1", "0.0"]
    assert changed.weights[codes[10]] == "0"


# Stale weights --------------------------------------------------------------------------------------------------


def test_weight_set_on_another_scale_is_stale_until_confirmed(scorecard: Scorecard, scope: Actor) -> None:
    Scorecard.objects.filter(pk=scorecard.pk).update(
        weight_scales=scorecard.weight_scales | {"REG1": "0" * 16, "REG": "0" * 16}
    )
    scorecard.refresh_from_db()
    assert stale_codes(scorecard, scorecard.weight_scales) == ["REG1", "REG"]

    confirmed = confirm_weights(scorecard=scorecard, codes=["REG"], expected_version=None, by=scope, now=NOW)

    assert stale_codes(confirmed, confirmed.weight_scales) == ["REG1"]
    weighed = update_scorecard(
        scorecard=confirmed, expected_version=None, by=scope, now=NOW, weights={"REG1": 40}
    )
    assert stale_codes(weighed, weighed.weight_scales) == []
