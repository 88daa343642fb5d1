"""Official records: uploaded and public, matched to sites, and what they say."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.errors import Invalid, PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_inspection, make_site, make_vendor
from vendors import selectors, services
from vendors.models import (
    PublicRecord,
    RegulatoryState,
    Site,
    SiteStanding,
    SourceRead,
    UploadedRecord,
    Vendor,
)
from vendors.regulatory.records import RegulatoryRecord
from vendors.services import LoadReport, PublicRead
from vendors.vocabulary import RecordKind

FEI = "3002930341"
TODAY = NOW.date()


def inspection(native_id: str, day: date, classification: str = "NAI", fei: str = FEI) -> RegulatoryRecord:
    """An FDA inspection as an importer hands it over."""
    return RegulatoryRecord(
        kind=RecordKind.INSPECTION,
        authority="FDA",
        native_id=native_id,
        fei=fei,
        firm="Aldergate Bio",
        event_on=day,
        classification=classification,
        product_area="Drugs",
        project_area="Drug Quality Assurance",
        source="fda_inspections",
        read_on=TODAY,
        raw={"City": "Ulm", "Country/Area": "Germany", "Note": "tab\tand \\ and\nline"},
    )


def verdicts(report: LoadReport) -> tuple[int, ...]:
    """Rows, added, changed, unchanged, repeated."""
    return (report.rows, report.added, report.changed, report.unchanged, report.repeated)


@pytest.fixture
def site(scope: Actor) -> Site:
    """A site with an FEI."""
    return make_site(make_vendor(scope.organization), fei=FEI)


def test_upload_adds_then_knows_then_changes(scope: Actor, site: Site) -> None:
    first = [inspection("1", date(2024, 1, 1)), inspection("2", date(2025, 1, 1))]
    again = [
        inspection("1", date(2024, 1, 1)),
        inspection("2", date(2025, 1, 1), "VAI"),
        inspection("2", date(2025, 1, 1), "VAI"),
    ]

    reports = [
        services.upload_records(organization=scope.organization, records=rows, by=scope, now=NOW)
        for rows in (first, first, again)
    ]

    assert [verdicts(report) for report in reports] == [(2, 2, 0, 0, 0), (2, 0, 0, 2, 0), (3, 0, 1, 1, 1)]
    row = UploadedRecord.objects.get(native_id="2")
    assert (row.classification, row.city, row.country, row.raw["Note"]) == (
        "VAI",
        "Ulm",
        "Germany",
        "tab\tand \\ and\nline",
    )
    assert (row.fei_key, row.uploaded_by, row.organization) == (FEI, scope.user, scope.organization)


def test_upload_that_breaks_a_rule_stores_nothing(scope: Actor, site: Site) -> None:
    rows = [inspection("1", date(2024, 1, 1)), inspection("2", date(2024, 1, 1), "GOOD")]

    with pytest.raises(Invalid) as caught:
        services.upload_records(organization=scope.organization, records=rows, by=scope, now=NOW)

    assert (caught.value.code, UploadedRecord.objects.count()) == (
        "vendors_uploadedrecord_inspection_classified",
        0,
    )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.AUDITOR, Role.ADMIN])
def test_records_are_uploaded_by_managers_and_quality_only(team: Team, site: Site, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        services.upload_records(organization=team.organization, records=[], by=team.actor(role), now=NOW)


def test_site_without_records_has_no_score(scope: Actor, site: Site) -> None:
    found = selectors.site_regulatory(scope.organization, site, as_of=TODAY)

    assert (found.history.score, found.state, found.records) == (None, RegulatoryState.NO_RECORD, ())


def test_open_official_action_sets_state_and_cap(scope: Actor, site: Site) -> None:
    rows = [inspection("1", date(2022, 1, 1)), inspection("2", date(2025, 7, 14), "OAI")]
    services.upload_records(organization=scope.organization, records=rows, by=scope, now=NOW)

    found = selectors.site_regulatory(scope.organization, site, as_of=TODAY)
    before = selectors.site_regulatory(scope.organization, site, as_of=date(2025, 1, 1))

    assert (found.state, found.history.cap_limit, found.history.score) == (RegulatoryState.OAI, 400_000, 40.0)
    assert (before.state, before.history.cap) == (RegulatoryState.NAI, None)
    standing = SiteStanding.objects.get(site=site)
    assert (standing.state, standing.score, standing.cap, standing.latest_classification) == (
        "oai",
        Decimal("40.00"),
        40,
        "OAI",
    )
    assert list(Vendor.objects.in_regulatory_state("oai")) == [site.vendor]


def test_fei_with_leading_zeros_matches(scope: Actor) -> None:
    site = make_site(make_vendor(scope.organization), fei="0001234567")
    rows = [inspection("1", date(2024, 1, 1), fei="1234567")]
    services.upload_records(organization=scope.organization, records=rows, by=scope, now=NOW)

    assert len(selectors.records_of_sites(scope.organization, [site])[site.pk]) == 1


def test_rejected_match_takes_the_record_away_and_a_match_brings_it_back(scope: Actor, site: Site) -> None:
    record = make_inspection(scope.organization, fei=FEI, event_on=date(2024, 1, 1))

    services.reject_match(site=site, record=record, by=scope, now=NOW)
    without = selectors.records_of_sites(scope.organization, [site])[site.pk]
    services.match_record(site=site, record=record, by=scope, now=NOW)
    with_it = selectors.records_of_sites(scope.organization, [site])[site.pk]

    assert (len(without), [found.record_id for found in with_it]) == (0, [str(record.public_id)])


def test_record_without_a_number_counts_once_matched_by_hand(scope: Actor, site: Site) -> None:
    record = make_inspection(scope.organization, fei="", event_on=date(2024, 1, 1), native_id="letter")
    assert selectors.records_of_sites(scope.organization, [site])[site.pk] == []

    services.match_record(site=site, record=record, by=scope, now=NOW)

    assert [r.native_id for r in selectors.records_of_sites(scope.organization, [site])[site.pk]] == [
        "letter"
    ]


def test_retracted_upload_no_longer_counts(scope: Actor, site: Site) -> None:
    record = make_inspection(scope.organization, fei=FEI, event_on=date(2024, 1, 1))

    services.retract_uploaded_record(record=record, reason="typed by mistake", by=scope, now=NOW)

    assert selectors.records_of_sites(scope.organization, [site])[site.pk] == []


def test_timeline_is_newest_first_and_ends_at_the_day(scope: Actor, site: Site) -> None:
    for year in (2022, 2024, 2027):
        make_inspection(scope.organization, fei=FEI, event_on=date(year, 1, 1), native_id=str(year))

    timeline = selectors.regulatory_timeline(scope.organization, site.vendor, as_of=TODAY)

    assert [(entry.record.native_id, entry.site) for entry in timeline] == [("2024", site), ("2022", site)]


def test_uploads_of_another_organisation_do_not_count(outsiders: Team, scope: Actor, site: Site) -> None:
    stranger = outsiders.actor()
    with organization_scope(outsiders.organization.pk, stranger):
        make_inspection(outsiders.organization, fei=FEI, event_on=date(2024, 1, 1), classification="OAI")

    assert selectors.records_of_sites(scope.organization, [site])[site.pk] == []


def test_public_records_cannot_be_written_by_the_application(scope: Actor) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        PublicRecord.objects.create(kind="INSPECTION", authority="FDA", source="x", read_on=TODAY)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        SourceRead.objects.create(kind="INSPECTION", source="x", read_on=TODAY)


# --- public records, written by the operator


def load(records: list[RegulatoryRecord], day: date = TODAY, *, complete: bool = False) -> LoadReport:
    """Load as the operator's command does."""
    kinds = tuple({record.kind for record in records}) or (RecordKind.IMPORT_ALERT,)
    with owner_connection(), transaction.atomic():
        read = PublicRead(source="fda_inspections", kinds=kinds, read_on=day)
        return services.load_public_records(records=records, read=read, now=NOW, complete=complete)


@pytest.fixture
def public_site(transactional_db: None, team: Team) -> Site:
    """A committed site, since the operator works on another connection."""
    with organization_scope(team.organization.pk, team.actor()):
        return make_site(make_vendor(team.organization), fei=FEI)


@pytest.mark.transactional
def test_public_load_counts_for_the_site_and_hides_an_equal_upload(team: Team, public_site: Site) -> None:
    rows = [inspection("1", date(2024, 1, 1)), inspection("2", date(2025, 1, 1), "VAI")]
    first, again = load(rows), load(rows)

    with organization_scope(team.organization.pk, team.actor()):
        upload = services.upload_records(
            organization=team.organization, records=rows, by=team.actor(), now=NOW
        )
        found = selectors.site_regulatory(team.organization, public_site, as_of=TODAY)
        stored = UploadedRecord.objects.count()
        reads = selectors.source_reads()

    assert (verdicts(first), verdicts(again)) == ((2, 2, 0, 0, 0), (2, 0, 0, 2, 0))
    assert (upload.added, upload.known, stored) == (0, 2, 0)
    assert (len(found.records), found.state) == (2, RegulatoryState.VAI)
    assert reads == {RecordKind.INSPECTION: TODAY}


@pytest.mark.transactional
def test_public_record_uploaded_before_counts_once(team: Team, public_site: Site) -> None:
    rows = [inspection("1", date(2024, 1, 1))]
    with organization_scope(team.organization.pk, team.actor()):
        services.upload_records(organization=team.organization, records=rows, by=team.actor(), now=NOW)
    load(rows)

    with organization_scope(team.organization.pk, team.actor()):
        records = selectors.records_of_sites(team.organization, [public_site])[public_site.pk]

    assert len(records) == 1


@pytest.mark.transactional
@pytest.mark.parametrize(
    ("fei", "records", "score"),
    [(FEI, [inspection("1", date(2024, 1, 1))], 100.0), (FEI, [], None), ("", [], None)],
    ids=["a number that official files know", "a number that none knows", "no number"],
)
def test_no_recall_says_something_only_of_a_number_that_official_files_know(
    team: Team, transactional_db: None, fei: str, records: list[RegulatoryRecord], score: float | None
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        site = make_site(make_vendor(team.organization), fei=fei)
    with owner_connection():
        SourceRead.objects.create(kind="RECALL", source="fda_recalls", read_on=TODAY, rows=1)
    load(records or [inspection("9", date(2024, 1, 1), fei="1000000001")])

    with organization_scope(team.organization.pk, team.actor()):
        found = selectors.site_regulatory(team.organization, site, as_of=TODAY)

    assert found.history.recalls.score == score


@pytest.mark.transactional
def test_whole_list_closes_what_it_no_longer_holds(team: Team, public_site: Site) -> None:
    alert = RegulatoryRecord(
        kind=RecordKind.IMPORT_ALERT,
        authority="FDA",
        native_id="66-40/a",
        fei=FEI,
        classification="66-40",
        event_on=date(2026, 1, 1),
        source="fda_inspections",
        read_on=TODAY,
    )
    load([alert], complete=True)
    report = load([], date(2026, 7, 8), complete=True)

    with organization_scope(team.organization.pk, team.actor()):
        listed = selectors.site_regulatory(team.organization, public_site, as_of=TODAY).state
        lifted = selectors.site_regulatory(team.organization, public_site, as_of=date(2026, 7, 9)).state

    assert (report.closed, listed, lifted) == (1, RegulatoryState.IMPORT_ALERT, RegulatoryState.NO_RECORD)
