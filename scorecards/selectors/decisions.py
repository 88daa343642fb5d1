"""The decision of a shortlist put together: answer, pairs, flip points, risks, people. What signing freezes, and the page shows."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.models import AuditEvent
from cdmo_eval.http.pages.audit_words import read_events
from scorecards.engine import ENGINE_VERSION
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM
from scorecards.models import (
    Candidate,
    GateWaiver,
    Preregistration,
    Run,
    Scorecard,
    Shortlist,
    ShortlistItem,
    ShortlistRemark,
    WeightSet,
)
from scorecards.selectors.agreement import WORDS, opinions_of
from scorecards.selectors.firmness import CriterionFirmness, Field, names, read_field
from scorecards.selectors.funnel import funnel_of, named, vendor_name
from scorecards.selectors.next_questions import next_questions
from scorecards.selectors.open_risks import open_risks
from scorecards.selectors.pairs import PairRanking, pair_ranking, shown_pair
from scorecards.selectors.preregistration import registration_of
from scorecards.selectors.shortlists import ItemLine, item_rows, lines_of, remark_list, standing_declarations
from scorecards.selectors.signatures import NOT_FOR_AWARD, weights_owners
from scorecards.selectors.simulations import TOO_CLOSE, chances_of, latest_finished
from scorecards.snapshots.decision import (
    AuditLine,
    Decision,
    Declared,
    EvaluatorsPart,
    FirmnessPart,
    FlipPoint,
    Item,
    OpenQuestion,
    PairLine,
    Remark,
    ShortlistPart,
    WeightsLocked,
)
from scorecards.snapshots.document import DECIDED

FLIPS = 3
PAIRS = 10
QUESTIONS = 5
AUDIT_LINES = 200
WITHHELD = "Open; the reason is commercial."


def decision_of(shortlist: Shortlist, *, as_of: date, commercial: bool) -> Decision:
    """Everything about the present edition, from the published calculation, in a fixed number of statements.

    Raises Conflict before the first calculation and while scores are hidden.
    """
    scorecard = shortlist.scorecard
    field = read_field(scorecard)
    run = field.board.run
    items = list(item_rows(shortlist))
    remarks = list(remark_list(shortlist))
    lines = lines_of(shortlist, items, remarks)
    in_play = [item.candidate for item in items if item.decision == ShortlistItem.Decision.KEEP]
    chosen = [one for one in (shortlist.primary, shortlist.backup) if one is not None]
    pairs = pair_ranking(scorecard, only=[candidate.pk for candidate in in_play])
    if pairs.run.pk != run.pk:
        raise Conflict("This scorecard was recalculated just now. Look again.", code="not_fresh")
    return {
        "stage": run.stage,
        "stage_note": NOT_FOR_AWARD[run.stage],
        "answer": answer_of(shortlist),
        "shortlist": _shortlist(shortlist, lines, remarks, chosen),
        "funnel": funnel_of(shortlist, run, items, commercial=commercial),
        "pair": _pairs(shortlist, pairs),
        "pair_inputs": {
            "settings": pairs.settings.document(),
            "members": [member.document() for member in pairs.members],
        },
        "firmness": _firmness(field, scorecard),
        "conflicts_of_interest": _declared(shortlist),
        "evaluators": _evaluators(scorecard),
        "weights_locked": _weights(scorecard),
        "open_risks": open_risks(scorecard, run, chosen or in_play, as_of=as_of, commercial=commercial),
        "questions": _questions(field, chosen or in_play),
        "audit_extract": _audit(shortlist, items),
        "versions": _versions(run),
    }


def answer_of(shortlist: Shortlist) -> str:
    """The choice in a sentence."""
    if shortlist.primary is None:
        return "Nobody is chosen yet."
    backup = f", with {shortlist.backup} as backup" if shortlist.backup is not None else ", without a backup"
    return f"{shortlist.primary} is chosen{backup}."


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _remark(row: ShortlistRemark) -> Remark:
    return {
        "kind": row.kind, "by": row.author_name, "at": moment(row.written_at),
        "vendor": str(row.candidate) if row.candidate is not None else "", "text": row.text,
    }  # fmt: skip


def _item(line: ItemLine) -> Item:
    item = line.item
    return {
        "candidate": str(item.candidate.public_id), "vendor": vendor_name(item.candidate), "name": str(item.candidate),
        "position": item.position, "decision": item.decision, "reason": item.reason, "rank_when_added": item.added_rank,
        "rank_now": line.rank_now, "state_now": line.state_now, "score": line.score, "low": line.low, "high": line.high,
        "coverage": line.coverage, "added_by": item.added_by_name, "added_at": moment(item.created_at),
        "comments": [_remark(row) for row in line.comments],
    }  # fmt: skip


def _shortlist(
    shortlist: Shortlist,
    lines: Sequence[ItemLine],
    remarks: Sequence[ShortlistRemark],
    chosen: Sequence[Candidate],
) -> ShortlistPart:
    dissent = [row for row in remarks if row.kind == ShortlistRemark.Kind.DISSENT]
    return {
        "id": str(shortlist.public_id), "name": shortlist.name, "version": shortlist.edition, "owner": shortlist.owner_name,
        "reason": shortlist.reason, "next_steps": shortlist.next_steps,
        "primary": named(shortlist.primary) if shortlist.primary is not None else None,
        "backup": named(shortlist.backup) if shortlist.backup is not None else None,
        "chosen": [named(one) for one in chosen],
        "dissent": [_remark(row) for row in dissent if row.edition == shortlist.edition],
        "comments": [_remark(row) for row in remarks if row.candidate_id is None and row not in dissent],
        "items": [_item(line) for line in lines],
    }  # fmt: skip


def _pairs(shortlist: Shortlist, ranking: PairRanking) -> list[PairLine]:
    """The best pairs of kept candidates, and the chosen one wherever it stands."""
    wanted = (
        str(shortlist.primary.public_id) if shortlist.primary is not None else "",
        str(shortlist.backup.public_id) if shortlist.backup is not None else "",
    )
    known = {str(item.candidate.public_id): named(item.candidate) for item in item_rows(shortlist)}
    lines: list[PairLine] = []
    for place, pair in enumerate(ranking.pairs):
        chosen = (pair.primary.id, pair.backup.id) == wanted
        if place >= PAIRS and not chosen:
            continue
        shown = shown_pair(pair)
        lines.append(
            {
                "rank": pair.rank, "primary": known[pair.primary.id], "backup": known[pair.backup.id], "base": shown.base,
                "score": shown.score, "low": shown.low, "high": shown.high, "chosen": chosen,
                "penalties": [
                    {"kind": one.kind, "points": one.counted, "certain": one.certain, "reason": one.reason} for one in shown.overlaps
                ],
            }
        )  # fmt: skip
    return lines


def flip_points(field: Field) -> list[FlipPoint]:
    """The weights that change who is first with the smallest relative change, at most three, the nearest first."""
    moving = [one for one in field.all if one.nearest and one.criterion.weight_ppb]
    moving.sort(key=lambda one: (_relative(one), one.criterion.code))
    return [_flip(one) for one in moving[:FLIPS]]


def _relative(one: CriterionFirmness) -> Any:
    assert one.found is not None  # noqa: S101 - only those that flip are compared
    assert one.nearest is not None  # noqa: S101
    return abs(one.nearest.weight_exact - one.found.now) / one.found.now


def _flip(one: CriterionFirmness) -> FlipPoint:
    flip = one.nearest
    assert flip is not None  # noqa: S101 - asked of those that flip
    return {
        "criterion": one.criterion.code, "name": one.criterion.name, "weight_now": one.weight, "weight_at": flip.weight,
        "change": flip.change or "", "passing": [standing.name for standing in flip.passing],
        "passed": [standing.name for standing in flip.passed], "sentence": one.sentence,
    }  # fmt: skip


def _firmness(field: Field, scorecard: Scorecard) -> FirmnessPart:
    leader = names(field.standings[:1]) if field.rows else ""
    flips = flip_points(field)
    part: FirmnessPart = {
        "leader": leader, "answer": _firm_words(field, flips), "flips": flips, "cases": 0, "chances": [],
    }  # fmt: skip
    simulation = latest_finished(scorecard)
    if simulation is None or simulation.run_id != field.board.run.pk:
        return part
    found = chances_of(simulation, field.board, current=True)
    part["cases"] = simulation.draws
    part["chances"] = [
        {
            "candidate": row.standing.public_id, "name": row.standing.name, "first": percent_text(row.first_ppm, PPM),
            "top3": percent_text(row.top3_ppm, PPM),
        }
        for row in found.rows
    ]  # fmt: skip
    if found.rows:
        part["answer"] = _verdict_words(found.leader.standing.name, found.verdict)
    return part


def _verdict_words(leader: str, verdict: str) -> str:
    """A contest is too close to call, a vendor is ahead or clear first."""
    return (
        f"{leader} leads, but it is too close to call." if verdict == TOO_CLOSE else f"{leader} is {verdict}."
    )


def _firm_words(field: Field, flips: Sequence[FlipPoint]) -> str:
    if not field.rows:
        return "Nobody is ranked."
    leader = field.standings[0].name
    if len(field.rows) == 1:
        return f"Only {leader} is ranked."
    if field.tied:
        return "First place is shared."
    if not flips:
        return f"No change of a single weight takes first place from {leader}."
    return f"{leader} is first; the nearest change of a weight that ends it: {flips[0]['sentence']}"


def _declared(shortlist: Shortlist) -> list[Declared]:
    return [
        {"person": row.person_name, "conflict": row.conflict, "text": row.text, "at": moment(row.declared_at)}
        for row in standing_declarations(shortlist)
    ]


def _evaluators(scorecard: Scorecard) -> EvaluatorsPart:
    found = opinions_of(scorecard)
    if not found.evaluators:
        return {"names": [], "words": "Nobody has rated on this scorecard.", "figures": []}
    return {
        "names": list(found.evaluators), "words": WORDS[found.word],
        "figures": [
            {"code": one.code, "name": one.name, "value": one.text, "reason": one.found.reason if not one.text else ""} for one in found.figures
        ],
    }  # fmt: skip


def _weights(scorecard: Scorecard) -> WeightsLocked:
    registration = registration_of(scorecard)
    locked = registration.locked
    return {
        "locked": locked is not None,
        "by": locked.locked_by_name if locked else "",
        "at": moment(locked.locked_at) if locked else "",
        "digest": locked.digest if locked else "",
        "differs": list(registration.differs),
        "changes_since": [
            {
                "at": moment(change.edited_at or change.run.finished_at), "by": list(change.edited_by), "parts": list(change.parts),
                "changes_leader": change.changes_leader, "leader_before": list(change.leader_before),
                "leader_after": list(change.leader_after),
            }
            for change in registration.changes
        ],
        "owners": sorted(weights_owners(scorecard).values()),
    }  # fmt: skip


def _questions(field: Field, candidates: Sequence[Candidate]) -> list[OpenQuestion]:
    wanted = {str(candidate.public_id) for candidate in candidates}
    found = [one for one in next_questions(field).questions if one.standing.public_id in wanted]
    return [
        {
            "candidate": one.standing.public_id, "name": one.standing.name, "criterion": one.criterion.code, "question": one.text,
            "changes_first": percent_text(one.leader_ppm, PPM),
        }
        for one in found[:QUESTIONS]
    ]  # fmt: skip


def _audit(shortlist: Shortlist, items: Sequence[ShortlistItem]) -> list[AuditLine]:
    """The latest changes of the scorecard, its weights and waivers, and of the shortlist, the oldest first."""
    organization, scorecard = shortlist.organization, shortlist.scorecard
    waivers = GateWaiver.objects.for_organization(organization).filter(gate__scorecard=scorecard)
    locks = Preregistration.objects.for_organization(organization).filter(scorecard=scorecard)
    sets = WeightSet.objects.for_organization(organization).filter(scorecard=scorecard)
    rows: dict[str, list[int]] = {
        Scorecard._meta.db_table: [scorecard.pk],
        Shortlist._meta.db_table: [shortlist.pk],
        ShortlistItem._meta.db_table: [item.pk for item in items],
        GateWaiver._meta.db_table: list(waivers.values_list("pk", flat=True)),
        Preregistration._meta.db_table: list(locks.values_list("pk", flat=True)),
        WeightSet._meta.db_table: list(sets.values_list("pk", flat=True)),
    }
    wanted = Q()
    for table, keys in rows.items():
        wanted |= Q(table_name=table, row_id__in=keys)
    events = AuditEvent.objects.for_organization(organization).filter(wanted).order_by("-id")[:AUDIT_LINES]
    told = read_events(reversed(list(events)), commercial=False)
    return [
        {
            "at": moment(one.at), "by": one.actor,
            "what": " ".join(f"{one.verb} {one.noun} {one.name}".split())
            + (f": {', '.join(change.field for change in one.changes)}" if one.verb == "changed" and one.changes else ""),
            "reason": one.reason,
        }
        for one in told
    ]  # fmt: skip


def _versions(run: Run) -> dict[str, str]:
    return {
        "format": DECIDED,
        "engine": ENGINE_VERSION,
        "calculated_by": run.engine_version,
        "criteria_set": f"{run.framework_code} {run.framework_version}",
        "calculation": str(run.number),
        "input_digest": run.input_digest,
        "output_digest": run.output_digest,
    }


def for_reader(content: Decision, *, commercial: bool) -> Decision:
    """A signed decision as a reader may see it: without the right to read offers no reasons of risks and exclusions."""
    if commercial:
        return content
    shown: Decision = json.loads(json.dumps(content))
    for risk in shown["open_risks"]:
        risk["text"] = WITHHELD if risk["kind"] == "must_have" else risk["text"]
    for step in shown["funnel"]:
        for out in step["excluded"]:
            out["reason"] = WITHHELD if step["step"] == "must_haves" else out["reason"]
    return shown
