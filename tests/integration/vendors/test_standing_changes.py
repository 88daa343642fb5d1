"""Events of sites' regulatory states: when they are written, who reads them, and that they wake the scorecards."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.models import AuditEvent
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import duties
from tests.factories import vendors as make
from tests.factories.core import NOW, Team, make_team
from tests.integration.api.calls import Api, by_token
from vendors import services
from vendors.imports.regulatory import match_everywhere
from vendors.models import Site, StandingChange, UploadedRecord
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import RecordKind

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def inspection(fei: str, day: date, classification: str) -> RegulatoryRecord:
    return RegulatoryRecord(
        kind=RecordKind.INSPECTION, authority="FDA", native_id=str(day), fei=fei, event_on=day, classification=classification,
        product_area="Drugs", project_area="Drug Quality Assurance", source="fda_inspections", read_on=TODAY,
    )  # fmt: skip


def upload(actor: Actor, *records: RegulatoryRecord) -> None:
    services.upload_records(organization=actor.organization, records=list(records), by=actor, now=NOW)


def sites_that_changed(actor: Actor, count: int) -> list[Site]:
    """Sites whose good record was followed by an official action."""
    sites = [
        make.make_site(make.make_vendor(actor.organization), fei=f"{3002930341 + n}") for n in range(count)
    ]
    upload(actor, *(inspection(site.fei, date(2022, 1, 1), "NAI") for site in sites))
    upload(actor, *(inspection(site.fei, date(2025, 7, 14), "OAI") for site in sites))
    return sites


def test_official_action_is_an_event_with_its_reason(scope: Actor) -> None:
    [site] = sites_that_changed(scope, 1)

    change = StandingChange.objects.get(old_state="nai")

    assert (change.site, change.new_state, change.worse, change.new_score) == (
        site,
        "oai",
        True,
        Decimal("40.00"),
    )
    assert change.reason.startswith("OAI at inspection 2025-07-14")
    assert (change.old_label, change.new_label) == (
        "Latest inspection without action",
        "Official action open",
    )


def test_record_that_changes_no_state_is_no_event(scope: Actor) -> None:
    [site] = sites_that_changed(scope, 1)
    before = StandingChange.objects.count()

    upload(scope, inspection(site.fei, date(2019, 1, 1), "VAI"))

    assert StandingChange.objects.count() == before


def test_first_standing_of_a_site_is_no_event(scope: Actor) -> None:
    upload(scope, inspection("3002930341", date(2022, 1, 1), "OAI"))

    make.make_site(make.make_vendor(scope.organization), fei="3002930341")
    services.refresh_standings(organization=scope.organization, as_of=TODAY)

    assert StandingChange.objects.count() == 0


def test_first_inspection_without_action_is_not_worse_than_no_record(scope: Actor) -> None:
    make.make_site(make.make_vendor(scope.organization), fei="3002930341")
    services.refresh_standings(organization=scope.organization, as_of=TODAY)

    upload(scope, inspection("3002930341", date(2022, 1, 1), "NAI"))

    change = StandingChange.objects.get()
    assert (change.old_state, change.new_state, change.worse) == ("no_record", "nai", False)


def test_event_is_in_the_audit_trail(scope: Actor) -> None:
    sites_that_changed(scope, 1)

    rows = AuditEvent.objects.filter(table_name="vendors_standingchange").order_by("id")

    assert [row.new["new_state"] for row in rows][-1] == "oai"


def test_night_notices_what_the_calendar_changes(team: Team) -> None:
    actor = team.actor()
    closing = TODAY + timedelta(days=1)
    with organization_scope(team.organization.pk, actor):
        site = make.make_site(make.make_vendor(team.organization), fei="3002930341")
        letter = RegulatoryRecord(
            kind=RecordKind.WARNING_LETTER, authority="FDA", native_id="1", fei=site.fei, event_on=date(2025, 1, 1), product_area="Drugs",
            scope="CGMP/Finished Pharmaceuticals", closed_on=closing, source="fda_warning_letters", read_on=TODAY,
        )  # fmt: skip
        upload(actor, inspection(site.fei, date(2024, 1, 1), "NAI"), letter)
    tomorrow = datetime.combine(closing, NOW.timetz())

    duties.nightly(clock=lambda: tomorrow)

    with organization_scope(team.organization.pk, actor):
        change = StandingChange.objects.latest("id")
        assert (change.old_state, change.new_state, change.as_of) == ("warning_letter", "nai", closing)


def test_load_that_changes_a_record_matched_by_hand_is_noticed(team: Team) -> None:
    actor = team.actor()
    with organization_scope(team.organization.pk, actor):
        site = make.make_site(make.make_vendor(team.organization))
        record = make.make_inspection(
            team.organization, fei="", kind="WARNING_LETTER", classification="", project_area="", event_on=date(2026, 3, 2),
            scope="CGMP/Finished Pharmaceuticals", source="fda_warning_letters",
        )  # fmt: skip
        services.match_record(site=site, record=record, by=actor, now=NOW)
        UploadedRecord.objects.filter(pk=record.pk).update(closed_on=TODAY)

    match_everywhere(by="operator", now=NOW)

    with organization_scope(team.organization.pk, actor):
        change = StandingChange.objects.latest("id")
        assert (change.site, change.old_state) == (site, "warning_letter")


@pytest.fixture
def api(team: Team) -> Api:
    return by_token(team, Role.VIEWER)


def listed(api: Api, query: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get(f"regulatory-changes/{query}").json()["results"]
    return rows


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_often_for_three_rows_as_for_one(api: Api, team: Team, count: int) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        sites_that_changed(team.actor(), count)

    listed(api)  # the first call of a token also notes its use
    with CaptureQueriesContext(connection) as asked:
        rows = listed(api, "?new_state=oai")

    assert len(rows) == count
    # a call by token (7, see test_queries), and the events with site and vendor
    assert len(asked) == 8


def test_list_is_newest_first_and_filtered_by_site(api: Api, team: Team) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        first, second = sites_that_changed(team.actor(), 2)

    rows = listed(api, f"?site={second.public_id}")

    assert {row["site"] for row in rows} == {str(second.public_id)}
    assert rows[0]["new_state"] == "oai"
    assert rows[0]["new_score"] == 40.0
    assert str(first.public_id) in {row["site"] for row in listed(api)}


def test_other_organisation_sees_nothing(api: Api, team: Team) -> None:
    other = make_team("other")
    with organization_scope(other.organization.pk, other.actor()):
        sites_that_changed(other.actor(), 1)
        hidden = StandingChange.objects.latest("id")

    assert listed(api) == []
    assert api.get(f"regulatory-changes/{hidden.public_id}/").status_code == 404
