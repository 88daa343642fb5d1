"""The demo is made once for all its tests: it commits, and it takes a while.

Each test reads inside a transaction of its own, so that it leaves nothing behind; what must run outside of one (a
recompute, a command) runs `apart`, on a connection of its own.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import TypeVar

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from cdmo_eval.core.models import Organization
from tests.support.emptying import empty

T = TypeVar("T")


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """The demo organisation, made by its command, in a database that is emptied afterwards."""
    with django_db_blocker.unblock():
        call_command("demo", stdout=StringIO())
        organization = Organization.objects.get(slug="demo")
    yield organization
    with django_db_blocker.unblock():
        empty()


def apart(work: Callable[[], T]) -> T:
    """Do something on another connection, outside the test's transaction, and wait for it."""

    def closing() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result()


def run(*arguments: str) -> tuple[str, str]:
    """A command's two outputs."""
    out, err = StringIO(), StringIO()
    apart(lambda: call_command(*arguments, stdout=out, stderr=err))
    return out.getvalue(), err.getvalue()
