"""Read a live source in whole and load it like a file of its kind.

Pages are kept on disk until all are there: a sync that broke off goes on where it stopped, on the same day, and the
records change in one load or not at all. So every rule of the loader holds: a report, one undo, nothing counted twice.
"""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from django.conf import settings

from cdmo_eval.core.errors import Conflict, DomainError, Invalid, Unavailable
from cdmo_eval.core.models import PeriodKey
from cdmo_eval.core.organizations import OPERATOR
from vendors.imports.regulatory import RegulatoryReport, import_public_records
from vendors.regulatory.sources.fda_dashboard import DATASETS, DashboardSource
from vendors.regulatory.sources.openfda import OpenFdaSource
from vendors.regulatory.sources.pages import Page, Row, Source, write_rows
from vendors.regulatory.sources.web import Client, SourceError

MOST_PAGES = 1000
NIGHT = timedelta(hours=3)
"""When a day's sync begins, after midnight UTC."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Synced:
    """What a sync did: pages asked for now, pages kept from an earlier attempt, and the load's report."""

    asked: int
    kept: int
    report: RegulatoryReport


def sources() -> Mapping[str, Source]:
    """Every live source by its kind, as configured."""
    known: dict[str, Source] = {
        kind: DashboardSource(kind=kind, **settings.FDA_DASHBOARD) for kind in DATASETS
    }
    openfda = OpenFdaSource(**settings.OPENFDA)
    return known | {openfda.kind: openfda}


def sync(source: Source, *, folder: Path, now: datetime, by: str, client: Client | None = None) -> Synced:
    """Ask for what is missing of the source's pages, then load them all as read on the day they were begun.

    Outside any transaction. Raises Unavailable when the source does not give its pages (those that came are kept in
    `folder` for another attempt on the same day), Invalid when it is not configured or when its rows are no longer
    what the format expects; nothing is written then.
    """
    if missing := source.missing():
        raise Invalid(f"{source.kind} cannot be read: set {missing}.")
    with _alone(folder, source.kind):
        pages = _Pages(folder / source.kind, read_on=now.date())
        kept = pages.count
        try:
            pages.complete(partial(source.page, client or Client()))
        except SourceError as error:
            message = f"{error}. {pages.count} pages are kept; run it again today to go on."
            raise Unavailable(message, retry_after=60) from error
        with TemporaryDirectory(dir=pages.folder) as scratch:
            path = Path(scratch) / f"{source.kind} {now.date()}{source.suffix}"
            write_rows(pages.rows, path)
            report = import_public_records(source.kind, path, read_on=now.date(), now=now, by=by)
        asked = pages.count - kept
        pages.forget()
        return Synced(asked, kept, report)


@contextmanager
def _alone(folder: Path, kind: str) -> Iterator[None]:
    """One sync of a kind at a time: a lock of the folder's file, which ends with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{kind}.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Another sync of {kind} is running.") from error
        yield


class _Pages:
    """The pages of one kind that came on one day, each a file that is whole or not there."""

    def __init__(self, folder: Path, *, read_on: date) -> None:
        self._all = folder
        self.folder = folder / read_on.isoformat()
        if folder.exists():
            for other in folder.iterdir():
                if other != self.folder:  # of another day: what it says may have changed since
                    shutil.rmtree(other)
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("page-*.json"))

    @property
    def count(self) -> int:
        """Pages that are there."""
        return len(self._files)

    def complete(self, ask: Callable[[str], Page]) -> None:
        """Ask until the last page is there. Raises SourceError, also when the pages do not make up the whole."""
        files = self._files
        last = _read(files[-1]) if files else None
        held = sum(len(_read(file)["rows"]) for file in files)
        number, cursor = len(files), last["following"] if last else ""
        total = last["total"] if last else None
        while last is None or cursor:
            if number >= MOST_PAGES:
                raise SourceError(f"more than {MOST_PAGES} pages")
            page = ask(cursor)
            if page.following == cursor:
                raise SourceError("the next page is the same page")
            if last is not None and page.total != total:
                self.forget()  # rows came or went, and with them the places of the others
                raise SourceError(f"{total} rows were announced, then {page.total}")
            last = {"rows": page.rows, "following": page.following, "total": page.total}
            part = self.folder / "coming"
            part.write_text(json.dumps(last), encoding="utf-8")
            part.rename(self.folder / f"page-{number:05}.json")
            number, cursor, held, total = number + 1, page.following, held + len(page.rows), page.total
        if total is not None and held != total:
            self.forget()
            raise SourceError(f"{held} rows came where {total} were announced")

    def rows(self) -> Iterator[Row]:
        """Every row, a page in memory at a time."""
        for file in self._files:
            yield from _read(file)["rows"]

    def forget(self) -> None:
        """Remove the pages."""
        shutil.rmtree(self._all)


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def sync_nightly(
    *, folder: Path, clock: Callable[[], datetime], client: Client | None = None
) -> dict[str, str]:
    """Sync every configured source that has not been synced this day (UTC); returns what became of each tried one.

    A source that fails is tried again at the next call: its day is only claimed once it was read.
    """
    found: dict[str, str] = {}
    now = clock()
    if now - now.replace(hour=0, minute=0, second=0, microsecond=0) < NIGHT:
        return found
    for kind, source in sources().items():
        key = f"sync:{kind}:{now.date().isoformat()}"
        if source.missing() or PeriodKey.objects.filter(key=key).exists():
            continue
        try:
            done = sync(source, folder=folder, now=clock(), by=OPERATOR, client=client)
        except DomainError as error:
            found[kind] = error.message
            log.warning("sync_failed", kind=kind, why=error.message)
            continue
        PeriodKey.objects.get_or_create(key=key, defaults={"claimed_at": clock()})
        found[kind] = f"{done.report.read} rows"
        log.info("synced", kind=kind, **done.report.counts)
    return found
