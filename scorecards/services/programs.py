"""Write programmes: what the sponsor needs made."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from scorecards.frameworks import load_framework
from scorecards.models import Program
from scorecards.selectors.external_ids import external_ids_of
from scorecards.services.must_haves import rule_errors
from vendors import vocabulary as words
from vendors.services.external_ids import set_external_ids
from vendors.services.writing import begin, change, insert, known_fields, living, locked

FIRST_FIELDS = (
    "name", "modality", "tags", "phase_now", "phase_target", "target_markets", "scale_needs", "need_first_gmp_date",
    "required_services",
)  # fmt: skip
FURTHER_FIELDS = (
    "sponsor", "sub_type", "building_block_needs", "patient_specific", "dosage_form", "route", "sterile", "oeb",
    "controlled_schedule", "vein_to_release_limit_days", "storage_class", "titre_or_yield",
    "annual_need", "required_operations", "pipeline_modalities", "target_regions", "launch_date", "weeks_to_milestone",
    "budget_amount", "budget_currency", "scope_items", "preferred_model", "max_handoffs", "us_federal_exposure",
    "must_haves", "exclusions", "archetype",
)  # fmt: skip
FIELDS = FIRST_FIELDS + FURTHER_FIELDS


@transaction.atomic
def create_program(
    *,
    organization: Organization,
    by: Actor,
    now: datetime,
    external_ids: Iterable[Mapping[str, str]] | None = None,
    **fields: Any,
) -> Program:
    """Add a programme. Raises Invalid naming each field that cannot be accepted."""
    begin(organization, by, Permission.EDIT_PROGRAMS)
    known_fields(fields, FIELDS)
    _check(fields)
    program = insert(Program(organization=organization, updated_at=now, **fields))
    if external_ids is not None:
        set_external_ids(organization=organization, by=by, ids=external_ids, program_id=program.pk)
    return program


@transaction.atomic
def update_program(
    *, program: Program, expected_version: int | None, by: Actor, now: datetime,
    external_ids: Iterable[Mapping[str, str]] | None = None, **fields: Any,
) -> Program:  # fmt: skip
    """Change a programme; PreconditionFailed when somebody else did since. Its scorecards recompute."""
    begin(program.organization, by, Permission.EDIT_PROGRAMS)
    known_fields(fields, FIELDS)
    current = locked(program, expected_version)
    living(current)
    _check(fields)
    changed = change(current, fields, now=now)
    if external_ids is not None:
        before = external_ids_of(current.organization, program_id=current.pk)
        set_external_ids(organization=current.organization, by=by, ids=external_ids, program_id=current.pk)
        if not changed and before != external_ids_of(current.organization, program_id=current.pk):
            current.version += 1
            current.updated_at = now
            current.save(update_fields=["version", "updated_at"])
    return current


@transaction.atomic
def archive_program(*, program: Program, expected_version: int | None, by: Actor, now: datetime) -> Program:
    """Put a programme away; its scorecards stay readable."""
    begin(program.organization, by, Permission.EDIT_PROGRAMS)
    current = locked(program, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


def _check(fields: Mapping[str, Any]) -> None:
    """What no column constraint can say: the shape of lists and maps inside JSON."""
    errors = [
        *_scale_needs(fields.get("scale_needs")),
        *_amount(fields.get("annual_need"), "annual_need", words.RateUnit),
        *_amount(fields.get("titre_or_yield"), "titre_or_yield", words.BatchUnit, share="overall_yield"),
        *_building_blocks(fields.get("building_block_needs")),
        *_markets(fields.get("target_markets")),
        *_must_haves(fields.get("must_haves")),
    ]
    if errors:
        raise Invalid("; ".join(e.message for e in errors), errors=errors)


def _positive(number: Any) -> bool:
    try:
        value = Decimal(str(number))
    except InvalidOperation:
        return False
    return not isinstance(number, bool) and value.is_finite() and value > 0


def _scale_needs(needs: Any) -> Iterable[FieldError]:
    if needs is None:
        return
    if not isinstance(needs, list):
        yield FieldError(
            "scale_needs", "not_a_list", "Scale needs are a list of {operation, at, value, unit}."
        )
        return
    for i, need in enumerate(needs):
        where = f"scale_needs.{i}"
        if not isinstance(need, dict) or set(need) != {"operation", "at", "value", "unit"}:
            yield FieldError(
                where, "incomplete", "A scale need has operation, at (now or target), value and unit."
            )
            continue
        if need["operation"] not in list(words.Operation):
            yield FieldError(
                f"{where}.operation", "unknown", "The operation is not in the list of operations."
            )
        if need["at"] not in list(words.NeedAt):
            yield FieldError(f"{where}.at", "unknown", "A scale need is for now or for the target phase.")
        if not _positive(need["value"]):
            yield FieldError(f"{where}.value", "not_positive", "A scale need is a number above 0.")
        if need["unit"] not in list(words.BatchUnit):
            yield FieldError(f"{where}.unit", "unknown", f"The unit is one of {', '.join(words.BatchUnit)}.")


def _amount(given: Any, field: str, units: type[words.Code], share: str = "") -> Iterable[FieldError]:
    if given is None:
        return
    allowed = {"value", "unit", *([share] if share else [])}
    if not isinstance(given, dict) or not {"value", "unit"} <= set(given) <= allowed:
        yield FieldError(field, "incomplete", f"Give {', '.join(sorted(allowed))}.")
        return
    if not _positive(given["value"]):
        yield FieldError(f"{field}.value", "not_positive", "Give a number above 0.")
    if given["unit"] not in list(units):
        yield FieldError(f"{field}.unit", "unknown", f"The unit is one of {', '.join(units)}.")
    if share and share in given and not (_positive(given[share]) and Decimal(str(given[share])) <= 1):
        yield FieldError(f"{field}.{share}", "out_of_range", "The overall yield is above 0 and at most 1.")


def _building_blocks(needs: Any) -> Iterable[FieldError]:
    if needs is None:
        return
    if not isinstance(needs, dict):
        yield FieldError(
            "building_block_needs", "not_a_map", "Building block needs are a map of code to 0, 1 or 2."
        )
        return
    for code, need in needs.items():
        if code not in list(words.BuildingBlock):
            yield FieldError(f"building_block_needs.{code}", "unknown", "This building block is not known.")
        elif isinstance(need, bool) or need not in (0, 1, 2):
            yield FieldError(f"building_block_needs.{code}", "out_of_range", "A need is 0, 1 or 2.")


def _markets(markets: Any) -> Iterable[FieldError]:
    for i, market in enumerate(markets or []):
        if not words.is_market(str(market)):
            yield FieldError(
                f"target_markets.{i}", "unknown", f"{market!r} is neither a market nor a country code."
            )


def _must_haves(must_haves: Any) -> Iterable[FieldError]:
    if must_haves is None:
        return
    if not isinstance(must_haves, list):
        yield FieldError(
            "must_haves", "not_a_list", "Must-haves are a list of {subject, operator, value, waivable}."
        )
        return
    for i, rule in enumerate(must_haves):
        if not isinstance(rule, dict) or not {"subject", "operator", "value"} <= set(rule) <= {
            "subject",
            "operator",
            "value",
            "waivable",
            "label",
        }:
            yield FieldError(f"must_haves.{i}", "incomplete", "A must-have has subject, operator and value.")
        else:
            criteria = {leaf.code for leaf in load_framework().leaves}
            yield from rule_errors(
                str(rule["subject"]),
                str(rule["operator"]),
                rule["value"],
                criteria=criteria,
                where=f"must_haves.{i}",
            )
