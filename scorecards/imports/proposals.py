"""Files of proposals: the rows of one programme, vendor and label are the lines of one offer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import Conflict, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.imports.rates import GROUP
from scorecards.models import Candidate, Proposal
from scorecards.models.proposal import LONGEST_ITEM, LONGEST_TEXT, STAGES
from scorecards.services.proposal_terms import FLAGS, LONGEST_WORDS, MUST_HAVE_TERMS, TermKind
from scorecards.services.proposals import record_proposal, withdraw_proposal
from vendors.imports.cells import shown
from vendors.imports.fields import ImportField, Kind
from vendors.imports.kinds import Context, ImportKind, Plan
from vendors.imports.report import Change, Problem
from vendors.imports.targets import ParsedRow, RowError
from vendors.imports.vendors import problem_of
from vendors.models import StoredFile, UploadedLoad
from vendors.services.import_journal import Entries
from vendors.vocabulary import Confidentiality, LineInclusion

_OFFER = (
    "received_on", "valid_until", "currency", "pass_throughs", "minimum_commitment", "capex", "payment_terms",
    "cancellation_fees", "slot_week", "weeks_to_milestone", "stand_alone_stages", "terms", "must_have_terms", "signed_offer",
)  # fmt: skip
_KINDS = {TermKind.YES_NO: Kind.YES_NO, TermKind.WORDS: Kind.WORDS, TermKind.AMOUNT: Kind.NUMBER}
_LINE = ("scope_item", "inclusion", "price", "unit", "quantity", "assumption")
_LARGEST = 10**13
_TERMS = {"0": 0, "0.5": 0.5, "1": 1, "no": 0, "partly": 0.5, "yes": 1}


@dataclass(eq=False)
class Offer:
    """One offer that the file speaks of."""

    row: int
    candidate: Candidate
    values: dict[str, Any]
    lines: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


@cache
def _fields() -> Mapping[str, ImportField]:
    money: dict[str, Any] = {"kind": Kind.NUMBER, "low": 0, "high": _LARGEST, "places": 2}
    demanded = [_demanded(term.value, term.label, kind) for term, kind in MUST_HAVE_TERMS.items()]
    own = (
        ImportField(path="proposal.program", kind=Kind.TEXT, max_length=200, meaning="Name of the programme"),
        ImportField(path="proposal.vendor", kind=Kind.TEXT, max_length=200, meaning="Name of the vendor that offers"),
        ImportField(path="proposal.label", kind=Kind.TEXT, max_length=100, meaning="Label of the candidate, when the vendor stands with several"),
        ImportField(path="proposal.received_on", kind=Kind.DAY, meaning="Day the offer was received; today when blank"),
        ImportField(path="proposal.valid_until", kind=Kind.DAY, meaning="Last day it holds"),
        ImportField(path="proposal.currency", kind=Kind.TEXT, max_length=3, meaning="Currency of all its prices, such as EUR"),
        ImportField(path="proposal.pass_throughs", meaning="Materials and other pass-through costs", **money),
        ImportField(path="proposal.minimum_commitment", meaning="Least that has to be spent", **money),
        ImportField(path="proposal.capex", meaning="Investment that the sponsor pays", **money),
        ImportField(path="proposal.payment_terms", kind=Kind.WORDS, max_length=LONGEST_TEXT, meaning="Terms of payment"),
        ImportField(path="proposal.cancellation_fees", kind=Kind.WORDS, max_length=LONGEST_TEXT, meaning="What a cancellation costs"),
        ImportField(path="proposal.slot_week", kind=Kind.DAY, meaning="Monday of the week in which the work can begin"),
        ImportField(path="proposal.weeks_to_milestone", kind=Kind.NUMBER, low=0, high=9999, places=2, meaning="Weeks to the milestone of the programme"),
        ImportField(path="proposal.stand_alone_stages", kind=Kind.CHOICES, options=tuple(stage.value for stage in STAGES), meaning="Stages that can be had alone"),
        ImportField(path="proposal.terms", kind=Kind.IDS, max_length=40, meaning=f"Terms as code=0, 0.5 or 1: {', '.join(FLAGS)}"),
        *demanded,
        ImportField(path="proposal.signed_offer", kind=Kind.TEXT, max_length=64, meaning="SHA-256 of the signed offer, uploaded before as a commercial file"),
        ImportField(path="line.scope_item", kind=Kind.TEXT, max_length=LONGEST_ITEM, meaning="Item of the common scope"),
        ImportField(path="line.inclusion", kind=Kind.CHOICE, options=tuple(one.value for one in LineInclusion), meaning="Included (when blank), excluded or optional"),
        ImportField(path="line.price", meaning="Price of one; open when blank", **money),
        ImportField(path="line.unit", kind=Kind.TEXT, max_length=50, meaning="What the price is of"),
        ImportField(path="line.quantity", kind=Kind.NUMBER, low=0, high=10**9, places=4, meaning="How many; one when blank"),
        ImportField(path="line.assumption", kind=Kind.WORDS, max_length=LONGEST_TEXT, meaning="What the price assumes"),
    )  # fmt: skip
    return MappingProxyType({one.path: one for one in own})


def _demanded(code: str, label: str, kind: TermKind) -> ImportField:
    """The column of a term that a programme may demand."""
    path, meaning = f"proposal.{code}", f"Term a programme may demand: {label}"
    if kind is TermKind.AMOUNT:
        return ImportField(path=path, kind=_KINDS[kind], meaning=meaning, low=0, high=_LARGEST, places=2)
    return ImportField(path=path, kind=_KINDS[kind], meaning=meaning, max_length=LONGEST_WORDS)


def _plan(rows: Sequence[ParsedRow], context: Context) -> Plan:
    """The offers that are not the ones that count already. Each is tried and taken back, so that all errors show."""
    candidates = _candidates(context)
    plan = Plan(counts={"new": 0, "changed": 0, "unchanged": 0})
    offers: dict[int, Offer] = {}
    files: dict[str, list[StoredFile]] = {}
    for row in rows:
        try:
            _take(row, candidates, offers, context, files)
        except RowError as error:
            if row.number not in context.unreadable:
                plan.problems.append(problem_of(row, error))
    standing = (
        Proposal.objects.for_organization(context.organization)
        .live()
        .filter(candidate__in=list(offers))
        .select_related("signed_offer")
        .prefetch_related("lines")
        .order_by("candidate_id", "version")
    )
    before = {proposal.candidate_id: proposal for proposal in standing}
    written = []
    for key, offer in offers.items():
        known = before.get(key)
        if known is not None:
            _keep(known, offer)
        if known is not None and _same(known, offer):
            plan.counts["unchanged"] += 1
            continue
        plan.problems += _tried(offer, context)
        plan.counts["changed" if known else "new"] += 1
        written.append(offer)
        plan.changes += _changes(offer, known)
    plan.content = written
    return plan


def _candidates(context: Context) -> dict[tuple[str, str, str], Candidate]:
    """The candidates by programme, vendor and label, each without case."""
    rows = (
        Candidate.objects.for_organization(context.organization)
        .filter(archived_at__isnull=True, program__archived_at__isnull=True, vendor__archived_at__isnull=True)
        .select_related("program", "vendor", "organization")
        .order_by("id")
    )
    return {
        (row.program.name.casefold(), row.vendor.name.casefold(), row.label.casefold()): row for row in rows
    }


def _take(
    row: ParsedRow,
    candidates: Mapping[tuple[str, str, str], Candidate],
    offers: dict[int, Offer],
    context: Context,
    files: dict[str, list[StoredFile]],
) -> None:
    """Add a row to its offer. Raises RowError."""
    said = row.values
    program, vendor = said.get("proposal.program", ""), said.get("proposal.vendor", "")
    for name, text in (("program", program), ("vendor", vendor)):
        if not text:
            raise RowError(f"proposal.{name}", "required", "is needed")
    if not any(key[0] == program.casefold() for key in candidates):
        raise RowError("proposal.program", "unknown_program", f"there is no programme {program!r}", program)
    label = said.get("proposal.label", "")
    candidate = candidates.get((program.casefold(), vendor.casefold(), label.casefold()))
    if candidate is None:
        what = f"{vendor!r}" + (f" with the label {label!r}" if label else "")
        raise RowError("proposal.vendor", "unknown_vendor", f"{what} does not stand in {program!r}", vendor)
    values = {name: said[f"proposal.{name}"] for name in _OFFER if f"proposal.{name}" in said}
    if "terms" in values:
        values["terms"] = _terms(values["terms"])
    demanded = {
        term.value: said[f"proposal.{term.value}"]
        for term in MUST_HAVE_TERMS
        if f"proposal.{term.value}" in said
    }
    if demanded:
        values["must_have_terms"] = demanded
    if "signed_offer" in values:
        values["signed_offer"] = _signed_file(values["signed_offer"], candidate, context, files)
    values["received_on"] = values.get("received_on") or context.now.date()
    if "currency" not in values:
        raise RowError("proposal.currency", "required", "is needed")
    values["currency"] = values["currency"].upper()
    offer = offers.setdefault(candidate.pk, Offer(row.number, candidate, values))
    if offer.values != values:
        differing = next(name for name in _OFFER if offer.values.get(name) != values.get(name))
        raise RowError(
            f"proposal.{differing}", "conflict", f"says otherwise of the same offer than row {offer.row}",
            _words(values.get(differing)),
        )  # fmt: skip
    line = {name: said[f"line.{name}"] for name in _LINE if f"line.{name}" in said}
    if line:
        if "scope_item" not in line:
            raise RowError("line.scope_item", "required", "a line names its item")
        offer.lines.append((row.number, line))


def _signed_file(
    said: str, candidate: Candidate, context: Context, files: dict[str, list[StoredFile]]
) -> StoredFile:
    """The uploaded file of a SHA-256; `files` are those found already. Raises RowError when it is not on file."""
    digest = said.strip().lower()
    if digest not in files:
        known = StoredFile.objects.for_organization(context.organization)
        files[digest] = list(known.filter(sha256=digest).order_by("id"))
    own = [row for row in files[digest] if row.vendor_id in {None, candidate.vendor_id}]
    if not own:
        raise RowError(
            "proposal.signed_offer", "unknown_file", "no uploaded file of this vendor has this SHA-256", said
        )
    commercial = [row for row in own if row.confidentiality == Confidentiality.COMMERCIAL]
    return (commercial or own)[0]


def _terms(given: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for code, said in given.items():
        if said.casefold() not in _TERMS:
            raise RowError("proposal.terms", "wrong_format", f"{code} is 0, 0.5 or 1", said)
        found[code] = _TERMS[said.casefold()]
    return found


def _tried(offer: Offer, context: Context) -> list[Problem]:
    """What refuses the offer: it is recorded in a savepoint and taken back, so that every rule is the service's own."""
    try:
        with transaction.atomic():
            _record(offer, context)
            transaction.set_rollback(True)
    except Invalid as error:
        return [_problem(offer, part.field, part.code, part.message) for part in error.errors]
    return []


def _problem(offer: Offer, path: str, code: str, message: str) -> Problem:
    if path.startswith("lines."):
        _, position, *rest = path.split(".")
        row = offer.lines[int(position)][0]
        return Problem(row, "", f"line.{'.'.join(rest) or 'scope_item'}", code, message)
    return Problem(offer.row, "", f"proposal.{path.partition('.')[0] or 'vendor'}", code, message)


def _record(offer: Offer, context: Context) -> Proposal:
    return record_proposal(
        candidate=offer.candidate,
        by=context.by,
        now=context.now,
        lines=[line for _, line in offer.lines],
        **offer.values,
    )


def _keep(known: Proposal, offer: Offer) -> None:
    """What a file says nothing of stays: the terms a programme may demand, and of the same words the signed file."""
    if known.must_have_terms and "must_have_terms" not in offer.values:
        offer.values["must_have_terms"] = known.must_have_terms
    if known.signed_offer is not None and "signed_offer" not in offer.values:
        offer.values["signed_offer"] = known.signed_offer
        if not _same(known, offer):  # what was signed is the version before
            del offer.values["signed_offer"]


def _same(known: Proposal, offer: Offer) -> bool:
    """Whether the version that counts says the same, lines in their order."""
    said = {name: offer.values.get(name) for name in _OFFER}
    there = {name: getattr(known, name) for name in _OFFER}
    if any((said[name] or None) != (there[name] or None) for name in _OFFER):
        return False
    rows = sorted(known.lines.all(), key=lambda line: line.position)
    lines = [_whole(line) for _, line in offer.lines]
    return lines == [{name: getattr(row, name) for name in _LINE} for row in rows]


def _whole(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line with what its columns hold when nothing is said."""
    blank = {
        "inclusion": LineInclusion.INCLUDED.value,
        "price": None,
        "unit": "",
        "quantity": 1,
        "assumption": "",
    }
    return {name: line.get(name, blank.get(name)) for name in _LINE}


def _changes(offer: Offer, known: Proposal | None) -> list[Change]:
    name = f"{offer.candidate.program}: {offer.candidate}"
    made = known is None
    version = f"version {known.version + 1}" if known else "version 1"
    changes = [
        Change(
            offer.row,
            "proposal",
            name,
            "proposal",
            f"version {known.version}" if known else "",
            version,
            made=made,
        )
    ]
    for field_name in _OFFER:
        old = _words(getattr(known, field_name)) if known else ""
        new = _words(offer.values.get(field_name))
        if old != new:
            changes.append(Change(offer.row, "proposal", name, f"proposal.{field_name}", old, new, made=made))
    before = {line.scope_item: line for line in known.lines.all()} if known else {}
    for row, line in offer.lines:
        there = before.get(line["scope_item"])
        old, new = shown(there.price) if there else "", shown(line.get("price")) or "not priced"
        if old != new:
            changes.append(Change(row, "proposal", name, f"line {line['scope_item']}", old, new, made=made))
    return changes


def _words(value: Any) -> str:
    return value.name if isinstance(value, StoredFile) else shown(value)


def _write(plan: Plan, context: Context) -> None:
    for offer in plan.content:
        _record(offer, context)


def _undo(*, load: UploadedLoad, entries: Entries, reason: str, by: Actor, now: datetime) -> None:
    """Withdraw the versions that the import made: those before them count again."""
    ids = [entry.row_id for entry in entries.get(Proposal._meta.db_table, ()) if entry.op == "I"]
    versions = Proposal.objects.for_organization(load.organization).live()
    made = versions.filter(pk__in=ids).select_related(
        "candidate__vendor", "candidate__program", "organization"
    )
    for proposal in made.order_by("id"):
        if versions.filter(candidate=proposal.candidate, version__gt=proposal.version).exists():
            raise Conflict(f"The offer of {proposal.candidate} has a newer version.", code="built_upon")
        withdraw_proposal(proposal=proposal, reason=reason, by=by, now=now)


PROPOSALS = ImportKind(
    code="proposals",
    label="Proposals with their lines",
    meaning="One row for each line of an offer; what holds for the whole offer stands in each of its rows.",
    group=GROUP,
    permissions=(Permission.EDIT_COMMERCIAL,),
    fields=_fields,
    plan=_plan,
    write=_write,
    undo=_undo,
)
