"""Lists and single rows of the scorecards app, each complete for its answer."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import JSONObject

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from scorecards.models import (
    Candidate,
    Framework,
    GateWaiver,
    Preregistration,
    Program,
    RulesChange,
    Run,
    Scorecard,
    ScorecardChoice,
    ScorecardGate,
    SupplyLine,
)
from scorecards.selectors.external_ids import carriers, external_id_column
from scorecards.selectors.freshness import with_freshness


def framework_list(organization: Organization) -> QuerySet[Framework]:
    """Criteria sets, the newest version of each first."""
    rows: QuerySet[Framework] = Framework.objects.for_organization(organization)
    return rows.order_by("code", "-number", "id")


def newest_framework(organization: Organization) -> Framework:
    """The published criteria set a new scorecard uses unless told otherwise. Raises Conflict without one."""
    rows = framework_list(organization).filter(state=Framework.State.PUBLISHED, archived_at__isnull=True)
    found = rows.order_by("-published_at", "-number", "id").first()
    if found is None:
        raise Conflict("No criteria set is published.", code="no_framework")
    return found


def programs_for_holds(organization: Organization) -> list[tuple[str, str]]:
    """Public id and name of every programme, archived ones too: a legal hold may be on their account."""
    rows = Program.objects.for_organization(organization).order_by("name", "id")
    return [(str(public_id), name) for public_id, name in rows.values_list("public_id", "name")]


def program_list(organization: Organization) -> QuerySet[Program]:
    """Programmes by name, with their external ids."""
    rows: QuerySet[Program] = Program.objects.for_organization(organization)
    return rows.annotate(external_ids=external_id_column(organization, "program_id")).order_by("name", "id")


def candidate_list(organization: Organization) -> QuerySet[Candidate]:
    """Candidates by programme, vendor and label, with their own supply maps."""
    lines = SupplyLine.objects.for_organization(organization).select_related(
        "site", "capability", "partner_vendor"
    )
    rows: QuerySet[Candidate] = Candidate.objects.for_organization(organization)
    return (
        rows.select_related("program", "vendor")
        .prefetch_related(Prefetch("supply_lines", lines.order_by("seq", "id")))
        .order_by("program__name", "vendor__name", "label", "id")
    )


def scorecard_list(organization: Organization) -> QuerySet[Scorecard]:
    """Scorecards by name, with must-haves, chosen candidates, external ids, freshness and the last calculation."""
    gates = ScorecardGate.objects.for_organization(organization).filter(archived_at__isnull=True)
    choices = ScorecardChoice.objects.for_organization(organization).select_related("candidate")
    runs = Run.objects.for_organization(organization).filter(scorecard_id=OuterRef("pk")).order_by("-number")
    shown = JSONObject(
        id="public_id", number="number", as_of="as_of", computed_at="finished_at", candidates="candidates", ranked="ranked",
        framework_version="framework_version", policy="policy", stage="stage", digest="output_digest",
    )  # fmt: skip
    registered = Preregistration.objects.for_organization(organization).filter(scorecard_id=OuterRef("pk"))
    locked = JSONObject(locked_at="locked_at", locked_by="locked_by_name", digest="digest")
    flags = RulesChange.objects.for_organization(organization).filter(
        scorecard_id=OuterRef("pk"), changes_leader=True
    )
    rows: QuerySet[Scorecard] = Scorecard.objects.for_organization(organization)
    complete: QuerySet[Scorecard] = (
        with_freshness(rows.select_related("program", "framework", "copied_from"), scorecard="")
        .annotate(
            external_ids=external_id_column(organization, "scorecard_id"),
            last_run=Subquery(runs.values(json=shown)[:1]),
            registered=Subquery(registered.values(json=locked)[:1]),
            leader_changed=Exists(flags),
        )
        .prefetch_related(
            Prefetch("gates", gates.order_by("position", "id")), Prefetch("choices", choices.order_by("id"))
        )
        .order_by("name", "id")
    )
    return complete


def by_external_id(
    rows: QuerySet[Any], organization: Organization, column: str, *, system: str, value: str
) -> Any:
    """The row of a list that carries this external id, or None."""
    return rows.filter(pk__in=carriers(organization, column, system=system, value=value)).first()


def waiver_list(organization: Organization, scorecard: Scorecard) -> QuerySet[GateWaiver]:
    """The waivers of a scorecard, newest request first, also those taken back."""
    rows: QuerySet[GateWaiver] = GateWaiver.objects.for_organization(organization)
    return (
        rows.filter(gate__scorecard=scorecard)
        .select_related("gate", "candidate__vendor", "requested_by", "approved_by")
        .order_by("-id")
    )


def run_list(organization: Organization, scorecard: Scorecard | None = None) -> QuerySet[Run]:
    """The calculations of a scorecard, or of all of them, newest first."""
    rows: QuerySet[Run] = Run.objects.for_organization(organization).order_by("-id")
    return rows if scorecard is None else rows.filter(scorecard=scorecard)


def check_pinned(scorecard: Scorecard, run_id: str, published: Run | None) -> None:
    """Refuse to go on with a walk through the results of a calculation that is no longer the published one.

    Raises Conflict "run_superseded" for an earlier calculation of the scorecard and Invalid for any other id.
    """
    if published is not None and str(published.public_id) == run_id:
        return
    if not run_list(scorecard.organization, scorecard).filter(public_id=run_id).exists():
        message = "This scorecard has no such calculation."
        raise Invalid(message, errors=[FieldError("run_id", "unknown", message)])
    raise Conflict(
        "Another calculation was published meanwhile. Begin again from the first page.", code="run_superseded"
    )


def waiver_state(waiver: GateWaiver, *, today: date) -> str:
    """ "revoked", "requested", "expired" or "approved"; only an approved one counts."""
    if waiver.revoked_at is not None:
        return "revoked"
    if waiver.expires_on < today:
        return "expired"
    return "requested" if waiver.approved_at is None else "approved"


def chosen_ids(choices: Iterable[ScorecardChoice]) -> list[str]:
    """The public ids of chosen candidates."""
    return [str(choice.candidate.public_id) for choice in choices]
