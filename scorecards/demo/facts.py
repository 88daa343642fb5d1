"""What is true of a fictional vendor: its description turned into values of facts, before anybody proves them.

Pure: the day is passed in. Where a description says nothing, values follow from the vendor's marks with a little
scatter from a fixed dice.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from scorecards.demo.proof import SCALE, dice, years_before
from scorecards.demo.spec import Can, Maker, Plant, delivery_of
from vendors.vocabulary import (
    FILL_OPERATIONS,
    MARKET_SERVICES,
    BuildingBlock,
    Delivery,
    EnergyMeasure,
    Focus,
    GmpGrade,
    Integration,
    Operation,
    QualityAgreementTerm,
    building_blocks,
    modality_class,
)

Values = dict[str, Any]
_SCALE_UPS = (0.4, 0.5, 0.65, 0.8, 0.92, 0.97)
_BATCHES = (0.7, 0.8, 0.88, 0.94, 0.975, 0.99)
_TRANSFER_MONTHS = (24, 20, 16, 12, 9, 7)
_FIRST_TIME_PPQ = (0.5, 0.6, 0.7, 0.85, 0.95, 1.0)
_FINDINGS = ((1, 4, 12), (0, 5, 10), (0, 3, 9), (0, 2, 6), (0, 1, 4), (0, 0, 3))
_ON_TIME = (60, 68, 76, 85, 92, 97)
_IN_FULL = (78, 84, 89, 93, 96, 98)
_CRO_LEVEL = {Integration.CMO: 0, Integration.CDMO: 2, Integration.CDMO_CRO: 4}
_SBTI = ("NONE", "NONE", "COMMITTED", "COMMITTED", "NEAR_TERM", "NET_ZERO")
_CARBON = ("NONE", "NONE", "S1_2", "S1_2", "S1_3", "S1_3_ASSURED")


def near(mark: int, *parts: object) -> int:
    """A rubric level at or beside a mark: the mark itself in three cases of five."""
    return min(5, max(0, mark + (-1, 0, 0, 0, 1)[dice("near", *parts) * 5 // SCALE]))


def flags(codes: Iterable[str], mark: int, *parts: object) -> Values:
    """Each code met, half met or not, the oftener the better the mark; one in ten is not answered."""
    met: dict[str, float] = {}
    for code in codes:
        if dice("answered", code, *parts) < SCALE // 10:
            continue
        luck = dice("flag", code, *parts) * 6 // SCALE
        met[code] = 1 if luck < mark else 0.5 if luck == mark else 0
    return {"flags": met}


def rate(ratio: float, attempts: int) -> Values:
    """Successes out of attempts."""
    return {"successes": round(ratio * attempts), "attempts": attempts}


def of_vendor(maker: Maker, today: date) -> Values:
    """Facts of the company as a whole."""
    marks, name = maker.marks, maker.name
    found: Values = {
        "vendor.integration": {"choice": maker.integration.value},
        "vendor.focus": {"choice": maker.focus.value},
        "vendor.ownership_type": {"choice": maker.ownership.value},
        "vendor.financial_level": {"level": marks.finance},
        "vendor.ecovadis": {"score": 32 + 10 * marks.green + dice("ecovadis", name) * 8 // SCALE},
        "vendor.sbti": {"status": _SBTI[marks.green]},
        "vendor.carbon_disclosure": {"choice": _CARBON[marks.green]},
        "SVC3": {"level": _CRO_LEVEL[maker.integration]},
        "SVC6": {"level": near(marks.service - 1, name, "SVC6")},
        "DIG4": {"level": near(marks.digital - 1, name, "DIG4")},
        "QUA6": flags(QualityAgreementTerm, marks.quality, name, "QUA6"),
        "GEO2": {"months": 22 - 3 * marks.resilience},
        "SUS1": {"trend_pct": 3 - 2 * marks.green},
        "COM5": {"level": near(4 if maker.employees < 900 else 2, name, "COM5")},
    }
    if maker.niches:
        found["vendor.niche_modalities"] = {"choices": list(maker.niches)}
    if maker.owner:
        found["vendor.owner_country"] = {"choice": maker.owner}
    for target, answer in (
        ("vendor.ownership_complete", maker.chain_complete),
        ("vendor.owner_competes", maker.owner_competes),
    ):
        if answer is not None:
            found[target] = {"yes": answer}
    if maker.control_changed is not None:
        found["vendor.control_changed_on"] = {"date": years_before(today, maker.control_changed).isoformat()}
    return found | dict(maker.facts)


def services(maker: Maker) -> Values:
    """How each service is delivered, its GMP grade, and the markets of those that differ by market."""
    sold = any("COMMERCIAL" in can.phases for plant in maker.sites for can in plant.can)
    found: Values = {}
    if not any(plant.can for plant in maker.sites):
        return found
    for code, stated in (delivery_of(maker.integration) | dict(maker.services)).items():
        delivery = Delivery.NONE.value if code == "COMMERCIAL" and not sold else stated
        found[f"service.{code}.delivery"] = {"choice": delivery}
        if delivery == Delivery.IN_HOUSE and code in {"GMP_CLINICAL", "COMMERCIAL"}:
            grade = GmpGrade.COMMERCIAL if sold else GmpGrade.CLINICAL
            found[f"service.{code}.gmp_grade"] = {"choice": grade.value}
        if code in MARKET_SERVICES and delivery != Delivery.NONE:
            markets = ["US", "EU", "UK", "JP"] if maker.focus is Focus.FULL else ["US", "EU"]
            found[f"service.{code}.markets"] = {"choices": markets[: 1 + maker.marks.service]}
    return found


def of_site(maker: Maker, plant: Plant) -> Values:
    """Facts of a site."""
    marks, where = maker.marks, (maker.name, plant.name)
    found: Values = {
        "site.storage_classes": {"choices": list(plant.storage)} if plant.storage else None,
        "site.single_use_pct": _number(plant.single_use),
        "site.modular_level": None if plant.modular is None else {"level": plant.modular},
        "site.bsl": _number(plant.bsl),
        "site.oeb_max": _number(plant.oeb),
        "site.controlled_schedules": {"choices": list(plant.schedules)} if plant.schedules else None,
        "site.dpmm_level": {"level": max(1, marks.digital)},
        "site.lanes": {"lanes": [_lane(plant, region) for region in plant.lanes]} if plant.lanes else None,
    }
    if plant.can:
        found |= _working(maker, plant, where)
    return {target: value for target, value in (found | dict(plant.facts)).items() if value is not None}


def _working(maker: Maker, plant: Plant, where: tuple[str, str]) -> Values:
    """Facts of a site that makes something."""
    marks, quality = maker.marks, near(maker.marks.quality, *where, "quality")
    scaling = near(marks.scale_up, *where, "scale")
    critical, major, minor = _FINDINGS[quality]
    found: Values = {
        "MOD3": {"flags": _blocks(plant, marks.platform)},
        "MOD4": {"level": near(marks.platform, *where, "MOD4")},
        "MOD6": {"level": near(marks.platform, *where, "MOD6")},
        "SCL3": rate(_SCALE_UPS[scaling], 6 + dice(*where, "SCL3") * 18 // SCALE),
        "SCL4": {"months": _TRANSFER_MONTHS[scaling], "ppq_rate": _FIRST_TIME_PPQ[scaling]},
        "SCL7": {"level": near(marks.scale_up, *where, "SCL7")},
        "QUA1": {"level": quality},
        "QUA2": {
            "critical": critical,
            "major": major,
            "minor": minor,
            "closed_major": major // 2,
            "closed_minor": minor // 2,
        },
        "QUA3": rate(_BATCHES[quality], 40 + dice(*where, "QUA3") * 260 // SCALE),
        "QUA4": {"number": _ON_TIME[quality]},
        "QUA5": {"level": near(marks.quality, *where, "QUA5")},
        "DIG2": {"level": near(marks.digital - 1, *where, "DIG2")},
        "DIG3": {"level": near(marks.digital, *where, "DIG3")},
        "GEO3": {"single_source_pct": 40 - 6 * marks.resilience},
        "GEO5": {"number": _IN_FULL[marks.resilience]},
        "RSK1": {"level": near(marks.quality, *where, "RSK1")},
        "RSK4": {"rto_weeks": 34 - 6 * marks.resilience, "tested": marks.resilience > 3},
        "SUS4": {"renewable_pct": 15 * marks.green} | flags(EnergyMeasure, marks.green, *where, "SUS4"),
    }
    late = sum(1 for can in plant.can if "COMMERCIAL" in can.phases)
    if late:
        found["REG6"] = {"number": min(9, late)}
    if _operations(plant) & {*FILL_OPERATIONS, Operation.LYO, Operation.CELL_PROCESSING}:
        found["QUA7"] = {"level": near(marks.quality, *where, "QUA7")}
    return found


def _operations(plant: Plant) -> set[str]:
    return {can.operation for can in plant.can}


def _number(given: int | None) -> Values | None:
    return None if given is None else {"number": given}


def _lane(plant: Plant, region: str) -> Values:
    coldest = next((c for c in ("LN2", "M80", "M20", "C2_8") if c in plant.storage), "AMBIENT")
    return {"region": region, "storage_class": coldest}


def _blocks(plant: Plant, platform: int) -> dict[str, float]:
    """The building blocks of the families a site works in, by what it runs."""
    runs = _operations(plant)
    gmp = any(can.gmp for can in plant.can)
    made = 1 if gmp else 0.5
    has = {
        BuildingBlock.GMP: gmp,
        BuildingBlock.CELL_CULTURE: bool(runs & {"UPSTREAM", "VECTOR", "CELL_PROCESSING", "CELL_LINE"}),
        BuildingBlock.VIRAL_VECTOR: "VECTOR" in runs,
        BuildingBlock.ASEPTIC: bool(runs & {"FILL_VIAL", "FILL_PFS_CARTRIDGE", "CELL_PROCESSING"}),
        BuildingBlock.IVT: "IVT" in runs,
        BuildingBlock.LNP: "LNP_ENCAP" in runs,
        BuildingBlock.SYNTHESIS: "API_SYNTH" in runs,
        BuildingBlock.CONTAINMENT: (plant.oeb or 0) > 3,
    }
    graded = {
        BuildingBlock.ANALYTICS: made if platform > 2 else 0.5,
        BuildingBlock.SOLID_STATE: 1 if platform > 3 else 0.5,
    }
    asked = [block for can in plant.can for block in building_blocks(modality_class(can.modality))]
    return {block.value: graded.get(block, made if has.get(block) else 0) for block in dict.fromkeys(asked)}


def of_capability(can: Can) -> Values:
    """Facts of a capability: columns of its row."""
    found: Values = {
        "capability.phases": {"choices": list(can.phases)},
        "capability.gmp": None if can.gmp is None else {"yes": can.gmp},
        "capability.programs_by_phase": {"counts": dict(can.programs)} if can.programs else None,
        "capability.batches_36m": _number(can.batches),
        "capability.lead_time_weeks": _number(can.lead),
        "capability.changeover_days": _number(can.changeover),
    }
    if can.scale is not None:
        smallest, largest, unit = can.scale
        found["capability.scale_min"] = {"number": smallest, "unit": unit}
        found["capability.scale_max"] = {"number": largest, "unit": unit}
    if can.yearly is not None:
        amount, unit, sold = can.yearly
        found["capability.annual_capacity"] = {"number": amount, "unit": unit}
        found["capability.annual_committed_pct"] = {"number": sold}
    for column, given in can.extras.items():
        if given:
            found[f"capability.{column}"] = _extra(given)
    return {target: value for target, value in found.items() if value is not None}


def _extra(given: Any) -> Mapping[str, Any]:
    if isinstance(given, list):
        return {"choices": given}
    return {"choice": given} if isinstance(given, str) else {"number": given}
