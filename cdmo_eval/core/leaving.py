"""A whole organisation at once, for the operator: everything of it as files, and its deletion.

The export runs as the app role inside the organisation, so that row-level security itself decides what belongs to it. The
deletion runs as the owner role, in one transaction, with the tables' own triggers off: a trail of the deletion would be rows
of what is deleted. It refuses while a legal hold stands.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, models, transaction

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.models import AuditEvent, LegalHold, Membership, Organization, User
from cdmo_eval.core.tenancy import organization_scope

FORMAT = 1
DUTY = "operator"
AT_ONCE = 1000
SECRET_WORDS = ("secret", "password", "pepper")
SECRETS = {"core_apitoken": ("digest",)}
"""Columns that no export holds, beside those whose names say that they are secret."""

log = structlog.get_logger(__name__)


@dataclass
class Exported:
    """What an export wrote: rows by table, files, and the folder."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0


@dataclass(frozen=True)
class Deleted:
    """What a deletion took: rows by table, files, and people who belong to no organisation any more."""

    rows: dict[str, int]
    files: int
    people: int


def tables_of_organizations() -> list[type[models.Model]]:
    """Every model whose rows name their organisation, by table."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if any(column.column == "organization_id" for column in model._meta.local_fields)
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


# Export -------------------------------------------------------------------------------------------------------------
def export_organization(*, organization: Organization, folder: Path, now: datetime) -> Exported:
    """Write every row as NDJSON, every stored file, and a manifest with the SHA-256 of each, into a new folder.

    Raises Conflict when the folder exists. Secrets (of tokens and webhooks) stay behind. One snapshot: what is written
    belongs together.
    """
    if folder.exists():
        raise Conflict(f"{folder} exists already: name a new folder.", code="exists")
    done = Exported(folder)
    (folder / "tables").mkdir(parents=True)
    sums: dict[str, str] = {}
    with organization_scope(
        organization.pk, DUTY, isolation="REPEATABLE READ" if not connection.in_atomic_block else ""
    ):
        for model in tables_of_organizations():
            name = f"tables/{model._meta.db_table}.ndjson"
            done.rows[model._meta.db_table] = _write_rows(model, organization, folder / name)
            sums[name] = _sum(folder / name)
        people = _people(organization)
        (folder / "people.json").write_text(json.dumps(people, indent=1, ensure_ascii=False))
        sums["people.json"] = _sum(folder / "people.json")
        names = sorted(set(_stored_names(organization)))
    for stored in names:
        if default_storage.exists(stored):
            target = folder / "files" / stored
            target.parent.mkdir(parents=True, exist_ok=True)
            with default_storage.open(stored, "rb") as source, target.open("wb") as copy:
                for chunk in source.chunks():
                    copy.write(chunk)
            sums[f"files/{stored}"] = _sum(target)
            done.files += 1
    manifest = {
        "format": FORMAT,
        "organization": {"id": str(organization.public_id), "slug": organization.slug, "name": organization.name,
                         "settings": organization.settings},
        "exported_at": now.isoformat(),
        "rows": done.rows,
        "sha256": sums,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True))
    return done


def _write_rows(model: type[models.Model], organization: Organization, path: Path) -> int:
    """The rows of one table as the database has them, a line each, in the order of their keys."""
    table = connection.ops.quote_name(model._meta.db_table)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    columns = [str(column.column) for column in model._meta.local_fields]
    secrets = [
        name
        for name in columns
        if name in SECRETS.get(model._meta.db_table, ()) or any(word in name for word in SECRET_WORDS)
    ]
    count = 0
    with connection.cursor() as cursor, path.open("w", encoding="utf-8") as out:
        cursor.execute(
            f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t WHERE t.organization_id = %s ORDER BY t.{key}",
            [secrets, organization.pk],
        )
        while rows := cursor.fetchmany(AT_ONCE):
            out.writelines(f"{text}\n" for (text,) in rows)
            count += len(rows)
    return count


def _people(organization: Organization) -> list[dict[str, str]]:
    """Whom the rows name by number."""
    rows = User.objects.filter(memberships__organization=organization).order_by("id")
    return [
        {"number": str(one.pk), "id": str(one.public_id), "email": one.email, "name": one.name}
        for one in rows
    ]


def _stored_names(organization: Organization) -> Iterator[str]:
    """The names under which the organisation's files lie in the storage."""
    for model in tables_of_organizations():
        if any(column.column == "storage_name" for column in model._meta.local_fields):
            rows = model._default_manager.filter(organization_id=organization.pk).exclude(storage_name="")
            yield from rows.values_list("storage_name", flat=True)


def _sum(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


# Deletion -----------------------------------------------------------------------------------------------------------
def delete_organization(*, organization: Organization) -> Deleted:
    """Delete every row and file of an organisation, its audit trail too. Raises Conflict while a legal hold stands.

    Other organisations' writes wait while it runs: the triggers of the shared tables are off meanwhile. People stay; those
    who belong nowhere any more can no longer sign in.
    """
    rows: dict[str, int] = {}
    with owner_connection(), transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        held = LegalHold.objects.filter(organization=organization, lifted_at__isnull=True)
        if held.exists():
            matters = "; ".join(held.order_by("id").values_list("matter", flat=True))
            raise Conflict(f"A legal hold stands: {matters}. Nothing was deleted.", code="legal_hold")
        files = sorted(set(_stored_names(organization)))
        members = list(Membership.objects.filter(organization=organization).values_list("user_id", flat=True))
        with connection.cursor() as cursor:
            _switch_triggers(cursor, "DISABLE")
            for table, condition in _conditions():
                cursor.execute(f"DELETE FROM {table} WHERE {condition}", [organization.pk])
                rows[table] = cursor.rowcount
            cursor.execute("DELETE FROM core_organization WHERE id = %s", [organization.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            _switch_triggers(cursor, "ENABLE")
        left = User.objects.filter(pk__in=members, is_staff=False).exclude(memberships__isnull=False)
        people = left.update(is_active=False)
    for name in files:
        default_storage.delete(name)
    log.info("organization_deleted", slug=organization.slug, rows=sum(rows.values()), files=len(files))
    return Deleted({table: count for table, count in rows.items() if count}, len(files), people)


def _conditions() -> Iterator[tuple[str, str]]:
    """Every table with rows of an organisation, and which are its: those that hang on others first."""
    named = {model._meta.db_table for model in tables_of_organizations()}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in named or not model._meta.managed:
            continue
        for column in model._meta.local_fields:
            target = column.related_model
            if isinstance(target, type) and target._meta.db_table in named:
                owner = target._meta.db_table
                yield (
                    table,
                    f"{column.column} IN (SELECT {target._meta.pk.column} FROM {owner} WHERE organization_id = %s)",
                )
                break
            if table in _BY_NUMBER and column.column == _BY_NUMBER[table][0]:
                yield (
                    table,
                    f"{column.column} IN (SELECT id FROM {_BY_NUMBER[table][1]} WHERE organization_id = %s)",
                )
                break
    for model in sorted(tables_of_organizations(), key=lambda each: each is AuditEvent):
        yield model._meta.db_table, "organization_id = %s"


_BY_NUMBER = {
    "scorecards_dirtyrow": ("scorecard_id", "scorecards_scorecard"),
    "scorecards_scorecardstate": ("scorecard_id", "scorecards_scorecard"),
}
"""Tables that name rows of an organisation by a plain number: table → column, and the table it is a number of."""


def _switch_triggers(cursor: Any, word: str) -> None:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            cursor.execute(
                f"ALTER TABLE {connection.ops.quote_name(model._meta.db_table)} {word} TRIGGER USER"
            )
