"""The nightly comparison of what is published with what the facts say."""

from datetime import timedelta

import pytest
from django.test import Client

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.tenancy import organization_scope
from scorecards import duties
from scorecards.models import ConsistencyFinding, Result, ScorecardState
from scorecards.selectors.proof import what_differs
from scorecards.services.proof import prove, unproved_scorecards
from tests.integration.scorecards_api.conftest import Ranked, clock

pytestmark = pytest.mark.django_db(transaction=True)


def falsify(ranked: Ranked) -> None:
    with owner_connection():
        Result.objects.filter(scorecard=ranked.scorecard, rank=1).update(rank=2)


def findings(ranked: Ranked) -> list[tuple[int, str]]:
    with organization_scope(ranked.team.organization.pk, "test"):
        return list(ConsistencyFinding.objects.values_list("differences", "examples"))


def test_nothing_is_found_where_nothing_is_wrong(ranked: Ranked) -> None:
    assert duties.prove_published(clock=clock) == 1

    assert (findings(ranked), what_differs()) == ([], "")


def test_each_scorecard_is_compared_once_a_day(ranked: Ranked) -> None:
    first, second = duties.prove_published(clock=clock), duties.prove_published(clock=clock)
    tomorrow = clock().date() + timedelta(days=1)

    assert (first, second) == (1, 0)
    assert unproved_scorecards(tomorrow) == [(ranked.scorecard.pk, ranked.team.organization.pk)]


def test_finding_is_kept_audited_and_shown_on_the_status_page(ranked: Ranked, client: Client) -> None:
    falsify(ranked)

    duties.prove_published(clock=clock)

    ((differences, examples),) = findings(ranked)
    assert differences >= 1
    assert "Alder: rank is published as 2, and comes out as 1" in examples.splitlines()
    assert (
        "published figures of 1 scorecard are not what the facts say"
        in client.get("/status/").content.decode()
    )
    with organization_scope(ranked.team.organization.pk, "test"):
        assert AuditEvent.objects.filter(table_name="scorecards_consistencyfinding", op="I").count() == 1


def test_finding_goes_from_the_status_page_once_it_is_right_again(ranked: Ranked) -> None:
    falsify(ranked)
    duties.prove_published(clock=clock)
    with owner_connection():
        Result.objects.filter(scorecard=ranked.scorecard, rank=2, position=1).update(rank=1)
    ScorecardState.objects.update(proved_on=clock().date() - timedelta(days=1))

    duties.prove_published(clock=clock)

    assert (what_differs(), len(findings(ranked))) == ("", 1)


def test_scorecard_that_waits_for_a_recompute_is_left_for_then(ranked: Ranked) -> None:
    organization = ranked.team.organization
    with organization_scope(organization.pk, ranked.team.actor()):
        type(ranked.scorecard).objects.filter(pk=ranked.scorecard.pk).update(name="Other")

    check = prove(ranked.scorecard.pk, organization_id=organization.pk, clock=clock)

    assert check is not None
    assert check.skipped == "waits for a recompute"
