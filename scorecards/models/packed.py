"""Whole numbers in one column, as bytes: read, written and compared in one piece."""

import struct
from typing import Any

from django.db import models


class PackedIntegers(models.BinaryField):  # type: ignore[type-arg]  # not generic at run time
    """A list of whole numbers (64 bits, signed) as big-endian bytes.

    An array column costs a call per element on every way in and out of the database; this is one copy of memory.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[int] | None:
        """The numbers of a row that was read."""
        return None if value is None else list(struct.unpack(f">{len(value) // 8}q", value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        """The bytes of numbers that are written."""
        if isinstance(value, list | tuple):
            value = struct.pack(f">{len(value)}q", *value)
        return super().get_db_prep_value(value, connection, prepared)
