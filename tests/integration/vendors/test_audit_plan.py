"""The audit plan: what is open, in doubt, only claimed, too old or unknown at each site."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from vendors import services
from vendors.models import Site, Vendor
from vendors.selectors import audit_plan as plans
from vendors.selectors.audit_plan import Matter, PlanLine, audit_plan

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def vendor(scope: Actor) -> Vendor:
    """A vendor."""
    return make.make_vendor(scope.organization, name="Alder")


@pytest.fixture
def site(vendor: Vendor) -> Site:
    """Its site, of which nothing is known yet."""
    return make.make_site(vendor, name="Ulm", fei="3001000001")


def plan(vendor: Vendor, *matters: Matter, only: Vendor | None = None, **asked: Any) -> list[PlanLine]:
    return audit_plan(
        vendor.organization, as_of=TODAY, matters=matters, vendor=only, **{"commercial": True, **asked}
    )


def about(lines: list[PlanLine], target: str) -> list[tuple[str, str]]:
    return [(line.matter.value, line.detail) for line in lines if line.target == target]


def test_site_of_which_nothing_is_known_lacks_everything(site: Site, vendor: Vendor) -> None:
    lines = plan(vendor)

    assert {line.target for line in lines if line.matter is Matter.CLAIMED} == {"site.country"}
    assert {line.matter for line in lines} - {Matter.CLAIMED} == {
        Matter.NO_INSPECTION, Matter.NO_CERTIFICATE, Matter.UNKNOWN,
    }  # fmt: skip
    assert about(lines, "QUA7") == [("unknown", "")]
    assert all(line.question for line in lines)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"verified": True}, []),
        ({}, [("claimed", "Grade D.")]),
        (
            {"verified": True, "obtained_on": TODAY - timedelta(days=365 * 4)},
            [("stale", "Verified, and stale.")],
        ),
        ({"obtained_on": TODAY - timedelta(days=365 * 9)}, [("stale", "Expired.")]),
    ],
)
def test_fact_is_judged_by_its_best_record(
    site: Site, vendor: Vendor, fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    make.make_evidence(site, "QUA7", {"level": 3}, **{"obtained_on": TODAY, **fields})

    assert about(plan(vendor), "QUA7") == expected


def test_refused_answer_is_unknown_and_says_so(site: Site, vendor: Vendor) -> None:
    make.make_evidence(site, "QUA7", None, refused=True, obtained_on=TODAY)

    assert about(plan(vendor), "QUA7") == [("unknown", "The answer was refused.")]


def test_record_of_the_vendor_speaks_for_its_sites(site: Site, vendor: Vendor) -> None:
    make.make_evidence(vendor, "QUA1", {"level": 3}, verified=True, obtained_on=TODAY)

    assert about(plan(vendor), "QUA1") == []


def test_capabilities_that_lack_the_same_are_one_line(site: Site, vendor: Vendor) -> None:
    for operation in ("UPSTREAM", "DOWNSTREAM"):
        make.make_capability(site, operation=operation)

    (line,) = [line for line in plan(vendor, Matter.UNKNOWN) if line.target == "capability.lead_time_weeks"]

    assert line.detail == "Monoclonal antibody, upstream; Monoclonal antibody, downstream"


def test_commercial_record_is_unknown_to_who_may_not_see_it(site: Site, vendor: Vendor) -> None:
    make.make_evidence(
        site, "QUA7", {"level": 3}, verified=True, obtained_on=TODAY, confidentiality="commercial"
    )

    assert about(plan(vendor), "QUA7") == []
    assert about(plan(vendor, commercial=False), "QUA7") == [("unknown", "")]


def test_claim_against_what_is_verified_is_a_contradiction(site: Site, vendor: Vendor) -> None:
    make.make_evidence(site, "QUA7", {"level": 5}, obtained_on=TODAY)
    make.make_evidence(site, "QUA7", {"level": 1}, verified=True, obtained_on=TODAY)

    assert [line.target for line in plan(vendor, Matter.CONTRADICTION)] == ["QUA7"]


def test_open_official_action_stands_first(site: Site, vendor: Vendor) -> None:
    make.make_inspection(
        vendor.organization, fei=site.fei, event_on=TODAY - timedelta(days=90), classification="OAI"
    )

    first = plan(vendor)[0]

    assert (first.matter, first.on) == (Matter.ENFORCEMENT, TODAY - timedelta(days=90))
    assert plan(vendor, Matter.NO_INSPECTION) == []
    assert len(plan(vendor, Matter.NO_INSPECTION, inspection_months=2)) == 1


@pytest.mark.parametrize(("valid_until", "listed"), [(None, 0), (TODAY, 0), (TODAY - timedelta(days=1), 1)])
def test_certificate_that_ended_is_none(
    site: Site, vendor: Vendor, valid_until: date | None, listed: int
) -> None:
    make.make_certificate(vendor, site=site, kind="GMP", valid_until=valid_until)

    assert len(plan(vendor, Matter.NO_CERTIFICATE)) == listed


def test_capas_and_ended_qualifications_are_listed(site: Site, vendor: Vendor, team: Team) -> None:
    quality = team.actor(Role.QUALITY)
    services.set_qualification(
        organization=vendor.organization, site=site, operation="UPSTREAM", by=quality, now=NOW,
        status="approved", valid_until=TODAY - timedelta(days=1), open_capas=3,
    )  # fmt: skip

    lines = plan(vendor, Matter.CAPAS, Matter.QUALIFICATION)

    assert [(line.matter.value, line.about, line.detail) for line in lines] == [
        ("capas", "Upstream", "3 open"),
        ("qualification", "Upstream", "Approved, ended"),
    ]


def test_closed_sites_and_other_vendors_are_left_out(site: Site, vendor: Vendor) -> None:
    other = make.make_vendor(vendor.organization, name="Birch")
    make.make_site(other, name="Basel")
    make.make_site(vendor, name="Gone", status="CLOSED")

    assert {line.site.name for line in plan(vendor)} == {"Ulm", "Basel"}
    assert {line.site.name for line in plan(vendor, only=vendor)} == {"Ulm"}


def test_every_fact_of_very_many_sites_is_not_asked_for_at_once(
    site: Site, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "MOST_SITES", 0)

    with pytest.raises(Invalid) as caught:
        plan(vendor)

    assert (caught.value.code, [error.field for error in caught.value.errors]) == (
        "too_many_sites",
        ["vendor"],
    )
    assert {line.matter for line in plan(vendor, Matter.NO_INSPECTION)} == {Matter.NO_INSPECTION}


def test_statements_do_not_grow_with_the_sites(scope: Actor) -> None:
    counts = []
    for number in (1, 2):
        for each in range(number):
            made = make.make_vendor(scope.organization, name=f"V {number}{each}")
            make.make_site(made, name="S", fei=f"30010000{number}{each}")
        with CaptureQueriesContext(connection) as seen:
            audit_plan(scope.organization, as_of=TODAY, commercial=True)
        counts.append(len(seen))

    # count, sites, capabilities, evidence (statement of the cursor), certificates, qualifications; of each table its classes by
    # number, what is split and its classes by match; what was rejected
    assert counts == [13, 13]
