"""Rows that are each one record of a vendor or site: certificates, contacts, partnerships, screens, qualifications.

A `Part` says what makes two rows speak of the same record, which columns they hold and what must agree; finding the
vendor and the site, comparing with what is there, and writing is the same for all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from cdmo_eval.core import wakeup
from cdmo_eval.core.models import Organization
from vendors.imports.cells import shown
from vendors.imports.kinds import Context, Plan
from vendors.imports.placing import Placing
from vendors.imports.report import Change, Problem
from vendors.imports.targets import ParsedRow, RowError, SiteTarget, VendorTarget
from vendors.imports.vendors import problem_of
from vendors.imports.writing import require_unchanged, write_new_targets
from vendors.services.bulk_rows import add_rows, set_columns
from vendors.services.writing import lock_vendors

Finding = tuple[str, str, str]
"""Column, code and sentence of a fault."""
Key = tuple[Any, ...]


@dataclass(eq=False, kw_only=True)
class PartTarget:
    """One record that the file speaks of."""

    row: ParsedRow
    vendor: VendorTarget
    site: SiteTarget | None
    values: dict[str, Any]
    existing: Any = None
    changed: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Whose it is."""
        return f"{self.vendor.name}: {self.site.name}" if self.site else self.vendor.name


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of record. `columns` maps the last part of a field's path to the model's column."""

    entity: str
    model: type[models.Model]
    columns: Mapping[str, str]
    needs_site: bool = False
    has_vendor: bool = True
    takes_site: bool = False
    needed: tuple[str, ...] = ()
    key: Callable[[Mapping[str, Any]], Key]
    """What a record is known by among those of its vendor and site, of values by column of the model."""
    rows: Callable[[Organization, Sequence[int]], Iterable[Any]]
    """The living records of vendors."""
    faults: Callable[[Mapping[str, Any], Context], Iterable[Finding]] = lambda _values, _context: ()
    read: Callable[[ParsedRow, Placing, Context], tuple[dict[str, Any], list[Problem]]] | None = None
    """Further columns that are no plain cell."""
    fill: Callable[[Mapping[str, Any], Any, Context], dict[str, Any]] = lambda _values, _existing, _context: {}
    """Columns that follow from the others, given the record that is there, if any."""
    together: Callable[[Sequence[PartTarget]], Iterable[tuple[PartTarget, Finding]]] = lambda _targets: ()
    """What the records of one file contradict each other in."""
    made: Callable[[Context], dict[str, Any]] = lambda _context: {}
    """Columns of a new record beside those of the file."""
    changed: Callable[[Any, Context], dict[str, Any]] = lambda _row, _context: {}
    """Columns of a changed record beside those of the file."""
    replaces: Callable[[Any, Context], dict[str, Any]] | None = None
    """For records that are never changed: what takes the earlier one back, before a new one is made."""
    settle: Callable[[Sequence[PartTarget], Context], None] | None = None
    """What other records have to yield, just before the rows are written."""


def planner(part: Part) -> Callable[[Sequence[ParsedRow], Context], Plan]:
    """The check of files of one kind of record."""

    def plan(rows: Sequence[ParsedRow], context: Context) -> Plan:
        return _Planning(part, context).plan(rows)

    return plan


def writer(part: Part) -> Callable[[Plan, Context], None]:
    """The write of files of one kind of record."""

    def write(plan: Plan, context: Context) -> None:
        _write(part, plan.content, context)

    return write


class _Planning:
    """Compares the rows of one file with what is there."""

    def __init__(self, part: Part, context: Context) -> None:
        self.part = part
        self.context = context
        self.placing = Placing(context.known, describes=(), repairs=context.repairs)
        self.problems: list[Problem] = []
        self.found: dict[Key, PartTarget] = {}
        self.repeated = 0

    def plan(self, rows: Sequence[ParsedRow]) -> Plan:
        """The records that rows speak of, and what each changes."""
        for row in rows:
            try:
                self._take(row)
            except RowError as error:
                if row.number not in self.context.unreadable:
                    self.problems.append(problem_of(row, error))
        self._compare()
        targets = list(self.found.values())
        changes = [change for target in targets for change in self._changes(target)]
        counts = {
            "new": sum(target.existing is None for target in targets),
            "changed": sum(target.existing is not None and bool(target.changed) for target in targets),
            "unchanged": sum(target.existing is not None and not target.changed for target in targets),
            "repeated": self.repeated,
        }
        return Plan(
            counts=counts,
            changes=changes,
            problems=self.problems,
            content=(tuple(self.placing.vendors), targets),
        )

    def _take(self, row: ParsedRow) -> None:
        part, context = self.part, self.context
        placed = self.placing.place(row)
        site = placed.site if part.takes_site else None
        if part.needs_site and site is None:
            raise RowError("site.name", "required", "the row does not say which site it is about")
        values = {
            column: row.values[path]
            for name, column in part.columns.items()
            if (path := f"{part.entity}.{name}") in row.values
        }
        if part.read is not None:
            further, problems = part.read(row, self.placing, context)
            self.problems += problems
            values |= further
        for name in part.needed:
            if part.columns[name] not in values:
                raise RowError(f"{part.entity}.{name}", "required", "is needed")
        target = PartTarget(row=row, vendor=placed.vendor, site=site, values=values)
        key = (placed.vendor, site, *part.key(values))
        before = self.found.get(key)
        if before is None:
            self.found[key] = target
        elif before.values == values:
            self.repeated += 1
        elif context.repairs.kept:
            self.repeated += 1
            if context.repairs.kept == "last":
                self.found[key] = target
        else:
            raise RowError(
                f"{part.entity}.{part.needed[0]}" if part.needed else part.entity,
                "duplicate",
                f"speaks of the same as row {before.row.number} and says something else",
            )

    def _compare(self) -> None:
        """Find the records that are there, and what the file changes of them."""
        part, context = self.part, self.context
        vendor_ids = [v.existing.pk for v in self.placing.vendors if v.existing is not None]
        there: dict[Key, Any] = {}
        for row in part.rows(context.organization, vendor_ids):
            values = {column: getattr(row, column) for column in part.columns.values()}
            vendor_id = row.vendor_id if part.has_vendor else row.site.vendor_id
            there[vendor_id, row.site_id if part.takes_site else None, *part.key(values)] = row
        for key, target in self.found.items():
            vendor, site, *rest = key
            if vendor.existing is not None and (site is None or site.existing is not None):
                place = (vendor.existing.pk, site.existing.pk if site else None, *rest)
                target.existing = there.get(place)
            before = target.existing
            target.values |= part.fill(target.values, before, context)
            target.changed = {
                column: value
                for column, value in target.values.items()
                if before is None or getattr(before, column) != value
            }
            merged = target.values if before is None else {**_values(part, before), **target.values}
            faults = list(part.faults(merged, context)) if target.changed else []
            faults += list(self._model_faults(target)) if target.changed and not faults else []
            if target.row.number not in context.unreadable:
                self._blame(target, faults)
        for target, fault in part.together(list(self.found.values())):
            self._blame(target, [fault])

    def _blame(self, target: PartTarget, faults: Iterable[Finding]) -> None:
        """Note what is wrong with the row of a record."""
        part = self.part
        for column, code, sentence in faults:
            said = shown(_name_of(target.values.get(part.columns.get(column, ""))))
            field = f"{part.entity}.{column}"
            self.problems.append(Problem(target.row.number, "", field, code, sentence, said))

    def _model_faults(self, target: PartTarget) -> Iterable[Finding]:
        """What the columns by themselves refuse, such as an address that is none."""
        part = self.part
        plain = {name: value for name, value in target.changed.items() if not _is_row(value)}
        row, names = part.model(**plain), set(plain)
        others = {one.name for one in row._meta.fields if one.attname not in names and one.name not in names}
        relations = {one.name for one in row._meta.fields if one.is_relation}
        try:
            row.clean_fields(exclude=others | relations)
        except ValidationError as error:
            by_column = {column: name for name, column in part.columns.items()}
            for column, found in error.error_dict.items():
                yield by_column.get(column, column), found[0].code or "invalid", " ".join(found[0].messages)

    def _changes(self, target: PartTarget) -> Iterable[Change]:
        part = self.part
        by_column = {column: name for name, column in part.columns.items()}
        for column, value in target.changed.items():
            old = "" if target.existing is None else shown(getattr(target.existing, column))
            yield Change(
                target.row.number,
                part.entity,
                target.name,
                f"{part.entity}.{by_column.get(column, column)}",
                old,
                shown(_name_of(value)),
                made=target.existing is None,
            )


def _is_row(value: Any) -> bool:
    return isinstance(value, VendorTarget | models.Model)


def _name_of(value: Any) -> Any:
    return value.name if isinstance(value, VendorTarget) else value


def _values(part: Part, row: Any) -> dict[str, Any]:
    return {column: getattr(row, column) for column in part.columns.values()}


def _write(part: Part, content: tuple[Any, ...], context: Context) -> None:
    """Write the vendors and sites that a repair made, then the records, each table at once."""
    vendors, targets = content
    organization, now = context.organization, context.now
    targets = [target for target in targets if target.changed]
    write_new_targets(organization, vendors, by=context.by, now=now)
    lock_vendors(organization, {target.vendor.existing.pk for target in targets})
    known = [target for target in targets if target.existing is not None]
    if hasattr(part.model, "version"):
        require_unchanged(part.model, [target.existing for target in known])
    if part.settle is not None:
        part.settle(targets, context)
    fresh = [target for target in targets if target.existing is None]
    if part.replaces is not None:
        fresh = targets
        taken = [part.replaces(target.existing, context) for target in known]
        for target, columns in zip(known, taken, strict=True):
            target.values = {**_values(part, target.existing), **target.values}
            _set(target.existing, columns)
        set_columns([target.existing for target in known], {name for columns in taken for name in columns})
    else:
        _change(part, known, context)
    add_rows([_made(part, target, context) for target in fresh])
    wakeup.after_commit(organization.pk)


def _change(part: Part, targets: Sequence[PartTarget], context: Context) -> None:
    columns: set[str] = set()
    for target in targets:
        row = target.existing
        values = part.changed(row, context) | target.values
        _set(row, values)
        row.version += 1
        row.updated_at = context.now
        columns |= set(values)
    set_columns([target.existing for target in targets], columns | {"version", "updated_at"})


def _set(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _made(part: Part, target: PartTarget, context: Context) -> models.Model:
    """A new row."""
    values = {
        name: value.existing if isinstance(value, VendorTarget) else value
        for name, value in target.values.items()
    }
    owner: dict[str, Any] = {}
    if part.has_vendor:
        owner["vendor"] = target.vendor.existing
    if part.takes_site:
        owner["site"] = target.site.existing if target.site else None
    if hasattr(part.model, "updated_at"):
        owner["updated_at"] = context.now
    return part.model(organization=context.organization, **owner, **{**part.made(context), **values})
