"""The rules that PostgreSQL keeps itself, whoever writes."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from vendors.models import Capability, Evidence, Site, Vendor


@pytest.fixture
def capability(scope: Actor) -> Capability:
    """A capability with everything above it."""
    return make_capability(make_site(make_vendor(scope.organization)))


@pytest.mark.parametrize(
    ("model", "values", "rule"),
    [
        (Vendor, {"ownership_type": "FAMILY"}, "vendors_vendor_ownership_type_known"),
        (Vendor, {"ecovadis_score": 101}, "vendors_vendor_ecovadis_score_range"),
        (Vendor, {"niche_modalities": ["MAB", "LEECH"]}, "vendors_vendor_niche_modalities_known"),
        (Site, {"fei": "0001234567"}, "vendors_site_fei_key_follows"),
        (Site, {"single_use_pct": -1}, "vendors_site_single_use_pct_range"),
        (Site, {"oeb_max": 7}, "vendors_site_oeb_max_range"),
        (Site, {"controlled_schedules": ["VI"]}, "vendors_site_controlled_schedules_known"),
        (Site, {"storage_classes": ["WARM"]}, "vendors_site_storage_classes_known"),
        (Site, {"other_ids": []}, "vendors_site_other_ids_map"),
        (Site, {"lanes": {}}, "vendors_site_lanes_list"),
        (Capability, {"phases": ["PH9"]}, "vendors_capability_phases_known"),
        (Capability, {"scale_max": 5}, "vendors_capability_scale_has_unit"),
        (Capability, {"annual_committed_pct": 101}, "vendors_capability_annual_committed_pct_range"),
        (Capability, {"modality": "OTHER"}, "vendors_capability_other_described"),
        (Evidence, {"subject_type": "vendor"}, "vendors_evidence_subject_complete"),
        (Evidence, {"candidate_id": 5}, "vendors_evidence_subject_complete"),
        (Evidence, {"refused": True}, "vendors_evidence_value_or_refused"),
        (Evidence, {"value": None}, "vendors_evidence_value_or_refused"),
        (Evidence, {"claim_type": "verified"}, "vendors_evidence_verified_grade"),
        (Evidence, {"claim_type": "verified", "grade": "B"}, "vendors_evidence_verified_reviewed"),
        (Evidence, {"reviewed_by": "Q"}, "vendors_evidence_review_complete"),
        (Evidence, {"retracted_on": date(2026, 1, 1)}, "vendors_evidence_retracted_why"),
    ],
)
def test_row_that_breaks_a_rule_is_refused_by_the_database(
    capability: Capability, model: type[Any], values: dict[str, Any], rule: str
) -> None:
    make_evidence(capability.site, "QUA1", {"level": 1})
    rows = model.objects.filter(target="QUA1") if model is Evidence else model.objects.all()

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        rows.update(**values)

    cause = caught.value.__cause__
    assert getattr(cause, "diag").constraint_name == rule  # noqa: B009 - psycopg's errors are not typed here


def test_site_cannot_hang_on_another_organisations_vendor(team: Team, outsiders: Team, scope: Actor) -> None:
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        theirs = make_vendor(outsiders.organization)

    @transaction.atomic
    def hang_on_theirs() -> None:
        Site.objects.create(organization=team.organization, vendor=theirs, name="S", updated_at=NOW)
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="vendors_site_vendor_id_org_fk"):
        hang_on_theirs()


def test_every_rule_has_a_sentence_and_its_name_as_code() -> None:
    constraints = [
        c for model in apps.get_app_config("vendors").get_models() for c in model._meta.constraints
    ]

    unnamed = [c.name for c in constraints if c.violation_error_code != c.name]
    silent = [c.name for c in constraints if not str(c.get_violation_error_message()).endswith(".")]

    assert (unnamed, silent) == ([], [])
