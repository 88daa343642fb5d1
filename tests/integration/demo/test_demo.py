"""The demo organisation: complete, fictional, repeatable, and worth looking at."""

from collections import Counter

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from cdmo_eval.core.models import Membership, Organization, TenantModel, User
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.demo.families import MAKERS
from scorecards.demo.people import DEMO_PASSWORD, DEMO_USERS
from scorecards.models import (
    Candidate,
    GateWaiver,
    Preregistration,
    Program,
    Result,
    ResultCells,
    Run,
    Scorecard,
    SupplyLine,
    WeightSet,
)
from tests.integration.demo.conftest import run
from vendors.facts import FACTS
from vendors.models import Evidence, Note, PublicRecord, Qualification, Site, UploadedRecord, Vendor
from vendors.resolution import AgeLimits, standing
from vendors.vocabulary import ClaimType, Freshness, GateOutcome, Grade, QualificationStatus, RecordKind

pytestmark = pytest.mark.django_db


def rows(organization: Organization) -> dict[str, int]:
    """How many rows each table holds."""
    models = [
        model for app in ("core", "vendors", "scorecards") for model in apps.get_app_config(app).get_models()
    ]
    with organization_scope(organization.pk, "test"):
        return {model._meta.label: model._default_manager.count() for model in models}


def test_running_it_twice_changes_nothing(demo: Organization) -> None:
    before = rows(demo)

    out, _ = run("demo")

    assert rows(demo) == before
    assert out.splitlines()[0] == "Meridia Therapeutics (demo) is there already."
    assert out.splitlines()[-1] == "Sign in as manager@demo.example with the password: meridia demo only"


def test_production_refuses_it(settings: Settings) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="This is a production installation"):
        call_command("demo")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_signs_in(demo: Organization, role: Role) -> None:
    email, name = DEMO_USERS[role]
    client = Client()

    client.post(reverse("account_login"), {"login": email, "password": DEMO_PASSWORD})

    user = User.objects.get(email=email)
    with organization_scope(demo.pk, "test"):
        membership = Membership.objects.get(user=user)
    assert (user.name, membership.role, membership.organization_id) == (name, role.value, demo.pk)
    assert client.session.get("_auth_user_id") == str(user.pk)


def test_two_stakeholders_weigh_beside_the_agreed_weights_and_the_lock_came_first(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        sets = WeightSet.objects.select_related("owner").order_by("name")
        found = [(row.name, row.owner.name, row.method, row.in_force, row.locks) for row in sets]
        lock = Preregistration.objects.select_related("scorecard").get()
        first = Run.objects.filter(scorecard=lock.scorecard).order_by("number").first()

    assert found == [
        ("Agreed weights", "Mira Castellan", "points", True, ["REG"]),
        ("Quality", "Quentin Abara", "pairwise", False, []),
        ("Supply and technology", "Emre Solano", "order", False, []),
    ]
    assert first is not None
    assert lock.locked_at < first.started_at


def test_everything_says_that_it_is_fictional(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        vendors = list(Vendor.objects.order_by("name"))
        said = set(
            Note.objects.filter(text__startswith="Fictional demo vendor. ").values_list(
                "vendor_id", flat=True
            )
        )
        feis = set(Site.objects.values_list("fei", flat=True))
        firms = set(UploadedRecord.objects.values_list("firm", flat=True))
        numbers = set(UploadedRecord.objects.values_list("native_id", flat=True))

    assert len(vendors) == len(MAKERS) >= 28
    assert [v.name for v in vendors if not v.legal_name.endswith("(Fictional demo vendor)")] == []
    assert said == {vendor.pk for vendor in vendors}
    assert {(fei[:2], len(fei)) for fei in feis} == {("99", 10)}
    assert [firm for firm in firms if not firm.endswith("(Fictional demo vendor)")] == []
    assert [number for number in numbers if not number.startswith("DEMO-99")] == []
    assert PublicRecord.objects.count() == 0


def test_sites_lie_on_every_continent(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        regions = set(Site.objects.values_list("region", flat=True))
        nowhere = Site.objects.filter(lat__isnull=True).count()

    assert regions == {"N_AMERICA", "LATAM", "EUROPE", "MEA", "E_ASIA", "S_ASIA", "OCEANIA"}
    assert nowhere == 0


def test_evidence_of_every_grade_and_age_occurs(demo: Organization) -> None:
    today = timezone.now().date()
    ages: Counter[Freshness | None] = Counter()
    with organization_scope(demo.pk, "test"):
        records = list(
            Evidence.objects.values_list(
                "target", "grade", "claim_type", "obtained_on", "refused", "author_name", "reviewed_by"
            )
        )
    for target, grade, _, on, *_ in records:
        limits = AgeLimits(FACTS[target].fresh_months, FACTS[target].expire_months)
        worth = standing(grade=Grade(grade), obtained_on=on, valid_until=None, limits=limits, as_of=today)
        ages[worth.freshness if worth else None] += 1

    assert {record[1] for record in records} == {grade.value for grade in Grade}
    assert {record[2] for record in records} == {claim.value for claim in ClaimType}
    assert set(ages) == {Freshness.FRESH, Freshness.AGEING, Freshness.STALE, None}
    assert {record[4] for record in records} == {True, False}
    assert [record for record in records if record[5] == record[6]] == []


def test_claims_that_an_audit_contradicts_are_kept(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        about = Evidence.objects.filter(vendor__name="Lindquarry Vectors", target="QUA1").order_by(
            "claim_type"
        )
        said = [(record.claim_type, record.value["level"]) for record in about]

    assert said == [("claimed", 5), ("verified", 2)]


def test_official_records_tell_every_story(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        kinds = set(UploadedRecord.objects.values_list("kind", flat=True))
        classes = set(
            UploadedRecord.objects.filter(kind="INSPECTION").values_list("classification", flat=True)
        )
        letters = UploadedRecord.objects.filter(kind="WARNING_LETTER")
        closed = {letter.closed_on is None for letter in letters}

    assert kinds == {
        RecordKind.INSPECTION, RecordKind.CITATION, RecordKind.FORM_483, RecordKind.WARNING_LETTER, RecordKind.IMPORT_ALERT,
        RecordKind.RECALL, RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE,
    }  # fmt: skip
    assert classes == {"NAI", "VAI", "OAI"}
    assert closed == {True, False}


def test_every_qualification_status_occurs(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        found = set(Qualification.objects.values_list("status", flat=True))

    assert found == {status.value for status in QualificationStatus}


def test_each_archetype_ranks_at_least_ten(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        programs = Program.objects.count()
        archetypes = sorted(Scorecard.objects.values_list("archetype", flat=True))
        ranked = Counter(Result.objects.filter(state="ranked").values_list("scorecard__archetype", flat=True))
        leaders = set(Result.objects.filter(rank=1).values_list("candidate__vendor__name", flat=True))

    assert programs == 8
    assert archetypes == ["A", "B", "C", "DO", "DS", "E", "F", "S"]
    assert {archetype: count >= 10 for archetype, count in ranked.items()} == dict.fromkeys(archetypes, True)
    assert len(leaders) >= 6


def test_every_standing_and_outcome_occurs(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        states = set(Result.objects.values_list("state", flat=True))
        outcomes = {
            gate["outcome"] for gates in ResultCells.objects.values_list("gates", flat=True) for gate in gates
        }
        waived = {
            gate["gate"]
            for gates in ResultCells.objects.values_list("gates", flat=True)
            for gate in gates
            if gate["waived_until"]
        }

    assert states == {"ranked", "gated", "insufficient_evidence"}
    assert outcomes == {outcome.value for outcome in GateOutcome}
    assert waived == {"G_OAI", "G_MARKET"}


def test_offers_differ(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        twice = list(
            Candidate.objects.filter(vendor__name="Ostravane Biologics").exclude(label="").order_by("label")
        )
        first_sites = {
            candidate.label: SupplyLine.objects.filter(candidate=candidate)
            .order_by("seq")
            .values_list("site__name", flat=True)[0]
            for candidate in twice
        }
        incumbents = list(Candidate.objects.filter(incumbent=True).values_list("vendor__name", flat=True))
        switching = Candidate.objects.filter(switching_cost__isnull=False).count()
        partners = SupplyLine.objects.filter(delivery="partner").count()
        approvals = {waiver.approved_by_id != waiver.requested_by_id for waiver in GateWaiver.objects.all()}

    assert first_sites == {
        "Cork, backup Singapore": "Cork large scale",
        "Singapore, backup Cork": "Singapore large scale",
    }
    assert incumbents == ["Caldermoor Proteins"]
    assert (switching, partners, approvals) == (2, 1, {True})


def test_something_changed_since_the_first_calculation(demo: Organization) -> None:
    with organization_scope(demo.pk, "test"):
        again = set(Run.objects.filter(number=2).values_list("scorecard__archetype", flat=True))
        inspected = Result.objects.get(scorecard__archetype="DO", candidate__vendor__name="Montrivelle Dose")

    assert again == {"A", "DO", "F"}
    assert inspected.state == "gated"


def test_demo_leaves_nothing_outside_its_organisation(demo: Organization) -> None:
    owned = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    with organization_scope(demo.pk, "test"):
        foreign = [
            model._meta.label for model in owned if model._default_manager.exclude(organization=demo).exists()
        ]

    assert foreign == []
