"""Recording, revising, verifying and retracting evidence."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cdmo_eval.core.errors import Conflict, Invalid, NotFound, PermissionDenied, PreconditionFailed
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_capability, make_evidence, make_site, make_vendor
from vendors import selectors, services
from vendors.models import Evidence, EvidenceRevision, Site
from vendors.services import Draft, Provenance, Scope, Subject
from vendors.vocabulary import Freshness

FRESHNESS = {age.value: age for age in Freshness}


@pytest.fixture
def site(scope: Actor) -> Site:
    """A site of a vendor."""
    return make_site(make_vendor(scope.organization))


def codes(caught: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    """Field and code of each error."""
    return [(error.field, error.code) for error in caught.value.errors]


def test_evidence_recorded_keeps_subject_author_and_first_revision(scope: Actor, site: Site) -> None:
    record = services.record_evidence(
        organization=scope.organization,
        subject=site,
        target="QUA1",
        value={"level": 3},
        scope=Scope(phase="PH2"),
        provenance=Provenance(source="Questionnaire 4", obtained_on=date(2026, 6, 1), confidentiality="cda"),
        by=scope,
        now=NOW,
    )

    assert (record.subject_type, record.vendor_id, record.site_id, record.phase) == (
        "site",
        site.vendor_id,
        site.pk,
        "PH2",
    )
    assert (record.claim_type, record.grade, record.author, record.author_name) == (
        "claimed",
        "D",
        scope.user,
        scope.name,
    )
    assert (record.recorded_at, record.obtained_on, record.version) == (NOW, date(2026, 6, 1), 1)
    assert list(record.revisions.values_list("number", "value", "revised_by_name", "organization")) == [
        (1, {"level": 3}, scope.name, scope.organization.pk)
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"target": "QUA99", "value": {"level": 3}}, [("target", "unknown_target")]),
        ({"target": "QUA1", "value": {"level": 9}}, [("value.level", "invalid_value")]),
        ({"target": "QUA1", "value": {"stars": 3}}, [("value.stars", "invalid_value")]),
        ({"target": "QUA1"}, [("value", "required")]),
        ({"target": "QUA1", "value": {"level": 1}, "refused": True}, [("value", "refused_with_value")]),
        ({"target": "vendor.integration", "value": {"choice": "CDMO"}}, [("subject", "wrong_subject")]),
        (
            {"target": "QUA1", "value": {"level": 1}, "scope": Scope(phase="PH9")},
            [("scope.phase", "unknown")],
        ),
        (
            {"target": "QUA1", "value": {"level": 1}, "provenance": Provenance(grade="F")},
            [("grade", "unknown")],
        ),
        (
            {"target": "QUA1", "value": {"level": 1}, "provenance": Provenance(obtained_on=date(2027, 1, 1))},
            [("obtained_on", "in_future")],
        ),
        (
            {"target": "QUA1", "value": {"level": 1}, "provenance": Provenance(valid_until=date(2020, 1, 1))},
            [("valid_until", "before_obtained")],
        ),
        (
            {"target": "QUA1", "value": {"level": 1}, "provenance": Provenance(claim_type="verified")},
            [("grade", "too_low"), ("reviewed_by", "required")],
        ),
    ],
)
def test_evidence_that_cannot_be_is_refused(
    scope: Actor, site: Site, arguments: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    before = Evidence.objects.count()

    with pytest.raises(Invalid) as caught:
        services.record_evidence(
            organization=scope.organization, subject=site, by=scope, now=NOW, **arguments
        )

    assert (codes(caught), Evidence.objects.count()) == (expected, before)


def test_many_drafts_are_all_recorded_or_none(scope: Actor, site: Site) -> None:
    before = Evidence.objects.count()
    drafts = [
        Draft(subject=Subject.of(site), target="QUA1", value={"level": 3}),
        Draft(subject=Subject.of(site), target="RSK1", value={"level": 7}),
    ]

    with pytest.raises(Invalid) as caught:
        services.record_many(organization=scope.organization, drafts=drafts, by=scope, now=NOW)

    assert (codes(caught), Evidence.objects.count()) == ([("1.value.level", "invalid_value")], before)


def test_refusal_stands_in_place_of_a_value(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", None, refused=True)

    assert (record.value, record.refused) == (None, True)
    with pytest.raises(Invalid) as caught:
        services.verify_evidence(evidence=record, expected_version=1, by=scope, now=NOW, grade="B")
    assert caught.value.code == "refused"


def test_recording_verified_by_oneself_is_refused(scope: Actor, site: Site) -> None:
    stated = Provenance(claim_type="verified", grade="B", reviewed_by=scope.name, reviewed_on=NOW.date())

    with pytest.raises(PermissionDenied) as caught:
        services.record_evidence(
            organization=scope.organization,
            subject=site,
            target="QUA1",
            value={"level": 3},
            provenance=stated,
            by=scope,
            now=NOW,
        )

    assert caught.value.code == "verified_by_author"


def test_verification_is_never_by_the_author(team: Team, scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 4}, by=scope)

    with pytest.raises(PermissionDenied) as caught:
        services.verify_evidence(evidence=record, expected_version=1, by=scope, now=NOW, grade="B")
    verified = services.verify_evidence(
        evidence=record, expected_version=1, by=team.actor(Role.QUALITY), now=NOW, grade="B"
    )

    assert caught.value.code == "verified_by_author"
    assert (verified.claim_type, verified.grade, verified.version) == ("verified", "B", 2)
    assert (verified.reviewed_by, verified.reviewed_on) == (team.actor(Role.QUALITY).name, NOW.date())


def test_verification_of_a_declaration_needs_a_better_grade(team: Team, scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 4}, by=scope)

    with pytest.raises(Invalid) as caught:
        services.verify_evidence(evidence=record, expected_version=1, by=team.actor(Role.QUALITY), now=NOW)

    assert codes(caught) == [("grade", "too_low")]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.AUDITOR, Role.ADMIN])
def test_evidence_is_written_by_managers_and_quality_only(team: Team, site: Site, role: Role) -> None:
    record = make_evidence(site, "QUA1", {"level": 3})
    by = team.actor(role)

    with pytest.raises(PermissionDenied):
        make_evidence(site, "QUA1", {"level": 3}, by=by)
    with pytest.raises(PermissionDenied):
        services.revise_evidence(evidence=record, expected_version=1, by=by, now=NOW, note="x")
    with pytest.raises(PermissionDenied):
        services.retract_evidence(evidence=record, reason="x", expected_version=1, by=by, now=NOW)
    with pytest.raises(PermissionDenied):
        services.verify_evidence(evidence=record, expected_version=1, by=by, now=NOW, grade="B")


def test_revision_keeps_both_versions(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "site.dpmm_level", {"level": 2})

    revised = services.revise_evidence(
        evidence=record,
        expected_version=1,
        by=scope,
        now=NOW + timedelta(days=1),
        value={"level": 3},
        reason="typing error",
    )

    assert (revised.public_id, revised.version, revised.author_name) == (record.public_id, 2, scope.name)
    assert list(
        selectors.revisions_of(scope.organization, record).values_list("number", "value", "reason")
    ) == [(1, {"level": 2}, ""), (2, {"level": 3}, "typing error")]
    assert Site.objects.get(pk=site.pk).dpmm_level == 3


def test_revision_of_an_old_version_is_refused(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2})
    services.revise_evidence(evidence=record, expected_version=1, by=scope, now=NOW, note="first")

    with pytest.raises(PreconditionFailed):
        services.revise_evidence(evidence=record, expected_version=1, by=scope, now=NOW, note="second")

    assert Evidence.objects.get(pk=record.pk).note == "first"


def test_revision_without_a_difference_makes_no_version(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2})

    same = services.revise_evidence(
        evidence=record, expected_version=1, by=scope, now=NOW, value={"level": 2}
    )

    assert (same.version, EvidenceRevision.objects.filter(evidence=record).count()) == (1, 1)


def test_revised_value_of_a_verified_record_is_a_claim_again(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2}, verified=True)

    revised = services.revise_evidence(
        evidence=record, expected_version=1, by=scope, now=NOW, value={"level": 5}
    )

    assert (revised.claim_type, revised.reviewed_by, revised.reviewed_on) == ("claimed", "", None)


def test_revised_note_of_a_verified_record_leaves_it_verified(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2}, verified=True)

    revised = services.revise_evidence(evidence=record, expected_version=1, by=scope, now=NOW, note="page 4")

    assert (revised.claim_type, revised.reviewed_by, revised.note) == ("verified", "R. Viewer", "page 4")


def test_revision_that_changes_and_verifies_at_once_is_refused(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2})

    with pytest.raises(PermissionDenied) as caught:
        services.revise_evidence(
            evidence=record,
            expected_version=1,
            by=scope,
            now=NOW,
            value={"level": 5},
            claim_type="verified",
            grade="B",
        )

    assert caught.value.code == "verified_by_author"


def test_revision_to_verified_by_another_person_is_a_review(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2})

    revised = services.revise_evidence(
        evidence=record, expected_version=1, by=scope, now=NOW, claim_type="verified", grade="C"
    )

    assert (revised.claim_type, revised.grade, revised.reviewed_by, revised.reviewed_on) == (
        "verified",
        "C",
        scope.name,
        NOW.date(),
    )


def test_revision_cannot_change_target_or_subject(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2})

    with pytest.raises(Invalid) as caught:
        services.revise_evidence(evidence=record, expected_version=1, by=scope, now=NOW, target="QUA5")

    assert codes(caught) == [("target", "unknown_field")]


def test_retraction_needs_a_reason_and_happens_once(scope: Actor, site: Site) -> None:
    record = make_evidence(site, "QUA1", {"level": 2})

    with pytest.raises(Invalid) as caught:
        services.retract_evidence(evidence=record, reason="  ", expected_version=1, by=scope, now=NOW)
    retracted = services.retract_evidence(
        evidence=record, reason="forged", expected_version=1, by=scope, now=NOW
    )
    with pytest.raises(Conflict):
        services.retract_evidence(evidence=record, reason="again", expected_version=2, by=scope, now=NOW)
    with pytest.raises(Conflict):
        services.revise_evidence(evidence=record, expected_version=2, by=scope, now=NOW, note="x")

    assert codes(caught) == [("reason", "required")]
    assert (retracted.retracted_on, retracted.retraction_reason, retracted.version) == (
        NOW.date(),
        "forged",
        2,
    )
    assert record not in Evidence.objects.live()


def test_superseded_record_no_longer_counts(scope: Actor, site: Site) -> None:
    old = make_evidence(site, "site.bsl", {"number": 3}, verified=True)

    new = services.record_evidence(
        organization=scope.organization,
        subject=site,
        target="site.bsl",
        value={"number": 2},
        by=scope,
        now=NOW,
        supersedes=old,
    )

    assert list(Evidence.objects.live().filter(target="site.bsl")) == [new]
    assert Site.objects.get(pk=site.pk).bsl == 2


def test_revisions_cannot_be_changed_or_deleted(scope: Actor, site: Site) -> None:
    make_evidence(site, "QUA1", {"level": 2})

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        EvidenceRevision.objects.update(note="other")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        EvidenceRevision.objects.all().delete()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Evidence.objects.all()._raw_delete("default")


def test_evidence_of_another_organisation_is_not_found(
    team: Team, outsiders: Team, scope: Actor, site: Site
) -> None:
    mine = make_evidence(site, "QUA1", {"level": 2})
    stranger = outsiders.actor()
    with organization_scope(outsiders.organization.pk, stranger):
        theirs = make_evidence(make_site(make_vendor(outsiders.organization)), "QUA1", {"level": 1})
        their_site = theirs.site
        assert their_site is not None

    with pytest.raises(NotFound):
        services.record_evidence(
            organization=team.organization,
            subject=their_site,
            target="QUA1",
            value={"level": 1},
            by=scope,
            now=NOW,
        )
    with pytest.raises(NotFound):
        services.revise_evidence(evidence=theirs, expected_version=None, by=scope, now=NOW, note="x")
    with pytest.raises(NotFound):
        services.retract_evidence(evidence=mine, reason="x", expected_version=None, by=stranger, now=NOW)
    with pytest.raises(NotFound):
        selectors.evidence_record(team.organization, theirs.public_id, commercial=True)


def test_commercial_record_is_hidden_from_other_readers(scope: Actor, site: Site) -> None:
    shown = make_evidence(site, "QUA1", {"level": 2})
    hidden = make_evidence(site, "RSK1", {"level": 2}, confidentiality="commercial")
    vendor = site.vendor

    everything = selectors.evidence_of_vendor(scope.organization, vendor, commercial=True)
    public = selectors.evidence_of_vendor(scope.organization, vendor, commercial=False)

    assert set(everything.filter(target__in=["QUA1", "RSK1"])) == {shown, hidden}
    assert set(public.filter(target__in=["QUA1", "RSK1"])) == {shown}
    with pytest.raises(NotFound):
        selectors.evidence_record(scope.organization, hidden.public_id, commercial=False)


def test_contradiction_of_claim_and_verified_value_is_listed(scope: Actor, site: Site) -> None:
    claim = make_evidence(site, "QUA1", {"level": 5})
    audit = make_evidence(site, "QUA1", {"level": 2}, verified=True)
    make_evidence(site, "RSK1", {"level": 3})
    make_evidence(site, "RSK1", {"level": 3}, verified=True)

    pairs = selectors.contradictions_of_vendor(
        scope.organization, site.vendor, as_of=NOW.date(), commercial=True
    )

    assert [(pair.first, pair.second, pair.found.difference) for pair in pairs] == [(claim, audit, 600_000)]


def test_facts_in_bulk_equal_the_facts_of_the_rows(scope: Actor, site: Site) -> None:
    capability = make_capability(site, gmp=True, phases=["PH1"])
    make_evidence(capability, "SCL5", {"days": 20}, scope=Scope(market="EU"))
    make_evidence(site, "QUA1", None, refused=True)
    make_evidence(site, "QUA1", {"level": 2}, verified=True, valid_until=date(2027, 1, 1))

    found = selectors.evidence_facts(scope.organization)

    assert found == {
        site.vendor_id: [selectors.evidence_fact(row) for row in Evidence.objects.live().order_by("id")]
    }


def test_records_by_age_follow_the_months_of_their_target(scope: Actor, site: Site) -> None:
    ages = {
        "fresh": date(2024, 7, 1),
        "ageing": date(2023, 7, 1),
        "stale": date(2022, 1, 1),
        "expired": date(2021, 12, 31),
    }
    records = {age: make_evidence(site, "QUA1", {"level": 1}, obtained_on=day) for age, day in ages.items()}
    about = Evidence.objects.filter(target="QUA1")

    found = {age: list(about.of_age(freshness, NOW.date())) for age, freshness in FRESHNESS.items()}

    assert found == {age: [record] for age, record in records.items()}
