"""One running product with demo data for all of these tests: what programs see of it from outside.

Made in a database of its own, a copy of the migrated empty one, so that nothing is emptied under other tests.
"""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.support.product import Product, demo_product

READ_AND_WRITE = ("read", "write", "commercial:read", "commercial:write")


@pytest.fixture(scope="session")
def product(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Product]:
    """The demo, served."""
    processes = ("web", "worker", "reconcile")
    with demo_product(
        django_db_blocker, "contract", *processes, CDMO_WEBHOOK_NETWORKS="127.0.0.0/8"
    ) as running:
        yield running


@pytest.fixture(scope="session")
def manager(product: Product) -> str:
    """A token of the demo's manager."""
    return product.token("manager@demo.example", *READ_AND_WRITE)


@pytest.fixture(scope="session")
def admin(product: Product) -> str:
    """A token of the demo's administrator."""
    return product.token("admin@demo.example", *READ_AND_WRITE, "audit:read")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them on one worker: the product and its demo are made once. Made-up calls come last: they leave traces."""
    ours = [item for item in items if "api_contract" in item.path.parts]
    for item in ours:
        item.add_marker(pytest.mark.xdist_group("api_contract"))
    ours.sort(key=lambda item: item.path.name == "test_fuzz.py")
    for place, item in zip([i for i, item in enumerate(items) if item in ours], ours, strict=True):
        items[place] = item
