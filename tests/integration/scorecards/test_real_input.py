"""The main job on real input: sites from a file, FDA's own exports, an early screen that says how little it rests on.

Uses the full public files when they are there, else our samples of the same records in the same formats.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from cdmo_eval.core.organizations import create_organization
from cdmo_eval.core.policies import system_actor
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Framework, Result, Scorecard
from scorecards.selectors.results import leaves_of, present, result_rows
from scorecards.services.programs import create_program
from scorecards.services.scorecards import create_scorecard
from tests.support.shared_data import SAMPLES, shared_data
from vendors.models import Site
from vendors.selectors.regulatory import sites_regulatory

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = date(2026, 7, 1)
CATALENT = "3005949964"


def clock() -> datetime:
    return datetime(2026, 7, 1, 12, tzinfo=UTC)


def either(name: str, sample: str) -> Path:
    return shared_data(name) or SAMPLES / sample


@pytest.fixture
def screen() -> Scorecard:
    """The organisation, its vendors, the official records and an early screen, all through the commands a user has."""
    organization = create_organization(slug="real", name="Real", now=timezone.now())
    sites = either("cdmo_sites_named.csv", "vendors_sites_named.csv")
    mapping = ["legal_name=vendor.name", "fei_number=site.fei", "country=site.country", "city=site.city"]
    call_command(
        "import_vendors",
        str(sites),
        "--organization",
        "real",
        "--only-mapped",
        *[f"--map={one}" for one in mapping],
        verbosity=0,
    )
    inspections = either("fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv", "fda_inspections_native.csv")
    call_command(
        "import_regulatory", "fda_inspections", str(inspections), "--read-on", "2026-06-30", verbosity=0
    )
    actions = either("fda_compliance_actions.csv", "fda_compliance_actions.csv")
    call_command(
        "import_regulatory", "fda_compliance_actions", str(actions), "--read-on", "2026-06-30", verbosity=0
    )
    actor = system_actor(organization, "test")
    with organization_scope(organization.pk, actor):
        program = create_program(
            organization=organization, by=actor, now=clock(), name="Sterile injectable", modality="MAB", phase_now="PH3",
            phase_target="COMMERCIAL", target_markets=["US"], need_first_gmp_date=date(2027, 6, 1),
        )  # fmt: skip
        scorecard = create_scorecard(
            program=program,
            framework=Framework.objects.get(),
            name="Early screen",
            by=actor,
            now=clock(),
            policy="known_only",
            as_of=AS_OF,
        )
    recompute.run(scorecard.pk, clock=clock)
    return scorecard


def test_early_screen_of_real_sites(screen: Scorecard) -> None:
    organization = screen.organization
    with organization_scope(organization.pk, "test"):
        sites = list(Site.objects.select_related("vendor").order_by("id"))
        standing = sites_regulatory(organization, sites, as_of=AS_OF)
        ranking = present(screen, list(result_rows(screen)), now=clock())
        results = {row.candidate.vendor_id: row for row in Result.objects.select_related("candidate__vendor")}
        cells = {
            vendor: {leaf.code: leaf for leaf in leaves_of(screen, row)} for vendor, row in results.items()
        }

    assert len(ranking.rows) == len({site.vendor_id for site in sites})
    catalent = next(site for site in sites if site.fei_key == CATALENT)
    history = standing[catalent.pk].history
    assert (round(history.base or 0, 2), history.score) == (59.71, 40.0)
    assert cells[catalent.vendor_id]["REG1"].value == "40.00"
    for site in sites:
        leaves, known = cells[site.vendor_id], standing[site.pk].history.base is not None
        assert leaves["REG1"].state == ("known" if known else "unknown")
        own = [standing[other.pk].history.score for other in sites if other.vendor_id == site.vendor_id]
        if all(score is not None for score in own):  # 70 % the worst site, 30 % the mean of all
            scores = [score for score in own if score is not None]
            rolled_up = 0.7 * min(scores) + 0.3 * sum(scores) / len(scores)
            assert float(leaves["REG1"].value or "nan") == pytest.approx(rolled_up, abs=0.0051)
        stated = {code for code, leaf in leaves.items() if leaf.state not in {"unknown", "not_applicable"}}
        # FDA's inspections speak of REG1, and of the market they cover; a country of the region where the site stands
        assert stated <= {"REG1", "REG4", "GEO1", "GEO4"}
    labelled = [row for row in ranking.rows if row.eligible]
    assert ranking.scorecard.stage == "screen"
    assert labelled
    assert all(float(row.coverage) < 25 for row in labelled)
