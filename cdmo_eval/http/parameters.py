"""Query parameters of a view in words, with the values they take."""

from collections.abc import Mapping, Sequence
from typing import Any

ID = {"type": "string", "format": "uuid"}
DAY = {"type": "string", "format": "date"}
YES_NO = {"type": "string", "enum": ["true", "false"]}


class Told(str):
    """The words about a parameter; `values` is the schema of what it takes, for the OpenAPI document."""

    __slots__ = ("values",)
    values: Mapping[str, Any]


def told(words: str, values: Mapping[str, Any]) -> Told:
    """Words with the schema of the values."""
    found = Told(words)
    found.values = values
    return found


def one_of(values: Sequence[str]) -> dict[str, Any]:
    """The schema of a choice."""
    return {"type": "string", "enum": list(values)}


def whole(low: int, high: int) -> dict[str, Any]:
    """The schema of a whole number within bounds."""
    return {"type": "integer", "minimum": low, "maximum": high}


def values_of(words: str) -> Any:
    """The schema of a described parameter; any text when only words were given."""
    return dict(words.values) if isinstance(words, Told) else str
