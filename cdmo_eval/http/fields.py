"""Fields that several resources share: codes of a vocabulary, references by public id, numbers within a column."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cdmo_eval.core.policies import Actor

FIRST_YEAR, LAST_YEAR = 1900, 2200
LARGEST_INTEGER = 2_147_483_647
"""What an integer column holds."""


@extend_schema_field(OpenApiTypes.UUID)
class RowField(serializers.Field[Any, Any, Any, Any]):
    """A reference by public id, resolved within the caller's organisation.

    A row that is missing, belongs to somebody else or may not be seen gives one and the same error.
    """

    default_error_messages = {
        "does_not_exist": "There is no such thing here.",
        "not_an_id": "An id is a UUID in its usual spelling.",
    }

    def __init__(self, rows: Callable[[Actor], QuerySet[Any]], **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """The row."""
        try:
            public_id = UUID(data) if isinstance(data, str) else None
        except ValueError:
            public_id = None
        if public_id is None:
            self.fail("not_an_id")
        row = self.rows(self.context["view"].actor).filter(public_id=public_id).first()
        if row is None:
            self.fail("does_not_exist")
        return row

    def to_representation(self, value: Any) -> str:
        """The public id."""
        return str(value.public_id)


class PublicId(serializers.UUIDField):
    """The id of a row, or with a source like "vendor.public_id" of a row that it refers to."""

    def __init__(self, source: str = "public_id", **kwargs: Any) -> None:
        super().__init__(source=source, read_only=True, **kwargs)


class NoId(PublicId):
    """The id of a row that is not always there; null without it."""

    def __init__(self, source: str, **kwargs: Any) -> None:
        super().__init__(source=source, allow_null=True, default=None, **kwargs)


class Code(serializers.ChoiceField):
    """One code of a vocabulary; blank, where allowed, means unknown."""

    def __init__(self, words: Iterable[StrEnum] | type[StrEnum], **kwargs: Any) -> None:
        super().__init__(choices=[(word.value, word.value) for word in words], **kwargs)


def codes(words: type[StrEnum], **kwargs: Any) -> serializers.ListField:
    """Several codes of a vocabulary, each at most once in the end."""
    return serializers.ListField(child=Code(words), max_length=len(words), **kwargs)


def text(longest: int, **kwargs: Any) -> serializers.CharField:
    """A text that may be blank (unknown) unless told otherwise."""
    return serializers.CharField(**{"max_length": longest, "required": False, "allow_blank": True, **kwargs})


def texts(longest: int, **kwargs: Any) -> serializers.ListField:
    """A short list of texts."""
    child = serializers.CharField(max_length=longest)
    return serializers.ListField(**{"child": child, "max_length": 200, "required": False, **kwargs})


def count(low: int = 0, high: int = LARGEST_INTEGER, **kwargs: Any) -> serializers.IntegerField:
    """A whole number, or null where it is not known."""
    return serializers.IntegerField(
        **{"min_value": low, "max_value": high, "required": False, "allow_null": True, **kwargs}
    )


def number(digits: int, places: int, **kwargs: Any) -> serializers.DecimalField:
    """A decimal number, or null where it is not known; `digits` in all, `places` of them behind the point."""
    return serializers.DecimalField(
        **{"max_digits": digits, "decimal_places": places, "required": False, "allow_null": True, **kwargs}
    )


class Day(serializers.DateField):
    """A date that ages and ends can be counted from: no calculation of months leaves the calendar."""

    default_error_messages = {"out_of_range": f"The year lies between {FIRST_YEAR} and {LAST_YEAR}."}

    def to_internal_value(self, value: Any) -> date:
        """The date."""
        found: date = super().to_internal_value(value)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.fail("out_of_range")
        return found


def day(**kwargs: Any) -> Day:
    """A date, or null where it is not known."""
    return Day(**{"required": False, "allow_null": True, **kwargs})


def yes_no(**kwargs: Any) -> serializers.BooleanField:
    """Yes, no, or null where it is not known."""
    return serializers.BooleanField(**{"required": False, "allow_null": True, **kwargs})
