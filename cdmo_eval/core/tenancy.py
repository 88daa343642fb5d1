"""Enter an organisation: the one place that opens a transaction and tells PostgreSQL whose rows may be seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from structlog.contextvars import get_contextvars

from cdmo_eval.core.policies import Actor

SETTINGS = ("cdmo.organization_id", "cdmo.actor", "cdmo.actor_name", "cdmo.reason", "cdmo.request_id")
WRITE = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)
READ = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS)


@contextmanager
def organization_scope(
    organization_id: int, actor: Actor | str, *, isolation: str = "", reason: str = "", request_id: str = ""
) -> Iterator[None]:
    """Open a transaction in which exactly this organisation's rows exist.

    `actor` (and `reason`, `request_id`) is what the audit trail will name. Nothing set means no rows, so a forgotten
    scope shows nothing. A nested scope gives the outer one back at its end. `isolation` (for instance "REPEATABLE
    READ") is possible in the outermost scope only; RuntimeError otherwise.
    """
    nested = connection.in_atomic_block
    if isolation and nested:
        raise RuntimeError("an isolation level needs the outermost scope")
    identity, name = (actor, actor) if isinstance(actor, str) else (actor.identity, actor.name)
    before: tuple[str, ...] = ()
    with transaction.atomic():
        with connection.cursor() as cursor:
            if isolation:  # before set_config, which is a query
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
            if nested:
                cursor.execute(READ)
                before = cursor.fetchone()
            cursor.execute(
                WRITE, [str(organization_id), identity, name, reason, request_id or current_request_id()]
            )
        yield
        # a released savepoint keeps what was set inside it, a rolled back one does not
        if nested and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(WRITE, list(before))


@contextmanager
def change_reason(reason: str) -> Iterator[None]:
    """Say why, for the audit trail, for the writes inside. Needs an open scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('cdmo.reason', true), '')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('cdmo.reason', %s, true)", [reason])
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('cdmo.reason', %s, true)", [before])


def current_request_id() -> str:
    """The id of the request or run that the log lines carry, if any."""
    context = get_contextvars()
    return str(context.get("request_id") or context.get("run_id") or "")
