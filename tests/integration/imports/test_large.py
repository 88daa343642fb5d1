"""A larger file: written, known again, and changed in one column."""

from decimal import Decimal
from pathlib import Path

import pytest

from cdmo_eval.core.policies import Actor
from tests.factories.core import NOW
from tests.integration.imports.files import csv_file, held
from vendors.imports.vendors import check_vendor_file, write_vendor_file
from vendors.models import Capability, EvidenceRevision, Site, Vendor

pytestmark = pytest.mark.django_db
HEADER = (
    "vendor.external_id,vendor.name,vendor.integration,vendor.languages,site.name,site.fei,site.country,"
    "site.single_use_pct,site.lanes,capability.modality,capability.operation,capability.gmp,capability.scale_max,"
    "capability.batch_unit,capability.phases,service.FORM_DEV.delivery,vendor.parent"
)


def many(folder: Path, rows: int, *, parent: str) -> Path:
    """A file with two sites to a vendor."""
    lines = [
        f"V{number // 2},Vendor {number // 2},CDMO,en; de,Site {number},{3_000_000_000 + number},Germany,"
        f"{number % 100},EUROPE:C2_8:2025-01-31,MAB,UPSTREAM,yes,2000,L,PH1; PH2,in_house,{parent}"
        for number in range(rows)
    ]
    return csv_file(folder, HEADER, *lines)


def test_many_rows_are_written_changed_and_known(scope: Actor, tmp_path: Path) -> None:
    def load(parent: str) -> tuple[str, str, int]:
        report = check_vendor_file(
            many(tmp_path, 500, parent=parent), mapping={}, organization=scope.organization, by=scope, now=NOW
        )
        written = write_vendor_file(report, by=scope, now=NOW)
        return str(written.vendors), str(written.sites), written.evidence

    assert load("First") == ("250 new, 0 changed, 0 unchanged", "500 new, 0 changed, 0 unchanged", 3500)
    assert load("First") == ("0 new, 0 changed, 250 unchanged", "0 new, 0 changed, 500 unchanged", 0)
    assert load("Second") == ("0 new, 250 changed, 0 unchanged", "0 new, 0 changed, 500 unchanged", 0)
    assert held() == {
        "Vendor": 250,
        "Site": 500,
        "Capability": 500,
        "ServiceOffering": 250,
        "ExternalId": 250,
        "Evidence": 3500,
    }
    assert EvidenceRevision.objects.filter(number=1).count() == 3500
    vendor = Vendor.objects.get(name="Vendor 7")
    assert (vendor.integration, vendor.languages, vendor.parent, vendor.version) == (
        "CDMO",
        ["en", "de"],
        "Second",
        2,
    )
    site = Site.objects.get(name="Site 15")
    assert (site.vendor_id, site.country, site.region, site.single_use_pct, site.version) == (
        vendor.pk,
        "DE",
        "EUROPE",
        Decimal("15.00"),
        1,
    )
    assert site.lanes == [{"region": "EUROPE", "storage_class": "C2_8", "qualified_on": "2025-01-31"}]
    assert Capability.objects.get(site=site).phases == ["PH1", "PH2"]
