"""Writing rows whose columns are partly plain and partly projections of evidence."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.models import VersionedModel
from cdmo_eval.core.policies import Actor
from vendors.models import Capability, ServiceOffering, Site, Vendor
from vendors.services.columns import columns_of_row, scored_names
from vendors.services.evidence import Draft, Subject, check_content, record_checked
from vendors.services.provenance import CLAIMED_TODAY, Provenance
from vendors.services.writing import change, insert, known_fields
from vendors.vocabulary import SourceKind

P = TypeVar("P", Vendor, Site, Capability, ServiceOffering)

FORM = replace(CLAIMED_TODAY, source_kind=SourceKind.FORM.value)
"""How a form's entry is recorded unless the form says better."""


def create_profile_row(
    row: P,
    values: Mapping[str, Any],
    *,
    plain: Collection[str],
    by: Actor,
    now: datetime,
    provenance: Provenance,
) -> P:
    """Save a new row with its plain columns, and record evidence for each scored one."""
    known_fields(values, {*plain, *scored_names(_model(row))})
    for name in plain:
        if name in values:
            setattr(row, name, values[name])
    before = content(row)
    insert(row)
    _record(row, before, values, by=by, now=now, provenance=provenance, bumped=True)
    return row


def update_profile_row(
    row: P,
    values: Mapping[str, Any],
    *,
    plain: Collection[str],
    by: Actor,
    now: datetime,
    provenance: Provenance,
) -> P:
    """Change a locked row: plain columns at once, scored ones by evidence, the version at most by one."""
    known_fields(values, {*plain, *scored_names(_model(row))})
    before = content(row)
    bumped = change(row, {name: values[name] for name in plain if name in values}, now=now)
    _record(row, before, values, by=by, now=now, provenance=provenance, bumped=bumped)
    return row


def _model(row: VersionedModel) -> type[VersionedModel]:
    return type(row)


def content(row: VersionedModel) -> dict[str, Any]:
    """The row's columns as they stand."""
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}


def _record(
    row: P,
    before: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    provenance: Provenance,
    bumped: bool,
) -> None:
    """Record what the values say about scored columns, and read back what counts now."""
    drafts = scored_drafts(row, before, values, provenance=provenance)
    if not drafts:
        return
    record_checked(
        organization=row.organization,
        drafts=drafts,
        by=by,
        now=now,
        bumped={(type(row), row.pk)} if bumped else (),
    )
    row.refresh_from_db()


def scored_drafts(
    row: P, before: Mapping[str, Any], values: Mapping[str, Any], *, provenance: Provenance
) -> list[Draft]:
    """The records that turn `before` into `values`; nothing for what stays the same.

    Raises Invalid for an attempt to blank a scored column: what is known becomes unknown by retracting it.
    """
    after = {**before, **values}
    drafts: list[Draft] = []
    errors: list[FieldError] = []
    for column in columns_of_row(row):
        if not any(name in values for name in column.columns):
            continue
        said, known = column.encode(after), column.encode(before)
        if said == known:
            continue
        if said is None:
            message = "To make this unknown again, retract its evidence."
            errors.append(FieldError(column.columns[0], "retract_instead", message))
            continue
        draft = Draft(subject=_subject(row), target=column.code, value=said, provenance=provenance)
        try:
            check_content(target=draft.target, subject_type=draft.subject.type, value=said, refused=False)
        except Invalid as error:
            errors += [FieldError(column.columns[0], found.code, found.message) for found in error.errors]
        drafts.append(draft)
    if errors:
        raise Invalid(errors[0].message, errors=errors)
    return drafts


def _subject(row: P) -> Subject:
    if isinstance(row, ServiceOffering):
        return Subject.of(row.vendor if row.site is None else row.site)
    return Subject.of(row)
