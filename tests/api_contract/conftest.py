"""One running product with demo data for all of these tests: what programs see of it from outside.

Made in a database of its own, a copy of the migrated empty one, so that nothing is emptied under other tests.
"""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.support.product import Product, demo_product
from tests.support.stack import wait_until

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


@pytest.fixture
def calculated(product: Product, manager: str) -> None:
    """No scorecard waits for its first calculation: the guide adds one, and by its name it is the first of the list."""

    def none_waits() -> bool:
        rows = product.call("/api/v1/scorecards/?page_size=200", manager).json()["results"]
        return all(row["state"] != "never" for row in rows)

    wait_until(none_waits, seconds=120, what="every scorecard is calculated")


@pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
def keep_together(items: list[pytest.Item]) -> None:
    """All of them on one worker: the product and its demo are made once."""
    for item in items:
        if "api_contract" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("api_contract"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Made-up calls come last: they leave traces."""
    places = [place for place, item in enumerate(items) if "api_contract" in item.path.parts]
    ours = sorted((items[place] for place in places), key=lambda item: item.path.name == "test_fuzz.py")
    for place, item in zip(places, ours, strict=True):
        items[place] = item
