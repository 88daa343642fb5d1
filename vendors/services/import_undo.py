"""Take a whole import back: what it made is archived or retracted, what it changed is as before. Nothing is destroyed.

The journal says what the import did to each row. An undo is refused, with the reasons, where later work stands on it: a
row that somebody changed since, or that something else now hangs on.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import ForeignKey, Q

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor
from vendors.models import (
    Capability,
    Certificate,
    Contact,
    Evidence,
    EvidenceRevision,
    ExternalId,
    ListScreen,
    LoadState,
    MatchMethod,
    Qualification,
    ServiceOffering,
    Site,
    UploadedLoad,
    Vendor,
    VendorAlias,
    VendorPartnership,
)
from vendors.services import announce
from vendors.services.bulk_rows import set_columns
from vendors.services.columns import scored_names
from vendors.services.evidence_retraction import retract_many
from vendors.services.import_journal import Entries, Entry, contents_of, in_portions
from vendors.services.projection import project_fields
from vendors.services.regulatory import refresh_standings
from vendors.services.writing import constraints_in_words, lock_vendors
from vendors.vocabulary import QualificationStatus

_BOOKKEEPING = frozenset({"id", "version", "updated_at", "created_at", "public_id", "organization_id"})
_MOST_REASONS = 20

_ARCHIVED: tuple[type[models.Model], ...] = (
    Capability, ServiceOffering, Certificate, Contact, VendorPartnership, VendorAlias, Site, Vendor,
)  # fmt: skip
"""What is archived when the import made it, in the order in which it goes: what hangs on a row before the row."""
_RESTORED: tuple[type[models.Model], ...] = (*_ARCHIVED, ListScreen, Qualification)
"""What is put back to what it was when the import changed it."""
_VENDOR_OF: tuple[tuple[type[models.Model], str], ...] = (
    *(
        (model, "vendor_id")
        for model in (Site, Evidence, Certificate, Contact, VendorPartnership, ListScreen, ServiceOffering)
    ),
    (Capability, "site__vendor_id"),
    (Qualification, "site__vendor_id"),
)
"""Where each row says whose it is."""
_PROJECTED: tuple[type[models.Model], ...] = (Vendor, Site, Capability, ServiceOffering)
"""Rows of which evidence fills columns."""
_COMPARED: tuple[type[models.Model], ...] = (Evidence, *_RESTORED)
_FOLLOWS: tuple[type[models.Model], ...] = (EvidenceRevision, ExternalId)
"""What hangs on a row but is no work of its own: versions of its evidence, and its ids."""
_STANDS_ON: tuple[type[models.Model], ...] = (Vendor, Site, Capability)
"""Rows that others' work can hang on."""


def undo_journal(*, load: UploadedLoad, entries: Entries, reason: str, by: Actor, now: datetime) -> None:
    """Take back what the journal says. Inside the caller's transaction.

    Raises Conflict that lists the reasons when later work stands on the import.
    """
    organization = load.organization
    vendor_ids = _vendors_of(organization, entries)
    lock_vendors(organization, vendor_ids)
    reasons = [*_changed_since(organization, entries), *_stood_on(organization, entries)]
    if reasons:
        more = f" And {len(reasons) - 1} more." if len(reasons) > 1 else ""
        raise Conflict(
            f"Later work stands on this import: {reasons[0].message}{more}",
            code="built_upon",
            errors=reasons[:_MOST_REASONS],
        )
    targets: set[str] = set()
    for portion in in_portions(_made(entries, Evidence)):
        ids = [entry.row_id for entry in portion]
        targets |= retract_many(organization=organization, evidence_ids=ids, reason=reason, by=by, now=now)
    # before the columns that people write go back: a scale may not stand without its unit, not even for a moment
    project_fields(organization=organization, vendor_ids=vendor_ids, targets=targets, now=now)
    for model in _ARCHIVED:
        for portion in in_portions(_made(entries, model)):
            gone = _archive(organization, model, portion, now)
            if model is Vendor:
                announce.vendors_archived(organization, gone, by=by, now=now)
    screens = _alive(organization, ListScreen, _made(entries, ListScreen), retracted_on__isnull=True)
    for screen in screens:
        screen.retracted_on, screen.retraction_reason = now.date(), reason[:500]
    set_columns(screens, {"retracted_on", "retraction_reason"})
    _forget_qualifications(organization, _made(entries, Qualification), now)
    ExternalId.objects.for_organization(organization).filter(
        pk__in=[entry.row_id for entry in _made(entries, ExternalId)]
    ).delete()
    with constraints_in_words():  # a name that somebody else has taken since
        _step_down(organization, _of(entries, Contact, "U"))
        for model in _RESTORED:
            for portion in in_portions(_of(entries, model, "U")):
                _restore(organization, model, portion, now)
    # what was restored, and services that went with the import though later evidence speaks of them
    if _made(entries, ServiceOffering) or any(
        entry.op == "U" for listed in entries.values() for entry in listed
    ):
        project_fields(organization=organization, vendor_ids=vendor_ids, now=now)
    moved = [entry.row_id for entry in (*_made(entries, Site), *_of(entries, Site, "U"))]
    sites = Site.objects.for_organization(organization).filter(pk__in=moved, archived_at__isnull=True)
    if numbered := list(sites.exclude(fei_key="").select_related("organization")):
        refresh_standings(organization=organization, as_of=now.date(), sites=numbered)
    wakeup.after_commit(organization.pk)


def require_reason(reason: str) -> str:
    """The reason without surrounding space. Raises Invalid for a blank one."""
    if not reason.strip():
        message = "Undoing an import needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    return reason.strip()[:500]


def mark_undone(load: UploadedLoad, *, reason: str, by: Actor, now: datetime) -> None:
    """Say that, when, by whom and why an import was taken back."""
    load.state, load.undone_at = LoadState.UNDONE.value, now
    load.undone_by_name, load.undone_reason = by.name, reason
    load.save(update_fields=["state", "undone_at", "undone_by_name", "undone_reason"])


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table


def _of(entries: Entries, model: type[models.Model], op: str) -> list[Entry]:
    return [entry for entry in entries.get(_table(model), ()) if entry.op == op]


def _made(entries: Entries, model: type[models.Model]) -> list[Entry]:
    return _of(entries, model, "I")


def _rows(organization: Organization, model: type[Any], ids: Iterable[int]) -> dict[int, Any]:
    manager: models.Manager[Any] = model._default_manager
    rows = manager.filter(organization=organization, pk__in=list(ids)).order_by("id")
    return {row.pk: row for row in rows.select_for_update(no_key=True)}


def _alive(
    organization: Organization, model: type[Any], entries: Iterable[Entry], **condition: Any
) -> list[Any]:
    manager: models.Manager[Any] = model._default_manager
    ids = [entry.row_id for entry in entries]
    rows = manager.filter(organization=organization, pk__in=ids, **condition)
    return list(rows.order_by("id").select_for_update(no_key=True))


def _vendors_of(organization: Organization, entries: Entries) -> set[int]:
    """The vendors whose rows the import touched."""
    found = {entry.row_id for entry in entries.get(_table(Vendor), ())}
    for model, column in _VENDOR_OF:
        ids = [entry.row_id for entry in entries.get(_table(model), ())]
        manager: models.Manager[Any] = model._default_manager
        rows = manager.filter(organization=organization, pk__in=ids)
        found |= set(rows.values_list(column, flat=True).distinct())
    return found


def _columns(model: type[Any]) -> frozenset[str]:
    """The columns that an undo compares and restores: those that people write, not what follows from evidence."""
    known: dict[Any, frozenset[str]] = {scored: scored_names(scored) for scored in _PROJECTED}
    projected = known.get(model, frozenset())
    names = {field.attname for field in model._meta.concrete_fields}
    return frozenset(names - projected - _BOOKKEEPING - {"region"})


def _changed_since(organization: Organization, entries: Entries) -> Iterable[FieldError]:
    """Rows that are not as the import left them."""
    for model in _COMPARED:
        listed = [entry for entry in entries.get(_table(model), ()) if entry.op != "D"]
        for portion in in_portions(listed):
            if model is Evidence:
                yield from _revised_since(organization, portion)
            else:
                yield from _edited_since(organization, model, portion)


def _revised_since(organization: Organization, entries: Sequence[Entry]) -> Iterable[FieldError]:
    """Evidence of another version than the import left."""
    left = contents_of(organization, entries, "after__version")
    rows = Evidence.objects.for_organization(organization).filter(pk__in=left, retracted_on__isnull=True)
    there = rows.order_by("id").select_for_update(no_key=True)
    for key, public_id, version, target in there.values_list("pk", "public_id", "version", "target"):
        if left[key] not in {None, version}:
            yield FieldError(
                f"{_table(Evidence)}.{public_id}", "changed_since", f"evidence of {target} was changed since."
            )


def _edited_since(
    organization: Organization, model: type[Any], entries: Sequence[Entry]
) -> Iterable[FieldError]:
    """Rows of which a person has written a column since."""
    columns, left = _columns(model), contents_of(organization, entries, "after")
    for key, row in _rows(organization, model, left).items():
        if _is_over(row):
            continue  # archived or retracted meanwhile: what the import made counts no more
        after = {name: value for name, value in (left[key] or {}).items() if name in columns}
        differing = sorted(name for name, value in after.items() if _json(row, name) != value)
        if differing:
            yield FieldError(
                f"{_table(model)}.{row.public_id}", "changed_since",
                f"{row._meta.verbose_name} {row} was changed since ({', '.join(differing)}).",
            )  # fmt: skip


def _is_over(row: Any) -> bool:
    return getattr(row, "archived_at", None) is not None or getattr(row, "retracted_on", None) is not None


def _json(row: Any, attname: str) -> Any:
    """A column's content as the audit trail writes it."""
    field = next(one for one in row._meta.concrete_fields if one.attname == attname)
    value = getattr(row, attname)
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    if field.get_internal_type() == "DecimalField":
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _stood_on(organization: Organization, entries: Entries) -> Iterable[FieldError]:
    """Living rows of other origin that hang on what the import made."""
    for model in _STANDS_ON:
        made = [entry.row_id for entry in _made(entries, model)]
        if not made:
            continue
        for other, column in _references(model):
            own = [entry.row_id for entry in _made(entries, other)]
            manager: models.Manager[Any] = other._default_manager
            rows = manager.filter(organization=organization, **{f"{column}__in": made}).exclude(pk__in=own)
            rows = rows.filter(_counting(other))
            counted = rows.values(column).annotate(rows=models.Count("pk")).order_by(column)
            for found in counted[:_MOST_REASONS]:
                row: Any = model._default_manager.get(pk=found[column])
                name = other._meta.verbose_name_plural if found["rows"] > 1 else other._meta.verbose_name
                yield FieldError(
                    f"{_table(model)}.{row.public_id}", "stood_on",
                    f"{row} has {found['rows']} {name} that came later.",
                )  # fmt: skip


def _references(model: type[models.Model]) -> Iterable[tuple[type[models.Model], str]]:
    """The tables of people's work that point at a model, with the column."""
    for other in apps.get_models():
        if not getattr(other, "audited", False) or other in _FOLLOWS:
            continue
        for field in other._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is model:
                yield other, field.attname


def _counting(model: type[models.Model]) -> Q:
    """Of a table, the rows that still count."""
    names = {field.name for field in model._meta.concrete_fields}
    condition = Q()
    for name in ("archived_at", "retracted_on", "rejected_on", "withdrawn_on"):
        if name in names:
            condition &= Q(**{f"{name}__isnull": True})
    if model._meta.label == "vendors.RecordMatch":
        condition &= Q(method=MatchMethod.MANUAL.value)  # others are found anew, whenever they are looked for
    return condition


def _archive(
    organization: Organization, model: type[Any], entries: Iterable[Entry], now: datetime
) -> list[Any]:
    rows = _alive(organization, model, entries, archived_at__isnull=True)
    versioned = hasattr(model, "version")
    for row in rows:
        row.archived_at = now
        if versioned:
            row.version, row.updated_at = row.version + 1, now
        if model is Contact:
            row.primary = False
    columns = {"archived_at"} | ({"version", "updated_at"} if versioned else set())
    set_columns(rows, columns | ({"primary"} if model is Contact else set()))
    return rows


def _forget_qualifications(organization: Organization, entries: Iterable[Entry], now: datetime) -> None:
    """A qualification that the import made says again what its absence says: not assessed."""
    blank = {
        "status": QualificationStatus.NOT_ASSESSED.value, "basis": "", "approver": "", "valid_until": None,
        "open_capas": None, "quality_agreement_signed_on": None,
    }  # fmt: skip
    rows = _alive(organization, Qualification, entries)
    for row in rows:
        for name, value in blank.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, now
    set_columns(rows, {*blank, "version", "updated_at"})


def _step_down(organization: Organization, entries: Sequence[Entry]) -> None:
    """Before the main contacts of earlier stand again, nobody is: one vendor never has two, not even for a moment."""
    before = contents_of(organization, entries, "before")
    ids = [key for key, columns in before.items() if "primary" in (columns or {})]
    Contact.objects.for_organization(organization).filter(pk__in=ids, primary=True).update(primary=False)


def _restore(organization: Organization, model: type[Any], entries: Sequence[Entry], now: datetime) -> None:
    """Put the columns back that the import changed, in one statement per set of columns."""
    allowed = _columns(model)
    by_columns: dict[tuple[str, ...], list[int]] = defaultdict(list)
    keys = {entry.row_id: entry.id for entry in entries}
    for key, before in contents_of(organization, entries, "before").items():
        names = tuple(sorted(set(before or {}) & allowed))
        if names:
            by_columns[names].append(keys[key])
    version = ", version = t.version + 1, updated_at = %s" if hasattr(model, "version") else ""
    for names, ids in by_columns.items():
        assignments = ", ".join(f"{_quoted(name)} = o.{_quoted(name)}" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                UPDATE {_table(model)} t SET {assignments}{version}
                FROM vendors_importentry e
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{_table(model)}, e.before) o
                WHERE e.organization_id = %s AND e.id = ANY(%s) AND t.id = e.row_id AND t.organization_id = e.organization_id
                """,
                [*([now] if version else []), organization.pk, ids],
            )


def _quoted(column: str) -> str:
    return connection.ops.quote_name(column)
