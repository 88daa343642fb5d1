"""Wake a worker after a write. A hint only: PostgreSQL remembers what is to do, and the reconciler finds it."""

import time
from threading import Lock

import structlog
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError

RECOMPUTE_TASK = "scorecards.recompute_dirty"  # by name: core knows no domain app
BREAKER_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Breaker:
    """After a failed publish only one attempt in ten seconds is made, so a dead broker costs one slow request."""

    def __init__(self) -> None:
        self._lock, self._closed_until = Lock(), 0.0

    def allows(self) -> bool:
        """Whether to try now; while open, one caller in ten seconds gets through."""
        with self._lock:
            now = time.monotonic()
            if now < self._closed_until:
                return False
            if self._closed_until:
                self._closed_until = (
                    now + BREAKER_SECONDS
                )  # this caller tries, the others wait for its outcome
            return True

    def failed(self) -> None:
        """Open."""
        with self._lock:
            self._closed_until = time.monotonic() + BREAKER_SECONDS

    def worked(self) -> None:
        """Close."""
        with self._lock:
            self._closed_until = 0.0


breaker = Breaker()


def after_commit(organization_id: int, *, task: str = RECOMPUTE_TASK) -> None:
    """Publish "this organisation has dirty scorecards" (or another task's hint) once the transaction commits.

    Many calls give one message.
    """
    hook = _Hint(organization_id, task)
    pending = {function for _, function, *_ in connection.run_on_commit if isinstance(function, _Hint)}
    if hook not in pending:
        transaction.on_commit(hook)


class _Hint:
    """Comparable, so that a transaction that changes a hundred facts publishes once."""

    def __init__(self, organization_id: int, task: str) -> None:
        self.content = (organization_id, task)

    def __hash__(self) -> int:
        return hash(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hint) and other.content == self.content

    def __call__(self) -> None:
        organization_id, task = self.content
        publish(task, organization_id=organization_id)


def publish(task: str, **arguments: object) -> bool:
    """Send a task by name; never raises and never waits long. False when the broker did not take it."""
    if not breaker.allows():
        return False
    try:
        current_app.send_task(task, kwargs=arguments, retry=False)
    except (OperationalError, OSError) as error:
        breaker.failed()
        log.warning("hint_not_published", task=task, error=str(error))
        return False
    breaker.worked()
    return True
