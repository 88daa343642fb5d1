"""Adding many rows at once, and merging a vendor that was entered twice."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.errors import Conflict, Invalid
from cdmo_eval.core.policies import Actor
from tests.factories.core import NOW
from tests.factories.vendors import (
    make_capability,
    make_contact,
    make_evidence,
    make_service,
    make_site,
    make_vendor,
)
from vendors import selectors, services
from vendors.models import Evidence, Site, Vendor
from vendors.services import NewCapability, NewService, NewSite


def test_many_rows_equal_the_same_rows_one_by_one(scope: Actor) -> None:
    organization = scope.organization
    fields: dict[str, Any] = {"scale_max": Decimal(2000), "batch_unit": "L", "gmp": True, "phases": ["PH1"]}
    (vendor,) = services.create_vendors(
        organization=organization, rows=[{"name": "Bulk", "integration": "CDMO"}], by=scope, now=NOW
    )
    (site,) = services.create_sites(
        organization=organization,
        rows=[NewSite(vendor=vendor, fields={"name": "S", "country": "DE", "fei": "0003002930"})],
        by=scope,
        now=NOW,
    )
    (capability,) = services.create_capabilities(
        organization=organization,
        rows=[NewCapability(site=site, modality="MAB", operation="UPSTREAM", fields=fields)],
        by=scope,
        now=NOW,
    )
    (service,) = services.create_service_offerings(
        organization=organization,
        rows=[NewService(vendor=vendor, code="STABILITY", fields={"delivery": "in_house"})],
        by=scope,
        now=NOW,
    )
    other_vendor = make_vendor(organization, name="Single", integration="CDMO")
    other_site = make_site(other_vendor, name="S", country="DE", fei="0003002930")
    other = make_capability(other_site, **fields)
    other_service = make_service(other_vendor, code="STABILITY")

    columns = ("scale_max", "batch_unit", "gmp", "phases", "version")
    assert [getattr(capability, name) for name in columns] == [getattr(other, name) for name in columns]
    assert (vendor.integration, vendor.version) == (other_vendor.integration, other_vendor.version)
    assert (site.region, site.fei_key, site.version) == (
        other_site.region,
        other_site.fei_key,
        other_site.version,
    )
    assert (service.delivery, service.version) == (other_service.delivery, other_service.version)
    assert sorted(Evidence.objects.filter(vendor=vendor).values_list("target", "subject_type")) == sorted(
        Evidence.objects.filter(vendor=other_vendor).values_list("target", "subject_type")
    )


def test_many_rows_are_all_added_or_none(scope: Actor) -> None:
    rows: list[dict[str, Any]] = [{"name": "A"}, {"name": "B", "founded_year": 12}, {"name": "C"}]

    with pytest.raises(Invalid) as by_database:
        services.create_vendors(organization=scope.organization, rows=rows, by=scope, now=NOW)
    with pytest.raises(Invalid) as by_column:
        services.create_vendors(
            organization=scope.organization,
            rows=[{"name": "A"}, {"name": "B", "website": "no address"}],
            by=scope,
            now=NOW,
        )
    with pytest.raises(Invalid) as by_fact:
        services.create_vendors(
            organization=scope.organization,
            rows=[{"name": "A"}, {"name": "B", "focus": "WIDE"}],
            by=scope,
            now=NOW,
        )

    assert [error.field for error in by_database.value.errors] == ["founded_year"]
    assert [error.field for error in by_column.value.errors] == ["1.website"]
    assert [error.field for error in by_fact.value.errors] == ["1.focus"]
    assert Vendor.objects.count() == 0


# by parameters: vendors; lock; records; revisions; lock, records, columns and their update; the rows read back.
# by COPY: for vendors keys, table, insert, drop; lock; for records the same and the revisions; lock, records, columns;
# for the update table, statistics, update, drop; the rows read back
@pytest.mark.parametrize(("number", "expected"), [(3, 9), (30, 21), (90, 21)])
def test_many_rows_take_the_same_number_of_queries(scope: Actor, number: int, expected: int) -> None:
    rows = [{"name": f"Vendor {index}", "integration": "CDMO"} for index in range(number)]

    with CaptureQueriesContext(connection) as queries:
        services.create_vendors(organization=scope.organization, rows=rows, by=scope, now=NOW)

    counted = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(counted) == expected


def test_merge_moves_what_is_known_and_keeps_the_names(scope: Actor) -> None:
    organization = scope.organization
    kept = make_vendor(organization, name="Catalent")
    gone = make_vendor(organization, name="Catalent Inc.", legal_name="Catalent Incorporated")
    make_site(kept, name="Plant")
    site = make_site(gone, name="Plant")
    make_service(gone, code="STABILITY")
    make_service(kept, code="STABILITY", delivery="none")
    make_contact(kept, name="A", primary=True)
    make_contact(gone, name="B", primary=True)
    record = make_evidence(site, "site.dpmm_level", {"level": 4}, verified=True)

    result = services.merge_vendor(vendor=gone, into=kept, expected_version=1, by=scope, now=NOW)

    merged = Vendor.objects.get(pk=gone.pk)
    assert (result, merged.merged_into, merged.archived_at) == (kept, kept, NOW)
    assert list(Site.objects.order_by("id").values_list("vendor", "name")) == [
        (kept.pk, "Plant"),
        (kept.pk, "Plant (Catalent Inc.)"),
    ]
    record.refresh_from_db()
    assert (record.vendor, record.version, record.revisions.count()) == (kept, 2, 2)
    assert selectors.find_vendor(organization, name="catalent incorporated") == kept
    assert [c.primary for c in kept.contacts.order_by("name")] == [True, False]
    with pytest.raises(Conflict):
        services.merge_vendor(vendor=gone, into=kept, expected_version=None, by=scope, now=NOW)
    with pytest.raises(Conflict):
        services.merge_vendor(vendor=kept, into=kept, expected_version=None, by=scope, now=NOW)
    with pytest.raises(Conflict):
        services.restore_vendor(vendor=gone, expected_version=None, by=scope, now=NOW)
