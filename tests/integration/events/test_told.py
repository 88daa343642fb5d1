"""Every act tells its event, once, with names that anybody of the organisation may read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cdmo_eval.core.models import Event
from cdmo_eval.core.policies import Actor
from scorecards import duties, recompute
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_site, make_vendor
from tests.support.uploads import take_in
from vendors import services
from vendors.imports.uploads import undo_upload
from vendors.models import Evidence, SiteStanding, Vendor
from vendors.services.announce import stale_evidence

TODAY = NOW.date()


def told(*types: str) -> list[tuple[str, Any, dict[str, Any]]]:
    rows = Event.objects.filter(type__in=types).order_by("id")
    return [(event.type, event.subject_id, event.data) for event in rows]


def name(row: Any) -> dict[str, str]:
    return {"id": str(row.public_id), "name": str(row)}


@pytest.mark.django_db
def test_archived_and_merged_vendors_are_told(team: Team, scope: Actor) -> None:
    kept, twin, gone = (make_vendor(team.organization, name=name) for name in ("Kept", "Twin", "Gone"))

    services.archive_vendor(vendor=gone, expected_version=None, by=scope, now=NOW)
    services.merge_vendor(vendor=twin, into=kept, expected_version=None, by=scope, now=NOW)

    who = {"id": scope.identity, "name": scope.name}
    assert told("vendor.archived", "vendor.merged") == [
        ("vendor.archived", gone.public_id, {"vendor": name(gone), "by": who}),
        ("vendor.merged", twin.public_id, {"vendor": name(twin), "into": name(kept), "by": who}),
    ]


@pytest.mark.django_db
def test_retraction_is_told_without_value_and_reason(team: Team, scope: Actor) -> None:
    vendor = make_vendor(team.organization)
    record = make_evidence(vendor, "SVC3", {"level": 3})

    services.retract_evidence(evidence=record, reason="SECRET", expected_version=None, by=scope, now=NOW)

    ((_, subject, data),) = told("evidence.retracted")
    assert (subject, data["vendor"], data["target"]) == (record.public_id, name(vendor), "SVC3")
    assert "SECRET" not in str(data)
    assert "level" not in str(data)


@pytest.mark.django_db
def test_an_undone_import_tells_what_taking_it_back_by_hand_would(team: Team, scope: Actor) -> None:
    known = make_vendor(team.organization, name="Known")
    made = take_in(scope, "vendor_profiles", "vendor,website\nElm,https://elm.example\nBirch,\n")
    said = take_in(scope, "evidence", "vendor,target,value,date\nKnown,SVC3,3,2026-01-31\n")
    record = Evidence.objects.get(target="SVC3")

    undo_upload(load=said, reason="SECRET", by=scope, now=NOW)
    undo_upload(load=made, reason="SECRET", by=scope, now=NOW)

    who = {"id": scope.identity, "name": scope.name}
    retracted = {
        "vendor": name(known),
        "target": "SVC3",
        "confidentiality": record.confidentiality,
        "by": who,
    }
    archived = [
        ("vendor.archived", {"vendor": name(row), "by": who})
        for row in Vendor.objects.filter(archived_at__isnull=False).order_by("id")
    ]
    assert [(type_, data) for type_, _, data in told("evidence.retracted", "vendor.archived")] == [
        ("evidence.retracted", retracted),
        *archived,
    ]
    assert len(archived) == 2


@pytest.mark.django_db
def test_change_of_a_sites_state_is_told(team: Team, scope: Actor) -> None:
    site = make_site(make_vendor(team.organization))
    services.refresh_standings(organization=team.organization, as_of=TODAY)
    SiteStanding.objects.update(state="oai")

    services.refresh_standings(organization=team.organization, as_of=TODAY)

    ((_, subject, data),) = told("vendor.regulatory_state_changed")
    assert (subject, data["site"], data["old_state"], data["worse"]) == (
        site.vendor.public_id, name(site), "oai", False,
    )  # fmt: skip


@pytest.mark.django_db
def test_evidence_that_counts_is_told_when_it_goes_stale_and_once(team: Team, scope: Actor) -> None:
    first, second = (
        make_vendor(team.organization, name="First"),
        make_vendor(team.organization, name="Second"),
    )
    old = make_evidence(first, "SVC3", {"level": 3}, obtained_on=date(2024, 6, 29))
    make_evidence(second, "SVC3", {"level": 3}, obtained_on=date(2024, 6, 29))
    make_evidence(second, "SVC3", {"level": 4}, obtained_on=date(2026, 6, 1))
    make_evidence(
        make_vendor(team.organization, name="Long ago"), "SVC3", {"level": 3}, obtained_on=date(2024, 3, 1)
    )
    before = stale_evidence(organization=team.organization, now=datetime(2026, 6, 20, tzinfo=UTC))

    counts = [stale_evidence(organization=team.organization, now=NOW + timedelta(days=day)) for day in (0, 1)]

    assert (before, counts) == (0, [1, 1])  # looked at twice, written once
    assert [subject for _, subject, _ in told("evidence.stale")] == [old.public_id]


@pytest.mark.django_db(transaction=True)
def test_publication_tells_moves_and_new_failures(team: Team) -> None:
    from cdmo_eval.core.tenancy import organization_scope

    with organization_scope(team.organization.pk, team.actor()):
        program = make_program(team.organization)
        low, high = make_vendor(team.organization, name="Low"), make_vendor(team.organization, name="High")
        scorecard = make_scorecard(program)
        make_evidence(low, "SVC3", {"level": 1})
        make_evidence(high, "SVC3", {"level": 3})
    recompute.run(scorecard.pk, clock=lambda: NOW)
    first = told("scorecard.recomputed", "scorecard.rank_changed", "gate.failed")
    with organization_scope(team.organization.pk, team.actor()):
        make_evidence(low, "SVC3", {"level": 5}, obtained_on=TODAY)
    recompute.run(scorecard.pk, clock=lambda: NOW)
    later = told("scorecard.recomputed", "scorecard.rank_changed", "gate.failed")[1:]

    assert [type_ for type_, *_ in first] == ["scorecard.recomputed"]
    assert [type_ for type_, *_ in later] == ["scorecard.recomputed", "scorecard.rank_changed"]
    moved = later[1][2]
    seen = [(move["vendor"]["name"], move["rank_before"], move["rank_now"]) for move in moved["moves"]]
    assert (moved["leader_changed"], moved["scorecard"], moved["count"]) == (True, name(scorecard), len(seen))
    assert seen == [("Low", 2, 1)]  # level with the other one now


@pytest.mark.django_db(transaction=True)
def test_nightly_duty_forgets_what_is_old(team: Team) -> None:
    assert duties.nightly(clock=lambda: NOW) is True
