"""The Quick 12: what it writes, and that "Don't know" writes nothing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, Scorecard
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock
from vendors.models import Capability, Evidence, ServiceOffering, Site, Vendor

pytestmark = pytest.mark.django_db

ANSWERS: dict[str, str] = {
    "site": "new", "site_name": "Cork", "country": "Ireland", "fei": "3001234567", "gmp": "1", "programs-PH1": "4",
    "service-FORM_DEV": "partner", "integration": "CDMO", "focus": "FULL", "smallest-UPSTREAM": "50", "largest-UPSTREAM": "2000",
    "lead_time_weeks": "30", "quality_level": "3", "plant_level": "2", "governance-named_pm": "1", "governance-minutes_3d": "0",
    "amount": "900000", "currency": "eur",
}  # fmt: skip


@pytest.fixture
def asked(team: Team) -> tuple[Scorecard, Candidate]:
    """A vendor of which nothing is known."""
    with organization_scope(team.organization.pk, team.actor()):
        make_vendor(team.organization, name="Blank", now=clock())
        scorecard = make_scorecard(make_program(team.organization, now=clock()), now=clock())
        return scorecard, Candidate.objects.select_related("vendor").get()


def page(asked: tuple[Scorecard, Candidate]) -> str:
    return reverse("scorecards:quick12", args=[asked[0].public_id, asked[1].public_id])


def test_answers_are_written_where_the_criteria_read_them(
    team: Team, asked: tuple[Scorecard, Candidate], manager_client: Client
) -> None:
    answer = manager_client.post(page(asked), ANSWERS)

    assert answer.status_code == 303
    with organization_scope(team.organization.pk, team.actor()):
        site, vendor = Site.objects.get(), Vendor.objects.get()
        operations = list(
            Capability.objects.order_by("operation").values_list("operation", "gmp", "lead_time_weeks")
        )
        upstream = Capability.objects.get(operation="UPSTREAM")
        evidence = Evidence.objects.values_list("claim_type", "grade", "obtained_on").distinct()
        assert (site.name, site.country, site.fei, site.dpmm_level) == ("Cork", "IE", "3001234567", 2)
        assert [name for name, _, _ in operations] == ["DOWNSTREAM", "FILL_VIAL", "TEST_RELEASE", "UPSTREAM"]
        assert {(gmp, weeks) for _, gmp, weeks in operations} == {(True, 30)}
        assert (upstream.scale_min, upstream.scale_max, upstream.batch_unit) == (50, 2000, "L")
        assert upstream.programs_by_phase == {"PH1": 4}
        assert (vendor.integration, vendor.focus) == ("CDMO", "FULL")
        assert list(ServiceOffering.objects.values_list("code", "delivery")) == [("FORM_DEV", "partner")]
        assert list(evidence) == [("claimed", "D", clock().date())]
        leaves = Evidence.objects.filter(target__in=["QUA1", "RSK2", "COM1"]).order_by("target")
        assert list(leaves.values_list("target", "subject_type", "value", "confidentiality")) == [
            ("COM1", "candidate", {"amount": 900000, "currency": "EUR"}, "commercial"),
            ("QUA1", "site", {"level": 3}, "public"),
            ("RSK2", "candidate", {"flags": {"named_pm": 1, "minutes_3d": 0}}, "public"),
        ]


def test_dont_know_writes_nothing(
    team: Team, asked: tuple[Scorecard, Candidate], manager_client: Client
) -> None:
    unknown = {
        f"unknown-{code}": "on"
        for code in ("MOD1", "SVC1", "SVC7", "SCL1", "SCL2", "SCL6", "QUA1", "DIG1", "GEO1", "RSK2", "COM1")
    }

    manager_client.post(page(asked), ANSWERS | unknown | {"site_name": "", "fei": ""})

    with organization_scope(team.organization.pk, team.actor()):
        assert (Site.objects.count(), Evidence.objects.count(), ServiceOffering.objects.count()) == (0, 0, 0)


def test_same_answers_twice_record_nothing_new(
    team: Team, asked: tuple[Scorecard, Candidate], manager_client: Client
) -> None:
    manager_client.post(page(asked), ANSWERS)
    with organization_scope(team.organization.pk, team.actor()):
        site, before = Site.objects.get(), Evidence.objects.count()

    manager_client.post(page(asked), ANSWERS | {"site": str(site.public_id), "site_name": ""})

    with organization_scope(team.organization.pk, team.actor()):
        assert (Site.objects.count(), Evidence.objects.count()) == (1, before)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"site_name": ""}, "site_name"), ({"country": "Atlantis"}, "country"), ({"fei": "12"}, "fei"), ({"currency": ""}, "currency"), ({"smallest-UPSTREAM": "9000"}, "largest-UPSTREAM")],
)  # fmt: skip
def test_wrong_answer_is_named_at_its_field(
    asked: tuple[Scorecard, Candidate], manager_client: Client, change: dict[str, Any], field: str
) -> None:
    answer = manager_client.post(page(asked), ANSWERS | change)

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])


def test_page_is_filled_with_what_is_known(
    asked: tuple[Scorecard, Candidate], manager_client: Client
) -> None:
    manager_client.post(page(asked), ANSWERS)

    form = manager_client.get(page(asked)).context["form"]

    known = {
        name: form.initial.get(name)
        for name in (
            "country",
            "integration",
            "lead_time_weeks",
            "smallest-UPSTREAM",
            "quality_level",
            "amount",
            "gmp",
        )
    }
    assert known == {
        "country": "IE",
        "integration": "CDMO",
        "lead_time_weeks": 30,
        "smallest-UPSTREAM": 50,
        "quality_level": 3,
        "amount": 900000,
        "gmp": "1",
    }


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROCUREMENT, Role.QUALITY, Role.ADMIN])
def test_only_who_may_edit_vendors_and_evidence_answers(
    asked: tuple[Scorecard, Candidate], sign_in: SignIn, role: Role
) -> None:
    assert sign_in(role).post(page(asked), ANSWERS).status_code == 403
