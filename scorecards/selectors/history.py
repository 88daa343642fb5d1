"""Published figures of past calculations: a ranking as it was, scores over time. From history, which never changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, DecimalField, F, IntegerField, Max, QuerySet, Value, When
from django.db.models.functions import Cast, NullIf

from cdmo_eval.core.errors import FieldError, Invalid, NotFound
from scorecards.engine.display import percent_text
from scorecards.models import CellsVersion, Framework, Result, ResultCells, ResultHistory, Run, Scorecard
from scorecards.presentation import Figures, figures
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.freshness import scorecard_freshness
from scorecards.selectors.results import Ranking
from scorecards.selectors.scorecards import run_list
from vendors.models import Site

EXACT = DecimalField(max_digits=40, decimal_places=20)
PLACES = {Result.State.RANKED: 0, Result.State.GATED: 1, Result.State.INSUFFICIENT: 2}


# Which calculation -----------------------------------------------------------------------------------------------


def run_as_of(scorecard: Scorecard, day: date) -> Run:
    """The last calculation published by the end of a day (UTC). Raises NotFound when there was none yet."""
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    found = run_list(scorecard.organization, scorecard).filter(finished_at__lt=end).first()
    if found is None:
        raise NotFound(f"No calculation of this scorecard had been published by {day.isoformat()}.")
    return found


def run_named(scorecard: Scorecard, text: str, *, field: str) -> Run:
    """The calculation that an id, a number or a date names: a date means the last one published by then.

    Raises Invalid for what is none of these and NotFound when there is no such calculation.
    """
    runs = run_list(scorecard.organization, scorecard)
    try:
        if text.isascii() and text.isdigit() and len(text) < 9:
            found = runs.filter(number=int(text)).first()
        elif len(text) == len("2026-01-01"):
            return run_as_of(scorecard, date.fromisoformat(text))
        else:
            found = runs.filter(public_id=UUID(text)).first()
    except (ValueError, OverflowError):
        message = "Give the id or number of a calculation, or a date such as 2026-01-31."
        raise Invalid(message, errors=[FieldError(field, "invalid", message)]) from None
    if found is None:
        raise NotFound("This scorecard has no such calculation.")
    return found


def run_before(run: Run) -> Run | None:
    """The calculation before this one."""
    return run_list(run.organization, run.scorecard).filter(number__lt=run.number).first()


def framework_of_run(run: Run) -> Framework:
    """The criteria set a calculation used; the scorecard's own unless that was another version then."""
    own: Framework = run.scorecard.framework
    if (own.code, own.number) == (run.framework_code, run.framework_version):
        return own
    rows: QuerySet[Framework] = Framework.objects.for_organization(run.organization)
    found: Framework = rows.get(code=run.framework_code, number=run.framework_version)
    return found


# A ranking as it was ---------------------------------------------------------------------------------------------


def past_rows(run: Run) -> QuerySet[ResultHistory]:
    """Every candidate's figures as this calculation published them, in the order of the table.

    A history row stands until the next one of its candidate. The place in the list is not kept, because it changes
    when others move: the rows are put in the order by which it is given.
    """
    rows: QuerySet[ResultHistory] = ResultHistory.objects.for_organization(run.organization)
    told = rows.filter(scorecard_id=run.scorecard_id, run_id__lte=run.pk)
    latest = told.order_by("candidate_id", "-id").distinct("candidate_id").values("pk")
    ranked = [When(state=state, then=Value(place)) for state, place in PLACES.items()]
    score = Cast("score_exact", EXACT) / Cast(NullIf(F("denominator_exact"), Value(0)), EXACT)
    return (
        rows.filter(pk__in=latest, removed=False)
        .select_related("candidate__vendor")
        .order_by(
            Case(*ranked, output_field=IntegerField()), F("rank").asc(nulls_last=True), score.desc(nulls_last=True), "-coverage",
            "candidate__vendor__name", "candidate__label", "candidate__public_id",
        )
    )  # fmt: skip


def versions_of(run: Run, rows: Iterable[Any], *columns: str) -> dict[int, tuple[Any, ...]]:
    """Columns of the kept cells that history rows name (`candidate_id`, `facts_digest`), by candidate: one statement."""
    wanted = {row.candidate_id: bytes(row.facts_digest) for row in rows if row.facts_digest is not None}
    if not wanted:
        return {}
    kept = CellsVersion.objects.for_organization(run.organization).filter(
        scorecard_id=run.scorecard_id, candidate_id__in=list(wanted), facts_digest__in=list(wanted.values())
    )
    found = kept.values_list("candidate_id", "facts_digest", *columns)
    return {
        candidate: tuple(values) for candidate, digest, *values in found if wanted[candidate] == bytes(digest)
    }


def past_ranking(scorecard: Scorecard, run: Run, rows: Sequence[ResultHistory], *, now: datetime) -> Ranking:
    """Rows of `past_rows` (any of them) ready to be shown as they were published then: five statements."""
    framework = criteria_of(framework_of_run(run))
    freshness = scorecard_freshness(scorecard, now=now)
    places = {pk: place for place, pk in enumerate(past_rows(run).values_list("pk", flat=True), start=1)}
    for row in rows:
        row.position = places[row.pk]
    kept = past_cells(run, rows, packed=False)
    wanted = {line[3] for cells in kept.values() for line in cells.detail["lines"] if line[3] is not None}
    sites = Site.objects.for_organization(scorecard.organization).filter(pk__in=wanted)
    named = sites.values_list("pk", "public_id", "name") if wanted else ()
    names = {pk: (str(public_id), name) for pk, public_id, name in named}
    shown: tuple[Figures, ...] = tuple(
        figures(row, kept.get(row.candidate_id), run.criteria, framework, scorecard.slots, names)
        for row in rows
    )
    current = freshness.fresh and freshness.last_run_id == run.pk
    return Ranking(scorecard, framework, run, replace(freshness, fresh=current), shown)


def past_cells(run: Run, rows: Iterable[ResultHistory], *, packed: bool = True) -> dict[int, ResultCells]:
    """Must-haves, supply maps and, with `packed`, the rated leaves of some candidates as they were: one statement.

    Of a leaf its numbers, grade and records are kept; the raw value, its reason and its freshness are not.
    """
    columns = ("facts", "packed") if packed else ("facts",)
    return {candidate: _as_cells(*kept) for candidate, kept in versions_of(run, rows, *columns).items()}


def _as_cells(facts: Mapping[str, Any] | None, packed: bytes = b"") -> ResultCells:
    """What was kept of a candidate, in the form in which the present is read."""
    known = facts or {}
    gates = [
        {"gate": code, "label": label, "outcome": outcome, "reason": reason, "waived_until": waived}
        for code, label, outcome, reason, waived in known.get("gates", ())
    ]
    leaves = {
        code: {"evidence": records, "grade": grade}
        for code, (records, grade) in known.get("evidence", {}).items()
    }
    detail = {
        "assumed": known.get("assumed", True), "lines": known.get("supply_map", []), "leaves": leaves,
    }  # fmt: skip
    return ResultCells(detail=detail, gates=gates, packed=packed)


# Scores over time ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PastFigures:
    """One candidate's figures at one calculation. `changed`: this calculation changed them."""

    candidate_id: str
    vendor_id: str
    vendor: str
    label: str
    rank: int | None
    rank_tied: bool
    score: str | None
    low: str
    high: str
    coverage: str
    verified_coverage: str
    state: str
    score_exact: int | None
    denominator_exact: int
    changed: bool

    @property
    def name(self) -> str:
        """A candidate as people read it."""
        return f"{self.vendor} ({self.label})" if self.label else self.vendor

    @property
    def ppm(self) -> int | None:
        """The score for drawings, ppm."""
        if self.score_exact is None:
            return None
        return self.score_exact * 1_000_000 // self.denominator_exact


@dataclass(frozen=True)
class Moment:
    """One calculation with its leader and, where asked for, one candidate's figures then."""

    run: Run
    leader: PastFigures | None
    candidate: PastFigures | None


def moments(runs: Sequence[Run], *, candidate_id: int | None = None) -> list[Moment]:
    """Calculations of one scorecard, in the order given, with who led: one statement.

    A tie for the first rank is led by whom the table lists first.
    """
    if not runs:
        return []
    rows: QuerySet[ResultHistory] = ResultHistory.objects.for_organization(runs[0].organization)
    told = rows.filter(scorecard_id=runs[0].scorecard_id, run_id__lte=max(run.pk for run in runs))
    leading = told.filter(rank=1).values("candidate_id")
    asked = told.filter(candidate_id__in=leading) | told.filter(candidate_id=candidate_id or 0)
    changes: dict[int, list[ResultHistory]] = {}
    for row in asked.select_related("candidate__vendor").order_by("id"):
        changes.setdefault(row.run_id, []).append(row)
    standing: dict[int, ResultHistory] = {}
    found: dict[int, Moment] = {}
    wanted = {run.pk: run for run in runs}
    for run_id in sorted({*changes, *wanted}):
        for row in changes.get(run_id, ()):
            standing[row.candidate_id] = row
        if run_id in wanted:
            first = [row for row in standing.values() if row.rank == 1 and not row.removed]
            leader = min(first, key=_within_tie, default=None)
            asked_for = standing.get(candidate_id or 0)
            found[run_id] = Moment(
                wanted[run_id],
                _past(leader, run_id) if leader else None,
                _past(asked_for, run_id) if asked_for and not asked_for.removed else None,
            )
    return [found[run.pk] for run in runs]


def _within_tie(row: ResultHistory) -> tuple[int, str, str, str]:
    candidate = row.candidate
    return (-row.coverage, candidate.vendor.name, candidate.label, str(candidate.public_id))


def _past(row: ResultHistory, run_id: int) -> PastFigures:
    candidate = row.candidate
    return PastFigures(
        candidate_id=str(candidate.public_id), vendor_id=str(candidate.vendor.public_id), vendor=candidate.vendor.name, label=candidate.label,
        rank=row.rank, rank_tied=row.rank_tied,
        score=None if row.score_exact is None else percent_text(row.score_exact, row.denominator_exact),
        low=percent_text(row.low_exact), high=percent_text(row.high_exact), coverage=percent_text(row.coverage),
        verified_coverage=percent_text(row.verified_coverage), state=row.state, score_exact=row.score_exact,
        denominator_exact=row.denominator_exact, changed=row.run_id == run_id,
    )  # fmt: skip


def ever_on(scorecard: Scorecard) -> list[tuple[str, str]]:
    """Candidates that this scorecard has ever ranked, best rank ever first: (public id, name), one statement."""
    rows = ResultHistory.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    named = (
        rows.values("candidate__public_id", "candidate__vendor__name", "candidate__label")
        .annotate(last=Max("id"))
        .order_by("candidate__vendor__name", "candidate__label", "candidate__public_id")
    )
    return [
        (str(public_id), f"{vendor} ({label})" if label else vendor)
        for public_id, vendor, label in named.values_list(
            "candidate__public_id", "candidate__vendor__name", "candidate__label"
        )
    ]
