"""The directory, its filters and searches, and the complete profile."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import (
    make_capability,
    make_certificate,
    make_contact,
    make_evidence,
    make_qualification,
    make_service,
    make_site,
    make_vendor,
)
from vendors import selectors, services
from vendors.models import Site, Vendor
from vendors.querysets import VendorQuerySet
from vendors.vocabulary import Freshness


@pytest.fixture
def directory(scope: Actor) -> dict[str, Vendor]:
    """Three vendors that differ in everything a filter asks."""
    organization = scope.organization
    alder = make_vendor(organization, name="Aldergate Bio", integration="CDMO")
    ulm = make_site(alder, name="Plant 1", city="Ulm", country="DE", fei="0003002930")
    make_capability(ulm, modality="MAB", phases=["PH3"], gmp=True)
    make_service(alder, code="STABILITY")
    make_qualification(ulm, status="approved")
    make_evidence(ulm, "QUA1", {"level": 1}, obtained_on=NOW.date().replace(year=2020))
    boreal = make_vendor(organization, name="Borealis")
    kyoto = make_site(boreal, name="Kyoto", country="JP")
    make_capability(kyoto, modality="AAV", operation="VECTOR", phases=["PH1"])
    make_service(boreal, code="STABILITY", delivery="none")
    services.add_alias(vendor=boreal, name="Northern Light Vectors", by=scope)
    closed = make_site(boreal, name="Old", country="US", status="CLOSED")
    make_capability(closed, modality="CAR_T_AUTO", operation="CELL_PROCESSING")
    cedar = make_vendor(organization, name="Cedar Pharma", legal_name="Cedar Holding AG")
    make_capability(make_site(cedar, country="US"), modality="MAB", phases=["PH1"], tags=["GENE_EDITED"])
    return {"alder": alder, "boreal": boreal, "cedar": cedar}


Filter = Callable[[VendorQuerySet[Vendor]], VendorQuerySet[Vendor]]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (lambda rows: rows.search("alder"), ["alder"]),
        (lambda rows: rows.search("PLANT ulm"), ["alder"]),
        (lambda rows: rows.search("3002930"), ["alder"]),
        (lambda rows: rows.search("northern"), ["boreal"]),
        (lambda rows: rows.search("holding"), ["cedar"]),
        (lambda rows: rows.search("ulm kyoto"), []),
        (lambda rows: rows.search("100%"), []),
        (lambda rows: rows.with_modality("MAB"), ["alder", "cedar"]),
        (lambda rows: rows.with_capability(modalities=["MAB"], phases=["PH1"]), ["cedar"]),
        (lambda rows: rows.with_capability(operations=["UPSTREAM"], gmp=True), ["alder"]),
        (lambda rows: rows.with_phase("PH1", "PH3"), ["alder", "boreal", "cedar"]),
        (lambda rows: rows.in_gene_therapy(), ["boreal", "cedar"]),
        (lambda rows: rows.in_cell_therapy(), []),
        (lambda rows: rows.in_region("EUROPE", "E_ASIA"), ["alder", "boreal"]),
        (lambda rows: rows.in_country("US"), ["cedar"]),
        (lambda rows: rows.with_service("STABILITY"), ["alder"]),
        (lambda rows: rows.with_qualification("approved"), ["alder"]),
        (lambda rows: rows.with_fei("3002930"), ["alder"]),
        (lambda rows: rows.named("NORTHERN light vectors"), ["boreal"]),
        (lambda rows: rows.with_freshness(Freshness.EXPIRED, NOW.date()), ["alder"]),
        (lambda rows: rows.filter(integration="CDMO"), ["alder"]),
    ],
)
def test_directory_filter_finds(
    scope: Actor, directory: dict[str, Vendor], chosen: Filter, expected: list[str]
) -> None:
    found = chosen(selectors.vendor_list(scope.organization))

    assert [vendor.name for vendor in found] == [directory[name].name for name in expected]


def test_directory_shows_nobody_elses_vendors(
    team: Team, outsiders: Team, directory: dict[str, Vendor]
) -> None:
    stranger = outsiders.actor()
    with organization_scope(outsiders.organization.pk, stranger):
        found = list(selectors.vendor_list(outsiders.organization))
        with pytest.raises(NotFound):
            selectors.vendor_profile(outsiders.organization, directory["alder"].public_id)

    assert found == []


@pytest.mark.parametrize("vendors", [1, 3])
def test_directory_takes_as_many_queries_for_one_as_for_three(scope: Actor, vendors: int) -> None:
    for _ in range(vendors):
        make_capability(make_site(make_vendor(scope.organization)))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows = list(selectors.vendor_list(scope.organization))
        shown = [[c.modality for s in v.sites.all() for c in s.capabilities.all()] for v in rows]

    # vendors, sites, capabilities, standings, external ids
    assert (len(queries), shown) == (5, [["MAB"]] * vendors)


@pytest.mark.parametrize("each", [1, 3])
def test_profile_takes_as_many_queries_for_one_as_for_three(scope: Actor, each: int) -> None:
    vendor = make_vendor(scope.organization)
    for number in range(each):
        site = make_site(vendor)
        make_capability(site)
        make_qualification(site)
        make_certificate(vendor, number=f"C {number}")
        make_contact(vendor)

    with CaptureQueriesContext(connection) as queries:
        profile = selectors.vendor_profile(scope.organization, vendor.public_id)
        counts = [
            len(site.qualifications.all()) + len(site.capabilities.all()) for site in profile.sites.all()
        ]
        counts += [len(profile.certificates.all()), len(profile.contacts.all()), len(profile.services.all())]

    # vendor, sites, capabilities, standings, qualifications, ids of sites, services, certificates, partnerships,
    # aliases, list screens, attestations, contacts, agreements, ids of the vendor
    assert (len(queries), counts) == (15, [2] * each + [each, each, 0])


def test_profile_leaves_archived_rows_out(scope: Actor) -> None:
    vendor = make_vendor(scope.organization)
    kept, gone = make_site(vendor), make_site(vendor)
    services.archive_site(site=gone, expected_version=None, by=scope, now=NOW)

    profile = selectors.vendor_profile(scope.organization, vendor.public_id)

    assert list(profile.sites.all()) == [kept]


def test_facets_count_vendors_not_capabilities(scope: Actor, directory: dict[str, Vendor]) -> None:
    site = Site.objects.get(city="Ulm")
    make_capability(site, operation="DOWNSTREAM", phases=["PH3"], annual_committed_pct=Decimal(10))

    facets = selectors.vendor_facets(selectors.vendor_list(scope.organization), scope.organization)

    assert facets["modality"] == {"AAV": 1, "CAR_T_AUTO": 1, "MAB": 2}
    assert facets["phase"] == {"PH1": 2, "PH3": 1}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"fei_key": "3002930", "name": "Borealis"}, "alder"),
        ({"name": "borealis"}, "boreal"),
        ({"system": "SAP", "value": "7", "name": "Aldergate Bio"}, "cedar"),
        ({"system": "SAP", "value": "8", "name": "Aldergate Bio"}, "alder"),
        ({"name": "Unknown"}, None),
    ],
)
def test_imported_row_finds_its_vendor(
    scope: Actor, directory: dict[str, Vendor], key: dict[str, Any], expected: str | None
) -> None:
    services.set_external_ids(
        organization=scope.organization,
        by=scope,
        vendor=directory["cedar"],
        ids=[{"system": "SAP", "value": "7"}],
    )

    found = selectors.find_vendor(scope.organization, **key)

    assert found == (directory[expected] if expected else None)
