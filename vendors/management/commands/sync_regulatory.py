"""Read a live source of official records in whole: once, or every night as a process of its own."""

import signal
from argparse import ArgumentParser
from pathlib import Path
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cdmo_eval.core.errors import DomainError
from cdmo_eval.core.organizations import OPERATOR
from vendors.imports.sync import sources, sync, sync_nightly

BETWEEN_LOOKS = 300.0
LOOKED = "looked"
"""The file written at every look, by which the probe sees that the process works."""


class Command(BaseCommand):
    """Public reference data for every organisation: it needs the owner's password, like import_regulatory."""

    help = "Read official records from FDA's Data Dashboard (with its credentials) or openFDA."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("kind", nargs="*", metavar="KIND", help="one of those that --list shows")
        parser.add_argument("--all", action="store_true", help="every source that is configured")
        parser.add_argument("--list", action="store_true", help="show the sources and what they lack")
        parser.add_argument(
            "--nightly", action="store_true", help="run until stopped; each source once a day"
        )
        parser.add_argument(
            "--folder",
            type=Path,
            default=Path(settings.MEDIA_ROOT) / "sync",
            help="where pages wait until all are there (default: %(default)s)",
        )

    def handle(self, **options: Any) -> None:
        """Run."""
        known = sources()
        if options["list"]:
            for kind, source in known.items():
                lacks = source.missing()
                self.stdout.write(f"{kind}: " + (f"needs {lacks}" if lacks else "ready"))
            return
        if options["nightly"]:
            self._nightly(options["folder"])
            return
        kinds = (
            [kind for kind, one in known.items() if not one.missing()] if options["all"] else options["kind"]
        )
        if not kinds:
            raise CommandError("Name a kind, or --all, --list or --nightly.")
        if unknown := [kind for kind in kinds if kind not in known]:
            raise CommandError(f"There is no source {unknown[0]}; there are {', '.join(known)}.")
        failed = [kind for kind in kinds if not self._sync(kind, options["folder"])]
        if failed:
            raise CommandError(f"Not read: {', '.join(failed)}.")

    def _sync(self, kind: str, folder: Path) -> bool:
        try:
            done = sync(sources()[kind], folder=folder, now=timezone.now(), by=OPERATOR)
        except DomainError as error:
            self.stderr.write(f"{kind}: {error.message}")
            return False
        counts = done.report.counts
        self.stdout.write(
            f"{kind}: {done.asked} pages read"
            + (f", {done.kept} from an earlier attempt" if done.kept else "")
            + f"; {counts['read']} rows: {counts['new']} new, {counts['changed']} changed, "
            f"{counts['unchanged']} unchanged, {counts['rejections']} rejected (load {done.report.number})"
        )
        return True

    def _nightly(self, folder: Path) -> None:
        """Until SIGTERM or SIGINT; a source that failed is tried again at the next look."""
        ending = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        while not ending.is_set():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / LOOKED).touch()
            sync_nightly(folder=folder, clock=timezone.now)
            ending.wait(BETWEEN_LOOKS)
