"""Records without a site's number: matched by themselves, proposed, accepted, rejected, remembered."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from cdmo_eval.core.errors import Conflict, Invalid, PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_inspection, make_site, make_vendor
from vendors import services
from vendors.models import RecordMatch, RegulatoryState, Site, SiteStanding, UploadedRecord, VendorAlias
from vendors.selectors import site_regulatory
from vendors.services import MatchReport

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def site(scope: Actor) -> Site:
    """A site of an invented firm."""
    vendor = make_vendor(scope.organization, name="Aldergate Bio", legal_name="Aldergate Biologics GmbH")
    return make_site(vendor, name="Ulm works", city="Ulm", fei="3002930341", duns="012345678")


def letter(scope: Actor, firm: str, *, city: str = "", country: str = "", **fields: Any) -> UploadedRecord:
    """A warning letter about how drugs are made, without an FEI."""
    return make_inspection(
        scope.organization,
        fei="",
        event_on=date(2026, 3, 2),
        kind="WARNING_LETTER",
        classification="",
        firm=firm,
        city=city,
        country=country,
        scope="CGMP/Finished Pharmaceuticals/Adulterated",
        project_area="",
        source="fda_warning_letters",
        **fields,
    )


def run(scope: Actor) -> tuple[int, int]:
    """New matches and proposals."""
    report = services.match_records(organization=scope.organization, now=NOW)
    return report.matched, report.proposed


def states(record: UploadedRecord) -> list[tuple[str, int, str, bool]]:
    """Site, confidence, method and whether it waits."""
    rows = RecordMatch.objects.filter(uploaded_record=record, rejected_on__isnull=True).order_by("id")
    return [(one.site.name, one.confidence_pct, one.method, one.proposed) for one in rows]


def state_of(site: Site) -> RegulatoryState:
    """What the records say today."""
    return site_regulatory(site.organization, site, as_of=TODAY).state


def test_a_letter_with_name_and_place_matches_by_itself_and_counts(scope: Actor, site: Site) -> None:
    record = letter(scope, "ALDERGATE BIOLOGICS", city="Ulm", country="Germany")

    done = run(scope)

    standing = SiteStanding.objects.get(site=site)
    assert done == (1, 0)
    assert states(record) == [("Ulm works", 100, "name", False)]
    assert (state_of(site), standing.state) == (RegulatoryState.WARNING_LETTER, "warning_letter")


def test_a_second_run_finds_nothing_new(scope: Actor, site: Site) -> None:
    letter(scope, "ALDERGATE BIOLOGICS", city="Ulm", country="Germany")
    letter(scope, "Aldergate Biologic")
    run(scope)

    assert run(scope) == (0, 0)


def test_a_letter_without_a_place_is_proposed_and_does_not_count(scope: Actor, site: Site) -> None:
    record = letter(scope, "Aldergate Biologics GmbH")

    done = run(scope)

    assert done == (0, 1)
    assert states(record) == [("Ulm works", 96, "name", True)]
    assert state_of(site) is RegulatoryState.NO_RECORD


def test_a_letter_without_a_place_counts_when_official_records_know_that_name_for_this_fei_alone(
    scope: Actor, site: Site
) -> None:
    make_inspection(
        scope.organization, fei=site.fei, event_on=date(2024, 1, 8), firm="Aldergate Biologics GmbH"
    )
    record = letter(scope, "Aldergate Biologics GmbH")

    run(scope)

    assert states(record) == [("Ulm works", 96, "name", False)]


def test_another_establishment_of_that_name_in_official_records_makes_it_a_proposal(
    scope: Actor, site: Site
) -> None:
    for fei in (site.fei, "3009999999"):
        make_inspection(
            scope.organization, fei=fei, event_on=date(2024, 1, 8), firm="Aldergate Biologics GmbH",
            country="Germany",
        )  # fmt: skip
    record = letter(scope, "Aldergate Biologics GmbH", country="Germany")

    run(scope)

    assert states(record) == [("Ulm works", 98, "name", True)]


def test_two_sites_of_a_vendor_in_one_country_are_both_proposed(scope: Actor, site: Site) -> None:
    make_site(site.vendor, name="Jena works", city="Jena")
    record = letter(scope, "Aldergate Biologics GmbH", country="Germany")

    run(scope)

    assert states(record) == [("Ulm works", 98, "name", True), ("Jena works", 98, "name", True)]


def test_another_country_or_city_never_matches_by_itself(scope: Actor, site: Site) -> None:
    abroad = letter(scope, "Aldergate Biologics GmbH", city="Lyon", country="France")
    elsewhere = letter(scope, "Aldergate Biologics GmbH", city="Jena", country="Germany")

    run(scope)

    assert (states(abroad), states(elsewhere)) == ([], [("Ulm works", 85, "name", True)])


def test_a_certificate_with_the_sites_duns_matches_by_number(scope: Actor, site: Site) -> None:
    record = letter(
        scope, "Somebody else", country="Germany", native_id="DE-1", raw={"DUNS Number": "12345678"}
    )
    UploadedRecord.objects.filter(pk=record.pk).update(kind="GMP_CERTIFICATE", authority="EU")

    run(scope)

    assert states(record) == [("Ulm works", 100, "duns", False)]


def test_the_owner_of_a_vendor_is_only_ever_proposed(scope: Actor) -> None:
    vendor = make_vendor(scope.organization, name="Birchwold", parent="Larkfield Holdings")
    make_site(vendor, name="Works", city="Bonn")
    record = letter(scope, "Larkfield Holdings Inc.", city="Bonn", country="Germany")

    run(scope)

    assert states(record) == [("Works", 85, "name", True)]


def test_an_accepted_proposal_counts_and_the_next_record_of_that_spelling_matches_by_itself(
    scope: Actor, site: Site
) -> None:
    first = letter(scope, "Aldergate Biologicals and Vaccine", country="Germany")
    run(scope)
    match = RecordMatch.objects.get(uploaded_record=first)

    services.accept_match(match=match, remember=True, by=scope, now=NOW)
    second = letter(scope, "ALDERGATE BIOLOGICALS AND VACCINE", country="Germany")
    run(scope)

    assert state_of(site) is RegulatoryState.WARNING_LETTER
    assert states(first)[0][3] is False
    assert states(second) == [("Ulm works", 99, "name", False)]
    assert VendorAlias.objects.get(vendor=site.vendor).name == "Aldergate Biologicals and Vaccine"


def test_a_remembered_spelling_without_a_place_is_asked_again_while_another_site_may_be_meant(
    scope: Actor, site: Site
) -> None:
    make_site(site.vendor, name="Jena works", city="Jena")
    record = letter(scope, "Aldergate Biologics GmbH")
    run(scope)
    services.accept_match(
        match=RecordMatch.objects.get(uploaded_record=record, site=site), remember=True, by=scope, now=NOW
    )

    second = letter(scope, "Aldergate Biologics GmbH")
    run(scope)

    assert [(name, waits) for name, _, _, waits in states(second)] == [
        ("Ulm works", True),
        ("Jena works", True),
    ]


def test_accepting_one_rejects_what_else_was_proposed_for_the_record(scope: Actor, site: Site) -> None:
    other = make_site(site.vendor, name="Jena works", city="Jena")
    record = letter(scope, "Aldergate Biologics GmbH", country="Germany")
    run(scope)

    services.accept_match(
        match=RecordMatch.objects.get(uploaded_record=record, site=site), remember=False, by=scope, now=NOW
    )

    assert RecordMatch.objects.get(uploaded_record=record, site=other).rejected_on == TODAY
    assert run(scope) == (0, 0)


def test_a_rejected_proposal_stays_rejected(scope: Actor, site: Site) -> None:
    record = letter(scope, "Aldergate Biologics GmbH")
    run(scope)

    services.reject_proposal(match=RecordMatch.objects.get(), remember=False, by=scope, now=NOW)

    assert run(scope) == (0, 0)
    assert states(record) == []
    with pytest.raises(Conflict):
        services.reject_proposal(match=RecordMatch.objects.get(), remember=False, by=scope, now=NOW)


def test_a_remembered_rejection_holds_for_the_next_record_of_that_spelling(scope: Actor, site: Site) -> None:
    letter(scope, "Aldergate Biologics GmbH")
    run(scope)
    services.reject_proposal(match=RecordMatch.objects.get(), remember=True, by=scope, now=NOW)

    letter(scope, "Aldergate Biologics GmbH")

    assert run(scope) == (0, 0)


def test_a_record_can_be_matched_with_another_site_than_proposed(scope: Actor, site: Site) -> None:
    other = make_site(make_vendor(scope.organization, name="Birchwold"), name="Bonn works", city="Bonn")
    record = letter(scope, "Aldergate Biologics GmbH", country="Germany", city="Bonn")
    run(scope)
    match = RecordMatch.objects.get()

    services.match_elsewhere(match=match, site=other, remember=True, by=scope, now=NOW)

    assert states(record) == [("Bonn works", 100, "manual", False)]
    assert state_of(other) is RegulatoryState.WARNING_LETTER
    with pytest.raises(Invalid):
        services.match_elsewhere(match=match, site=site, remember=False, by=scope, now=NOW)


def test_matches_and_spellings_follow_a_merged_vendor(scope: Actor, site: Site) -> None:
    record = letter(scope, "ALDERGATE BIOLOGICS", city="Ulm", country="Germany")
    run(scope)
    kept = make_vendor(scope.organization, name="Birchwold")

    services.merge_vendor(vendor=site.vendor, into=kept, expected_version=None, by=scope, now=NOW)
    later = letter(scope, "Aldergate Biologics", city="Ulm", country="Germany")
    run(scope)

    site.refresh_from_db()
    assert (site.vendor_id, states(record)[0][0]) == (kept.pk, "Ulm works")
    assert states(later) == [("Ulm works", 100, "name", False)]


def test_deciding_needs_the_right(scope: Actor, site: Site, team: Team) -> None:
    letter(scope, "Aldergate Biologics GmbH")
    run(scope)

    with pytest.raises(PermissionDenied):
        services.accept_match(
            match=RecordMatch.objects.get(), remember=False, by=team.actor(Role.VIEWER), now=NOW
        )


def test_an_empty_directory_has_nothing_to_match(scope: Actor) -> None:
    letter(scope, "Aldergate Biologics GmbH")

    assert services.match_records(organization=scope.organization, now=NOW) == MatchReport()


def test_the_command_matches_one_organisation(
    scope: Actor, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    letter(scope, "ALDERGATE BIOLOGICS", city="Ulm", country="Germany")

    call_command("match_records", organization="alpha")

    assert capsys.readouterr().out == "alpha: 1 records looked at, 1 matched, 0 proposed\n"
