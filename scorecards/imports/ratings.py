"""Files of ratings: one's own levels for the scorecards one is invited to, one row for each vendor and criterion."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.policies import Actor, Permission
from scorecards.exporting.rating_sheet import levels_of
from scorecards.models import Candidate, Invitation, Rating
from scorecards.models.evaluation import HIGHEST_LEVEL, LONGEST_COMMENT
from scorecards.selectors.evaluators import Sheet, own_invitations, sheet_of
from scorecards.services.evaluators import Entry, save_ratings
from vendors.imports.fields import ImportField, Kind
from vendors.imports.kinds import Context, ImportKind, Plan
from vendors.imports.report import Change
from vendors.imports.targets import ParsedRow, RowError
from vendors.imports.vendors import problem_of
from vendors.models import UploadedLoad
from vendors.services.import_journal import Entries


@cache
def _fields() -> Mapping[str, ImportField]:
    own = (
        ImportField(path="rating.scorecard", kind=Kind.TEXT, max_length=200, meaning="Name of the scorecard; can be left out when you are invited to one"),
        ImportField(path="rating.vendor", kind=Kind.TEXT, max_length=300, meaning="Name of the vendor, as the scorecard shows it"),
        ImportField(path="rating.criterion", kind=Kind.TEXT, max_length=32, meaning="Id of the criterion, such as SVC3"),
        ImportField(path="rating.level", kind=Kind.WHOLE, low=0, high=HIGHEST_LEVEL, meaning="The level on its scale"),
        ImportField(path="rating.abstained", kind=Kind.YES_NO, meaning="Whether you abstain, in place of a level"),
        ImportField(path="rating.comment", kind=Kind.WORDS, max_length=LONGEST_COMMENT, meaning="Comment"),
    )  # fmt: skip
    return MappingProxyType({one.path: one for one in own})


def _plan(rows: Sequence[ParsedRow], context: Context) -> Plan:
    """The ratings that differ from what one has said so far."""
    sheets = _open_sheets(context.by)
    plan = Plan(counts={"new": 0, "changed": 0, "unchanged": 0, "repeated": 0})
    found: dict[tuple[int, int, str], tuple[Sheet, Entry, ParsedRow]] = {}
    for row in rows:
        try:
            sheet, entry = _entry(row, sheets)
        except RowError as error:
            if row.number not in context.unreadable:
                plan.problems.append(problem_of(row, error))
            continue
        key = (sheet.invitation.pk, entry.candidate.pk, entry.leaf)
        before = found.get(key)
        if before is not None and before[1] != entry and not context.repairs.kept:
            message = f"says otherwise of the same than row {before[2].number}"
            plan.problems.append(problem_of(row, RowError("rating.level", "duplicate", message)))
            continue
        plan.counts["repeated"] += before is not None
        if before is None or context.repairs.kept == "last":
            found[key] = (sheet, entry, row)
    written: dict[int, tuple[Invitation, list[Entry]]] = {}
    for sheet, entry, row in found.values():
        said = sheet.said.get((entry.candidate.pk, entry.leaf))
        there = said is not None and (said.level is not None or said.abstained or bool(said.comment))
        if said is not None and (said.level, said.abstained, said.comment) == _said(entry):
            plan.counts["unchanged"] += 1
            continue
        plan.counts["changed" if there else "new"] += 1
        written.setdefault(sheet.invitation.pk, (sheet.invitation, []))[1].append(entry)
        old = _words(said.level, said.comment) if said is not None and there else ""
        name = f"{sheet.invitation.scorecard}: {entry.candidate}"
        plan.changes.append(
            Change(
                row.number,
                "rating",
                name,
                entry.leaf,
                old,
                _words(entry.level, entry.comment),
                made=not there,
            )
        )
    plan.content = list(written.values())
    return plan


def _open_sheets(actor: Actor) -> list[Sheet]:
    """What the person still has to rate."""
    if actor.user is None:
        return []
    return [sheet_of(invitation) for invitation in own_invitations(actor) if invitation.open]


def _entry(row: ParsedRow, sheets: Sequence[Sheet]) -> tuple[Sheet, Entry]:
    """What a row says, on which sheet. Raises RowError."""
    said = row.values
    name = said.get("rating.scorecard", "")
    chosen = [
        sheet for sheet in sheets if not name or sheet.invitation.scorecard.name.casefold() == name.casefold()
    ]
    if len(chosen) != 1:
        known = (
            "you are invited to several: name the scorecard" if chosen else "you have nothing to rate there"
        )
        raise RowError("rating.scorecard", "required" if chosen else "unknown_scorecard", known, name)
    (sheet,) = chosen
    vendor, criterion = said.get("rating.vendor", ""), said.get("rating.criterion", "").upper()
    candidate = _candidate(sheet, vendor)
    leaf = next((leaf for leaf in sheet.leaves if leaf.code == criterion), None)
    if leaf is None:
        raise RowError("rating.criterion", "not_asked", f"you are not asked about {criterion!r}", criterion)
    level, abstained = said.get("rating.level"), said.get("rating.abstained", False)
    levels = levels_of(leaf)
    if level is not None and level not in levels:
        raise RowError(
            "rating.level", "off_scale", f"{level} is not on the scale {levels[0]}–{levels[-1]}", str(level)
        )
    if level is not None and abstained:
        raise RowError("rating.abstained", "both", "give a level or abstain, not both", "yes")
    return sheet, Entry(candidate, leaf.code, level, abstained, said.get("rating.comment", "").strip())


def _candidate(sheet: Sheet, name: str) -> Candidate:
    if not name:
        raise RowError("rating.vendor", "required", "is needed")
    wanted = name.casefold()
    found = [one for one in sheet.candidates if wanted in (str(one).casefold(), one.vendor.name.casefold())]
    if len(found) != 1:
        why = (
            "stands with several labels: write it as the scorecard shows it"
            if found
            else "is not one you rate"
        )
        raise RowError("rating.vendor", "ambiguous" if found else "not_asked", f"{name!r} {why}", name)
    return found[0]


def _said(entry: Entry) -> tuple[int | None, bool, str]:
    return entry.level, entry.abstained, entry.comment


def _words(level: int | None, comment: str) -> str:
    said = "no level" if level is None else f"level {level}"
    return f"{said}: {comment}" if comment else said


def _write(plan: Plan, context: Context) -> None:
    for invitation, entries in plan.content:
        save_ratings(invitation=invitation, entries=entries, by=context.by, now=context.now)


def _undo(*, load: UploadedLoad, entries: Entries, reason: str, by: Actor, now: datetime) -> None:
    """Say again what one said before; of what was submitted, or rated anew since, nothing is taken back."""
    ids = [entry.row_id for entry in entries.get(Rating._meta.db_table, ()) if entry.op == "I"]
    ratings = Rating.objects.for_organization(load.organization)
    back: dict[int, tuple[Invitation, list[Entry]]] = {}
    for row in ratings.filter(pk__in=ids).select_related("invitation", "candidate__vendor").order_by("id"):
        same = ratings.filter(invitation=row.invitation, candidate=row.candidate, leaf=row.leaf)
        newest = same.order_by("-revision")[0]
        # a later revision that says the same is what the undo of a later import leaves
        if (newest.level, newest.abstained, newest.comment) != (row.level, row.abstained, row.comment):
            raise Conflict(f"{row.candidate} was rated anew since ({row.leaf}).", code="built_upon")
        before = same.filter(revision__lt=row.revision).order_by("-revision").first()
        entry = Entry(row.candidate, row.leaf)
        if before is not None:
            entry = Entry(row.candidate, row.leaf, before.level, before.abstained, before.comment)
        back.setdefault(row.invitation_id, (row.invitation, []))[1].append(entry)
    for invitation, said in back.values():
        save_ratings(invitation=invitation, entries=said, by=by, now=now)


RATINGS = ImportKind(
    code="ratings",
    label="Your ratings",
    meaning="One row for each vendor and criterion that you are asked to rate. Nobody else sees this import.",
    group="Ratings",
    permissions=(Permission.RATE,),
    fields=_fields,
    plan=_plan,
    write=_write,
    undo=_undo,
    private=True,
)
