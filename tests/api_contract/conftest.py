"""One running product with demo data for all of these tests: what programs see of it from outside.

Made in a database of its own, a copy of the migrated empty one, so that nothing is emptied under other tests.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from pytest_django.plugin import DjangoDbBlocker

from tests.support.product import Product

READ_AND_WRITE = ("read", "write", "commercial:read", "commercial:write")


@pytest.fixture(scope="session")
def product(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Product]:
    """The demo, served."""
    folder = Path(tempfile.mkdtemp(prefix="cdmo-contract-"))
    folder.chmod(0o755)
    with django_db_blocker.unblock():
        empty = str(connection.settings_dict["NAME"])
        name = f"{empty}_contract"
        copy_database(empty, name)
    running = Product(folder, {**addresses(name), "CDMO_WEBHOOK_NETWORKS": "127.0.0.0/8"})
    try:
        running.manage("demo")
        running.start("web", "worker", "reconcile")
        yield running
    finally:
        running.stop()
        with django_db_blocker.unblock():
            drop_database(name)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def manager(product: Product) -> str:
    """A token of the demo's manager."""
    return product.token("manager@demo.example", *READ_AND_WRITE)


@pytest.fixture(scope="session")
def admin(product: Product) -> str:
    """A token of the demo's administrator."""
    return product.token("admin@demo.example", *READ_AND_WRITE, "audit:read")


def addresses(name: str) -> dict[str, str]:
    """How children reach a database of the test's server."""
    default = settings.DATABASES["default"]
    base = f"host={default['HOST']} port={default['PORT'] or 5432} dbname={name}"
    app, owner = f"user={default['USER']}", f"user={default['OWNER']['user']}"
    if default["PASSWORD"]:
        app += f" password={default['PASSWORD']}"
    if default["OWNER"]["password"]:
        owner += f" password={default['OWNER']['password']}"
    return {"DATABASE_URL": f"{base} {app}", "DATABASE_OWNER_URL": f"{base} {owner}"}


def copy_database(source: str, name: str) -> None:
    """A copy of a database that nobody is connected to, made by its owner from the maintenance database."""
    connections.close_all()
    statement(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


def drop_database(name: str) -> None:
    """With whoever is still connected."""
    statement(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def statement(*statements: str) -> None:
    """Run as the owner, outside any transaction and any test database."""
    with connection._nodb_cursor() as cursor:
        for each in statements:
            cursor.execute(each)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them on one worker: the product and its demo are made once. Made-up calls come last: they leave traces."""
    ours = [item for item in items if "api_contract" in item.path.parts]
    for item in ours:
        item.add_marker(pytest.mark.xdist_group("api_contract"))
    ours.sort(key=lambda item: item.path.name == "test_fuzz.py")
    for place, item in zip([i for i, item in enumerate(items) if item in ours], ours, strict=True):
        items[place] = item
