"""What stands open at very many sites is what each site's own history says, whatever the records and however they came."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import Organization
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_site, make_vendor
from vendors.models import PublicRecord, RecordMatch, Site, UploadedRecord
from vendors.selectors import open_matters as module
from vendors.selectors.open_matters import matters_of_sites
from vendors.selectors.regulatory import records_of_sites, sites_regulatory
from vendors.selectors.site_refs import SiteRef, site_refs
from vendors.vocabulary import RecordKind

TODAY = NOW.date()
SITES, RECORDS, MATCHES = 60, 420, 40
KINDS = [
    *["INSPECTION"] * 10, *["GMP_CERTIFICATE"] * 3, "FORM_483", "FORM_483", "CITATION", "RECALL", "WARNING_LETTER", "WARNING_LETTER",
    "IMPORT_ALERT", "GMP_NONCOMPLIANCE", "INJUNCTION", "SEIZURE", "COURT_RELEASE",
]  # fmt: skip
AREAS = ["Drug Quality Assurance", "Vaccines and Allergenic Products", "Bioresearch Monitoring", ""]


def fields_of(dice: Random, number: int, feis: Sequence[str]) -> dict[str, Any]:
    """A record of any kind, of one of the numbers or of none."""
    kind, fei = dice.choice(KINDS), dice.choice([*feis, ""])
    on = TODAY - timedelta(days=dice.randrange(-60, 3000))
    official = kind in {"GMP_CERTIFICATE", "GMP_NONCOMPLIANCE"}
    inspection = kind == "INSPECTION"
    return {
        "kind": kind,
        "authority": dice.choice(["EMA", "MHRA"]) if official else dice.choice(["FDA"] * 9 + ["EMA"]),
        "native_id": f"{number // 2}" if inspection and dice.random() < 0.3 else f"{kind}-{number}",
        "fei": fei,
        "fei_key": fei.lstrip("0"),
        "firm": "A firm",
        "event_on": on if inspection or dice.random() < 0.9 else None,
        "posted_on": on + timedelta(days=30) if dice.random() < 0.5 else None,
        "classification": dice.choice(["NAI", "NAI", "VAI", "OAI", ""]) if inspection else dice.choice(["", "66-40", "99-05"]),
        "product_area": dice.choice(["Drugs", "drugs ", "Biologics", "Devices"]),
        "project_area": dice.choice(AREAS) if inspection else "",
        "scope": dice.choice(["", "CGMP/Finished Pharmaceuticals/Adulterated", "Sterile products"]),
        "closed_on": on + timedelta(days=200) if dice.random() < 0.4 else None,
        "source": "invented",
        "read_on": TODAY,
    }  # fmt: skip


def matched(organization: Organization, dice: Random, sites: Sequence[Site]) -> None:
    """Matches of all sorts: that count, were rejected, or wait."""
    uploaded = list(UploadedRecord.objects.order_by("id"))
    public = list(PublicRecord.objects.order_by("id"))
    for number in range(MATCHES):
        of_public = number % 3 == 0
        RecordMatch.objects.create(
            organization=organization, site=dice.choice(sites), method="manual",
            public_record=dice.choice(public) if of_public else None, uploaded_record=None if of_public else uploaded[number],
            rejected_on=TODAY if number % 4 == 0 else None, proposed=number % 4 == 1,
        )  # fmt: skip


@pytest.fixture
def crowd(team: Team, transactional_db: None) -> list[Site]:
    """Committed sites with records in both tables, some with a number that two of them share, some without one."""
    dice = Random(20260711)  # noqa: S311 - invented records, the same in every run
    feis = [f"30010000{number:02d}" for number in range(SITES - 12)]
    with owner_connection():
        for number in range(RECORDS // 4):
            PublicRecord.objects.create(**fields_of(dice, number, feis))
    with organization_scope(team.organization.pk, team.actor()):
        vendor = make_vendor(team.organization)
        numbers = [*feis, *[""] * 8, *[f"30020000{number:02d}" for number in range(4)]]
        sites = [make_site(vendor, name=f"Site {at}", fei=fei) for at, fei in enumerate(numbers)]
        for number in range(RECORDS):
            UploadedRecord.objects.create(
                organization=team.organization, **fields_of(dice, 1000 + number, feis)
            )
        for row in PublicRecord.objects.order_by("id")[
            :15
        ]:  # the same record from both sides, on another day
            columns = {name: getattr(row, name) for name in fields_of(dice, 0, feis)}
            columns["event_on"] = row.event_on + timedelta(days=1) if row.event_on else TODAY
            UploadedRecord.objects.create(organization=team.organization, **columns)
        matched(team.organization, dice, sites)
    return sites


@pytest.mark.transactional
@pytest.mark.parametrize("named", [True, False], ids=["sites named", "all of the organisation"])
def test_matters_of_many_sites_are_those_of_each(
    team: Team, crowd: list[Site], named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW", SITES if named else 0)
    with organization_scope(team.organization.pk, team.actor()):
        rows = Site.objects.for_organization(team.organization).active().order_by("id")
        refs, sites = site_refs(rows), list(rows)
        for days in (0, 400, 1500, -90):
            as_of: date = TODAY - timedelta(days=days)
            one_by_one = sites_regulatory(team.organization, sites, as_of=as_of)

            found = matters_of_sites(team.organization, refs, as_of=as_of)

            expected = {
                pk: (
                    one.history.caps, one.history.pending, one.history.latest_on, one.history.freshness,
                    any(record.kind is RecordKind.GMP_CERTIFICATE for record in one.history.latest_gmp.values()), bool(one.records),
                )
                for pk, one in one_by_one.items()
            }  # fmt: skip
            assert {
                pk: (one.caps, one.pending, one.latest_on, one.freshness, one.certified, one.any_record)
                for pk, one in found.items()
            } == expected


@pytest.mark.transactional
def test_only_sites_where_something_may_stand_open_are_looked_at_closely(
    team: Team, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def looking(organization: Organization, sites: Sequence[SiteRef], **asked: Any) -> Any:
        looked.extend(site.name for site in sites)
        return records_of_sites(organization, sites, **asked)

    monkeypatch.setattr(module, "records_of_sites", looking)
    shared = {
        "kind": "INSPECTION",
        "authority": "FDA",
        "product_area": "Drugs",
        "project_area": AREAS[0],
        "source": "x",
        "read_on": TODAY,
    }
    with organization_scope(team.organization.pk, team.actor()):
        vendor = make_vendor(team.organization)
        for name, fei, classes in (
            ("quiet", "3001000001", ["NAI", "VAI"]),
            ("open", "3001000002", ["NAI", "OAI"]),
            ("followed", "3001000003", ["OAI", "VAI"]),
            ("nothing", "3001000004", []),
        ):
            make_site(vendor, name=name, fei=fei)
            for year, word in enumerate(classes, start=2020):
                UploadedRecord.objects.create(
                    organization=team.organization, native_id=f"{fei}-{year}", fei=fei, fei_key=fei, event_on=date(year, 1, 1),
                    classification=word, **shared,
                )  # fmt: skip
        refs = site_refs(Site.objects.for_organization(team.organization).active().order_by("id"))

        found = {ref.name: matters_of_sites(team.organization, refs, as_of=TODAY)[ref.pk] for ref in refs[:1]}
        matters = matters_of_sites(team.organization, refs, as_of=TODAY)

    assert set(looked) == {"open"}
    assert [cap.code.value for cap in matters[refs[1].pk].caps] == ["OAI"]
    assert found["quiet"].latest_on == date(2021, 1, 1)
