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

BYTES_PER_CELL, WITH_REFUSED = 25, 29
NUMBERS = ("low", "point", "high", "known", "verified", "strength")


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
    Refused and overdue cells have point and known 0. `refused` is what of a partly known leaf was refused; it is told
    where only what is known counts, since there it weighs. Construction raises CellError for anything else.
    """

    low: Int64Array
    point: Int64Array
    high: Int64Array
    known: Int64Array
    verified: Int64Array
    strength: Int64Array
    state: NDArray[np.uint8]
    refused: Int64Array | None = None

    def __post_init__(self) -> None:
        for column in fields(self):
            array = getattr(self, column.name)
            if column.name == "refused" and array is None:
                continue
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
        if self.refused is not None:
            self._refuse(
                (self.refused < 0) | (self.refused > np.where(self.known > 0, PPM - self.known, 0)),
                "what was refused is a part of a known leaf beside what is known",
            )
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

    @property
    def numbers(self) -> dict[str, Int64Array]:
        """The integer arrays by name; `refused` only where it is told."""
        told = NUMBERS if self.refused is None else (*NUMBERS, "refused")
        return {name: getattr(self, name) for name in told}

    @property
    def answered(self) -> Int64Array:
        """The share of each leaf that is known or, where that is told, refused beside what is known."""
        return self.known if self.refused is None else self.known + self.refused

    @property
    def weighed(self) -> Int64Array:
        """The share of each leaf that weighs where only what is known counts: refusing must not make a leaf lighter."""
        return np.where(self.counts_zero, PPM, self.answered)

    def packed(self) -> list[bytes]:
        """Each candidate's cells as bytes (25 per leaf), the same on every machine; for storage and digests.

        Six runs of little-endian uint32 (low, point, high, known, verified, strength), a seventh (29 per leaf) where it
        is told what was refused, then the states.
        """
        numbers = np.stack(list(self.numbers.values()), axis=1).astype("<u4")
        return [row.tobytes() + states.tobytes() for row, states in zip(numbers, self.state, strict=True)]

    @classmethod
    def unpacked(cls, rows: Sequence[bytes], *, leaves: int) -> Self:
        """The inverse of `packed`. Raises CellError for a row that has not `leaves` cells.

        A calculation of the past may have rows of both widths: history goes on naming the cells of before for who had the
        same figures under another policy. Of those nothing was told to be refused.
        """
        kind = packed_type(leaves, refused=any(len(row) == leaves * WITH_REFUSED for row in rows))
        for i, row in enumerate(rows):
            if len(row) not in {leaves * BYTES_PER_CELL, kind.itemsize}:
                raise CellError(f"candidate {i}", f"does not hold {leaves} packed cells")
        alike = [
            row if len(row) == kind.itemsize else row[:-leaves] + bytes(4 * leaves) + row[-leaves:]
            for row in rows
        ]
        return cls.of_packed(np.frombuffer(b"".join(alike), dtype=kind))

    @classmethod
    def of_packed(cls, rows: NDArray[np.void]) -> Self:
        """The same from an array of `packed_type`."""
        # one block for all tables: memory is taken and walked once
        low, point, high, known, verified, strength, *refused = (
            rows["numbers"].transpose(1, 0, 2).astype(np.int64, order="C")
        )
        states = np.ascontiguousarray(rows["states"])
        return cls(low, point, high, known, verified, strength, states, *refused)


def packed_type(leaves: int, *, refused: bool = False) -> np.dtype[np.void]:
    """One candidate's cells as `Cells.packed` lays them out, with or without what was refused."""
    runs = len(NUMBERS) + refused
    return np.dtype([("numbers", "<u4", (runs, leaves)), ("states", "u1", (leaves,))])
