"""Conversions: what is known converts exactly, everything else is unknown."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.units import convert, convert_rate
from vendors.vocabulary import BatchUnit

TITRE = {"titre": 5, "titre_unit": "g", "overall_yield": 0.8}


@pytest.mark.parametrize(
    ("value", "unit", "target", "extra", "expected"),
    [
        (2, "kg", "g", {}, 2000),
        (0.1, "g", "mg", {}, 100),
        (5, "vials", "units", {}, 5),
        (7, "L", "L", {}, 7),
        (1000, "L", "kg", TITRE, 4),
        (4, "kg", "L", TITRE, 1000),
        (2, "L", "vg", {"titre": 10**14, "titre_unit": "vg"}, 2 * 10**14),
    ],
)
def test_conversion(value: float, unit: str, target: str, extra: dict[str, Any], expected: int) -> None:
    assert convert(value, unit, target, **extra) == expected


@pytest.mark.parametrize(
    ("unit", "target", "extra"),
    [
        ("L", "kg", {}),
        ("kg", "vials", {}),
        ("vg", "TU", {}),
        ("L", "vg", TITRE),
        ("kg", "vg", TITRE),
        ("L", "vials", TITRE),
        ("L", "kg", {**TITRE, "overall_yield": 0}),
        ("barrels", "L", {}),
        ("L", "barrels", {}),
        ("L", "kg", {"titre": 5, "titre_unit": "vials"}),
    ],
)
def test_no_conversion_is_unknown(unit: str, target: str, extra: dict[str, Any]) -> None:
    assert convert(1, unit, target, **extra) is None


@given(value=st.fractions(min_value=0), units=st.sampled_from([("kg", "mg"), ("g", "kg"), ("L", "kg")]))
def test_there_and_back(value: Fraction, units: tuple[str, str]) -> None:
    there = convert(value, *units, titre=3, titre_unit="g", overall_yield=Fraction(1, 3))
    assert there is not None

    assert convert(there, *units[::-1], titre=3, titre_unit="g", overall_yield=Fraction(1, 3)) == value


@pytest.mark.parametrize(
    ("value", "unit", "target", "size", "expected"),
    [
        (20, "batches/y", "batches/y", (None, ""), 20),
        (20, "batches/y", "kg/y", (500, "g"), 10),
        (10, "kg/y", "batches/y", (500, "g"), 20),
        (3, "batches/y", "units/y", (1000, "vials"), 3000),
        (20, "batches/y", "kg/y", (None, ""), None),
        (20, "batches/y", "kg/y", (500, "L"), None),
        (20, "patients/y", "batches/y", (1, "units"), None),
        (20, "kg/y", "units/y", (1, "kg"), None),
        (20, "kg/week", "kg/y", (1, "kg"), None),
    ],
)
def test_yearly_rates(
    value: int, unit: str, target: str, size: tuple[int | None, str], expected: int | None
) -> None:
    assert convert_rate(value, unit, target, batch_size=size[0], batch_unit=size[1]) == expected


def test_yearly_rate_of_litres_by_titre() -> None:
    assert convert_rate(10, "batches/y", "kg/y", batch_size=1000, batch_unit="L", **TITRE) == 40  # type: ignore[arg-type]


def test_every_unit_converts_to_itself() -> None:
    assert {unit: convert(3, unit, unit) for unit in BatchUnit} == dict.fromkeys(BatchUnit, 3)
