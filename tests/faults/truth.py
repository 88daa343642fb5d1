"""What a reader is served, and whether it was true at that moment."""

from dataclasses import dataclass

from django.utils import timezone

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Scorecard
from scorecards.selectors.freshness import freshness_of
from scorecards.selectors.results import result_rows
from tests.factories.core import Team
from vendors.models import Evidence, Vendor
from vendors.services import Provenance, record_evidence, revise_evidence

TARGET = "SVC3"


def set_level(team: Team, vendor_name: str, level: int) -> None:
    """Enter, or revise, the rubric level of a vendor through the services, as a person would."""
    actor, now = team.actor(), timezone.now()
    with organization_scope(team.organization.pk, actor):
        vendor = Vendor.objects.get(name=vendor_name)
        row = Evidence.objects.filter(vendor=vendor, target=TARGET).first()
        if row is None:
            record_evidence(
                organization=team.organization, subject=vendor, target=TARGET, value={"level": level},
                provenance=Provenance(obtained_on=now.date()), by=actor, now=now,
            )  # fmt: skip
        else:
            revise_evidence(
                evidence=row, expected_version=None, by=actor, now=now, reason="test", value={"level": level}
            )


@dataclass
class Served:
    """One look at a scorecard in one snapshot."""

    fresh: bool
    wrong: list[str]


def look(team: Team, scorecard: Scorecard) -> Served:
    """Read results, freshness and evidence in one snapshot; `wrong` lists vendors whose served level is not the entered one."""
    with organization_scope(team.organization.pk, team.actor(), isolation="REPEATABLE READ"):
        rows = list(result_rows(scorecard))
        levels = {row.vendor_id: row.value["level"] for row in Evidence.objects.filter(target=TARGET)}
        served = served_levels(scorecard)
    fresh = bool(rows) and all(freshness_of(row, now=timezone.now()).fresh for row in rows)
    wrong = [name for vendor, (name, level) in served.items() if level != levels.get(vendor)]
    return Served(fresh, wrong)


def served_levels(scorecard: Scorecard) -> dict[int, tuple[str, int | None]]:
    """The level on which each published figure rests, by vendor."""
    from scorecards.models import ResultCells

    found = {}
    for cells in ResultCells.objects.filter(scorecard=scorecard).select_related("candidate__vendor"):
        raw = cells.detail["leaves"].get(TARGET, {}).get("raw") or {}
        found[cells.candidate.vendor_id] = (cells.candidate.vendor.name, raw.get("level"))
    return found


def is_true(team: Team, scorecard: Scorecard) -> bool:
    """Fresh, and nothing wrong."""
    served = look(team, scorecard)
    return served.fresh and not served.wrong
