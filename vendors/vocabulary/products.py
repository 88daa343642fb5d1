"""What is made: modalities, operations, phases and forms."""

from collections.abc import Mapping
from types import MappingProxyType

from vendors.vocabulary.code import Code


class ModalityClass(Code):
    """The five families of modalities; criteria differ by family, not by modality."""

    CHEM = "CHEM", "Chemical"
    RNA = "RNA", "RNA"
    VIRAL = "VIRAL", "Viral vector"
    CELL = "CELL", "Cell"
    BIO = "BIO", "Biological"


class Modality(Code):
    """The kind of product."""

    SMALL_MOLECULE = "SMALL_MOLECULE", "Small molecule"
    PEPTIDE = "PEPTIDE", "Peptide"
    OLIGO = "OLIGO", "Oligonucleotide"
    MAB = "MAB", "Monoclonal antibody"
    ADVANCED_MAB = "ADVANCED_MAB", "Advanced antibody (bispecific, fragment, fusion)"
    RECOMB_PROTEIN = "RECOMB_PROTEIN", "Recombinant protein"
    MICROBIAL = "MICROBIAL", "Microbial product"
    ADC = "ADC", "Antibody-drug conjugate"
    VACCINE = "VACCINE", "Vaccine"
    MRNA_LNP = "MRNA_LNP", "mRNA in lipid nanoparticles"
    PLASMID = "PLASMID", "Plasmid DNA"
    AAV = "AAV", "Adeno-associated virus"
    LENTI_RETRO = "LENTI_RETRO", "Lentivirus or retrovirus"
    ADENO_ONCOLYTIC = "ADENO_ONCOLYTIC", "Adenovirus or oncolytic virus"
    CAR_T_AUTO = "CAR_T_AUTO", "CAR-T, autologous"
    CAR_T_ALLO = "CAR_T_ALLO", "CAR-T, allogeneic"
    CELL_AUTO = "CELL_AUTO", "Cell therapy, autologous"
    CELL_ALLO_IPSC = "CELL_ALLO_IPSC", "Cell therapy, allogeneic or iPSC"
    RADIOPHARM = "RADIOPHARM", "Radiopharmaceutical"
    LBP = "LBP", "Live biotherapeutic"
    OTHER = "OTHER", "Other"


_CLASS_OF_MODALITY: Mapping[Modality, ModalityClass] = MappingProxyType(
    {
        Modality.SMALL_MOLECULE: ModalityClass.CHEM,
        Modality.PEPTIDE: ModalityClass.CHEM,
        Modality.OLIGO: ModalityClass.CHEM,
        Modality.RADIOPHARM: ModalityClass.CHEM,
        Modality.MRNA_LNP: ModalityClass.RNA,
        Modality.AAV: ModalityClass.VIRAL,
        Modality.LENTI_RETRO: ModalityClass.VIRAL,
        Modality.ADENO_ONCOLYTIC: ModalityClass.VIRAL,
        Modality.CAR_T_AUTO: ModalityClass.CELL,
        Modality.CAR_T_ALLO: ModalityClass.CELL,
        Modality.CELL_AUTO: ModalityClass.CELL,
        Modality.CELL_ALLO_IPSC: ModalityClass.CELL,
    }
)

MATURE_MODALITIES: frozenset[Modality] = frozenset(
    {
        Modality.SMALL_MOLECULE,
        Modality.PEPTIDE,
        Modality.MAB,
        Modality.RECOMB_PROTEIN,
        Modality.MICROBIAL,
        Modality.VACCINE,
    }
)
"""Modalities for which a hundred and fifty experience points are within reach of an established vendor."""


class ModalityTag(Code):
    """What is said of a program beside its modality."""

    GENE_EDITED = "GENE_EDITED", "Gene edited"


def modality_class(modality: str) -> ModalityClass:
    """The family of a modality; everything not named elsewhere is biological. ValueError if unknown."""
    return _CLASS_OF_MODALITY.get(Modality(modality), ModalityClass.BIO)


class Operation(Code):
    """A manufacturing step."""

    CELL_LINE = "CELL_LINE", "Cell line development"
    PROCESS_DEV = "PROCESS_DEV", "Process development"
    FORMULATION = "FORMULATION", "Formulation"
    UPSTREAM = "UPSTREAM", "Upstream"
    DOWNSTREAM = "DOWNSTREAM", "Downstream"
    API_SYNTH = "API_SYNTH", "Drug substance synthesis"
    VECTOR = "VECTOR", "Viral vector production"
    IVT = "IVT", "In-vitro transcription"
    LNP_ENCAP = "LNP_ENCAP", "LNP encapsulation"
    CONJUGATION = "CONJUGATION", "Conjugation"
    CELL_PROCESSING = "CELL_PROCESSING", "Cell processing"
    FILL_VIAL = "FILL_VIAL", "Vial filling"
    FILL_PFS_CARTRIDGE = "FILL_PFS_CARTRIDGE", "Syringe or cartridge filling"
    LYO = "LYO", "Freeze drying"
    OSD = "OSD", "Oral solid dose"
    DEVICE_ASSEMBLY = "DEVICE_ASSEMBLY", "Device assembly"
    PACK_LABEL = "PACK_LABEL", "Packaging and labelling"
    TEST_RELEASE = "TEST_RELEASE", "Release testing"
    QP_RELEASE = "QP_RELEASE", "QP release"
    BANKING = "BANKING", "Cell or virus banking"
    STORAGE_COLD = "STORAGE_COLD", "Cold storage"


FILL_OPERATIONS: frozenset[Operation] = frozenset({Operation.FILL_VIAL, Operation.FILL_PFS_CARTRIDGE})


class Phase(Code):
    """The stage of a program, in order of definition."""

    IND_ENABLING = "IND_ENABLING", "IND-enabling"
    PH1 = "PH1", "Phase 1"
    PH1_2 = "PH1_2", "Phase 1/2"
    PH2 = "PH2", "Phase 2"
    PH3 = "PH3", "Phase 3"
    PPQ_FILING = "PPQ_FILING", "PPQ and filing"
    COMMERCIAL = "COMMERCIAL", "Commercial"
    LIFECYCLE = "LIFECYCLE", "Life cycle"


PHASES: tuple[Phase, ...] = tuple(Phase)
_PHASE_ORDER: Mapping[Phase, int] = MappingProxyType({phase: index for index, phase in enumerate(PHASES)})


def phase_order(phase: str) -> int:
    """Position of a phase, 0 for IND-enabling. ValueError if unknown."""
    return _PHASE_ORDER[Phase(phase)]


class BuildingBlock(Code):
    """A technical building block that a modality class needs."""

    SYNTHESIS = "synthesis", "Synthesis"
    CONTAINMENT = "containment", "Containment"
    SOLID_STATE = "solid_state", "Solid-state science"
    IVT = "ivt", "In-vitro transcription"
    LNP = "lnp", "Lipid nanoparticles"
    CELL_CULTURE = "cell_culture", "Cell culture"
    VIRAL_VECTOR = "viral_vector", "Viral vector work"
    ASEPTIC = "aseptic", "Aseptic processing"
    ANALYTICS = "analytics", "Advanced analytics"
    GMP = "gmp", "GMP infrastructure"


_BLOCKS_CHEM = (
    BuildingBlock.SYNTHESIS,
    BuildingBlock.CONTAINMENT,
    BuildingBlock.SOLID_STATE,
    BuildingBlock.ANALYTICS,
    BuildingBlock.GMP,
)
_BLOCKS_RNA = (
    BuildingBlock.IVT,
    BuildingBlock.LNP,
    BuildingBlock.ASEPTIC,
    BuildingBlock.ANALYTICS,
    BuildingBlock.GMP,
)
_BLOCKS_OTHER = (
    BuildingBlock.CELL_CULTURE,
    BuildingBlock.VIRAL_VECTOR,
    BuildingBlock.ASEPTIC,
    BuildingBlock.ANALYTICS,
    BuildingBlock.GMP,
)


def building_blocks(family: ModalityClass) -> tuple[BuildingBlock, ...]:
    """The five building blocks asked of a modality class."""
    if family is ModalityClass.CHEM:
        return _BLOCKS_CHEM
    if family is ModalityClass.RNA:
        return _BLOCKS_RNA
    return _BLOCKS_OTHER


class DosageForm(Code):
    """The form of the finished product."""

    ORAL_SOLID = "ORAL_SOLID", "Oral solid"
    ORAL_LIQUID = "ORAL_LIQUID", "Oral liquid"
    SOLUTION = "SOLUTION", "Solution"
    LYO_POWDER = "LYO_POWDER", "Freeze-dried powder"
    SUSPENSION = "SUSPENSION", "Suspension"
    TOPICAL = "TOPICAL", "Topical"
    INHALED = "INHALED", "Inhaled"
    OTHER = "OTHER", "Other"


class ContainerFormat(Code):
    """The primary container."""

    VIAL = "VIAL", "Vial"
    PFS = "PFS", "Pre-filled syringe"
    CARTRIDGE = "CARTRIDGE", "Cartridge"
    BAG = "BAG", "Bag"
    BLISTER = "BLISTER", "Blister"
    BOTTLE = "BOTTLE", "Bottle"
    OTHER = "OTHER", "Other"


class PlasmidSource(Code):
    """Who makes the plasmids of a vector process."""

    IN_HOUSE = "IN_HOUSE", "In-house"
    PARTNER = "PARTNER", "Partner"
    SPONSOR = "SPONSOR", "Sponsor"


class StorageClass(Code):
    """A storage temperature."""

    AMBIENT = "AMBIENT", "Ambient"
    C2_8 = "C2_8", "2 to 8 °C"
    M20 = "M20", "-20 °C"
    M80 = "M80", "-80 °C"
    LN2 = "LN2", "Liquid nitrogen"
