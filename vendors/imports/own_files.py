"""A member's file of one of our own kinds: what its check found, its write with a journal, and its undo."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.tenancy import change_reason
from vendors.imports.columns import header_digest
from vendors.imports.examining import Outcome, examine
from vendors.imports.groups import grouped_by_repair
from vendors.imports.kinds import import_kind
from vendors.imports.reading import TableFile, cells_of_rows, read_table
from vendors.imports.repairs import read_repairs
from vendors.imports.report import Change, Problem
from vendors.imports.vendors import lock_vendor_imports
from vendors.models import ImportMapping, LoadState, UploadedLoad
from vendors.models.load import REJECTED_KEPT
from vendors.services.import_journal import journal_of, keep_journal, trail_position
from vendors.services.import_undo import mark_undone, require_reason, undo_journal

OBJECTS_SHOWN = 500
VALUES_OF_OBJECT = 40
THINKING_SECONDS = 300
_CHARACTERS_KEPT = 4_000_000
"""Text of rejected rows that is kept, all together."""


def read_own(load: UploadedLoad, path: Path) -> TableFile:
    """The file as values, its columns matched as the import says or as they were matched last time.

    Raises Invalid for a file that cannot be read at all.
    """
    kind, options = import_kind(load.kind), load.options
    file = read_table(
        path,
        fields=kind.fields(),
        mapping=options["mapping"],
        only_mapped=options["only_mapped"],
        sheet=options["sheet"] or None,
        name=load.file_name,
        repairs=read_repairs(options.get("repairs", [])),
        recall=_recall(load) if load._state.adding and not options["mapping"] else None,  # noqa: SLF001 - the first check
    )
    for problem in file.problems:
        if problem.code == "unreadable":
            raise Invalid(
                str(problem), code="unreadable", errors=[FieldError("file", "unreadable", str(problem))]
            )
    return file


def _recall(load: UploadedLoad) -> Callable[[Sequence[str]], Mapping[str, str]]:
    """The mapping that was saved for a header, kept among the options of the import."""

    def recalled(header: Sequence[str]) -> Mapping[str, str]:
        saved = (
            ImportMapping.objects.for_organization(load.organization)
            .filter(kind=load.kind, header_digest=header_digest(header))
            .first()
        )
        if saved is not None:
            load.options["mapping"], load.options["recalled"] = dict(saved.mapping), saved.by_name
        mapping: dict[str, str] = load.options["mapping"]
        return mapping

    return recalled


def take_time(*names: str) -> None:
    """Let this transaction think for longer than others may between two statements: a file has up to 100 000 rows.

    `names` are further limits of PostgreSQL that it may stretch so: a job's statements, which its own time limit bounds.
    """
    with connection.cursor() as cursor:
        for name in ("idle_in_transaction_session_timeout", *names):
            cursor.execute("SELECT set_config(%s, %s, true)", [name, f"{THINKING_SECONDS}s"])


def check_own(load: UploadedLoad, path: Path, *, by: Actor, now: datetime) -> Outcome:
    """Examine the file and put what was found into the columns of its load; not saved yet. Writes nothing else."""
    take_time()
    file = read_own(load, path)
    return examine_own(load, file, path, by=by, now=now)


def examine_own(load: UploadedLoad, file: TableFile, path: Path, *, by: Actor, now: datetime) -> Outcome:
    """The same for a file that was read."""
    outcome = examine(
        import_kind(load.kind),
        file,
        organization=load.organization,
        by=by,
        now=now,
        repairs=read_repairs(load.options.get("repairs", [])),
    )
    _keep(load, outcome, path)
    return outcome


def commit_own(
    load: UploadedLoad, path: Path, *, file: TableFile | None, only_valid: bool, by: Actor, now: datetime
) -> UploadedLoad:
    """Write what a file changes: all of it, or its valid rows, or nothing. Inside the organisation's scope.

    The file is examined anew under the lock of imports. Raises Invalid when rows have errors and the person did not say
    to leave them out; Conflict when something changed meanwhile.
    """
    kind = import_kind(load.kind)
    file = file or read_own(load, path)
    with transaction.atomic(), change_reason(f"import of {load.file_name}"[:200]):
        take_time()
        lock_vendor_imports(load.organization)
        position = trail_position(load.organization)
        outcome = examine_own(load, file, path, by=by, now=now)
        if not file.readable or (outcome.problems and not only_valid):
            count = len(outcome.problems)
            raise Invalid(
                f"The file has {count} {'error' if count == 1 else 'errors'}; nothing was written.",
                code="import_refused",
                errors=[
                    FieldError(f"{problem.row}.{problem.field}", problem.code, str(problem))
                    for problem in outcome.problems[:1000]
                ],
            )
        if outcome.plan.writes:
            kind.write(outcome.plan, outcome.context)
            keep_journal(load, after=position)
        newest = UploadedLoad.objects.for_organization(load.organization).exclude(position=None)
        last = newest.order_by("-position").values_list("position", flat=True).first()
        load.state, load.loaded_at, load.position = LoadState.LOADED.value, now, (last or 0) + 1
        load.options["only_valid"] = only_valid
        load.save()
        save_mapping(load, file.header, by=by, now=now)
    return load


def undo_own(load: UploadedLoad, *, reason: str, by: Actor, now: datetime) -> UploadedLoad:
    """Take the whole import back. Raises Conflict, with the reasons, when later work stands on it."""
    reason = require_reason(reason)
    kind = import_kind(load.kind)
    with transaction.atomic(), change_reason(f"undo of import {load.position}: {reason}"[:200]):
        take_time()
        lock_vendor_imports(load.organization)
        load.refresh_from_db()
        if load.state != LoadState.LOADED:
            raise Conflict(f"This import is {load.get_state_display().lower()}: there is nothing to undo.")
        entries = journal_of(load)
        undo_journal(load=load, entries=entries, reason=reason, by=by, now=now)
        if kind.undo is not None:
            kind.undo(load=load, entries=entries, reason=reason, by=by, now=now)
        mark_undone(load, reason=reason, by=by, now=now)
    return load


def save_mapping(load: UploadedLoad, header: Sequence[str], *, by: Actor, now: datetime) -> None:
    """Remember how a person matched these columns, for the next file with the same header."""
    mapping = load.options["mapping"]
    if not mapping or not header:
        return
    row, made = ImportMapping.objects.get_or_create(
        organization=load.organization,
        kind=load.kind,
        header_digest=header_digest(header),
        defaults={"mapping": mapping, "used_at": now, "by_name": by.name[:200]},
    )
    if not made and row.mapping != mapping:
        row.mapping, row.used_at, row.by_name = mapping, now, by.name[:200]
        row.save(update_fields=["mapping", "used_at", "by_name"])


def _keep(load: UploadedLoad, outcome: Outcome, path: Path) -> None:
    """The report, as pages and REST show it."""
    kind, file = import_kind(load.kind), outcome.file
    errors = outcome.error_rows
    load.counts = {
        "read": file.read,
        "ready": outcome.ready,
        **outcome.plan.counts,
        "left_out": len({problem.row for problem in outcome.left_out} - errors),
        "errors": len(outcome.problems),
        "rejections": len(errors) or len([problem for problem in outcome.problems if not problem.row]),
    }
    preview, objects = preview_of(outcome.plan.changes)
    load.findings = {
        "columns": [
            {
                "name": match.name,
                "field": match.path,
                "how": "saved" if match.how == "mapped" and "recalled" in load.options else match.how,
                "samples": list(file.samples.get(match.position, ())),
            }
            for match in file.matches
        ],
        "groups": grouped_by_repair(outcome.problems, fields=kind.fields(), context=outcome.context),
        "left_out": grouped_by_repair(outcome.left_out, fields=kind.fields(), context=outcome.context),
        "preview": preview,
        "objects": objects,
    }
    load.header = list(file.header)
    load.rejected = _rejected((*outcome.problems, *outcome.left_out), path, load.options["sheet"] or None)


def preview_of(changes: Sequence[Change]) -> tuple[list[dict[str, Any]], int]:
    """What changes, object by object, each with its values old → new: the first of them, and how many there are."""
    objects = dict.fromkeys((change.entity, change.name) for change in changes)
    found: dict[tuple[str, str], list[Change]] = {key: [] for key in islice(objects, OBJECTS_SHOWN)}
    for change in changes:
        if (its := found.get((change.entity, change.name))) is not None:
            its.append(change)
    shown = [
        {
            "entity": entity,
            "name": name,
            "row": min(change.row for change in its),
            "state": "new" if any(change.made for change in its) else "changed",
            "values": [
                {"field": change.field, "old": change.old, "new": change.new}
                for change in its[:VALUES_OF_OBJECT]
            ],
            "more": max(0, len(its) - VALUES_OF_OBJECT),
        }
        for (entity, name), its in found.items()
    ]
    return shown, len(objects)


def _rejected(problems: Sequence[Problem], path: Path, sheet: str | None) -> list[list[Any]]:
    """One line for each row that is left out: number, columns, reasons and its cells, as long as there is room."""
    by_row: dict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_row[problem.row].append(problem)
    numbers = sorted(by_row)[:REJECTED_KEPT]
    cells = cells_of_rows(path, [number for number in numbers if number], sheet=sheet)
    lines: list[list[Any]] = []
    kept = 0
    for number in numbers:
        found = by_row[number]
        columns = "; ".join(dict.fromkeys(problem.column for problem in found if problem.column))
        reasons = "; ".join(dict.fromkeys(problem.message for problem in found))
        its = cells.get(number, ())
        kept += sum(map(len, its)) + len(reasons)
        if kept > _CHARACTERS_KEPT:
            break
        lines.append([number, columns, reasons, *its])
    return lines
