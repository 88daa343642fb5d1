"""Importing a file of vendors: check, preview, write; keys, errors and repetition."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cdmo_eval.core.errors import Conflict, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from tests.integration.imports.files import SITES_NAMED, csv_file, held, xlsx_file
from tests.support.hostile_files import HOSTILE
from tests.support.shared_data import SAMPLES, shared_data
from vendors.imports.vendors import ImportReport, check_vendor_file, write_vendor_file
from vendors.models import Capability, Evidence, ExternalId, ServiceOffering, Site, Vendor
from vendors.services import add_alias, update_vendor

pytestmark = pytest.mark.django_db
FULL = SAMPLES / "vendors_full.csv"


def check(path: Path, by: Actor, *, mapping: dict[str, str] | None = None, **options: object) -> ImportReport:
    """The report of a check at the usual moment."""
    return check_vendor_file(
        path,
        mapping=mapping or {},
        organization=by.organization,
        by=by,
        now=NOW,
        **options,  # type: ignore[arg-type]
    )


def load(path: Path, by: Actor, *, mapping: dict[str, str] | None = None, **options: object) -> ImportReport:
    """Check and write."""
    return write_vendor_file(check(path, by, mapping=mapping, **options), by=by, now=NOW)


def errors(report: ImportReport) -> list[tuple[int, str, str]]:
    """Row, column and code of each error."""
    return [(problem.row, problem.column, problem.code) for problem in report.problems]


def test_full_file_writes_vendors_sites_capabilities_services_and_ids(scope: Actor) -> None:
    report = load(FULL, scope)

    assert (report.written, report.problems) == (True, [])
    assert held() == {
        "Vendor": 2,
        "Site": 2,
        "Capability": 2,
        "ServiceOffering": 3,
        "ExternalId": 1,
        "Evidence": report.evidence,
    }
    northwind = Vendor.objects.get(name="Northwind Biologics")
    assert (northwind.hq_country, northwind.integration, northwind.ecovadis_score, northwind.ecovadis_on) == (
        "DE",
        "CDMO",
        Decimal("62.50"),
        date(2026, 1, 15),
    )
    ulm, cork = Site.objects.order_by("-name")
    assert (ulm.fei, ulm.fei_key, ulm.country, ulm.region, ulm.single_use_pct) == (
        "3001000001",
        "3001000001",
        "DE",
        "EUROPE",
        Decimal("80.00"),
    )
    assert ulm.lanes == [
        {"region": "EUROPE", "storage_class": "C2_8", "qualified_on": "2025-05-01"},
        {"region": "N_AMERICA", "storage_class": "M20"},
    ]
    assert ulm.authorities_inspected == [
        {
            "authority": "FDA",
            "market": "US",
            "date": "2025-02-01",
            "outcome": "positive",
            "scope": "drugs: and more",
        }
    ]
    assert (cork.fei, cork.fei_key, cork.single_use_pct) == ("0300100002", "300100002", None)
    upstream = Capability.objects.get(operation="UPSTREAM")
    assert (upstream.scale_max, upstream.batch_unit, upstream.phases, upstream.programs_by_phase) == (
        Decimal(2000),
        "L",
        ["PH1", "PH2"],
        {"PH1": 4, "PH2": 1},
    )
    assert sorted(ServiceOffering.objects.values_list("vendor__name", "code", "delivery", "markets")) == [
        ("Northwind Biologics", "FORM_DEV", "in_house", []),
        ("Northwind Biologics", "REG_LIAISON", "", ["US", "EU"]),
        ("Southgate Vectors", "FORM_DEV", "none", []),
    ]
    assert ExternalId.objects.get().__str__() == "erp:V-1"


def test_scored_values_are_claimed_of_grade_d_with_the_file_as_source(scope: Actor) -> None:
    load(FULL, scope)

    record = Evidence.objects.get(target="site.single_use_pct")
    assert (record.claim_type, record.grade, record.source_kind, record.source, record.obtained_on) == (
        "claimed",
        "D",
        "import",
        "vendors_full.csv",
        date(2026, 5, 1),
    )
    assert record.value == {"number": 80}


def test_versions_start_at_one_and_the_audit_trail_says_why(scope: Actor) -> None:
    load(FULL, scope)

    assert set(Vendor.objects.values_list("version", flat=True)) == {1}
    assert set(Site.objects.values_list("version", flat=True)) == {1}
    reasons = AuditEvent.objects.filter(table_name="vendors_vendor").values_list("reason", flat=True)
    assert set(reasons) == {"import of vendors_full.csv"}


def test_second_import_changes_nothing(scope: Actor) -> None:
    load(FULL, scope)
    before, events = held(), AuditEvent.objects.count()

    report = load(FULL, scope)

    assert (report.changes, report.evidence) == ([], 0)
    assert (str(report.vendors), str(report.sites)) == (
        "0 new, 0 changed, 2 unchanged",
        "0 new, 0 changed, 2 unchanged",
    )
    assert str(report.capabilities) == "0 new, 0 changed, 2 unchanged"
    assert (held(), AuditEvent.objects.count()) == (before, events)


def test_check_writes_nothing(scope: Actor) -> None:
    report = check(FULL, scope)

    assert (str(report.vendors), report.written) == ("2 new, 0 changed, 0 unchanged", False)
    assert set(held().values()) == {0}


def test_preview_shows_old_and_new_values(scope: Actor, tmp_path: Path) -> None:
    vendor = make_vendor(scope.organization, name="Acme", parent="Old Holding", integration="CMO")
    path = csv_file(
        tmp_path, "vendor.name,vendor.parent,vendor.integration,vendor.website", "ACME,New Holding,CDMO,"
    )

    report = check(path, scope)

    assert [(c.row, c.name, c.field, c.old, c.new) for c in report.changes] == [
        (2, "Acme", "vendor.parent", "Old Holding", "New Holding"),
        (2, "Acme", "vendor.integration", "CMO", "CDMO"),
    ]
    write_vendor_file(report, by=scope, now=NOW + timedelta(days=1))
    vendor.refresh_from_db()
    assert (vendor.parent, vendor.integration, vendor.version) == ("New Holding", "CDMO", 2)


def test_a_claim_below_a_verified_record_is_recorded_once(scope: Actor, tmp_path: Path) -> None:
    site = make_site(make_vendor(scope.organization, name="Acme"), name="Ulm", fei="3001000001")
    make_evidence(site, "site.single_use_pct", {"number": 50}, verified=True)
    path = csv_file(tmp_path, "vendor.name,site.fei,site.single_use_pct", "Acme,3001000001,80")

    first = load(path, scope)
    second = load(path, scope)

    site.refresh_from_db()
    assert (first.evidence, second.evidence, site.single_use_pct) == (1, 0, Decimal("50.00"))


def test_a_value_that_returns_is_recorded_again(scope: Actor, tmp_path: Path) -> None:
    def file(value: int) -> Path:
        return csv_file(tmp_path, "vendor.name,site.fei,site.dpmm_level", f"Acme,3001000001,{value}")

    made = [load(file(value), scope).evidence for value in (2, 3, 2, 2)]

    assert (made, Site.objects.get().dpmm_level) == ([1, 1, 1, 0], 2)


def test_an_older_day_is_recorded_as_history_and_only_once(scope: Actor, tmp_path: Path) -> None:
    head = "vendor.name,site.fei,site.dpmm_level,evidence.obtained_on"
    new = csv_file(tmp_path, head, "Acme,3001000001,3,2026-06-01", name="new.csv")
    old = csv_file(tmp_path, head, "Acme,3001000001,2,2024-06-01", name="old.csv")

    made = [load(path, scope).evidence for path in (new, old, new, old)]

    assert (made, Site.objects.get().dpmm_level) == ([1, 1, 0, 0], 3)


def test_vendor_is_found_by_id_then_fei_then_name(scope: Actor, tmp_path: Path) -> None:
    load(FULL, scope)
    path = csv_file(
        tmp_path,
        "vendor.external_system,vendor.external_id,site.fei,vendor.name,vendor.parent,vendor.employees",
        "erp,V-1,,Northwind Renamed,,10",
        ",,300100002,,Holding,",
        ",,,southgate vectors,Other,",
    )

    report = load(path, scope)

    assert str(report.vendors) == "0 new, 2 changed, 0 unchanged"
    assert sorted(Vendor.objects.values_list("name", "parent", "employees")) == [
        ("Northwind Renamed", "Holding", 10),
        ("Southgate Vectors", "Other", None),
    ]


def test_vendor_is_found_by_alias_and_keeps_its_name(scope: Actor, tmp_path: Path) -> None:
    vendor = make_vendor(scope.organization, name="OneSource")
    add_alias(vendor=vendor, name="Stelis Biopharma", by=scope)

    report = load(csv_file(tmp_path, "vendor.name,vendor.parent", "Stelis Biopharma,Strides"), scope)

    assert [(c.field, c.new) for c in report.changes] == [("vendor.parent", "Strides")]
    assert Vendor.objects.get().name == "OneSource"


def test_two_sites_of_one_name_get_names_of_their_own(scope: Actor) -> None:
    load(SAMPLES / "vendors_sites_named.csv", scope, mapping=SITES_NAMED, only_mapped=True)

    assert sorted(Site.objects.filter(vendor__name="Two Plants, Inc.").values_list("name", "city")) == [
        ("Two Plants, Inc.", "Bend"),
        ("Two Plants, Inc. 3000000102", "Salem"),
    ]


def test_the_files_own_zeros_do_not_change_an_fei(scope: Actor, tmp_path: Path) -> None:
    make_site(make_vendor(scope.organization, name="Acme"), name="Ulm", fei="3001000001")

    report = load(csv_file(tmp_path, "site.fei,site.city", "0003001000001.0,Ulm"), scope)

    assert [(c.field, c.new) for c in report.changes] == [("site.city", "Ulm")]


def test_errors_are_collected_by_row_and_column_and_nothing_is_written(scope: Actor, tmp_path: Path) -> None:
    make_vendor(scope.organization, name="Taken")
    path = csv_file(
        tmp_path,
        "Firm,site.fei,site.country,site.dpmm_level,capability.modality,capability.operation,capability.scale_max,"
        "capability.batch_unit,vendor.hq_country,vendor.ecovadis_on,site.duns,vendor.website",
        "Good,3001000001,DE,3,MAB,UPSTREAM,2000,L,FR,,001234567,https://good.example",
        "Bad,12345,Narnia,6,MABS,,NaN,gallon,,,,ftp://bad.example",
        ",,,,,,,,DE,,,",
        "Half,,,,MAB,,,,,,,",
        "NoUnit,,,,MAB,UPSTREAM,2000,,,,,",
        "Pair,,,,,,,,,2026-01-01,,",
        "Good,,,,,,,,DE,,,",
        "Wide,,,,,,,,,,,,,surplus",
    )

    report = check(path, scope, mapping={"firm": "vendor.name"})

    assert errors(report) == [
        (3, "capability.batch_unit", "unknown_choice"),
        (3, "capability.modality", "unknown_choice"),
        (3, "capability.scale_max", "not_a_number"),
        (3, "site.country", "unknown_country"),
        (3, "site.dpmm_level", "too_large"),
        (3, "site.fei", "not_an_fei"),
        (3, "vendor.website", "not_a_url"),
        (4, "Firm", "required"),
        (5, "capability.operation", "required"),
        (6, "capability.batch_unit", "required"),
        (7, "vendor.ecovadis_on", "incomplete"),
        (8, "vendor.hq_country", "conflict"),
        (9, "", "ragged"),
    ]
    with pytest.raises(Invalid) as refused:
        write_vendor_file(report, by=scope, now=NOW)
    assert len(refused.value.errors) == len(report.problems)
    assert held()["Vendor"] == 1


def test_equal_errors_are_grouped_with_their_rows(scope: Actor, tmp_path: Path) -> None:
    rows = [f"Vendor {number},Narnia" for number in range(8)]
    report = check(csv_file(tmp_path, "vendor.name,vendor.hq_country", *rows), scope)

    assert [str(group) for group in report.grouped_problems] == [
        "column vendor.hq_country: 'Narnia' is not a country (two-letter code or name) (rows 2, 3, 4, 5, 6 and 3 more)"
    ]


def test_unknown_column_is_an_error_with_the_nearest_field(scope: Actor, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "vendor.name,vendor.legl_name,colour", "A,B,C")

    report = check(path, scope)

    assert [(p.row, p.column, p.code) for p in report.problems] == [
        (0, "colour", "unknown_column"),
        (0, "vendor.legl_name", "unknown_column"),
    ]
    assert report.problems[1].message == (
        "is not a known column; the nearest is vendor.legal_name: rename it, map it, or leave it out"
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"ignore": ["Colour", "vendor.legl_name"]}, []),
        ({"only_mapped": True}, []),
        ({"ignore": ["shade"], "only_mapped": True}, [("shade", "no_such_column")]),
        ({"mapping": {"colour": "vendor.colour"}, "only_mapped": True}, [("colour", "unknown_column")]),
        ({"mapping": {"colour": "vendor.name"}, "only_mapped": True}, [("colour", "twice")]),
        ({"mapping": {"shade": "vendor.parent"}, "only_mapped": True}, [("shade", "no_such_column")]),
    ],
)
def test_columns_are_left_out_only_on_purpose(
    scope: Actor, tmp_path: Path, options: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    path = csv_file(tmp_path, "vendor.name,vendor.legl_name,colour", "A,B,C")

    report = check(path, scope, **options)  # type: ignore[arg-type]

    assert [(p.column, p.code) for p in report.problems] == expected


def test_workbook_with_numbers_and_dates_reads_like_text(scope: Actor, tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path,
        [["vendor.name", "site.fei", "site.single_use_pct", "site.opened"], ["Acme", 3001000001, 12.5, 1999]],
    )

    load(path, scope, sheet="Data")

    site = Site.objects.get()
    assert (site.fei, site.single_use_pct, site.opened) == ("3001000001", Decimal("12.50"), 1999)


def test_keys_that_contradict_each_other_are_errors(scope: Actor, tmp_path: Path) -> None:
    load(FULL, scope)
    path = csv_file(
        tmp_path,
        "vendor.external_system,vendor.external_id,vendor.name,site.fei,site.name",
        "erp,V-1,Southgate Vectors,,",
        ",,Southgate Vectors,3001000001,",
        "erp,V-2,Northwind Biologics,,",
        ",,Northwind Biologics,3009999999,Ulm",
        "erp,,Alone,,",
    )

    assert errors(check(path, scope)) == [
        (2, "vendor.name", "other_vendor"),
        (3, "vendor.name", "other_vendor"),
        (4, "vendor.external_id", "other_id"),
        (5, "site.fei", "other_fei"),
        (6, "vendor.external_system", "alone"),
    ]


def test_a_unit_does_not_change_under_sizes(scope: Actor, tmp_path: Path) -> None:
    site = make_site(make_vendor(scope.organization, name="Acme"), name="Ulm", fei="3001000001")
    make_capability(site, scale_min=200, scale_max=2000, batch_unit="L")
    head = "site.fei,capability.modality,capability.operation,capability.batch_unit,capability.scale_max,capability.scale_min"

    alone = check(csv_file(tmp_path, head, "3001000001,MAB,UPSTREAM,kg,5,"), scope)
    load(csv_file(tmp_path, head, "3001000001,MAB,UPSTREAM,kg,5,1"), scope)

    assert errors(alone) == [(2, "capability.batch_unit", "changed_alone")]
    capability = Capability.objects.get()
    assert (capability.scale_min, capability.scale_max, capability.batch_unit) == (1, 5, "kg")


def test_verified_values_need_a_review_by_somebody_else(scope: Actor, tmp_path: Path) -> None:
    head = "vendor.name,site.fei,site.dpmm_level,evidence.claim_type,evidence.grade,evidence.reviewed_by,evidence.reviewed_on"
    bad = csv_file(
        tmp_path,
        head,
        "A,3001000001,3,verified,D,,",
        f"B,3001000002,3,verified,B,{scope.name},2026-06-01",
        name="bad.csv",
    )
    good = csv_file(tmp_path, head, "A,3001000001,3,verified,B,R. Viewer,2026-06-01", name="good.csv")

    assert errors(check(bad, scope)) == [
        (2, "evidence.grade", "too_low"),
        (2, "evidence.reviewed_by", "required"),
        (3, "evidence.claim_type", "verified_by_author"),
    ]
    load(good, scope)
    assert Evidence.objects.values_list("claim_type", "grade", "reviewed_by").get() == (
        "verified",
        "B",
        "R. Viewer",
    )


def test_a_change_since_the_check_is_a_conflict(scope: Actor, tmp_path: Path) -> None:
    vendor = make_vendor(scope.organization, name="Acme")
    report = check(csv_file(tmp_path, "vendor.name,vendor.parent", "Acme,Holding"), scope)
    update_vendor(vendor=vendor, expected_version=1, by=scope, now=NOW, legal_name="Acme Ltd")

    with pytest.raises(Conflict, match="changed by somebody else"):
        write_vendor_file(report, by=scope, now=NOW)


def test_a_name_taken_since_the_check_is_refused_whole(scope: Actor, tmp_path: Path) -> None:
    report = check(csv_file(tmp_path, "vendor.name", "Acme", "Beta"), scope)
    make_vendor(scope.organization, name="Beta")

    with pytest.raises(Invalid, match="Another vendor already has this name"):
        write_vendor_file(report, by=scope, now=NOW)

    assert list(Vendor.objects.values_list("name", flat=True)) == ["Beta"]


def test_a_report_is_written_once(scope: Actor, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path, "vendor.name", "Acme"), scope)

    with pytest.raises(Conflict, match="written already"):
        write_vendor_file(report, by=scope, now=NOW)


def test_another_organisations_vendors_are_neither_seen_nor_touched(
    team: Team, outsiders: Team, tmp_path: Path
) -> None:
    theirs = outsiders.actor()
    with organization_scope(theirs.organization.pk, theirs):
        make_site(make_vendor(theirs.organization, name="Northwind Biologics"), name="Ulm", fei="3001000001")
    ours = team.actor()
    with organization_scope(ours.organization.pk, ours):
        report = load(FULL, ours)
    with pytest.raises(NotFound), organization_scope(ours.organization.pk, ours):
        check_vendor_file(FULL, mapping={}, organization=theirs.organization, by=ours, now=NOW)

    assert str(report.vendors) == "2 new, 0 changed, 0 unchanged"
    with organization_scope(theirs.organization.pk, theirs):
        assert list(Vendor.objects.values_list("name", "hq_country")) == [("Northwind Biologics", "")]


@pytest.mark.parametrize(
    "role", [Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.QUALITY, Role.AUDITOR, Role.ADMIN]
)
def test_only_managers_import(team: Team, role: Role) -> None:
    actor = team.actor(role)

    with pytest.raises(PermissionDenied), organization_scope(team.organization.pk, actor):
        check(FULL, actor)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_damaged_file_is_refused_with_words(scope: Actor, tmp_path: Path, name: str) -> None:
    build, _ = HOSTILE[name]

    report = check(build(tmp_path), scope, only_mapped=True)

    assert len(report.problems) >= 1
    assert all(problem.message for problem in report.problems)
    assert set(held().values()) == {0}


def test_header_without_rows_is_refused(scope: Actor, tmp_path: Path) -> None:
    assert errors(check(csv_file(tmp_path, "vendor.name"), scope)) == [(0, "", "no_rows")]


def test_file_of_real_sites_imports_with_a_mapping(scope: Actor) -> None:
    path = shared_data("cdmo_sites_named.csv")
    expected = (42, 43) if path else (4, 5)

    load(path or SAMPLES / "vendors_sites_named.csv", scope, mapping=SITES_NAMED, only_mapped=True)
    again = load(path or SAMPLES / "vendors_sites_named.csv", scope, mapping=SITES_NAMED, only_mapped=True)

    assert (Vendor.objects.count(), Site.objects.count(), again.changes) == (*expected, [])
