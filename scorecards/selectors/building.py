"""What the builder shows beside its forms: how far each step is, and what the must-haves do now."""

from dataclasses import dataclass

from django.db import connection

from scorecards.frameworks import load_archetypes
from scorecards.models import Candidate, Scorecard, ScorecardGate
from scorecards.selectors.visibility import check_visible

NAMED = 4


@dataclass(frozen=True)
class Outcomes:
    """What one must-have does: how many candidates meet it, fail it, or are unknown, and who fails."""

    met: int
    failed: int
    unknown: int
    alone: int
    """How many fail nothing else: whom taking it away would bring back."""
    names: tuple[str, ...]

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """Counts as tags: state and words, the failing first; nothing for a count of none."""
        return tuple(
            (state, f"{count} {word}")
            for state, count, word in (
                ("bad", self.failed, "fails" if self.failed == 1 else "fail"),
                ("unknown", self.unknown, "unknown"),
                ("good", self.met, "met"),
            )
            if count
        )

    @property
    def more(self) -> int:
        """Failing candidates beyond those named."""
        return self.failed - len(self.names)


def step_words(scorecard: Scorecard) -> dict[str, str]:
    """What stands under each step: two statements."""
    known = {archetype.code: archetype.name for archetype in load_archetypes()}
    gates = ScorecardGate.objects.for_organization(scorecard.organization).active()
    asked = gates.filter(scorecard=scorecard).count()
    candidates = standing_count(scorecard)
    locks = len(scorecard.weight_locks)
    chosen = scorecard.selection == Scorecard.Selection.CHOSEN
    return {
        "start": scorecard.program.name,
        "weights": known.get(scorecard.archetype, "Own weights") + (f", {locks} locked" if locks else ""),
        "must-haves": f"{asked} asked" if asked else "None asked",
        "vendors": f"{candidates} chosen" if chosen else f"Every vendor, {candidates} now",
        "rules": STAGES[scorecard.stage] + (", scores hidden" if scorecard.scores_hidden else ""),
    }


def standing_count(scorecard: Scorecard) -> int:
    """How many candidates the scorecard judges."""
    return int(Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard).count())


STAGES = {"screen": "Early screen", "shortlist": "Shortlist", "award": "Award"}


def published_outcomes(scorecard: Scorecard) -> dict[str, Outcomes]:
    """What each must-have does on the published ranking, by code: one statement. Raises Conflict while scores are hidden."""
    check_visible(scorecard)
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, {"org": scorecard.organization_id, "scorecard": scorecard.pk})
        return {
            code: Outcomes(met, failed, total - met - failed, alone, tuple(names or ())[:NAMED])
            for code, total, met, failed, alone, names in cursor.fetchall()
        }


OUTCOMES = """
    WITH judged AS (
        SELECT gate->>'gate' AS code, cells.gates_failed,
               v.name || CASE WHEN c.label = '' THEN '' ELSE ' (' || c.label || ')' END AS name,
               gate->>'outcome' = 'pass' OR gate->>'waived_until' <> '' AS met,
               gate->>'outcome' = 'fail' AND gate->>'waived_until' = '' AS failed
        FROM scorecards_result r
        JOIN scorecards_resultcells cells
          ON cells.organization_id = r.organization_id AND cells.scorecard_id = r.scorecard_id AND cells.candidate_id = r.candidate_id
        JOIN scorecards_candidate c ON c.organization_id = r.organization_id AND c.id = r.candidate_id
        JOIN vendors_vendor v ON v.organization_id = c.organization_id AND v.id = c.vendor_id
        CROSS JOIN LATERAL jsonb_array_elements(cells.gates) AS gate
        WHERE r.organization_id = %(org)s AND r.scorecard_id = %(scorecard)s
    )
    SELECT code, count(*), count(*) FILTER (WHERE met), count(*) FILTER (WHERE failed),
           count(*) FILTER (WHERE failed AND gates_failed = 1), (array_agg(name ORDER BY name) FILTER (WHERE failed))[1:4]
    FROM judged GROUP BY code"""
