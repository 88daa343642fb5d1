"""A member's own file: checked first, then loaded, discarded or undone; the same for page and REST.

The check works everything out and takes it back: of the data nothing is written, only the file itself is kept, with what
the check found, until somebody loads or discards it. Loading reads the kept file anew, so what is written is what stood
in the file that was checked.
"""

import csv
import io
import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.core.tenancy import change_reason, organization_scope
from vendors.imports.limits import MIB
from vendors.imports.regulatory import KINDS, import_uploaded_records, keep_report, rejected_table, sha256_of
from vendors.imports.vendors import (
    ImportReport,
    check_vendor_rows,
    lock_vendor_imports,
    read_vendor_file,
    write_vendor_file,
)
from vendors.models import LoadState, UploadedLoad
from vendors.models.load import REJECTED_KEPT
from vendors.regulatory.formats import format_for
from vendors.services import undo_uploaded_load
from vendors.services.writing import begin, insert, own

VENDORS = "vendors"
"""The kind of a file that is no official one: vendors, sites and capabilities."""
LARGEST_UPLOAD = 64 * MIB
"""Bytes that a member may upload; an operator's command reads larger files."""


def kinds() -> dict[str, str]:
    """What a member may upload, by code, in words."""
    return {**{code: format_for(code).label for code in KINDS}, VENDORS: "Vendors, sites and capabilities"}


def permission_of(kind: str) -> Permission:
    """What somebody needs to bring a file of a kind in."""
    return Permission.IMPORT if kind == VENDORS else Permission.EDIT_RECORDS


def check_upload(
    *,
    organization: Organization,
    kind: str,
    content: BinaryIO,
    name: str,
    by: Actor,
    now: datetime,
    read_on: date | None = None,
    sheet: str = "",
    mapping: Mapping[str, str] | None = None,
    only_mapped: bool = False,
) -> UploadedLoad:
    """Keep a file and say what loading it would do; nothing else is written. Inside the organisation's scope.

    `mapping` (column → field) and `only_mapped` are for files of vendors. Raises PermissionDenied; Invalid for an unknown
    kind, a file that is too large, or one that cannot be read as a whole.
    """
    begin(organization, by, permission_of(kind))
    if kind not in kinds():
        message = f"{kind!r} is not a kind of file that can be imported; known: {', '.join(kinds())}."
        raise Invalid(message, errors=[FieldError("kind", "unknown", message)])
    options = {"sheet": sheet, "mapping": dict(mapping or {}), "only_mapped": only_mapped}
    load = UploadedLoad(
        organization=organization,
        kind=kind,
        file_name=_called(name),
        read_on=read_on or now.date(),
        state=LoadState.CHECKED.value,
        options=options,
        uploaded_by=by.user,
        by_name=by.name,
    )
    with tempfile.NamedTemporaryFile(prefix="cdmo-import-") as kept:
        _copy(content, kept)
        path = Path(kept.name)
        load.sha256 = sha256_of(path)
        if kind == VENDORS:
            _keep_vendor_report(load, _vendor_report(load, path, by=by, now=now))
        else:
            _check_regulatory(load, path, by=by, now=now)
        load.storage_name = f"{organization.pk}/imports/{secrets.token_hex(16)}"
        insert(load)
        kept.seek(0)
        default_storage.save(load.storage_name, File(kept))
    return load


def _check_regulatory(load: UploadedLoad, path: Path, *, by: Actor, now: datetime) -> None:
    """Load into a row of its own and take it back; the report is kept."""
    report = import_uploaded_records(
        load.kind,
        path,
        organization=load.organization,
        read_on=load.read_on,
        by=by,
        now=now,
        sheet=load.options["sheet"] or None,
        dry_run=True,
        name=load.file_name,
    )
    keep_report(load, report)


def commit_upload(*, load: UploadedLoad, by: Actor, now: datetime) -> UploadedLoad:
    """Load a file that was checked. Inside the organisation's scope.

    Raises Conflict when it was loaded or discarded already, Invalid for a file of vendors with errors.
    """
    load = _locked(load, by, LoadState.CHECKED)
    with _kept_file(load) as path:
        if load.kind == VENDORS:
            return _commit_vendors(load, path, by=by, now=now)
        import_uploaded_records(
            load.kind,
            path,
            organization=load.organization,
            read_on=load.read_on,
            by=by,
            now=now,
            sheet=load.options["sheet"] or None,
            load=load,
        )
    return load


@transaction.atomic
def discard_upload(*, load: UploadedLoad, by: Actor) -> UploadedLoad:
    """Throw a checked file away; that it was checked stays known. Raises Conflict when it is loaded already."""
    load = _locked(load, by, LoadState.CHECKED)
    load.state = LoadState.DISCARDED.value
    load.save(update_fields=["state"])
    storage_name = load.storage_name
    transaction.on_commit(lambda: default_storage.delete(storage_name))
    return load


def undo_upload(*, load: UploadedLoad, reason: str, by: Actor, now: datetime) -> UploadedLoad:
    """Take a loaded file back. Raises Conflict when a later load built on it, or for a file of vendors."""
    begin(load.organization, by, permission_of(load.kind))
    if load.kind == VENDORS:
        raise Conflict(
            "An import of vendors cannot be undone as a whole: retract its evidence or archive its vendors.",
            code="not_undoable",
        )
    with change_reason(f"undo of import {load.position}: {reason}"[:200]):
        return undo_uploaded_load(load=load, reason=reason, by=by, now=now)


def undo_numbered_upload(
    number: int, *, organization: Organization, reason: str, by: Actor, now: datetime
) -> UploadedLoad:
    """Take the load of a number back, for the operator's command: opens the organisation's scope itself."""
    with organization_scope(organization.pk, by):
        load = UploadedLoad.objects.for_organization(organization).filter(position=number).first()
        if load is None:
            raise NotFound(f"There is no load {number} in this organisation.")
        return undo_upload(load=load, reason=reason, by=by, now=now)


def _locked(load: UploadedLoad, by: Actor, state: LoadState) -> UploadedLoad:
    """The load as it is now, locked; Conflict unless it is in the state."""
    begin(load.organization, by, permission_of(load.kind))
    own(by.organization, load)
    current: UploadedLoad = (
        UploadedLoad.objects.for_organization(load.organization)
        .select_for_update(no_key=True, of=("self",))
        .select_related("organization")
        .get(pk=load.pk)
    )
    if current.state != state:
        raise Conflict(f"This import is {current.get_state_display().lower()} already.", code=current.state)
    return current


def _called(name: str) -> str:
    return Path(name.replace("\\", "/")).name.strip()[-255:]


def _copy(content: BinaryIO, kept: Any) -> None:
    """Write an upload to a temporary file, never more than a file may have."""
    size = 0
    while chunk := content.read(MIB):
        size += len(chunk)
        if size > LARGEST_UPLOAD:
            message = f"A file has at most {LARGEST_UPLOAD // MIB} MB here; an operator can load larger ones."
            raise Invalid(message, code="too_large", errors=[FieldError("file", "too_large", message)])
        kept.write(chunk)
    if not size:
        message = "The file is empty."
        raise Invalid(message, code="empty", errors=[FieldError("file", "empty", message)])
    kept.flush()


@contextmanager
def _kept_file(load: UploadedLoad) -> Iterator[Path]:
    """The bytes of a checked file as a local file; Conflict when they are not what was checked."""
    if not default_storage.exists(load.storage_name):
        raise Conflict("The file's content is missing: upload it again.", code="content_missing")
    with tempfile.NamedTemporaryFile(prefix="cdmo-import-") as kept:
        with default_storage.open(load.storage_name, "rb") as source:
            shutil.copyfileobj(source, kept)
        kept.flush()
        if sha256_of(Path(kept.name)) != load.sha256:
            raise Conflict(
                "The file's content is not what was checked: upload it again.", code="content_differs"
            )
        yield Path(kept.name)


def _vendor_report(load: UploadedLoad, path: Path, *, by: Actor, now: datetime) -> ImportReport:
    file = read_vendor_file(
        path,
        mapping=load.options["mapping"],
        only_mapped=load.options["only_mapped"],
        sheet=load.options["sheet"] or None,
        name=load.file_name,
    )
    return check_vendor_rows(file, organization=load.organization, by=by, now=now)


@transaction.atomic
def _commit_vendors(load: UploadedLoad, path: Path, *, by: Actor, now: datetime) -> UploadedLoad:
    lock_vendor_imports(load.organization)
    report = write_vendor_file(_vendor_report(load, path, by=by, now=now), by=by, now=now)
    _keep_vendor_report(load, report)
    newest = UploadedLoad.objects.for_organization(load.organization).exclude(position=None)
    last = newest.order_by("-position").values_list("position", flat=True).first()
    load.state, load.loaded_at, load.position = LoadState.LOADED.value, now, (last or 0) + 1
    load.save()
    return load


def _keep_vendor_report(load: UploadedLoad, report: ImportReport) -> None:
    """The numbers of a file of vendors: of vendors first, sites and capabilities beside them."""
    load.counts = {
        "read": report.summary.rows,
        "new": report.vendors.new,
        "changed": report.vendors.changed,
        "unchanged": report.vendors.unchanged,
        "new_sites": report.sites.new,
        "changed_sites": report.sites.changed,
        "new_capabilities": report.capabilities.new,
        "changed_capabilities": report.capabilities.changed,
        "evidence": report.evidence,
        "rejections": len(report.problems),
    }
    load.rejected = [
        [problem.row, problem.column, problem.message] for problem in report.problems[:REJECTED_KEPT]
    ]


def rejected_text(load: UploadedLoad) -> str:
    """The rejected rows of a load as a CSV table: number, column, reason, then the row itself."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rejected_table(load.header, load.rejected))
    return text.getvalue()


def read_mapping(text: str) -> dict[str, str]:
    """Column → field of a person's words: a JSON object, or lines of the form column=field. Raises Invalid."""
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise _mapping_refused("The columns are a JSON object of column to field.")
        return found
    pairs = [line.rpartition("=") for line in text.splitlines() if line.strip()]
    if not all(equals and column.strip() and path.strip() for column, equals, path in pairs):
        raise _mapping_refused("Every line is of the form column=field.")
    return {column.strip(): path.strip() for column, _, path in pairs}


def _mapping_refused(message: str) -> Invalid:
    return Invalid(message, errors=[FieldError("mapping", "wrong_format", message)])
