"""The rated cells of a scorecard: candidates x leaves, as integer arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scorecards.engine.exact import PPM, EngineError

Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

BYTES_PER_CELL = 25


class CellError(EngineError):
    """A cell that contradicts itself; `name` says which candidate row and leaf column."""


class CellState(IntEnum):
    """What is known about a leaf. The codes are stored: never renumber."""

    KNOWN = 0
    UNKNOWN = 1
    REFUSED = 2
    NOT_APPLICABLE = 3
    OVERDUE = 4
    """Unknown after the questionnaire's deadline: counts like a refusal."""


class MissingPolicy(StrEnum):
    """How the ranked figure treats what is not known."""

    NEUTRAL = "neutral"
    CONSERVATIVE = "conservative"
    KNOWN_ONLY = "known_only"


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Values of n candidates on m leaves: int64 arrays (n x m) in ppm 0..1 000 000, states uint8.

    `low` and `high` are the interval, `point` what the ranked figure uses under the scorecard's policy,
    `known` and `verified` the shares of the leaf that are so, `strength` the evidence strength.
    Refused and overdue cells have point and known 0. Construction raises CellError for anything else.
    """

    low: Int64Array
    point: Int64Array
    high: Int64Array
    known: Int64Array
    verified: Int64Array
    strength: Int64Array
    state: NDArray[np.uint8]

    def __post_init__(self) -> None:
        for column in fields(self):
            array = getattr(self, column.name)
            wanted = np.uint8 if column.name == "state" else np.int64
            if array.ndim != 2 or array.shape != self.low.shape or array.dtype != wanted:
                raise CellError(column.name, f"must be {np.dtype(wanted)}, candidates x leaves, like low")
        self._refuse((self.low < 0) | (self.high > PPM), "must lie between 0 and 1 000 000 ppm")
        self._refuse((self.low > self.point) | (self.point > self.high), "point must lie in its interval")
        self._refuse(
            (self.verified < 0) | (self.verified > self.known) | (self.known > PPM),
            "verified must not exceed known, nor known 1 000 000 ppm",
        )
        self._refuse((self.strength < 0) | (self.strength > PPM), "strength must lie in 0 to 1 000 000 ppm")
        self._refuse(self.state > max(CellState), "has no such state")
        silent = self.state != CellState.KNOWN
        self._refuse(silent == (self.known > 0), "is known exactly when a share of it is")
        if silent.any():
            self._refuse(self.counts_zero & (self.point > 0), "refused or overdue counts 0")

    def _refuse(self, wrong: BoolArray, message: str) -> None:
        if wrong.any():
            row, column = (int(i) for i in np.argwhere(wrong)[0])
            raise CellError(f"candidate {row}, leaf {column}", message)

    @property
    def counts_zero(self) -> BoolArray:
        """Cells that count 0 with their full weight under every policy."""
        return np.asarray((self.state == CellState.REFUSED) | (self.state == CellState.OVERDUE))

    def packed(self) -> list[bytes]:
        """Each candidate's cells as bytes (25 per leaf), the same on every machine; for storage and digests.

        Six runs of little-endian uint32 (low, point, high, known, verified, strength), then the states.
        """
        numbers = np.stack(self._numbers(), axis=1).astype("<u4")
        return [row.tobytes() + states.tobytes() for row, states in zip(numbers, self.state, strict=True)]

    def _numbers(self) -> tuple[Int64Array, ...]:
        return (self.low, self.point, self.high, self.known, self.verified, self.strength)

    @classmethod
    def unpacked(cls, rows: Sequence[bytes], *, leaves: int) -> Self:
        """The inverse of `packed`. Raises CellError for a row that has not `leaves` cells."""
        for i, row in enumerate(rows):
            if len(row) != leaves * BYTES_PER_CELL:
                raise CellError(f"candidate {i}", f"does not hold {leaves} packed cells")
        return cls.of_packed(np.frombuffer(b"".join(rows), dtype=packed_type(leaves)))

    @classmethod
    def of_packed(cls, rows: NDArray[np.void]) -> Self:
        """The same from an array of `packed_type`."""
        # one block for all six tables: memory is taken and walked once
        low, point, high, known, verified, strength = (
            rows["numbers"].transpose(1, 0, 2).astype(np.int64, order="C")
        )
        return cls(low, point, high, known, verified, strength, np.ascontiguousarray(rows["states"]))


def packed_type(leaves: int) -> np.dtype[np.void]:
    """One candidate's cells as `Cells.packed` lays them out."""
    return np.dtype([("numbers", "<u4", (6, leaves)), ("states", "u1", (leaves,))])
