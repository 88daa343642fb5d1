"""Eight invented programmes and the eight scorecards that judge vendors for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from vendors.vocabulary import Stage

SPONSOR = "Meridia Therapeutics (demo)"


@dataclass(frozen=True, kw_only=True)
class Need:
    """A programme: its fields, with days counted in weeks from today."""

    code: str
    archetype: str
    weeks_to_first_gmp: int
    weeks_to_launch: int = 0
    fields: Mapping[str, Any]

    def as_fields(self, today: date) -> dict[str, Any]:
        """What the service that creates programmes wants."""
        dates: dict[str, Any] = {"need_first_gmp_date": today + timedelta(weeks=self.weeks_to_first_gmp)}
        if self.weeks_to_launch:
            dates["launch_date"] = today + timedelta(weeks=self.weeks_to_launch)
        return {"sponsor": SPONSOR, "archetype": self.archetype} | dates | dict(self.fields)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A scorecard on a programme."""

    name: str
    program: str
    archetype: str
    stage: Stage = Stage.SCREEN
    policy: str = "neutral"
    everybody: bool = False
    """Whether every vendor stands; otherwise those that work in the modality, and the silent ones."""


def _scale(operation: str, now: float, target: float, unit: str) -> list[dict[str, Any]]:
    return [
        {"operation": operation, "at": "now", "value": now, "unit": unit},
        {"operation": operation, "at": "target", "value": target, "unit": unit},
    ]


NEEDS: tuple[Need, ...] = (
    Need(
        code="MT-110", archetype="A", weeks_to_first_gmp=34,
        fields={
            "name": "MT-110 autologous CAR-T", "modality": "CAR_T_AUTO", "tags": ["GENE_EDITED"], "phase_now": "PH1_2", "phase_target": "PH3",
            "target_markets": ["US", "EU"], "scale_needs": _scale("CELL_PROCESSING", 2e8, 6e8, "cells") + _scale("VECTOR", 20, 100, "L"),
            "required_services": ["PROCESS_DEV", "METHOD_DEV_VAL", "GMP_CLINICAL", "TECH_TRANSFER", "CLIN_LOGISTICS", "REG_SUPPORT"],
            "patient_specific": True, "sterile": True, "dosage_form": "SUSPENSION", "route": "intravenous", "vein_to_release_limit_days": 28,
            "storage_class": "LN2", "annual_need": {"value": 90, "unit": "patients/y"}, "pipeline_modalities": ["CAR_T_ALLO", "LENTI_RETRO"],
            "weeks_to_milestone": 40, "budget_amount": 7_500_000, "budget_currency": "USD", "preferred_model": "NICHE", "us_federal_exposure": False,
            "must_haves": [{"subject": "QUA1", "operator": ">=", "value": 3, "waivable": False, "label": "Quality system at level 3 or better"}],
        },
    ),
    Need(
        code="MT-204", archetype="B", weeks_to_first_gmp=48, weeks_to_launch=110,
        fields={
            "name": "MT-204 antibody launch", "modality": "MAB", "phase_now": "PPQ_FILING", "phase_target": "COMMERCIAL",
            "target_markets": ["US", "EU", "UK", "JP"], "scale_needs": _scale("UPSTREAM", 2000, 12000, "L"), "required_operations": ["UPSTREAM", "DOWNSTREAM", "TEST_RELEASE"],
            "required_services": ["COMMERCIAL", "TECH_TRANSFER", "PROC_VAL", "COMPARABILITY", "ANALYTICAL", "STABILITY", "GLOBAL_REG"],
            "titre_or_yield": {"value": 4.5, "unit": "g", "overall_yield": 0.7}, "annual_need": {"value": 300, "unit": "kg/y"}, "sterile": True,
            "dosage_form": "SOLUTION", "storage_class": "C2_8", "weeks_to_milestone": 60, "budget_amount": 46_000_000, "budget_currency": "USD",
            "preferred_model": "NONE", "us_federal_exposure": True, "max_handoffs": 2,
            "must_haves": [{"subject": "vendor.financial_level", "operator": ">=", "value": 3, "waivable": True, "label": "Financially stable"}],
        },
    ),
    Need(
        code="MT-317", archetype="C", weeks_to_first_gmp=30,
        fields={
            "name": "MT-317 mRNA vaccine candidate", "modality": "MRNA_LNP", "phase_now": "PH1", "phase_target": "PH2", "target_markets": ["US", "EU", "CH"],
            "scale_needs": _scale("IVT", 10, 50, "g") + _scale("LNP_ENCAP", 5, 30, "L"), "building_block_needs": {"lnp": 2, "aseptic": 2},
            "required_services": ["FORM_DEV", "PROCESS_DEV", "METHOD_DEV_VAL", "STABILITY", "GMP_CLINICAL", "TECH_TRANSFER"], "sterile": True,
            "dosage_form": "SUSPENSION", "route": "intramuscular", "storage_class": "M80", "pipeline_modalities": ["PLASMID", "OLIGO"],
            "weeks_to_milestone": 36, "budget_amount": 9_000_000, "budget_currency": "USD", "preferred_model": "INTEGRATED", "us_federal_exposure": False,
            "must_haves": [{"subject": "site.storage_classes", "operator": "contains", "value": "M80", "waivable": False, "label": "Storage at -80 °C"}],
        },
    ),
    Need(
        code="MT-402", archetype="DO", weeks_to_first_gmp=26, weeks_to_launch=96,
        fields={
            "name": "MT-402 kinase inhibitor, tablet", "modality": "SMALL_MOLECULE", "phase_now": "PH3", "phase_target": "COMMERCIAL",
            "target_markets": ["US", "EU", "BR"], "scale_needs": _scale("OSD", 400_000, 2_000_000, "units"),
            "required_operations": ["FORMULATION", "OSD", "PACK_LABEL", "TEST_RELEASE"],
            "required_services": ["FORM_DEV", "STABILITY", "COMMERCIAL", "TECH_TRANSFER", "PROC_VAL", "REG_SUPPORT"],
            "building_block_needs": {"synthesis": 0, "containment": 2}, "dosage_form": "ORAL_SOLID", "route": "oral", "sterile": False, "oeb": 4,
            "storage_class": "AMBIENT", "annual_need": {"value": 180_000_000, "unit": "units/y"}, "weeks_to_milestone": 44,
            "budget_amount": 12_000_000, "budget_currency": "USD", "preferred_model": "NONE", "us_federal_exposure": False,
            "must_haves": [{"subject": "QUA2", "operator": ">=", "value": 30, "waivable": True, "label": "Last audit without a critical finding"}],
        },
    ),
    Need(
        code="MT-455", archetype="DS", weeks_to_first_gmp=40, weeks_to_launch=120,
        fields={
            "name": "MT-455 peptide, freeze-dried vial", "modality": "PEPTIDE", "phase_now": "PH3", "phase_target": "COMMERCIAL",
            "target_markets": ["US", "EU"], "scale_needs": _scale("FILL_VIAL", 30_000, 110_000, "vials"),
            "required_operations": ["FORMULATION", "FILL_VIAL", "LYO", "PACK_LABEL", "TEST_RELEASE"],
            "required_services": ["FORM_DEV", "STABILITY", "COMMERCIAL", "TECH_TRANSFER", "PROC_VAL"],
            "building_block_needs": {"synthesis": 0, "solid_state": 0}, "dosage_form": "LYO_POWDER", "route": "subcutaneous", "sterile": True, "oeb": 3,
            "storage_class": "C2_8", "annual_need": {"value": 7_000_000, "unit": "units/y"}, "weeks_to_milestone": 52,
            "budget_amount": 15_000_000, "budget_currency": "USD", "preferred_model": "NONE", "us_federal_exposure": True,
            "must_haves": [{"subject": "capability.lead_time_weeks", "operator": "<=", "value": 40, "waivable": True, "label": "First slot within 40 weeks"}],
        },
    ),
    Need(
        code="MT-530", archetype="E", weeks_to_first_gmp=44,
        fields={
            "name": "MT-530 AAV9 gene therapy", "modality": "AAV", "phase_now": "PH1", "phase_target": "PH1_2", "target_markets": ["US", "EU"],
            "scale_needs": _scale("VECTOR", 150, 400, "L"), "required_services": ["PROCESS_DEV", "METHOD_DEV_VAL", "GMP_CLINICAL", "TECH_TRANSFER", "REG_SUPPORT"],
            "sub_type": "AAV9", "sterile": True, "dosage_form": "SOLUTION", "route": "intrathecal", "storage_class": "M80", "pipeline_modalities": ["LENTI_RETRO", "PLASMID"],
            "weeks_to_milestone": 50, "budget_amount": 14_000_000, "budget_currency": "USD", "preferred_model": "NICHE", "us_federal_exposure": False,
            "must_haves": [{"subject": "MOD4", "operator": ">=", "value": 2, "waivable": True, "label": "Documented unit operations for the vector"}],
        },
    ),
    Need(
        code="MT-618", archetype="F", weeks_to_first_gmp=38,
        fields={
            "name": "MT-618 bispecific to the clinic", "modality": "ADVANCED_MAB", "phase_now": "IND_ENABLING", "phase_target": "PH1", "target_markets": ["US", "EU", "AU"],
            "scale_needs": _scale("UPSTREAM", 200, 500, "L"), "required_operations": ["CELL_LINE", "UPSTREAM", "DOWNSTREAM", "FORMULATION", "FILL_VIAL", "TEST_RELEASE"],
            "required_services": ["PROCESS_DEV", "METHOD_DEV_VAL", "FORM_DEV", "STABILITY", "GMP_CLINICAL", "REG_SUPPORT"], "sterile": True,
            "dosage_form": "SOLUTION", "route": "intravenous", "storage_class": "C2_8", "pipeline_modalities": ["MAB"], "weeks_to_milestone": 58,
            "budget_amount": 8_500_000, "budget_currency": "USD", "preferred_model": "INTEGRATED", "us_federal_exposure": False,
            "scope_items": ["Cell line and process development", "Drug substance, two clinical batches", "Drug product, fill and finish", "Analytical methods and release", "Stability, 24 months"],
            "must_haves": [{"subject": "vendor.integration", "operator": "in", "value": ["CDMO", "CDMO_CRO"], "waivable": False, "label": "Development and manufacturing in one company"}],
        },
    ),
    Need(
        code="MT-701", archetype="G", weeks_to_first_gmp=80,
        fields={
            "name": "MT-701 allogeneic iPSC (planned)", "modality": "CELL_ALLO_IPSC", "phase_now": "IND_ENABLING", "phase_target": "PH1_2", "target_markets": ["US", "JP"],
            "scale_needs": _scale("CELL_PROCESSING", 1e9, 1e10, "cells"), "required_services": ["PROCESS_DEV", "GMP_CLINICAL"],
        },
    ),
)  # fmt: skip
"""The last one has no scorecard yet: it shows how one begins."""

JUDGEMENTS: tuple[Judgement, ...] = (
    Judgement(name="MT-110 CAR-T screen", program="MT-110", archetype="A"),
    Judgement(name="MT-204 launch shortlist", program="MT-204", archetype="B", stage=Stage.SHORTLIST),
    Judgement(name="MT-317 mRNA screen", program="MT-317", archetype="C"),
    Judgement(name="MT-402 tablet shortlist", program="MT-402", archetype="DO", stage=Stage.SHORTLIST),
    Judgement(name="MT-455 sterile shortlist", program="MT-455", archetype="DS", stage=Stage.SHORTLIST),
    Judgement(name="MT-530 AAV screen", program="MT-530", archetype="E"),
    Judgement(
        name="MT-618 bispecific screen",
        program="MT-618",
        archetype="F",
        policy="conservative",
        everybody=True,
    ),
    Judgement(
        name="MT-204 by the five criteria of the article",
        program="MT-204",
        archetype="S",
        stage=Stage.SHORTLIST,
        policy="known_only",
    ),
)
