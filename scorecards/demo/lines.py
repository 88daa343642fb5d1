"""Whole production lines as the capabilities they consist of, so that a family of vendors reads as a list."""

from collections.abc import Mapping
from typing import Any

from scorecards.demo.spec import EARLY, FULL, LATE, Can

Range = tuple[float, float]


def track(clinical: int, late: int = 0, market: int = 0) -> dict[str, int]:
    """Programmes by phase out of three figures: up to phase 2, phase 3 and filing, on the market."""
    found = {
        "IND_ENABLING": clinical,
        "PH1": (clinical * 2 + 1) // 3,
        "PH2": clinical // 3,
        "PH3": (late * 2 + 1) // 3,
        "PPQ_FILING": late // 3,
        "COMMERCIAL": market,
    }
    return {phase: count for phase, count in found.items() if count}


def reach(late: int, market: int) -> tuple[str, ...]:
    """The phases a line serves, as its record suggests."""
    return FULL if market else LATE if late else EARLY


def line(
    modality: str,
    steps: Mapping[str, tuple[float, float, str] | None],
    *,
    clinical: int,
    late: int = 0,
    market: int = 0,
    lead: int = 26,
    yearly: tuple[float, str, int] | None = None,
    changeover: int | None = 7,
    gmp: bool = True,
    **extras: Any,
) -> tuple[Can, ...]:
    """Capabilities of several operations; the first carries the line's record, what has no scale little beside GMP."""
    first = next(operation for operation, scale in steps.items() if scale)
    return tuple(
        Can(
            modality=modality,
            operation=operation,
            phases=reach(late, market),
            scale=scale,
            yearly=yearly if scale else None,
            programs=track(clinical, late, market) if operation == first else {},
            batches=4 * clinical + 12 * late + 30 * market if operation == first else None,
            lead=lead if scale else max(3, lead // 3),
            changeover=changeover if operation == first else None,
            gmp=gmp,
            extras=extras if scale else {},
        )
        for operation, scale in steps.items()
    )


def antibody(
    smallest: float,
    largest: float,
    *,
    modality: str = "MAB",
    fill: float = 0,
    early: bool = False,
    **record: Any,
) -> tuple[Can, ...]:
    """Upstream and downstream with testing; `fill` vials a batch, `early` adds cell lines and formulation."""
    litres = (smallest, largest, "L")
    steps: dict[str, tuple[float, float, str] | None] = {"UPSTREAM": litres, "DOWNSTREAM": litres}
    if fill:
        steps["FILL_VIAL"] = (fill / 50, fill, "vials")
    if early:
        steps |= {"CELL_LINE": None, "PROCESS_DEV": None, "FORMULATION": None, "BANKING": None}
    return line(modality, steps | {"TEST_RELEASE": None}, **record)


def vector(smallest: float, largest: float, *, serotypes: tuple[str, ...], plasmids: str = "", fill: float = 0,
           modality: str = "AAV", **record: Any) -> tuple[Can, ...]:  # fmt: skip
    """Viral vector in litres, optionally filled."""
    extras: dict[str, Any] = {"serotypes": list(serotypes)}
    if plasmids:
        extras["plasmid_source"] = plasmids
    steps: dict[str, tuple[float, float, str] | None] = {"VECTOR": (smallest, largest, "L")}
    if fill:
        steps["FILL_VIAL"] = (fill / 40, fill, "vials")
    return line(modality, steps | {"TEST_RELEASE": None}, **extras, **record)


def cells(*, days: int, suites: int, products: int, modality: str = "CAR_T_AUTO", own_vector: Range | None = None,
          sold: int = 40, clinical: int, late: int = 0, market: int = 0, lead: int = 20, gmp: bool = True) -> tuple[Can, ...]:  # fmt: skip
    """Cell processing per patient; `own_vector` in litres when the vector is made here as well."""
    patients = (suites * 365 // days, "patients/y", sold)
    record: dict[str, Any] = {"clinical": clinical, "late": late, "market": market, "lead": lead, "gmp": gmp}
    made = line(
        modality,
        {"CELL_PROCESSING": (5e7, 2e9, "cells"), "TEST_RELEASE": None},
        yearly=patients,
        changeover=1,
        vein_to_release_days=days,
        patient_suites=suites,
        concurrent_products=products,
        **record,
    )
    if own_vector is None:
        return made
    return made + line(modality, {"VECTOR": (*own_vector, "L")}, yearly=(24, "batches/y", sold), **record)


def messenger(
    grams: Range, litres: Range, *, fill: float = 0, encapsulates: bool = True, **record: Any
) -> tuple[Can, ...]:
    """In-vitro transcription in grams, encapsulation in litres, vials a batch."""
    steps: dict[str, tuple[float, float, str] | None] = {"IVT": (*grams, "g")}
    if encapsulates:
        steps["LNP_ENCAP"] = (*litres, "L")
    if fill:
        steps["FILL_VIAL"] = (fill / 40, fill, "vials")
    return line("MRNA_LNP", steps | {"TEST_RELEASE": None}, **record)


def tablets(
    largest: float, *, yearly: float, sold: int = 60, modality: str = "SMALL_MOLECULE", **record: Any
) -> tuple[Can, ...]:
    """Oral solids in units a batch, formulated and packed."""
    steps: dict[str, tuple[float, float, str] | None] = {
        "OSD": (largest / 100, largest, "units"), "FORMULATION": None, "PACK_LABEL": None, "TEST_RELEASE": None,
    }  # fmt: skip
    return line(modality, steps, yearly=(yearly, "units/y", sold), dosage_forms=["ORAL_SOLID"], **record)


def injectables(largest: float, *, yearly: float, sold: int = 60, modality: str = "PEPTIDE", freeze_dried: bool = True,
                syringes: bool = False, **record: Any) -> tuple[Can, ...]:  # fmt: skip
    """Vials (and syringes) in vials a batch, formulated, packed, freeze-dried where told."""
    vials = (largest / 40, largest, "vials")
    steps: dict[str, tuple[float, float, str] | None] = {"FILL_VIAL": vials}
    if freeze_dried:
        steps["LYO"] = vials
    if syringes:
        steps["FILL_PFS_CARTRIDGE"] = vials
    steps |= {"FORMULATION": None, "PACK_LABEL": None, "TEST_RELEASE": None}
    forms = ["SOLUTION", "LYO_POWDER"] if freeze_dried else ["SOLUTION"]
    return line(
        modality, steps, yearly=(yearly, "units/y", sold), dosage_forms=forms,
        container_formats=["VIAL", "PFS"] if syringes else ["VIAL"], **record,
    )  # fmt: skip
