"""The terms of proposals."""

from vendors.vocabulary.code import Code


class LineInclusion(Code):
    """Whether a proposal's line is part of the offer."""

    INCLUDED = "included", "Included"
    EXCLUDED = "excluded", "Excluded"
    OPTIONAL = "optional", "Optional"


class GovernanceTerm(Code):
    """The flags of the criterion "Governance and communication"."""

    NAMED_PM = "named_pm", "Named project manager"
    JOINT_STEERING = "joint_steering", "Joint steering committee"
    ESCALATION_24H = "escalation_24h", "Escalation within 24 hours"
    MINUTES_3D = "minutes_3d", "Minutes within 3 days"
    RESPONSE_TIME = "response_time", "Response time agreed"


class TransparencyTerm(Code):
    """The flags of the criterion "Transparency"."""

    PERSON_IN_PLANT = "person_in_plant", "Person in plant"
    JOINT_REPORTS = "joint_reports", "Joint reports"
    RAW_DATA_ACCESS = "raw_data_access", "Access to raw data"
    OPEN_AUDIT_DATES = "open_audit_dates", "Open audit dates"
    DEVIATION_DASHBOARD = "deviation_dashboard", "Deviation dashboard"


class SharingTerm(Code):
    """The flags of the criterion "Risk and capital sharing"."""

    MILESTONE_PRICING = "milestone_pricing", "Milestone pricing"
    BATCH_FAILURE_REMEDY = "batch_failure_remedy", "Remedy for failed batches"
    CAPACITY_GUARANTEE = "capacity_guarantee", "Capacity guarantee"
    CANCELLATION_6M = "cancellation_6m", "Cancellation within 6 months"
    TECH_TRANSFER_OUT = "tech_transfer_out", "Right to transfer the technology out"
    MIN_COMMITMENT_50 = "min_commitment_50", "Minimum commitment at most half of the need"
    NO_SPONSOR_CAPEX = "no_sponsor_capex", "No capital from the sponsor"
    UPFRONT_30 = "upfront_30", "Upfront payment at most 30 %"


class QualityAgreementTerm(Code):
    """The flags of the criterion "Quality agreement readiness"."""

    DEVIATION_NOTICE_72H = "deviation_notice_72h", "Notice of deviations within 72 hours"
    BATCH_RECORD_ACCESS = "batch_record_access", "Access to batch records"
    AUDIT_RIGHT = "audit_right", "Right to audit"
    SUBCONTRACTOR_APPROVAL = "subcontractor_approval", "Approval of sub-contractors"
    INSPECTION_PRESENCE = "inspection_presence", "Presence at inspections"


class EnergyMeasure(Code):
    """The flags of the criterion "Energy and materials"."""

    ENERGY_MANAGEMENT = "energy_management", "Energy management"
    WATER_SOLVENT_RECOVERY = "water_solvent_recovery", "Water or solvent recovery"
    MATERIAL_SUBSTITUTION = "material_substitution", "Material substitution"
    SINGLE_USE_TAKE_BACK = "single_use_take_back", "Take-back of single-use material"


class MustHaveTerm(Code):
    """Terms of a proposal that a program may demand."""

    IP_OWNER = "ip_owner", "Owner of the intellectual property"
    BACKGROUND_ROYALTY = "background_royalty", "Royalty on background technology"
    TECH_TRANSFER_OUT = "tech_transfer_out", "Technology transfer out"
    EHS_PSCI_AUDIT = "ehs_psci_audit", "EHS or PSCI audit"
    INSURANCE_AMOUNT = "insurance_amount", "Insured amount"
    SUBCONTRACTORS_DISCLOSED = "subcontractors_disclosed", "Sub-contractors disclosed"
    SERIALISATION = "serialisation", "Serialisation"
