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
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.events import EventType, emit
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.core.tenancy import change_reason, organization_scope
from vendors.imports.kinds import own_kinds
from vendors.imports.limits import MIB
from vendors.imports.own_files import check_own, commit_own, undo_own
from vendors.imports.reading import TableFile
from vendors.imports.regulatory import KINDS, import_uploaded_records, keep_report, rejected_table, sha256_of
from vendors.imports.repairs import read_repairs, stored
from vendors.models import LoadState, UploadedLoad
from vendors.regulatory.formats import format_for
from vendors.services import undo_uploaded_load
from vendors.services.import_undo import require_reason
from vendors.services.writing import begin, insert, own

LARGEST_UPLOAD = 64 * MIB
"""Bytes of an official file that a member may upload; an operator's command reads larger ones."""
LARGEST_OWN = 25 * MIB
"""Bytes of a file of our own kinds; a workbook has at most 20 MB, any file 100 000 rows."""
LARGE = 5_000
"""Rows from which a file is loaded as a job."""


def kinds() -> dict[str, str]:
    """What a member may upload, by code, in words."""
    own = {kind.code: kind.label for kind in own_kinds().values()}
    return own | {code: format_for(code).label for code in KINDS}


def is_own(kind: str) -> bool:
    """Whether a kind is one of our own, with columns to match, repairs and a preview."""
    return kind in own_kinds()


def may_import(actor: Actor, kind: str) -> bool:
    """Whether somebody may bring a file of a kind in, repair it, load it and undo it."""
    own = own_kinds().get(kind)
    return own.allowed(actor) if own else allows(actor, Permission.EDIT_RECORDS)


def kinds_for(actor: Actor) -> list[str]:
    """The kinds of file that somebody may bring in."""
    return [kind for kind in kinds() if may_import(actor, kind)]


def may_see(actor: Actor, load: UploadedLoad) -> bool:
    """Whether somebody may see what stands in a file; of private kinds only who brought it."""
    own = own_kinds().get(load.kind)
    if own is not None and own.private and load.uploaded_by_id != (actor.user.pk if actor.user else None):
        return False
    return may_import(actor, load.kind)


def require_kind(organization: Organization, by: Actor, kind: str) -> None:
    """Raise PermissionDenied unless somebody may import files of a kind, NotFound for another organisation's."""
    own = own_kinds().get(kind)
    permissions = own.permissions if own else (Permission.EDIT_RECORDS,)
    for permission in permissions:
        begin(organization, by, permission)


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
    repairs: Any = (),
) -> UploadedLoad:
    """Keep a file and say what loading it would do; nothing else is written. Inside the organisation's scope.

    `mapping` (column → field, blank to leave the column out), `only_mapped` and `repairs` are for our own kinds. Raises
    PermissionDenied; Invalid for an unknown kind, a file that is too large, or one that cannot be read as a whole.
    """
    require_kind(organization, by, kind)
    if kind not in kinds():
        message = f"{kind!r} is not a kind of file that can be imported; known: {', '.join(kinds())}."
        raise Invalid(message, errors=[FieldError("kind", "unknown", message)])
    options: dict[str, Any] = {
        "sheet": sheet,
        "mapping": dict(mapping or {}),
        "only_mapped": only_mapped,
        "repairs": stored(read_repairs(repairs).chosen),
    }
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
        _copy(content, kept, largest=LARGEST_OWN if is_own(kind) else LARGEST_UPLOAD)
        path = Path(kept.name)
        load.sha256 = sha256_of(path)
        if is_own(kind):
            check_own(load, path, by=by, now=now)
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


@transaction.atomic
def mend_upload(
    *,
    load: UploadedLoad,
    by: Actor,
    now: datetime,
    mapping: Mapping[str, str] | None = None,
    only_mapped: bool | None = None,
    repairs: Any = None,
    sheet: str | None = None,
) -> UploadedLoad:
    """Match columns or choose repairs anew, and check the kept file again. None leaves a part as it is.

    Raises Conflict when it was loaded or discarded, or for an official file, which has neither.
    """
    load = _locked(load, by, LoadState.CHECKED)
    if not is_own(load.kind):
        raise Conflict(
            "The columns of an official file are its own: there is nothing to match.", code="official"
        )
    if mapping is not None:
        load.options["mapping"] = {column: path for column, path in mapping.items() if column}
        load.options["matched"] = True
        load.options.pop("recalled", None)
    if only_mapped is not None:
        load.options["only_mapped"] = only_mapped
    if sheet is not None:
        load.options["sheet"] = sheet
    if repairs is not None:
        load.options["repairs"] = stored(read_repairs(repairs).chosen)
    with kept_file(load) as path:
        check_own(load, path, by=by, now=now)
    load.save()
    return load


def commit_upload(
    *,
    load: UploadedLoad,
    by: Actor,
    now: datetime,
    only_valid: bool = False,
    file: TableFile | None = None,
) -> UploadedLoad:
    """Load a file that was checked. Inside the organisation's scope.

    All or nothing; with `only_valid` the rows without errors. `file` is the file of one of our own kinds as it was read
    outside the transaction. Raises Conflict when it was loaded or discarded already, Invalid for a file with errors.
    """
    load = _locked(load, by, LoadState.CHECKED)
    with kept_file(load) as path:
        if is_own(load.kind):
            commit_own(load, path, file=file, only_valid=only_valid, by=by, now=now)
        else:
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
    _tell(load, now=now)
    return load


def require_loadable(*, load: UploadedLoad, by: Actor, only_valid: bool) -> None:
    """Raise what loading would raise before the file is looked at again: for a job that is asked for."""
    _locked(load, by, LoadState.CHECKED)
    errors = load.counts.get("errors", 0)
    header = any(group["header"] for group in load.findings.get("groups", ()))
    if header or (errors and not only_valid):
        raise Invalid(f"The file has {errors} errors; nothing was written.", code="import_refused")


def _tell(load: UploadedLoad, *, now: datetime) -> None:
    """Say that an import has finished, to whoever listens."""
    data = {
        "import": {"id": str(load.public_id), "name": load.file_name},
        "kind": load.kind,
        "state": load.state,
        "counts": load.counts,
    }
    emit(
        organization_id=load.organization_id,
        type=EventType.IMPORT_FINISHED,
        subject_id=load.public_id,
        subject_type="import",
        data=data,
        now=now,
    )


@transaction.atomic
def discard_upload(*, load: UploadedLoad, by: Actor) -> UploadedLoad:
    """Throw a checked file away; that it was checked stays known. Raises Conflict when it is loaded already."""
    load = _locked(load, by, LoadState.CHECKED)
    load.state = LoadState.DISCARDED.value
    load.save(update_fields=["state"])
    storage_name = load.storage_name
    transaction.on_commit(lambda: default_storage.delete(storage_name))
    return load


def discard_forgotten(organization: Organization, before: datetime) -> int:
    """Throw away files that were checked before a moment and never loaded; that they were checked stays known."""
    rows = UploadedLoad.objects.for_organization(organization).filter(
        state=LoadState.CHECKED.value, created_at__lt=before
    )
    found = list(rows.order_by("id").values_list("pk", "storage_name"))
    UploadedLoad.objects.filter(pk__in=[pk for pk, _ in found]).update(state=LoadState.DISCARDED.value)
    for _, name in found:
        transaction.on_commit(partial(default_storage.delete, name))
    return len(found)


def require_undoable(*, load: UploadedLoad, reason: str, by: Actor) -> str:
    """Raise what undoing would raise before the rows are looked at; the reason without surrounding space."""
    require_kind(load.organization, by, load.kind)
    own(by.organization, load)
    require_sight(load, by)
    if load.state != LoadState.LOADED:
        raise Conflict(f"This import is {load.get_state_display().lower()}: there is nothing to undo.")
    return require_reason(reason)


def undo_upload(*, load: UploadedLoad, reason: str, by: Actor, now: datetime) -> UploadedLoad:
    """Take a loaded file back. Raises Conflict, with the reasons, when later work built on it."""
    reason = require_undoable(load=load, reason=reason, by=by)
    if is_own(load.kind):
        return undo_own(load, reason=reason, by=by, now=now)
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
    require_kind(load.organization, by, load.kind)
    own(by.organization, load)
    require_sight(load, by)
    current: UploadedLoad = (
        UploadedLoad.objects.for_organization(load.organization)
        .select_for_update(no_key=True, of=("self",))
        .select_related("organization")
        .get(pk=load.pk)
    )
    if current.state != state:
        raise Conflict(f"This import is {current.get_state_display().lower()} already.", code=current.state)
    return current


def require_sight(load: UploadedLoad, by: Actor) -> None:
    """Raise PermissionDenied for the contents of a file that are not this person's to see."""
    if not may_see(by, load):
        raise PermissionDenied("What stands in this file is not for you to see.")


def _called(name: str) -> str:
    return Path(name.replace("\\", "/")).name.strip()[-255:]


def _copy(content: BinaryIO, kept: Any, *, largest: int) -> None:
    """Write an upload to a temporary file, never more than a file may have."""
    size = 0
    while chunk := content.read(MIB):
        size += len(chunk)
        if size > largest:
            message = f"A file has at most {largest // MIB} MB here; an operator can load larger ones."
            raise Invalid(message, code="too_large", errors=[FieldError("file", "too_large", message)])
        kept.write(chunk)
    if not size:
        message = "The file is empty."
        raise Invalid(message, code="empty", errors=[FieldError("file", "empty", message)])
    kept.flush()


@contextmanager
def kept_file(load: UploadedLoad) -> Iterator[Path]:
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
