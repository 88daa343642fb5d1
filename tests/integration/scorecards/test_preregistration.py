"""Weights settled before scores are seen: nothing is calculated until the lock, and later changes are judged for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cdmo_eval.core.errors import Conflict, NotFound, PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.engine.digest import canonical_digest
from scorecards.models import (
    Candidate,
    DirtyRow,
    Preregistration,
    Result,
    ResultCells,
    ResultHistory,
    RulesChange,
    Run,
    Scorecard,
    ScorecardGate,
)
from scorecards.recompute import Outcome
from scorecards.scheduling import due_scorecards
from scorecards.selectors.preregistration import registration_of
from scorecards.services.preregistration import hide_scores, lock_weights, show_scores
from scorecards.services.recompute_jobs import request_recompute
from scorecards.services.scorecards import update_scorecard
from scorecards.services.waivers import approve_waiver, request_waiver
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_site, make_vendor

pytestmark = pytest.mark.django_db(transaction=True)


def clock() -> datetime:
    """The audit trail has the database's clock, and so have calculations here."""
    return datetime.now(UTC)


@pytest.fixture
def scorecard(team: Team) -> Scorecard:
    """Hidden: Maker leads on quality, Helper on services."""
    with organization_scope(team.organization.pk, team.actor()):
        for name, quality, service in (("Maker", 4, 1), ("Helper", 1, 4)):
            vendor = make_vendor(team.organization, name=name, now=clock())
            site = make_site(vendor, name=f"{name} plant", now=clock())
            for subject, target, level in ((site, "QUA1", quality), (vendor, "SVC3", service)):
                make_evidence(
                    subject, target, {"level": level}, verified=True, now=clock(), obtained_on=clock().date()
                )
        return make_scorecard(
            make_program(team.organization, now=clock()), name="Blind", now=clock(), hide_until_locked=True,
            weights={"QUA": 90, "SVC": 10, **only("QUA1"), **only("SVC3")} | others_nothing(),
        )  # fmt: skip


def only(code: str) -> dict[str, int]:
    """All the weight of a group on one criterion."""
    return {f"{code[:3]}{n}": int(code[3:] == str(n)) for n in range(1, 6)}


def others_nothing() -> dict[str, int]:
    return dict.fromkeys(("SCL", "REG", "MOD", "DIG", "FLX", "GEO", "RSK", "SUS", "COM"), 0)


def lock(team: Team, scorecard: Scorecard) -> Preregistration:
    with organization_scope(team.organization.pk, team.actor()):
        row = lock_weights(scorecard=scorecard, expected_version=None, by=team.actor(), now=clock())
    recompute.run(scorecard.pk, clock=clock)
    return row


def change(team: Team, scorecard: Scorecard, by: Role = Role.MANAGER, **changes: Any) -> None:
    actor = team.actor(by)
    with organization_scope(team.organization.pk, actor):
        update_scorecard(scorecard=scorecard, expected_version=None, by=actor, now=clock(), **changes)
    recompute.run(scorecard.pk, clock=clock)


def changes_of(team: Team) -> list[RulesChange]:
    with organization_scope(team.organization.pk, team.actor()):
        return list(RulesChange.objects.order_by("id"))


def reread(team: Team, scorecard: Scorecard) -> Scorecard:
    with organization_scope(team.organization.pk, team.actor()):
        return Scorecard.objects.select_related("framework", "organization", "program").get(pk=scorecard.pk)


def test_hidden_scorecard_is_not_calculated_at_all(team: Team, scorecard: Scorecard) -> None:
    outcome = recompute.run(scorecard.pk, clock=clock)

    assert outcome == Outcome.HIDDEN
    with organization_scope(team.organization.pk, team.actor()):
        counts = [model.objects.count() for model in (Run, Result, ResultCells, ResultHistory)]
    assert (counts, DirtyRow.objects.count(), due_scorecards(now=clock())) == ([0, 0, 0, 0], 0, [])


def test_lock_says_who_when_and_what_and_calculates(team: Team, scorecard: Scorecard) -> None:
    recompute.run(scorecard.pk, clock=clock)

    row = lock(team, scorecard)

    assert (row.locked_by, row.locked_by_name) == (team.members[Role.MANAGER], "Manager of Alpha")
    assert row.digest == canonical_digest(row.content)
    assert set(row.content) == {"weights", "must_haves", "policy", "stage", "framework"}
    assert (row.content["weights"]["points"]["QUA"], sum(row.content["weights"]["ppb"].values())) == (
        "90",
        10**9,
    )
    assert row.content["framework"]["digest"] == scorecard.framework.digest
    with organization_scope(team.organization.pk, team.actor()):
        leader = Result.objects.select_related("candidate__vendor").get(rank=1)
        assert str(leader.candidate.vendor) == "Maker"
    assert changes_of(team) == []


def test_change_of_the_leader_is_flagged_for_ever(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)

    change(team, scorecard, weights={"QUA": 10, "SVC": 90})
    change(team, scorecard, weights={"QUA": 90, "SVC": 10})

    first, back = changes_of(team)
    assert (first.leader_before, first.leader_after, first.changes_leader) == (["Maker"], ["Helper"], True)
    assert (first.parts, first.edited_by) == (["weights"], ["Manager of Alpha"])
    assert first.edited_at is not None
    assert (back.parts, back.changes_leader, back.leader_after) == ([], False, ["Maker"])
    with organization_scope(team.organization.pk, team.actor()):
        registration = registration_of(reread(team, scorecard))
    assert (registration.flagged, registration.differs, registration.hidden) == (True, (), False)


def test_change_that_leaves_the_leader_is_recorded_without_a_flag(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)

    change(team, scorecard, weights={"QUA": 80, "SVC": 20})
    change(team, scorecard, policy="conservative", stage="screen")

    assert [(c.parts, c.changes_leader) for c in changes_of(team)] == [
        (["weights"], False),
        (["weights", "policy"], False),
    ]


def test_new_must_have_that_fails_the_leader_is_flagged(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)

    change(
        team, scorecard, gates=[{"subject": "SVC3", "operator": ">=", "value": 3, "label": "Good service"}]
    )

    (found,) = changes_of(team)
    assert (found.parts, found.leader_before, found.leader_after) == (["must_haves"], ["Maker"], ["Helper"])
    assert found.edited_by == ["Manager of Alpha"]


def test_must_have_that_was_waived_for_the_leader_and_taken_away_is_no_change_of_the_leader(
    team: Team, scorecard: Scorecard
) -> None:
    quality, manager = team.actor(Role.QUALITY), team.actor()
    service = {"subject": "SVC3", "operator": ">=", "value": 3, "label": "Good service", "waivable": True}
    with organization_scope(team.organization.pk, manager):
        update_scorecard(scorecard=scorecard, expected_version=None, by=manager, now=clock(), gates=[service])
        waiver = request_waiver(
            gate=ScorecardGate.objects.get(subject="SVC3"), candidate=Candidate.objects.get(vendor__name="Maker"),
            text="Services come from a partner.", expires_on=clock().date() + timedelta(days=30), by=manager, now=clock(),
        )  # fmt: skip
    with organization_scope(team.organization.pk, quality):
        approve_waiver(waiver=waiver, by=quality, now=clock())
    lock(team, scorecard)

    change(team, scorecard, gates=[])

    (found,) = changes_of(team)
    assert (found.parts, found.leader_before, found.changes_leader) == (["must_haves"], ["Maker"], False)


def test_new_evidence_that_changes_the_leader_is_no_change_of_rules(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)
    with organization_scope(team.organization.pk, team.actor()):
        site = make_site(make_vendor(team.organization, name="Best", now=clock()), now=clock())
        make_evidence(site, "QUA1", {"level": 5}, verified=True, now=clock(), obtained_on=clock().date())
    recompute.run(scorecard.pk, clock=clock)

    assert changes_of(team) == []


def test_other_edits_are_no_change_of_rules(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)

    change(team, scorecard, name="Renamed", weights={"QUA": 9, "SVC": 1})

    assert changes_of(team) == []


def test_flags_cannot_be_taken_away_by_the_product(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)
    change(team, scorecard, weights={"QUA": 10, "SVC": 90})

    for model in (RulesChange, Preregistration):
        for act in (lambda rows: rows.delete(), lambda rows: rows.update(created_at=clock())):
            with (
                organization_scope(team.organization.pk, team.actor()),
                pytest.raises(DatabaseError),
                transaction.atomic(),
            ):
                act(model.objects.all())


def test_scores_once_published_cannot_be_hidden(team: Team, scorecard: Scorecard) -> None:
    actor = team.actor()
    with organization_scope(team.organization.pk, actor):
        show_scores(scorecard=scorecard, expected_version=None, by=actor, now=clock())
        hide_scores(scorecard=scorecard, expected_version=None, by=actor, now=clock())
        show_scores(scorecard=scorecard, expected_version=None, by=actor, now=clock())
    recompute.run(scorecard.pk, clock=clock)

    with organization_scope(team.organization.pk, actor):
        codes = []
        for act in (hide_scores, lock_weights, show_scores):
            with pytest.raises(Conflict) as refused:
                act(scorecard=scorecard, expected_version=None, by=actor, now=clock())  # type: ignore[operator]
            codes.append(refused.value.code)
    assert codes == ["scores_seen", "not_hidden", "not_hidden"]


def test_locked_weights_are_locked_once(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)

    with organization_scope(team.organization.pk, team.actor()):
        for act in (hide_scores, lock_weights):
            with pytest.raises(Conflict) as refused:
                act(scorecard=scorecard, expected_version=None, by=team.actor(), now=clock())  # type: ignore[operator]
            assert refused.value.code == "locked"


def test_hidden_scores_are_not_asked_for(team: Team, scorecard: Scorecard) -> None:
    with organization_scope(team.organization.pk, team.actor()), pytest.raises(Conflict) as refused:
        request_recompute(scorecard=scorecard, by=team.actor(), now=clock())

    assert refused.value.code == "scores_hidden"


@pytest.mark.parametrize("act", [hide_scores, show_scores, lock_weights])
def test_only_managers_of_the_organisation_lock(
    team: Team, outsiders: Team, scorecard: Scorecard, act: Any
) -> None:
    quality, stranger = team.actor(Role.QUALITY), outsiders.actor()
    with organization_scope(team.organization.pk, quality), pytest.raises(PermissionDenied):
        act(scorecard=scorecard, expected_version=None, by=quality, now=clock())
    with organization_scope(outsiders.organization.pk, stranger), pytest.raises(NotFound):
        act(scorecard=scorecard, expected_version=None, by=stranger, now=clock())


def test_person_of_a_change_is_the_one_who_made_it(team: Team, scorecard: Scorecard) -> None:
    lock(team, scorecard)
    other = Actor(team.organization, Role.MANAGER, "Second Manager", team.members[Role.QUALITY])
    with organization_scope(team.organization.pk, other):
        update_scorecard(
            scorecard=scorecard, expected_version=None, by=other, now=clock(), weights={"QUA": 10, "SVC": 90}
        )
    recompute.run(scorecard.pk, clock=clock)

    assert [change.edited_by for change in changes_of(team)] == [["Second Manager"]]
