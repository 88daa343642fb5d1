"""The catalogue of facts: everything that evidence can be about, with its subject, shape, unit and ages.

A criterion that takes evidence of its own is a fact under its id ("MOD4"); everything else is a field path
("site.single_use_pct", "service.FORM_DEV.delivery") whose winning record also fills the profile column.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from vendors.facts.catalogue import Fact
from vendors.facts.fields import PROFILE_FACTS
from vendors.facts.leaves import LEAF_FACTS
from vendors.facts.schema import FactValueError, ValueSchema
from vendors.facts.services import SERVICE_FACTS

__all__ = ["FACTS", "Fact", "FactValueError", "ValueSchema", "validate_value"]

FACTS: Mapping[str, Fact] = MappingProxyType(
    {fact.code: fact for fact in (*LEAF_FACTS, *PROFILE_FACTS, *SERVICE_FACTS)}
)
"""Every fact by its code."""


def validate_value(code: str, value: Any) -> None:
    """Check that a value has the shape of its fact.

    Raises FactValueError: ``target`` as the field when the code is not in the catalogue, otherwise the path
    of the offending part, starting with "value".
    """
    fact = FACTS.get(code)
    if fact is None:
        raise FactValueError("target", f"Nothing is known under the code {code!r}.")
    fact.schema.check("value", value)
