"""The demo is made once for all its tests: it commits, and it takes a while."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from cdmo_eval.core.models import Organization


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """The demo organisation, made by its command, in a database that is emptied afterwards."""
    with django_db_blocker.unblock():
        call_command("demo", stdout=StringIO())
        yield Organization.objects.get(slug="demo")
        call_command("flush", interactive=False, verbosity=0)
