"""What a file of vendors changes: each target against what is there, as columns to set and evidence to record.

A scored value is known when the live record that it would follow says the same: a second import of a file
changes nothing, even where a verified record stands above the claim.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from cdmo_eval.core.policies import Actor
from vendors.facts import FactValueError, validate_value
from vendors.imports.cells import shown
from vendors.imports.known import EvidenceKey, Known, KnownRecord
from vendors.imports.provenances import Provenances, stated_provenance
from vendors.imports.report import Change, Counts, Problem, Summary
from vendors.imports.targets import (
    CapabilityTarget,
    ParsedRow,
    SiteTarget,
    Stated,
    Statement,
    Target,
    VendorTarget,
)
from vendors.models import Capability, ServiceOffering, Site, Vendor
from vendors.services.columns import ScoredColumn, scored_columns, service_columns
from vendors.services.provenance import Provenance
from vendors.vocabulary import ClaimType, Modality

_UNITS = {
    "scale_min": "batch_unit",
    "scale_max": "batch_unit",
    "train_size": "batch_unit",
    "annual_capacity": "rate_unit",
}


class Differences:
    """Compares the targets of one file with what is known, and fills in the summary."""

    def __init__(self, known: Known, *, source: str, by: Actor, now: datetime) -> None:
        self._known = known
        self._provenances = Provenances(source=source, by=by, now=now)
        self._evidence: Mapping[EvidenceKey, list[KnownRecord]] = {}
        self._services: Mapping[tuple[int, str], ServiceOffering] = {}
        self.summary = Summary()

    def compare(self, vendors: Iterable[VendorTarget]) -> None:
        """Fill in what each target changes, and the summary."""
        listed = list(vendors)
        vendor_ids = [target.existing.pk for target in listed if target.existing is not None]
        self._evidence = self._known.evidence(vendor_ids)
        self._services = self._known.services(vendor_ids)
        for vendor in listed:
            self._vendor(vendor)
            for site in vendor.sites:
                self._site(site)
                for capability in site.capabilities.values():
                    self._capability(capability)

    def _vendor(self, target: VendorTarget) -> None:
        changes = [*self._ids(target), *self._columns(target, target.existing, Vendor, target.name)]
        for code, service in target.services.items():
            existing = self._services.get((target.existing.pk, code)) if target.existing else None
            service_changes = list(
                self._scored(service, existing, ServiceOffering(code=code), service_columns(code))
            )
            target.statements += service.statements
            changes += [
                Change(
                    stated.row.number,
                    "service",
                    target.name,
                    f"service.{code}.{column}",
                    old,
                    shown(stated.value),
                    made=existing is None,
                )
                for column, stated, old in service_changes
            ]
        self._count(self.summary.vendors, target, changes)

    def _site(self, target: SiteTarget) -> None:
        name = f"{target.vendor.name}: {target.name}"
        changes = [*self._ids(target), *self._columns(target, target.existing, Site, name)]
        self._count(self.summary.sites, target, changes)

    def _capability(self, target: CapabilityTarget) -> None:
        name = f"{target.site.vendor.name}: {target.site.name}: {target.modality} {target.operation}"
        changes = [*self._columns(target, target.existing, Capability, name)]
        if target.existing is None:
            changes.insert(
                0,
                Change(
                    target.row,
                    "capability",
                    name,
                    "capability",
                    "",
                    f"{target.modality} {target.operation}",
                    made=True,
                ),
            )
            stated = target.values
            if target.modality == Modality.OTHER and "modality_text" not in stated:
                self._problem(target, "modality_text", "required", "the modality OTHER needs its words")
        self._sizes(target)
        self._count(self.summary.capabilities, target, changes)

    def _count(self, counts: Counts, target: Any, changes: list[Change]) -> None:
        self.summary.changes += changes
        self.summary.evidence += len(target.statements)
        if target.existing is None:
            counts.new += 1
        elif changes:
            counts.changed += 1
        else:
            counts.unchanged += 1

    def _ids(self, target: VendorTarget | SiteTarget) -> Iterator[Change]:
        for (system, value), row in target.ids.items():
            path = f"{target.path}.external_id"
            yield Change(
                row, target.path, target.name, path, "", f"{system}:{value}", made=target.existing is None
            )

    def _columns(
        self, target: Target, existing: Model | None, model: type[Model], name: str
    ) -> Iterator[Change]:
        """The plain columns to set and the evidence to record, as changes."""
        columns = scored_columns(model)
        scored = {column for one in columns for column in _main_columns(one)}
        for column, stated in target.values.items():
            if column in scored:
                continue
            before = getattr(existing, column) if existing is not None else None
            value = {**before, **stated.value} if isinstance(before, dict) else stated.value
            if existing is None or before != value:
                target.plain[column] = value
                yield Change(
                    stated.row.number,
                    target.path,
                    name,
                    f"{target.path}.{column}",
                    shown(before),
                    shown(value),
                    made=existing is None,
                )
        for column, stated, old in self._scored(target, existing, model(), columns):
            yield Change(
                stated.row.number,
                target.path,
                name,
                f"{target.path}.{column}",
                old,
                shown(stated.value),
                made=existing is None,
            )

    def _scored(
        self, target: Target, existing: Model | None, blank: Model, columns: Iterable[ScoredColumn]
    ) -> Iterator[tuple[str, Stated, str]]:
        """The stated columns whose values are not known yet, with the old value; adds the evidence to record."""
        row = existing if existing is not None else blank
        current = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
        stated_values = {column: stated.value for column, stated in target.values.items()}
        for scored in columns:
            stated = [
                (column, target.values[column]) for column in _main_columns(scored) if column in target.values
            ]
            if not stated:
                continue
            said = scored.encode({**current, **stated_values})
            if said is None:
                self._problem(target, stated[0][0], "incomplete", f"needs {scored.columns[0]} beside it")
                continue
            try:
                validate_value(scored.code, said)
            except FactValueError as error:
                part = (
                    "batch_unit"
                    if error.field.endswith(".unit") and scored.columns[0] != "annual_capacity"
                    else "rate_unit"
                )
                if error.field.endswith(".unit"):
                    self._problem(target, part, "required", f"is needed for {scored.columns[0]}")
                else:
                    self._problem(target, stated[0][0], "invalid_value", error.message)
                continue
            provenance = self._provenance(stated[0][1].row)
            if provenance is None or self._is_known(
                target, existing, scored, said, current, stated[0][1].row
            ):
                continue
            target.statements.append(Statement(scored.code, said, provenance))
            for column, value in stated:
                yield column, value, shown(current[column]) if existing is not None else ""

    def _is_known(
        self,
        target: Target,
        existing: Model | None,
        scored: ScoredColumn,
        said: Mapping[str, Any],
        current: Mapping[str, Any],
        row: ParsedRow,
    ) -> bool:
        """Whether the record that this one would follow says the same, with the same provenance where given."""
        records = self._evidence.get(self._key(target, existing, scored.code), [])
        stated = stated_provenance(row)

        def says_so(record: KnownRecord) -> bool:
            return same_value(record.value, said) and all(
                record.stated[name] == part for name, part in stated.items()
            )

        if "obtained_on" in stated:
            return any(says_so(record) for record in records)
        claim_type = stated.get("claim_type", ClaimType.CLAIMED.value)
        peers = [record for record in records if record.claim_type == claim_type]
        if peers:
            return says_so(peers[-1])
        return bool(records) and not stated and same_value(scored.encode(current), said)

    def _key(self, target: Target, existing: Model | None, code: str) -> EvidenceKey:
        match existing:
            case Vendor():
                return existing.pk, None, None, code
            case Site():
                return existing.vendor_id, existing.pk, None, code
            case Capability():
                return existing.site.vendor_id, existing.site_id, existing.pk, code
            case ServiceOffering():
                return existing.vendor_id, None, None, code
        return 0, None, None, code

    def _provenance(self, row: ParsedRow) -> Provenance | None:
        """How the row's values are known; None when that cannot be, with one problem per row and reason."""
        found, problems = self._provenances.of(row)
        self.summary.problems += problems
        return found

    def _sizes(self, target: CapabilityTarget) -> None:
        """Sizes need their unit and must fit together; a unit does not change under the sizes that have it."""
        stated = {column: one.value for column, one in target.values.items()}
        smallest, largest = stated.get("scale_min"), stated.get("scale_max")
        if smallest is not None and largest is not None and largest < smallest:
            self._problem(target, "scale_max", "below_minimum", "the largest scale is below the smallest")
        if "train_size" in stated and not (
            stated.get("batch_unit") or getattr(target.existing, "batch_unit", "")
        ):
            self._problem(target, "batch_unit", "required", "is needed for train_size")
        for unit in ("batch_unit", "rate_unit"):
            before = getattr(target.existing, unit, "")
            if not before or stated.get(unit, before) == before:
                continue
            left = [
                size
                for size, its_unit in _UNITS.items()
                if its_unit == unit and size not in stated and getattr(target.existing, size) is not None
            ]
            if left:
                self._problem(
                    target,
                    unit,
                    "changed_alone",
                    f"changes from {before}: give {', '.join(left)} in the new unit too",
                )

    def _problem(self, target: Target, column: str, code: str, message: str) -> None:
        stated = target.values.get(column) or next(iter(target.values.values()), None)
        row = stated.row.number if stated is not None else target.row
        self.summary.problems.append(Problem(row, "", f"{target.path}.{column}", code, message))


def _main_columns(scored: ScoredColumn) -> tuple[str, ...]:
    """The columns that carry the value; a unit is a plain column beside it."""
    return tuple(column for column in scored.columns if column not in {"batch_unit", "rate_unit"})


def same_value(one: Any, other: Any) -> bool:
    """Equal values; the order of several choices does not matter."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and "choices" in one and "choices" in other:
        return sorted(one["choices"]) == sorted(other["choices"])
    return bool(one == other)
