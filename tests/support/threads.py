"""Work on database connections of their own, for tests of what happens at the same moment."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import psycopg
from django.db import OperationalError, connections

T = TypeVar("T")


class Beside:
    """Runs functions in threads, each with connections of its own that are closed at the end."""

    def __init__(self, workers: int = 8) -> None:
        self._pool = ThreadPoolExecutor(workers)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Begin; the future tells the outcome."""

        def closing() -> T:
            try:
                return work()
            finally:
                connections.close_all()

        return self._pool.submit(closing)

    def run(self, work: Callable[[], T], *, timeout: float = 20) -> T:
        """Begin and wait."""
        return self.start(work).result(timeout)

    def close(self) -> None:
        """Wait for all."""
        self._pool.shutdown()


def patiently(work: Callable[[], T]) -> T:
    """Work that is tried again when it waited too long for a lock, as the 503 asks callers to do."""
    while True:
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
