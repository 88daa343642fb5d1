"""Files of exchange rates: one row for each pair of currencies and day."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import ExchangeRate
from scorecards.models.proposal import CURRENCY_PATTERN
from scorecards.services.exchange_rates import record_rates, withdraw_rate
from vendors.imports.cells import shown
from vendors.imports.fields import ImportField, Kind
from vendors.imports.kinds import Context, ImportKind, Plan
from vendors.imports.report import Change
from vendors.imports.targets import ParsedRow, RowError
from vendors.imports.vendors import problem_of
from vendors.models import UploadedLoad
from vendors.services.import_journal import Entries

GROUP = "Offers"
_NAMES = ("source", "target", "rate", "on", "published_by")
_AT_ONCE = 5_000
_LARGEST = 999_999_999


@cache
def _fields() -> Mapping[str, ImportField]:
    own = (
        ImportField(path="rate.source", kind=Kind.TEXT, max_length=3, meaning="Currency that is converted, such as USD: one unit of it"),
        ImportField(path="rate.target", kind=Kind.TEXT, max_length=3, meaning="Currency it is worth, such as EUR"),
        ImportField(path="rate.rate", kind=Kind.NUMBER, low=0, high=_LARGEST, places=10, meaning="Units of the target"),
        ImportField(path="rate.on", kind=Kind.DAY, meaning="Day of publication"),
        ImportField(path="rate.published_by", kind=Kind.TEXT, max_length=200, meaning="Who published it"),
    )  # fmt: skip
    return MappingProxyType({field.path: field for field in own})


def _plan(rows: Sequence[ParsedRow], context: Context) -> Plan:
    """The rates that count otherwise, or not at all, until now."""
    plan = Plan(counts={"new": 0, "changed": 0, "unchanged": 0, "repeated": 0})
    found: dict[tuple[Any, ...], tuple[ParsedRow, dict[str, Any]]] = {}
    for row in rows:
        try:
            values = _values(row, context)
        except RowError as error:
            if row.number not in context.unreadable:
                plan.problems.append(problem_of(row, error))
            continue
        key = (values["source"], values["target"], values["on"])
        before = found.get(key)
        if before is not None and before[1] != values and not context.repairs.kept:
            message = f"says otherwise of the same pair and day than row {before[0].number}"
            plan.problems.append(
                problem_of(row, RowError("rate.rate", "duplicate", message, shown(values["rate"])))
            )
            continue
        if before is not None:
            plan.counts["repeated"] += 1
        if before is None or context.repairs.kept == "last":
            found[key] = (row, values)
    present = {
        (rate.source, rate.target, rate.on): rate
        for rate in ExchangeRate.objects.for_organization(context.organization)
        .present()
        .filter(source__in={key[0] for key in found}, target__in={key[1] for key in found})
    }
    written = []
    for key, (row, values) in found.items():
        rate = present.get(key)
        if rate is not None and (rate.rate, rate.published_by) == (values["rate"], values["published_by"]):
            plan.counts["unchanged"] += 1
            continue
        plan.counts["new" if rate is None else "changed"] += 1
        written.append(values)
        name = f"{values['source']} → {values['target']}, {values['on']}"
        old = "" if rate is None else shown(rate.rate)
        plan.changes.append(
            Change(row.number, "rate", name, "rate.rate", old, shown(values["rate"]), made=rate is None)
        )
    plan.content = written
    return plan


def _values(row: ParsedRow, context: Context) -> dict[str, Any]:
    """The rate of a row. Raises RowError."""
    values: dict[str, Any] = {name: row.values.get(f"rate.{name}") for name in _NAMES}
    for name in ("source", "target", "rate", "on"):
        if values[name] is None:
            raise RowError(f"rate.{name}", "required", "is needed")
    for name in ("source", "target"):
        said = str(values[name]).upper()
        if not re.fullmatch(CURRENCY_PATTERN, said):
            raise RowError(
                f"rate.{name}", "wrong_format", "is not a currency of three letters", str(values[name])
            )
        values[name] = said
    if values["source"] == values["target"]:
        raise RowError("rate.target", "same", "a rate is between two currencies", values["target"])
    if not values["rate"]:
        raise RowError("rate.rate", "too_small", "a rate is above 0", shown(values["rate"]))
    if values["on"] > context.now.date():
        raise RowError(
            "rate.on", "in_future", "a rate cannot be published in the future", shown(values["on"])
        )
    values["published_by"] = values["published_by"] or ""
    return values


def _write(plan: Plan, context: Context) -> None:
    for start in range(0, len(plan.content), _AT_ONCE):
        rows = plan.content[start : start + _AT_ONCE]
        record_rates(organization=context.organization, rows=rows, by=context.by, now=context.now)


def _undo(*, load: UploadedLoad, entries: Entries, reason: str, by: Actor, now: datetime) -> None:
    """Let the rates count that counted before; a pair and day without an earlier one has none again."""
    organization = load.organization
    ids = [entry.row_id for entry in entries.get(ExchangeRate._meta.db_table, ()) if entry.op == "I"]
    rates = ExchangeRate.objects.for_organization(organization)
    back = []
    for rate in rates.filter(pk__in=ids).order_by("id"):
        versions = rates.filter(source=rate.source, target=rate.target, on=rate.on)
        newest = versions.order_by("-revision")[0]
        # a later revision that says the same is what the undo of a later import leaves
        if (newest.rate, newest.published_by) != (rate.rate, rate.published_by):
            raise Conflict(f"The rate {rate} was replaced since.", code="built_upon")
        before = versions.filter(revision__lt=rate.revision).order_by("-revision").first()
        if before is None or before.rate is None:
            withdraw_rate(rate=newest, reason=reason, by=by, now=now)
        else:
            back.append({name: getattr(before, name) for name in _NAMES})
    record_rates(organization=organization, rows=back, by=by, now=now)


RATES = ImportKind(
    code="rates",
    label="Exchange rates",
    meaning="One row for each pair of currencies and day of publication.",
    group=GROUP,
    permissions=(Permission.EDIT_COMMERCIAL,),
    fields=_fields,
    plan=_plan,
    write=_write,
    undo=_undo,
)
