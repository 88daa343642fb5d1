"""Writing vendors, sites, capabilities and services, and the projection of scored columns."""

from datetime import date, timedelta
from decimal import Decimal
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
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_capability, make_evidence, make_service, make_site, make_vendor
from vendors import services
from vendors.models import Capability, Evidence, ServiceOffering, Site, Vendor
from vendors.services import Provenance
from vendors.vocabulary import SbtiStatus


def fields_of(error: DomainError) -> list[tuple[str, str]]:
    """Field and code of each error, in order."""
    return sorted((found.field, found.code) for found in error.errors)


def test_vendor_created_keeps_plain_and_scored_fields(scope: Actor) -> None:
    vendor = services.create_vendor(
        organization=scope.organization,
        by=scope,
        now=NOW,
        name="Aldergate Bio",
        hq_country="GB",
        integration="CDMO",
        ecovadis_score=Decimal("71.5"),
        ecovadis_on=date(2026, 1, 5),
        financial_level=4,
    )

    assert (vendor.name, vendor.hq_country, vendor.integration, vendor.version) == (
        "Aldergate Bio",
        "GB",
        "CDMO",
        1,
    )
    assert (vendor.ecovadis_score, vendor.ecovadis_on) == (Decimal("71.50"), date(2026, 1, 5))
    assert vendor.financial_level == 4
    assert list(
        Evidence.objects.order_by("target").values_list(
            "target", "value", "claim_type", "grade", "obtained_on", "source_kind", "author_name"
        )
    ) == [
        (target, value, "claimed", "D", NOW.date(), "form", scope.name)
        for target, value in (
            ("vendor.ecovadis", {"score": 71.5, "on": "2026-01-05"}),
            ("vendor.financial_level", {"level": 4}),
            ("vendor.integration", {"choice": "CDMO"}),
        )
    ]


def test_vendor_with_a_name_that_exists_is_refused(scope: Actor) -> None:
    make_vendor(scope.organization, name="Aldergate Bio")

    with pytest.raises(Invalid) as caught:
        make_vendor(scope.organization, name="ALDERGATE BIO")

    assert fields_of(caught.value) == [("name", "vendors_vendor_name_once")]
    assert caught.value.message == "Another vendor already has this name."


def test_vendor_with_unknown_field_is_refused(scope: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        make_vendor(scope.organization, colour="blue")

    assert fields_of(caught.value) == [("colour", "unknown_field")]


def test_vendor_with_value_outside_the_list_names_the_field(scope: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        make_vendor(scope.organization, name="A", hq_country="Germany", founded_year=12)

    assert fields_of(caught.value) == [
        ("founded_year", "vendors_vendor_founded_year_range"),
        ("hq_country", "max_length"),
    ]


def test_update_raises_the_version_once(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))

    changed = services.update_site(
        site=site, expected_version=1, by=scope, now=NOW, city="Ulm", single_use_pct=Decimal(60), dpmm_level=3
    )

    assert (changed.version, changed.city, changed.single_use_pct, changed.dpmm_level) == (
        2,
        "Ulm",
        Decimal(60),
        3,
    )


def test_update_of_a_scored_column_alone_raises_the_version_once(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))

    changed = services.update_site(site=site, expected_version=1, by=scope, now=NOW, bsl=2)

    assert (changed.version, changed.bsl) == (2, 2)


def test_update_with_equal_values_changes_nothing(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization), city="Ulm", single_use_pct=50)
    before = Evidence.objects.count()

    changed = services.update_site(
        site=site, expected_version=1, by=scope, now=NOW, city="Ulm", single_use_pct=Decimal("50.00")
    )

    assert (changed.version, Evidence.objects.count()) == (1, before)


def test_update_of_an_old_version_is_refused(scope: Actor) -> None:
    vendor = make_vendor(scope.organization)
    services.update_vendor(vendor=vendor, expected_version=1, by=scope, now=NOW, parent="Holding")

    with pytest.raises(PreconditionFailed) as caught:
        services.update_vendor(vendor=vendor, expected_version=1, by=scope, now=NOW, parent="Other")

    assert (caught.value.status, Vendor.objects.get(pk=vendor.pk).parent) == (412, "Holding")


def test_blanking_a_scored_column_asks_to_retract(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization), dpmm_level=3)

    with pytest.raises(Invalid) as caught:
        services.update_site(site=site, expected_version=None, by=scope, now=NOW, dpmm_level=None)

    assert fields_of(caught.value) == [("dpmm_level", "retract_instead")]


def test_archived_site_cannot_be_changed(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))
    archived = services.archive_site(site=site, expected_version=1, by=scope, now=NOW)

    with pytest.raises(Conflict) as caught:
        services.update_site(site=archived, expected_version=2, by=scope, now=NOW, city="Ulm")

    assert (caught.value.code, archived.archived_at) == ("archived", NOW)


def test_name_of_an_archived_vendor_is_free_again(scope: Actor) -> None:
    vendor = make_vendor(scope.organization, name="Aldergate Bio")
    services.archive_vendor(vendor=vendor, expected_version=None, by=scope, now=NOW)

    again = make_vendor(scope.organization, name="Aldergate Bio")

    assert list(Vendor.objects.active()) == [again]


@pytest.mark.parametrize(
    "role", [Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.QUALITY, Role.AUDITOR, Role.ADMIN]
)
def test_vendor_is_written_by_managers_only(team: Team, scope: Actor, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        services.create_vendor(organization=team.organization, by=team.actor(role), now=NOW, name="A")

    assert Vendor.objects.count() == 0


def test_vendor_of_another_organisation_is_not_found(team: Team, outsiders: Team, scope: Actor) -> None:
    stranger = outsiders.actor()
    with organization_scope(outsiders.organization.pk, stranger):
        theirs = make_vendor(outsiders.organization)

    with pytest.raises(NotFound):
        services.create_site(organization=team.organization, vendor=theirs, by=scope, now=NOW, name="S")
    with pytest.raises(NotFound):
        services.update_vendor(vendor=theirs, expected_version=None, by=scope, now=NOW, parent="X")
    with pytest.raises(NotFound):
        services.create_vendor(organization=team.organization, by=stranger, now=NOW, name="A")


def test_every_write_leaves_an_audit_event_with_its_actor(scope: Actor) -> None:
    vendor = services.create_vendor(organization=scope.organization, by=scope, now=NOW, name="Audited")

    event = AuditEvent.objects.get(table_name="vendors_vendor", row_id=vendor.pk)

    assert event.new is not None
    assert (event.op, event.new["name"], event.actor_name) == ("I", "Audited", scope.name)


# --- sites


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"fei": "12345"}, "fei", "vendors_site_fei_format"),
        ({"fei": "30029303A0"}, "fei", "vendors_site_fei_format"),
        ({"duns": "12345678"}, "duns", "vendors_site_duns_format"),
        ({"ema_org_id": "ORG-12"}, "ema_org_id", "vendors_site_ema_org_id_format"),
        ({"ema_loc_id": "100078218"}, "ema_loc_id", "vendors_site_ema_loc_id_format"),
        ({"lat": Decimal(91)}, "lat", "vendors_site_lat_range"),
        ({"single_use_pct": Decimal(101)}, "single_use_pct", "invalid_value"),
        ({"status": "OPEN"}, "status", "vendors_site_status_known"),
        ({"name": " "}, "name", "vendors_site_name_given"),
    ],
)
def test_site_with_a_wrong_format_is_refused(
    scope: Actor, given: dict[str, Any], field: str, rule: str
) -> None:
    vendor = make_vendor(scope.organization)

    with pytest.raises(Invalid) as caught:
        make_site(vendor, **({"name": "S"} | given))

    assert fields_of(caught.value) == [(field, rule)]


def test_site_keeps_the_fei_as_given_and_matches_without_zeros(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization), fei="0003002930")

    assert (site.fei, site.fei_key) == ("0003002930", "3002930")


def test_site_region_follows_the_country(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization), country="JP")

    moved = services.update_site(
        site=site,
        expected_version=None,
        by=scope,
        now=NOW + timedelta(days=1),
        country="US",
    )

    assert (site.region, moved.country, moved.region) == ("E_ASIA", "US", "N_AMERICA")


def test_site_keeps_lanes_and_authorities_as_evidence(scope: Actor) -> None:
    lanes = [{"region": "EUROPE", "storage_class": "M80", "qualified_on": date(2025, 5, 1)}]
    site = make_site(make_vendor(scope.organization), lanes=lanes, storage_classes=["M80"])

    assert site.lanes == [{"region": "EUROPE", "storage_class": "M80", "qualified_on": "2025-05-01"}]
    assert Evidence.objects.get(target="site.lanes").value == {"lanes": site.lanes}


# --- capabilities and services


def test_capability_sizes_become_evidence_with_their_unit(scope: Actor) -> None:
    capability = make_capability(
        make_site(make_vendor(scope.organization)),
        scale_min=Decimal(200),
        scale_max=Decimal(2000),
        batch_unit="L",
        gmp=True,
        phases=["PH1", "PH2"],
        programs_by_phase={"PH1": 3},
        annual_capacity=Decimal(40),
        rate_unit="batches/y",
        capacity_open_from=date(2026, 9, 1),
    )

    assert (capability.scale_max, capability.batch_unit, capability.rate_unit) == (
        Decimal(2000),
        "L",
        "batches/y",
    )
    assert {e.target: e.value for e in Evidence.objects.filter(capability=capability)} == {
        "capability.scale_min": {"number": 200, "unit": "L"},
        "capability.scale_max": {"number": 2000, "unit": "L"},
        "capability.gmp": {"yes": True},
        "capability.phases": {"choices": ["PH1", "PH2"]},
        "capability.programs_by_phase": {"counts": {"PH1": 3}},
        "capability.annual_capacity": {"number": 40, "unit": "batches/y"},
        "capability.capacity_open_from": {"date": "2026-09-01"},
    }


def test_capability_scale_without_unit_or_upside_down_is_refused(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))

    with pytest.raises(Invalid) as caught:
        make_capability(site, scale_min=Decimal(5), scale_max=Decimal(2))

    assert fields_of(caught.value) == [("batch_unit", "required"), ("scale_max", "below_minimum")]
    assert Capability.objects.count() == 0


def test_capability_twice_at_a_site_is_refused(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))
    make_capability(site)

    with pytest.raises(Invalid) as caught:
        make_capability(site)

    assert [error.code for error in caught.value.errors] == ["vendors_capability_once"]


def test_capability_new_unit_restates_the_sizes(scope: Actor) -> None:
    capability = make_capability(
        make_site(make_vendor(scope.organization)), scale_max=Decimal(5), batch_unit="kg"
    )

    changed = services.update_capability(
        capability=capability, expected_version=1, by=scope, now=NOW, batch_unit="g"
    )

    assert (changed.batch_unit, changed.version) == ("g", 2)
    assert Evidence.objects.filter(target="capability.scale_max").latest("id").value == {
        "number": 5,
        "unit": "g",
    }


def test_service_delivery_becomes_evidence_of_the_vendor(scope: Actor) -> None:
    vendor = make_vendor(scope.organization)

    offering = make_service(
        vendor, code="REG_LIAISON", delivery="partner", markets=["US", "EU"], gmp_grade=""
    )

    assert (offering.delivery, offering.markets) == ("partner", ["US", "EU"])
    assert {e.target: e.value for e in Evidence.objects.filter(subject_type="vendor")} == {
        "service.REG_LIAISON.delivery": {"choice": "partner"},
        "service.REG_LIAISON.markets": {"choices": ["US", "EU"]},
    }


def test_service_by_a_partner_needs_that_delivery(scope: Actor) -> None:
    vendor, partner = make_vendor(scope.organization), make_vendor(scope.organization)

    with pytest.raises(Invalid) as caught:
        make_service(vendor, delivery="in_house", partner_vendor=partner)

    assert fields_of(caught.value) == [("partner_vendor", "not_by_partner")]


def test_service_known_only_from_evidence_gets_its_row(scope: Actor) -> None:
    vendor = make_vendor(scope.organization)

    make_evidence(vendor, "service.STABILITY.delivery", {"choice": "none"})

    assert list(ServiceOffering.objects.filter(site=None).values_list("vendor", "code", "delivery")) == [
        (vendor.pk, "STABILITY", "none")
    ]


# --- the projection


def test_projection_prefers_verified_over_a_newer_claim(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))
    make_evidence(site, "site.single_use_pct", {"number": 55}, verified=True, obtained_on=date(2025, 3, 1))

    changed = services.update_site(
        site=site, expected_version=None, by=scope, now=NOW, single_use_pct=Decimal(90)
    )

    assert (changed.single_use_pct, changed.version) == (Decimal(55), 2)
    assert Evidence.objects.filter(target="site.single_use_pct").count() == 2


def test_projection_of_a_vendor_record_reaches_every_site_but_a_narrower_one(scope: Actor) -> None:
    vendor = make_vendor(scope.organization)
    first, second = make_site(vendor), make_site(vendor)
    make_evidence(second, "site.modular_level", {"level": 1})

    make_evidence(vendor, "site.modular_level", {"level": 3})

    assert list(Site.objects.order_by("pk").values_list("pk", "modular_level")) == [
        (first.pk, 3),
        (second.pk, 1),
    ]


def test_projection_follows_a_retraction_back_to_unknown(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))
    record = make_evidence(site, "site.oeb_max", {"number": 5})

    services.retract_evidence(evidence=record, reason="wrong site", expected_version=1, by=scope, now=NOW)

    assert Site.objects.get(pk=site.pk).oeb_max is None


def test_projection_leaves_out_what_holds_for_one_phase_or_has_ended(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))
    make_evidence(site, "site.oeb_max", {"number": 4}, scope=services.Scope(phase="PH3"))
    make_evidence(
        site, "site.oeb_max", {"number": 3}, obtained_on=date(2024, 1, 1), valid_until=date(2025, 1, 1)
    )

    assert Site.objects.get(pk=site.pk).oeb_max is None


def test_projection_shows_old_records_whatever_their_age(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization))

    make_evidence(site, "site.dpmm_level", {"level": 2}, obtained_on=date(2001, 1, 1))

    assert Site.objects.get(pk=site.pk).dpmm_level == 2


def test_projection_of_everything_again_changes_nothing(scope: Actor) -> None:
    vendor = make_vendor(
        scope.organization,
        integration="CDMO",
        sbti_status=SbtiStatus.COMMITTED.value,
        sbti_on=date(2025, 1, 1),
    )
    site = make_site(vendor, dpmm_level=2, controlled_schedules=["II"], single_use_pct=Decimal("12.34"))
    make_capability(site, scale_max=Decimal("0.5"), batch_unit="kg", gmp=False, serotypes=["AAV9"])
    make_service(vendor)

    changed = services.project_fields(organization=scope.organization, vendor_ids={vendor.pk}, now=NOW)

    assert changed == 0


def test_projection_refuses_a_number_the_column_cannot_hold(scope: Actor) -> None:
    capability = make_capability(make_site(make_vendor(scope.organization)))

    with pytest.raises(Invalid) as caught:
        make_evidence(capability, "capability.batches_36m", {"number": 10**12})

    assert fields_of(caught.value) == [("value.number", "too_large")]


def test_ecovadis_score_of_the_criterion_fills_the_profile(scope: Actor) -> None:
    vendor = make_vendor(scope.organization)

    make_evidence(vendor, "SUS2", {"number": 64}, obtained_on=date(2026, 2, 3))

    vendor.refresh_from_db()
    assert (vendor.ecovadis_score, vendor.ecovadis_on) == (Decimal(64), date(2026, 2, 3))


def test_import_provenance_is_kept_on_the_records_of_an_edit(scope: Actor) -> None:
    site = make_site(
        make_vendor(scope.organization),
        dpmm_level=3,
        provenance=Provenance(
            source_kind="import", source="vendors.xlsx", obtained_on=date(2026, 5, 1), grade="E"
        ),
    )

    record = Evidence.objects.get(site=site, target="site.dpmm_level")

    assert (record.source_kind, record.source, record.obtained_on, record.grade) == (
        "import",
        "vendors.xlsx",
        date(2026, 5, 1),
        "E",
    )
