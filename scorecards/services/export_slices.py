"""Write files as jobs: in slices of seconds, piece by piece, cancelled between pieces, begun anew when the data moved.

A piece is read, written and remembered in one transaction, together with the place to go on at: whoever comes next,
after a crash or a lost message, goes on there. Rows that are written wait as parts in the database until the file is
whole; its bytes then go to the storage under a random name.
"""

import hashlib
import secrets
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import structlog
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.events import EventType, emit
from cdmo_eval.core.models import Job, Organization
from cdmo_eval.core.models.job import OPEN
from cdmo_eval.core.policies import Actor, Permission, allows, system_actor
from cdmo_eval.core.retention import retention_of
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.http.scope import actor_of, memberships_of
from scorecards.exporting.asking import MARK, TABLE, Asked, Kind
from scorecards.exporting.kinds import KINDS
from scorecards.exporting.tables import Document, Table, schema_of
from scorecards.exporting.writers import CONTENT_TYPES, Pieces, split, tables_of, write_file, write_piece
from scorecards.models import Export, ExportFormat, ExportKind, ExportPart
from scorecards.selectors.exports import JOB_KIND
from scorecards.services.exports import ask

AT_ONCE = 2
"""Files of an organisation that are written at the same time."""
SLICE_SECONDS = 15.0
FORGOTTEN_AFTER = timedelta(seconds=10)
MOST_TRIES = 5
RETENTION = "exports"
"""The kind of derived things whose days say how long a file is kept."""
LOCK, TURN_LOCK = 4716, 4717
"""Classes of advisory locks: who writes a job, who looks whether it is its turn."""
BROKEN = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError)

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]


class Step(Enum):
    """How a step of a job ended."""

    MORE = "more"
    OVER = "over"
    WAIT = "wait"


def write_slice(*, organization_id: int, job_id: int, clock: Clock, seconds: float = SLICE_SECONDS) -> bool:
    """Write for about so many seconds; whether there is nothing left to do here. Safe to call any number of times."""
    began = time.monotonic()
    while True:
        step = _guarded_step(organization_id, job_id, clock=clock)
        if step is Step.WAIT:
            return True
        if step is Step.OVER:
            _ask_next(organization_id)
            return True
        if time.monotonic() - began >= seconds:
            ask(organization_id, job_id)
            return False


def _guarded_step(organization_id: int, job_id: int, *, clock: Clock) -> Step:
    """A step whose failure ends the job with a sentence, and is kept."""
    try:
        if not _begin(organization_id, job_id, clock=clock):
            return Step.WAIT
        with organization_scope(organization_id, JOB_KIND):
            return _step(job_id, clock=clock)
    except DomainError as error:
        _fail(organization_id, job_id, error.message, clock=clock)
    except BROKEN as error:
        log.exception("export_failed", organization=organization_id, job=job_id)
        _fail(organization_id, job_id, f"{type(error).__name__}: {error}", clock=clock)
    return Step.OVER


def _begin(organization_id: int, job_id: int, *, clock: Clock) -> bool:
    """Count the try and give a sign of life, in a transaction of its own: a worker that dies leaves its mark.

    False when the job is over, or when it is not its turn yet.
    """
    with organization_scope(organization_id, JOB_KIND):
        if not _mine(job_id):  # somebody is at it: no try of ours, however long it takes
            return False
        job = Job.objects.filter(pk=job_id, kind=JOB_KIND, state__in=OPEN).first()
        if job is None:
            return False
        if job.state == Job.State.QUEUED:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TURN_LOCK, organization_id])
            if Job.objects.filter(kind=JOB_KIND, state=Job.State.RUNNING).count() >= AT_ONCE:
                return False
        tries = int(job.parameters.get("tries", 0)) + 1
        if tries > MOST_TRIES:
            _end(job, Job.State.FAILED, "It was tried several times and did not come to an end.", clock())
            return False
        job.parameters |= {"tries": tries, "touched": clock().isoformat()}
        Job.objects.filter(pk=job_id, state__in=OPEN).update(
            state=Job.State.RUNNING, started_at=job.started_at or clock(), parameters=job.parameters,
            message=job.message if job.state == Job.State.RUNNING else "Writing.",
        )  # fmt: skip
        return True


def _mine(job_id: int) -> bool:
    """Whether nobody else writes this job, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, job_id % 2**31])
        return bool(cursor.fetchone()[0])


def _step(job_id: int, *, clock: Clock) -> Step:
    """One piece, or the whole file from its pieces. One transaction; only one of several workers gets in."""
    if not _mine(job_id):
        return Step.WAIT
    rows = Export.objects.select_related("organization", "job", "requested_by").filter(job_id=job_id)
    export = rows.filter(job__state=Job.State.RUNNING).first()
    if export is None:
        return Step.WAIT
    asked, kind = asked_of(export, now=clock()), KINDS[ExportKind(export.kind)]
    file_format = ExportFormat(export.format)
    if file_format in kind.whole:
        return _write_whole(export, kind, asked, clock=clock)
    document = kind.document(asked)
    tables = tables_of(document, file_format, asked.options.get(TABLE, ""))
    at = _Progress(export, document, tables)
    if at.over:
        return _assemble(export, document, tables, clock=clock)
    at.write_piece(file_format)
    return at.keep(clock())


def asked_of(export: Export, *, now: datetime) -> Asked:
    """The request as it is answered now: the person's role of today, the scopes of the token that asked.

    Raises a DomainError when the person has left or lost the right, or the subject is gone.
    """
    actor = _actor_of(export)
    kind = KINDS[ExportKind(export.kind)]
    missing = [need for need in export.needs if not allows(actor, Permission(need))]
    if missing:
        raise DomainError(
            f"{export.requested_by_name} may not {Permission(missing[0]).sentence} any more.",
            code="right_lost",
        )
    return Asked(actor, kind.find(actor, export.subject_id), export.options, now)


def _actor_of(export: Export) -> Actor:
    if export.requested_by is None:
        return system_actor(export.organization, export.requested_by_name)
    for membership in memberships_of(export.requested_by):
        if membership.organization_id == export.organization_id:
            actor = actor_of(membership)
            scopes = None if export.scopes is None else frozenset(export.scopes)
            return Actor(actor.organization, actor.role, actor.name, actor.user, scopes)
    raise DomainError("Who asked for it is no member any more.", code="right_lost")


class _Progress:
    """How far a file is: the table, the place in it, the rows written, the moment that the rows are of."""

    def __init__(self, export: Export, document: Document, tables: tuple[Table, ...]) -> None:
        self.export, self.document, self.tables = export, document, tables
        kept = export.job.parameters
        self.stamp = document.stamp()
        fresh_start = kept.get("stamp") != self.stamp
        if fresh_start and "stamp" in kept:
            export.parts.all().delete()
        at: dict[str, Any] = (
            {"table": 0, "place": None, "row": 0, "part": 0, "done": 0} if fresh_start else kept
        )
        self.table, self.row, self.part, self.done = (
            int(at[name]) for name in ("table", "row", "part", "done")
        )
        self.place: Any = at["place"]

    @property
    def over(self) -> bool:
        """Whether every row is written."""
        return self.table >= len(self.tables)

    def write_piece(self, file_format: ExportFormat) -> None:
        """Read rows and write them as the next parts."""
        table = self.tables[self.table]
        rows, place = table.read(self.place)
        for first, some in split(rows, self.row):
            content = zlib.compress(write_piece(file_format, table, some, first), 1)
            ExportPart.objects.create(
                organization=self.export.organization, export=self.export, number=self.part, table=self.table, rows=len(some), content=content
            )  # fmt: skip
            self.part += 1
        self.row, self.done, self.place = self.row + len(rows), self.done + len(rows), place
        if place is None:
            self.table, self.row = self.table + 1, 0

    def keep(self, now: datetime) -> Step:
        """Remember the place; unless the data moved while they were read, or somebody stopped the job."""
        moved = self.document.stamp() != self.stamp
        job, total = self.export.job, sum(table.count for table in self.tables)
        parameters: dict[str, Any] = {"tries": 0, "touched": now.isoformat()}
        if moved:
            self.export.parts.all().delete()
            parameters["tries"] = int(job.parameters.get("tries", 1))
        else:
            parameters |= {
                "stamp": self.stamp, "table": self.table, "place": self.place, "row": self.row, "part": self.part, "done": self.done,
            }  # fmt: skip
        kept = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
            parameters=parameters, done=0 if moved else self.done, total=max(total, self.done) or None,
            message="The data changed meanwhile: begun anew." if moved else "Writing.",
        )  # fmt: skip
        if not kept:
            self.export.parts.all().delete()
            return Step.OVER
        return Step.MORE


def _write_whole(export: Export, kind: Kind, asked: Asked, *, clock: Clock) -> Step:
    """A file that is written in one go."""
    file_format = ExportFormat(export.format)
    with tempfile.TemporaryFile() as file:
        stem = kind.whole[file_format](asked, file)
        return _keep_file(export, file, f"{stem}.{file_format.value}", [], clock=clock)


def _assemble(export: Export, document: Document, tables: tuple[Table, ...], *, clock: Clock) -> Step:
    """The file from its parts."""
    file_format = ExportFormat(export.format)
    counts = list(export.parts.order_by("number").values_list("table", "rows"))
    written = [
        Pieces(table, [rows for at, rows in counts if at == number], _parts(export, number)) for number, table in enumerate(tables)
    ]  # fmt: skip
    with tempfile.TemporaryFile() as file:
        write_file(file, file_format, document, written, mark=bool(export.options.get(MARK)))
        step = _keep_file(
            export, file, f"{document.stem}.{file_format.value}", schema_of(tables), clock=clock
        )
    export.parts.all().delete()
    return step


def _parts(export: Export, table: int) -> Iterator[bytes]:
    rows = export.parts.filter(table=table).order_by("number").values_list("content", flat=True)
    for content in rows.iterator(chunk_size=4):
        yield zlib.decompress(bytes(content))


def _keep_file(export: Export, file: Any, name: str, columns: list[dict[str, Any]], *, clock: Clock) -> Step:
    """Put the bytes into the storage, record what they are, end the job and tell that it is ready."""
    size = file.tell()
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    storage_name = f"{export.organization_id}/exports/{secrets.token_hex(16)}"
    now = clock()
    if not Job.objects.filter(pk=export.job_id, state=Job.State.RUNNING).update(
        state=Job.State.SUCCEEDED, finished_at=now, message="Ready to download.", done=1 if not export.job.done else export.job.done,
        total=1 if not export.job.total else export.job.total, result={"export": str(export.public_id), "sha256": sha256},
    ):  # fmt: skip
        return Step.OVER
    export.file_name, export.content_type, export.size = (
        name[-200:],
        CONTENT_TYPES[ExportFormat(export.format)],
        size,
    )
    export.sha256, export.storage_name, export.columns, export.made_at = sha256, storage_name, columns, now
    export.expires_at = now + timedelta(days=retention_of(export.organization).days["exports"])
    export.save(
        update_fields=[
            "file_name",
            "content_type",
            "size",
            "sha256",
            "storage_name",
            "columns",
            "made_at",
            "expires_at",
        ]
    )
    emit(
        organization_id=export.organization_id, type=EventType.EXPORT_READY, subject_id=export.public_id, subject_type="export", now=now,
        data={"kind": export.kind, "format": export.format, "subject": export.subject, "sha256": sha256, "size": size,
              "requested_by": str(export.requested_by.public_id) if export.requested_by else ""},
        dedupe_key=str(export.public_id),
    )  # fmt: skip
    file.seek(0)
    default_storage.save(storage_name, File(file))
    return Step.OVER


def _fail(organization_id: int, job_id: int, words: str, *, clock: Clock) -> None:
    with organization_scope(organization_id, JOB_KIND):
        job = Job.objects.filter(pk=job_id, state__in=OPEN).first()
        if job is not None:
            _end(job, Job.State.FAILED, words, clock())


def _end(job: Job, state: Job.State, words: str, now: datetime) -> None:
    Job.objects.filter(pk=job.pk, state__in=OPEN).update(
        state=state, finished_at=now, message="Not written.", error=words
    )
    ExportPart.objects.filter(export__job=job).delete()


def _ask_next(organization_id: int) -> None:
    """Ask for the export that has waited longest, now that one is over."""
    with organization_scope(organization_id, JOB_KIND):
        waiting = (
            Job.objects.filter(kind=JOB_KIND, state=Job.State.QUEUED)
            .order_by("id")
            .values_list("pk", flat=True)
            .first()
        )
    if waiting is not None:
        ask(organization_id, waiting)


def write_forgotten(*, clock: Clock) -> int:
    """Go on with what nobody has touched for ten seconds, in this process: the queue may have lost the message."""
    found = 0
    for organization_id in list(Organization.objects.order_by("id").values_list("pk", flat=True)):
        with organization_scope(organization_id, JOB_KIND):
            rows = Job.objects.filter(kind=JOB_KIND, state__in=OPEN).order_by("id")
            jobs = list(rows.values_list("pk", "created_at", "parameters"))
        for job_id, created_at, parameters in jobs:
            touched = datetime.fromisoformat(parameters["touched"]) if "touched" in parameters else created_at
            if touched < clock() - FORGOTTEN_AFTER:
                log.info("export_resumed", organization=organization_id, job=job_id)
                write_slice(organization_id=organization_id, job_id=job_id, clock=clock)
                found += 1
    return found
