"""Conversion of batch sizes and yearly rates. What cannot be converted is None: never guessed.

Mass converts among kg, g and mg. A volume in litres converts to or from a mass, vector genomes, transducing
units or cells only by a stated titre or yield. Vials are units. A yearly number of batches becomes a yearly
amount through the size of a batch.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from vendors.vocabulary import BatchUnit, RateUnit

Number = int | float | Decimal | Fraction

_MILLIGRAMS = {BatchUnit.KG: Fraction(1_000_000), BatchUnit.G: Fraction(1000), BatchUnit.MG: Fraction(1)}
_COUNTED = frozenset({BatchUnit.VIALS, BatchUnit.UNITS})
_BY_TITRE = frozenset({BatchUnit.VG, BatchUnit.TU, BatchUnit.CELLS})


def exact_number(number: Number) -> Fraction:
    """The number as an exact fraction; a float means the shortest decimal that prints like it."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


_BATCH_UNITS: Mapping[str, BatchUnit] = {unit.value: unit for unit in BatchUnit}
_RATE_UNITS: Mapping[str, RateUnit] = {unit.value: unit for unit in RateUnit}


def _direct(value: Fraction, unit: BatchUnit, target: BatchUnit) -> Fraction | None:
    if unit is target:
        return value
    if unit in _MILLIGRAMS and target in _MILLIGRAMS:
        return value * _MILLIGRAMS[unit] / _MILLIGRAMS[target]
    return value if unit in _COUNTED and target in _COUNTED else None


def convert(
    value: Number,
    unit: str,
    target: str,
    *,
    titre: Number | None = None,
    titre_unit: str = "",
    overall_yield: Number = 1,
) -> Fraction | None:
    """A batch size in another unit, exactly; None when there is no conversion.

    ``titre`` is an amount in ``titre_unit`` per litre before losses and ``overall_yield`` (0 to 1) the share
    of it that is kept.
    """
    source, wanted = _BATCH_UNITS.get(unit), _BATCH_UNITS.get(target)
    if source is None or wanted is None:
        return None
    amount = exact_number(value)
    direct = _direct(amount, source, wanted)
    if direct is not None or (source is BatchUnit.L) == (wanted is BatchUnit.L):
        return direct
    per_litre = _kept_per_litre(titre, overall_yield)
    per_unit = _BATCH_UNITS.get(titre_unit)
    if per_litre is None or per_unit is None or not (per_unit in _MILLIGRAMS or per_unit in _BY_TITRE):
        return None
    if source is BatchUnit.L:
        return _direct(amount * per_litre, per_unit, wanted)
    inside = _direct(amount, source, per_unit)
    return None if inside is None else inside / per_litre


def _kept_per_litre(titre: Number | None, overall_yield: Number) -> Fraction | None:
    if titre is None:
        return None
    kept = exact_number(titre) * exact_number(overall_yield)
    return kept if kept > 0 else None


_RATE_AMOUNT = {RateUnit.KG: BatchUnit.KG, RateUnit.UNITS: BatchUnit.UNITS}


def convert_rate(
    value: Number,
    unit: str,
    target: str,
    *,
    batch_size: Number | None = None,
    batch_unit: str = "",
    titre: Number | None = None,
    titre_unit: str = "",
    overall_yield: Number = 1,
) -> Fraction | None:
    """A yearly rate in another rate unit, exactly; None when there is no conversion.

    Batches a year become kg or units a year (and back) through the size of a batch. Patients a year convert
    to nothing else.
    """
    source, wanted = _RATE_UNITS.get(unit), _RATE_UNITS.get(target)
    if source is None or wanted is None:
        return None
    if source is wanted:
        return exact_number(value)
    if batch_size is None or RateUnit.BATCHES not in {source, wanted}:
        return None
    amount_unit = _RATE_AMOUNT.get(wanted if source is RateUnit.BATCHES else source)
    if amount_unit is None:
        return None
    batch = convert(
        batch_size, batch_unit, amount_unit, titre=titre, titre_unit=titre_unit, overall_yield=overall_yield
    )
    if batch is None or batch <= 0:
        return None
    return exact_number(value) * batch if source is RateUnit.BATCHES else exact_number(value) / batch
