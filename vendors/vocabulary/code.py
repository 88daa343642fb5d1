"""What every closed vocabulary is made of."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A string enumeration whose members carry a label.

    Members hash like their text, so that a code read from a row finds them in sets and mappings.
    """

    label: str
    __hash__ = str.__hash__

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs (code, label) in the order of definition, as forms and model fields want them."""
        return [(member.value, member.label) for member in cls]
