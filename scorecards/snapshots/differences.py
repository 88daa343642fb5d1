"""Where a frozen document says something else than follows from it."""

from dataclasses import dataclass

from scorecards.engine.digest import DigestError

LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Difference:
    """Where a document says something else than follows from it. `path` is a place in its content."""

    path: str
    frozen: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: frozen as {self.frozen}, comes out as {self.found}"


def shortened(value: object) -> str:
    """A value as it is told, cut when it is long."""
    text = value.message if isinstance(value, DigestError) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
