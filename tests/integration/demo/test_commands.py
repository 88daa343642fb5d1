"""Recompute and consistency check, on the demo's scorecards."""

import pytest
from django.core.management import CommandError
from django.db.models import Model

from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from scorecards.consistency import check_scorecard
from scorecards.models import Result, ResultCells, Run, Scorecard
from tests.integration.demo.conftest import apart, run

pytestmark = pytest.mark.django_db


def overwrite(organization: Organization, model: type[Model], pk: int, **values: object) -> None:
    """Change stored figures behind the product's back."""

    def write() -> None:
        with organization_scope(organization.pk, "test"):
            model._default_manager.filter(pk=pk).update(**values)

    apart(write)


def test_consistency_check_passes_and_writes_nothing(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        before = Run.objects.count()

    out, err = run("check_consistency", "--organization", "demo")

    assert out.splitlines()[-1] == "What is published is what the facts say."
    assert err == ""
    with organization_scope(demo.pk, "test"):
        assert Run.objects.count() == before


def test_consistency_check_names_a_changed_figure(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        result = Result.objects.filter(rank=1).order_by("id").first()
        assert result is not None
        assert result.score_exact is not None
    overwrite(demo, Result, result.pk, score_exact=result.score_exact + 1)

    check = apart(lambda: check_scorecard(result.scorecard_id, organization_id=demo.pk))
    with pytest.raises(CommandError, match="1 differences between"):
        run("check_consistency")

    overwrite(demo, Result, result.pk, score_exact=result.score_exact)
    assert [(d.what, d.published, d.found) for d in check.differences] == [
        ("score_exact", str(result.score_exact + 1), str(result.score_exact))
    ]


def test_consistency_check_names_a_changed_cell(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        row = ResultCells.objects.order_by("id").first()
        assert row is not None
        others = ResultCells.objects.filter(scorecard_id=row.scorecard_id).exclude(packed=row.packed)
        other = others.order_by("id").first()
        assert other is not None
    overwrite(demo, ResultCells, row.pk, packed=bytes(other.packed))

    check = apart(lambda: check_scorecard(row.scorecard_id, organization_id=demo.pk))

    overwrite(demo, ResultCells, row.pk, packed=bytes(row.packed))
    assert {d.what.partition(" ")[2] for d in check.differences} == {
        "(low, point, high, known, verified, strength, state)"
    }


def test_recompute_looks_at_all_or_one(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        scorecard = Scorecard.objects.order_by("id").first()
        assert scorecard is not None

    every, _ = run("recompute", "--all", "--organization", "demo")
    one, _ = run("recompute", "--scorecard", str(scorecard.public_id))
    due, _ = run("recompute")

    assert every.splitlines()[-1] == "8 scorecards looked at."
    assert one.splitlines() == [f"Scorecard {scorecard.pk}: unchanged", "1 scorecards looked at."]
    assert due.splitlines() == ["0 scorecards looked at."]


@pytest.mark.parametrize("command", ["recompute", "check_consistency"])
def test_unknown_organisation_is_an_error(demo: Organization, command: str) -> None:
    with pytest.raises(CommandError, match="There is no organisation 'nowhere'"):
        run(command, "--organization", "nowhere")


def test_unknown_scorecard_is_an_error(demo: Organization) -> None:
    with pytest.raises(CommandError, match="There is no scorecard"):
        run("recompute", "--scorecard", "00000000-0000-7000-8000-000000000000")
