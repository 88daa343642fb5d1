"""Files of evidence, one statement a row: any fact of a vendor, a site or a capability, with how it is known.

The same check serves the file of services, whose rows state up to three facts each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from cdmo_eval.core.policies import Permission
from vendors import vocabulary as words
from vendors.facts import FACTS
from vendors.imports.cells import CellProblem, shown
from vendors.imports.difference import same_value
from vendors.imports.directory_kinds import CAPABILITY_KEYS, SITE_KEYS, VENDOR_KEYS, some_fields
from vendors.imports.fact_values import read_fact_value
from vendors.imports.fields import ImportField, Kind
from vendors.imports.kinds import Context, ImportKind, Plan
from vendors.imports.known import STATED, KnownRecord
from vendors.imports.placing import Placed, Placing
from vendors.imports.provenances import Provenances, stated_provenance
from vendors.imports.report import Change, Problem
from vendors.imports.targets import ParsedRow, RowError
from vendors.imports.vendors import problem_of
from vendors.imports.writing import write_new_targets
from vendors.models import Evidence
from vendors.services.evidence import Draft, Scope, Subject, record_checked
from vendors.services.provenance import Provenance
from vendors.value_words import value_words
from vendors.vocabulary import ServiceCode, SubjectType

GROUP = "Evidence"
_AT_ONCE = 5_000
_SUBJECTS = (SubjectType.VENDOR, SubjectType.SITE, SubjectType.CAPABILITY)
_SCOPE = ("modality", "operation", "phase", "market")
Where = tuple[Any, Any, Any]
Key = tuple[Any, ...]


class Said(NamedTuple):
    """One statement of a row: the fact, its value (None: the answer was refused) and the field that holds it."""

    target: str
    value: dict[str, Any] | None
    field: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A record to be made."""

    placed: Placed
    said: Said
    scope: Scope
    provenance: Provenance
    row: int

    @property
    def name(self) -> str:
        """What it is about, in words."""
        vendor, site, capability = self.placed
        parts = [vendor.name, site.name if site else ""]
        parts.append(f"{capability.modality} {capability.operation}" if capability else "")
        return ": ".join(part for part in parts if part)


def _targets() -> tuple[str, ...]:
    """The facts that evidence of a vendor, site or capability can be about."""
    return tuple(code for code, fact in FACTS.items() if set(fact.subjects) & set(_SUBJECTS))


@cache
def _fields() -> Mapping[str, ImportField]:
    found = some_fields(keys=(*VENDOR_KEYS, *SITE_KEYS, *CAPABILITY_KEYS), entities=())
    own = (
        ImportField(path="evidence.target", kind=Kind.CHOICE, options=_targets(), meaning="The fact: the id of a criterion (SVC3) or of a field (site.single_use_pct)"),
        ImportField(path="evidence.value", kind=Kind.WORDS, max_length=4_000, meaning="Its value: a number, level, yes or no, code, codes separated by ;, share as 8/10, amount as 1200 EUR, or name=value pairs separated by ;"),
        ImportField(path="evidence.unit", kind=Kind.TEXT, max_length=16, meaning="Unit of a number that needs one, such as L"),
        ImportField(path="evidence.refused", kind=Kind.YES_NO, meaning="Whether the vendor refused to answer; in place of a value"),
        ImportField(path="scope.modality", kind=Kind.CHOICE, options=_of(words.Modality), meaning="Holds for this modality alone (any when blank)"),
        ImportField(path="scope.operation", kind=Kind.CHOICE, options=_of(words.Operation), meaning="Holds for this operation alone"),
        ImportField(path="scope.phase", kind=Kind.CHOICE, options=_of(words.Phase), meaning="Holds for this phase alone"),
        ImportField(path="scope.market", kind=Kind.TEXT, max_length=8, meaning="Holds for this market alone (US, EU or a country)"),
    )  # fmt: skip
    found |= {one.path: one for one in own}
    return MappingProxyType(found | some_fields(keys=(), entities=("evidence",)))


@cache
def _service_fields() -> Mapping[str, ImportField]:
    found = some_fields(keys=(*VENDOR_KEYS, *SITE_KEYS), entities=())
    sample: Any = {name: FACTS[f"service.{ServiceCode.PREFORM}.{name}"].schema for name in _OFFERED}
    own = (
        ImportField(path="service.code", kind=Kind.CHOICE, options=_of(ServiceCode), meaning="The service"),
        ImportField(path="service.delivery", kind=Kind.CHOICE, options=sample["delivery"].options, meaning="How it is delivered; none says that it is not offered"),
        ImportField(path="service.gmp_grade", kind=Kind.CHOICE, options=sample["gmp_grade"].options, meaning="At which grade"),
        ImportField(path="service.markets", kind=Kind.CHOICES, options=sample["markets"].options, meaning="For which markets"),
    )  # fmt: skip
    found |= {one.path: one for one in own}
    return MappingProxyType(found | some_fields(keys=(), entities=("evidence",)))


_OFFERED = ("delivery", "gmp_grade", "markets")


def _of(vocabulary: type[words.Code]) -> tuple[str, ...]:
    return tuple(member.value for member in vocabulary)


def _evidence_said(row: ParsedRow) -> Iterable[Said]:
    """The one statement of a row of evidence. Raises RowError."""
    target = row.values.get("evidence.target")
    if target is None:
        raise RowError("evidence.target", "required", "the row does not say which fact it is about")
    text, refused = row.values.get("evidence.value"), row.values.get("evidence.refused", False)
    if refused:
        if text is not None:
            raise RowError(
                "evidence.value", "refused_with_value", "a refusal stands in place of a value", text
            )
        yield Said(target, None, "evidence.refused")
        return
    if text is None:
        raise RowError("evidence.value", "required", "a value, or a refusal, is needed")
    try:
        value = read_fact_value(target, text, row.values.get("evidence.unit", ""))
    except CellProblem as error:
        raise RowError("evidence.value", error.code, error.message, text[:200]) from None
    yield Said(target, value, "evidence.value")


def _service_said(row: ParsedRow) -> Iterable[Said]:
    """What a row of services states: a fact for each of its columns. Raises RowError."""
    code = row.values.get("service.code")
    if code is None:
        raise RowError("service.code", "required", "the row does not say which service it is about")
    stated = [name for name in _OFFERED if f"service.{name}" in row.values]
    if not stated:
        raise RowError("service.delivery", "required", "the row says nothing about the service")
    for name in stated:
        path = f"service.{name}"
        key = "choices" if name == "markets" else "choice"
        yield Said(f"service.{code}.{name}", {key: row.values[path]}, path)


def _planner(
    statements: Callable[[ParsedRow], Iterable[Said]],
) -> Callable[[Sequence[ParsedRow], Context], Plan]:
    def plan(rows: Sequence[ParsedRow], context: Context) -> Plan:
        return _Planning(statements, context).plan(rows)

    return plan


class _Planning:
    """Compares the statements of one file with what is known."""

    def __init__(self, statements: Callable[[ParsedRow], Iterable[Said]], context: Context) -> None:
        self.read = statements
        self.context = context
        self.placing = Placing(context.known, describes=(), repairs=context.repairs)
        self.provenances = Provenances(source=context.source, by=context.by, now=context.now)
        self.problems: list[Problem] = []
        self.stated: dict[Key, tuple[Statement, ParsedRow]] = {}
        self.repeated = 0

    def plan(self, rows: Sequence[ParsedRow]) -> Plan:
        """The records to be made, with the earlier statements beside them."""
        for row in rows:
            try:
                self._take(row)
            except RowError as error:
                if row.number not in self.context.unreadable:
                    self.problems.append(problem_of(row, error))
        records = self._known()
        made: list[Statement] = []
        changes = []
        counts = {"new": 0, "changed": 0, "unchanged": 0, "repeated": self.repeated}
        for statement, row in self.stated.values():
            there = records.get(_place(statement), []) if self._exists(statement) else []
            peers = [record for record in there if record.claim_type == statement.provenance.claim_type]
            if _is_known(statement, stated_provenance(row), there, peers):
                counts["unchanged"] += 1
                continue
            counts["changed" if peers else "new"] += 1
            made.append(statement)
            changes.append(_change(statement, peers))
        counts["evidence"] = len(made)
        return Plan(
            counts=counts,
            changes=changes,
            problems=self.problems,
            content=(tuple(self.placing.vendors), made),
        )

    def _take(self, row: ParsedRow) -> None:
        said = list(self.read(row))
        placed = self.placing.place(row)
        subject = _subject_type(placed)
        for one in said:
            fact = FACTS[one.target]
            if subject not in fact.subjects:
                asked = " or ".join(SubjectType(found).label.lower() for found in fact.subjects)
                raise RowError(
                    "evidence.target" if "service.code" not in row.values else "service.code", "wrong_subject",
                    f"{one.target} is asked of a {asked}, and the row is about a {subject.label.lower()}", one.target,
                )  # fmt: skip
        provenance, problems = self.provenances.of(row)
        self.problems += problems
        if provenance is None:
            return
        scope = Scope(**{part: row.values.get(f"scope.{part}", "") for part in _SCOPE})
        if scope.market and not words.is_market(scope.market):
            raise RowError(
                "scope.market", "unknown_choice", f"{scope.market!r} is not a market", scope.market
            )
        for one in said:
            statement = Statement(placed, one, scope, provenance, row.number)
            key = (*placed, one.target, scope, provenance.claim_type, row.values.get("evidence.obtained_on"))
            before = self.stated.get(key)
            if before is None:
                self.stated[key] = statement, row
            elif before[0].said.value == one.value and before[0].provenance == provenance:
                self.repeated += 1
            elif self.context.repairs.kept:
                self.repeated += 1
                if self.context.repairs.kept == "last":
                    self.stated[key] = statement, row
            else:
                message = f"says otherwise of the same than row {before[0].row} on the same day"
                raise RowError(one.field, "duplicate", message, shown(row.values.get(one.field)))

    def _exists(self, statement: Statement) -> bool:
        return all(one is None or one.existing is not None for one in statement.placed)

    def _known(self) -> Mapping[Key, list[KnownRecord]]:
        """The live records of the same facts, oldest first."""
        vendor_ids = [v.existing.pk for v in self.placing.vendors if v.existing is not None]
        targets = {statement.said.target for statement, _ in self.stated.values()}
        found: dict[Key, list[KnownRecord]] = defaultdict(list)
        rows = (
            Evidence.objects.for_organization(self.context.organization)
            .live()
            .of_profile()
            .filter(vendor_id__in=vendor_ids, target__in=targets, program_id__isnull=True)
            .order_by("obtained_on", "id")
            .values("id", "vendor_id", "site_id", "capability_id", "target", "value", *_SCOPE, *STATED)
        )
        for row in rows.iterator(chunk_size=5000):
            key = (
                row["vendor_id"],
                row["site_id"],
                row["capability_id"],
                row["target"],
                *(row[part] for part in _SCOPE),
            )
            stated = {name: row[name] for name in STATED}
            found[key].append(KnownRecord(row["id"], row["value"], row["claim_type"], stated))
        return found


def _subject_type(placed: Placed) -> SubjectType:
    if placed.capability is not None:
        return SubjectType.CAPABILITY
    return SubjectType.VENDOR if placed.site is None else SubjectType.SITE


def _place(statement: Statement) -> Key:
    scope = statement.scope
    keys = (
        one.existing.pk if one is not None and one.existing is not None else None for one in statement.placed
    )
    return (*keys, statement.said.target, scope.modality, scope.operation, scope.phase, scope.market)


def _is_known(
    statement: Statement,
    stated: Mapping[str, Any],
    there: Sequence[KnownRecord],
    peers: Sequence[KnownRecord],
) -> bool:
    """Whether a record says the same with the same provenance where the row gives one: of that day, else the newest."""

    def says_so(record: KnownRecord) -> bool:
        return same_value(record.value, statement.said.value) and all(
            record.stated[name] == part for name, part in stated.items()
        )

    if "obtained_on" in stated:
        return any(says_so(record) for record in there)
    return bool(peers) and says_so(peers[-1])


def _change(statement: Statement, peers: Sequence[KnownRecord]) -> Change:
    target, value = statement.said.target, statement.said.value
    old = value_words(target, peers[-1].value, refused=peers[-1].value is None) if peers else ""
    new = value_words(target, value, refused=value is None)
    return Change(statement.row, "evidence", statement.name, target, old, new, made=not peers)


def _write(plan: Plan, context: Context) -> None:
    """Write what a repair made, then the records, vendor by vendor, so that each is projected few times."""
    vendors, statements = plan.content
    organization, by, now = context.organization, context.by, context.now
    write_new_targets(organization, vendors, by=by, now=now)
    drafts = sorted(
        (_draft(statement) for statement in statements), key=lambda draft: draft.subject.vendor.pk
    )
    for start in range(0, len(drafts), _AT_ONCE):
        record_checked(organization=organization, drafts=drafts[start : start + _AT_ONCE], by=by, now=now)


def _draft(statement: Statement) -> Draft:
    vendor, site, capability = statement.placed
    if vendor.existing is None:
        raise RuntimeError("a vendor is written before its evidence")
    subject = Subject(
        type=_subject_type(statement.placed),
        vendor=vendor.existing,
        site=site.existing if site else None,
        capability=capability.existing if capability else None,
    )
    value = statement.said.value
    return Draft(
        subject=subject,
        target=statement.said.target,
        value=value,
        refused=value is None,
        scope=statement.scope,
        provenance=statement.provenance,
    )


EVIDENCE = ImportKind(
    code="evidence",
    label="Evidence",
    meaning="One row for each statement: vendor, site or capability, the fact, its value, and how it is known.",
    group=GROUP,
    permissions=(Permission.EDIT_EVIDENCE,),
    fields=_fields,
    plan=_planner(_evidence_said),
    write=_write,
)
SERVICES = ImportKind(
    code="services",
    label="Services",
    meaning="One row for each service of a vendor or of one of its sites: how it is delivered, at which grade, for which markets.",
    group="Vendors",
    permissions=(Permission.IMPORT, Permission.EDIT_VENDORS, Permission.EDIT_EVIDENCE),
    fields=_service_fields,
    plan=_planner(_service_said),
    write=_write,
)
