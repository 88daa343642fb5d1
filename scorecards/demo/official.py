"""Official records of the fictional sites, as uploads of the demo organisation.

Their FEI numbers start with 99 and have ten digits, which no real establishment has; record numbers say DEMO. Real
public records can therefore never be mistaken for them, nor they for real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scorecards.demo.families import MAKERS
from scorecards.demo.proof import SCALE, dice, years_before
from scorecards.demo.spec import FICTIONAL, Maker, Plant
from vendors.regulatory.records import RegulatoryRecord
from vendors.vocabulary import Classification, RecordKind

SOURCE = "demo (invented)"
FDA = "FDA"
_GMP_AUTHORITY = {"EU": "EMA", "UK": "MHRA"}
_AREA = "Drug Quality Assurance"
_SECTIONS = (
    "21 CFR 211.22(d)", "21 CFR 211.42(c)(10)", "21 CFR 211.63", "21 CFR 211.68(b)", "21 CFR 211.100(a)", "21 CFR 211.113(b)",
    "21 CFR 211.160(b)", "21 CFR 211.165(a)", "21 CFR 211.192", "21 CFR 211.194(a)",
)  # fmt: skip
_CITED = {Classification.NAI: 0, Classification.VAI: 3, Classification.OAI: 6}


def fei_of(maker: Maker, plant: Plant) -> str:
    """The invented establishment number of a site."""
    return f"99{MAKERS.index(maker):05d}{maker.sites.index(plant):03d}"


@dataclass(frozen=True)
class Register:
    """Writes the records of one site as they stand on a day."""

    maker: Maker
    plant: Plant
    today: date

    def records(self) -> Iterator[RegulatoryRecord]:
        """Inspections with their citations, other actions, GMP certificates."""
        for number, (word, years) in enumerate(_pairs(self.plant.inspections), start=1):
            yield from self.inspection(number, Classification(word), years_before(self.today, years))
        for number, action in enumerate(self.plant.actions, start=1):
            yield self._action(number, *action.split(" ", 2))
        for market, years in _pairs(self.plant.certificates):
            inspected = years_before(self.today, years)
            yield replace(
                self._record(RecordKind.GMP_CERTIFICATE, f"{market}/GMP", inspected),
                authority=_GMP_AUTHORITY[market], posted_on=inspected + timedelta(days=60), scope="Human medicinal products",
            )  # fmt: skip

    def inspection(self, number: int, result: Classification, on: date) -> Iterator[RegulatoryRecord]:
        """An inspection and the sections it cited."""
        seen = replace(
            self._record(RecordKind.INSPECTION, f"INS-{number}", on),
            classification=result.value, product_area="Drugs", project_area=_AREA, posted_on=on + timedelta(days=90),
        )  # fmt: skip
        yield seen
        first = dice(self.maker.name, self.plant.name, number) * len(_SECTIONS) // SCALE
        for place in range(_CITED[result]):
            section = _SECTIONS[(first + place) % len(_SECTIONS)]
            yield replace(seen, kind=RecordKind.CITATION, classification="", cfr=section)

    def _action(self, number: int, kind: str, years: str, rest: str = "") -> RegulatoryRecord:
        """Another record: "closed 4.1" gives its close-out, any other word its class."""
        on = years_before(self.today, float(years))
        record = self._record(RecordKind(kind), f"{kind[:3]}-{number}", on)
        if record.kind is RecordKind.GMP_NONCOMPLIANCE:
            return replace(record, authority=_GMP_AUTHORITY["EU"], scope="Sterile products")
        if record.kind is RecordKind.IMPORT_ALERT:
            return replace(record, classification="66-40", product_area="Drugs")
        if record.kind is RecordKind.RECALL:
            return replace(record, classification=rest, product_area="Drugs", scope="CGMP deviations")
        if record.kind is RecordKind.WARNING_LETTER:
            closed = years_before(self.today, float(rest.removeprefix("closed "))) if rest else None
            return replace(
                record,
                product_area="Drugs",
                scope="CGMP/Finished Pharmaceuticals/Adulterated",
                closed_on=closed,
            )
        return record

    def _record(self, kind: RecordKind, number: str, on: date) -> RegulatoryRecord:
        fei = fei_of(self.maker, self.plant)
        return RegulatoryRecord(
            kind=kind, authority=FDA, native_id=f"DEMO-{fei}-{number}", fei=fei, firm=f"{self.maker.name} ({FICTIONAL})", event_on=on,
            source=SOURCE, read_on=self.today, raw={"City": self.plant.city, "Country": self.plant.country},
        )  # fmt: skip


def _pairs(text: str) -> list[tuple[str, float]]:
    """Words with years ago: "NAI 4.1, VAI 1.3"."""
    return [
        (word, float(years)) for word, _, years in (part.partition(" ") for part in text.split(", ") if part)
    ]


def all_records(today: date) -> Iterator[RegulatoryRecord]:
    """The records of every fictional site."""
    for maker in MAKERS:
        for plant in maker.sites:
            yield from Register(maker, plant, today).records()


def unnumbered_records(today: date) -> Iterator[RegulatoryRecord]:
    """Records that name a fictional firm but no site of it: they wait in the review queue."""
    several = [maker for maker in MAKERS if len(maker.sites) > 1]
    for number, maker in enumerate(several[:2], start=1):
        yield RegulatoryRecord(
            kind=RecordKind.WARNING_LETTER, authority=FDA, native_id=f"DEMO-99-WL-{number}",
            firm=f"{maker.name} Inc. ({FICTIONAL})", event_on=years_before(today, 0.3 * number),
            product_area="Drugs", scope="CGMP/Finished Pharmaceuticals/Adulterated", source=SOURCE, read_on=today,
        )  # fmt: skip
