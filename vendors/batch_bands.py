"""Batch sizes in classes that a buyer asks for: by volume, by mass, by number of units, and living products at any size.

A capability's class is that of its largest batch; a size on the edge belongs to the class below it.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from vendors.vocabulary import BatchUnit

KILOGRAMS = {BatchUnit.KG: Decimal(1), BatchUnit.G: Decimal("0.001"), BatchUnit.MG: Decimal("0.000001")}
VOLUME = {BatchUnit.L: Decimal(1)}
COUNT = {BatchUnit.VIALS: Decimal(1), BatchUnit.UNITS: Decimal(1)}
LIVING = {BatchUnit.VG: Decimal(1), BatchUnit.TU: Decimal(1), BatchUnit.CELLS: Decimal(1)}


@dataclass(frozen=True)
class BatchBand:
    """Batches above `over` up to `upto` (None: no limit), in the unit whose factor is 1."""

    code: str
    label: str
    units: dict[BatchUnit, Decimal]
    over: Decimal | None = None
    upto: Decimal | None = None

    def holds(self, unit: str, size: Decimal) -> bool:
        """Whether a batch is of this class."""
        if unit not in self.units:
            return False
        amount = size * self.units[BatchUnit(unit)]
        return (self.over is None or amount > self.over) and (self.upto is None or amount <= self.upto)

    @property
    def condition(self) -> Q:
        """The same of a capability's row annotated by `with_largest`."""
        found = Q(pk__in=[])
        for unit, factor in self.units.items():
            one = Q(batch_unit=unit.value)
            if self.over is not None:
                one &= Q(largest__gt=self.over / factor)
            if self.upto is not None:
                one &= Q(largest__lte=self.upto / factor)
            found |= one & Q(largest__isnull=False)
        return found


BANDS = (
    BatchBand("L-50", "Up to 50 L", VOLUME, None, Decimal(50)),
    BatchBand("L-500", "50 to 500 L", VOLUME, Decimal(50), Decimal(500)),
    BatchBand("L-2000", "500 to 2,000 L", VOLUME, Decimal(500), Decimal(2000)),
    BatchBand("L-more", "Over 2,000 L", VOLUME, Decimal(2000)),
    BatchBand("kg-1", "Up to 1 kg", KILOGRAMS, None, Decimal(1)),
    BatchBand("kg-100", "1 to 100 kg", KILOGRAMS, Decimal(1), Decimal(100)),
    BatchBand("kg-more", "Over 100 kg", KILOGRAMS, Decimal(100)),
    BatchBand("n-10000", "Up to 10,000 units", COUNT, None, Decimal(10_000)),
    BatchBand("n-more", "Over 10,000 units", COUNT, Decimal(10_000)),
    BatchBand("living", "Vectors or cells, any size", LIVING),
)
BAND_BY_CODE = {band.code: band for band in BANDS}


def band_of(unit: str, size: Decimal | None) -> str:
    """The class of a capability's largest batch; "" when it is not known."""
    if size is None:
        return ""
    return next((band.code for band in BANDS if band.holds(unit, size)), "")


def with_largest(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Capabilities with their largest batch known, as `largest`."""
    found: QuerySet[Any] = rows.annotate(largest=Coalesce("scale_max", "scale_min"))
    return found.filter(largest__isnull=False)
