"""The reconciler: a small process of its own that makes scores converge even with Redis gone."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from scorecards import duties


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Recompute scorecards that stay stale for more than a few seconds."

    def handle(self, **options: Any) -> None:
        """Run; SIGTERM and SIGINT end it after the recompute in hand."""
        ending = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())

        def pause(seconds: float) -> None:
            ending.wait(seconds)

        duties.reconcile(clock=timezone.now, stop=ending.is_set, pause=pause)
