"""A bounded run of what `make fuzz` does at length."""

import pytest

from tests.support.fuzz import run
from tests.support.product import Product

pytestmark = pytest.mark.django_db  # the migrated database that the product's own is copied from


@pytest.mark.parametrize(
    ("role", "phases"), [("manager", "coverage"), ("quality", "fuzzing"), ("manager", "stateful")]
)
def test_made_up_calls_are_answered_as_the_document_says(product: Product, role: str, phases: str) -> None:
    outcome = run(product, role, seconds=20, seed=20, phases=phases)

    assert outcome.failures == [], outcome.told
    assert outcome.cases > 100
