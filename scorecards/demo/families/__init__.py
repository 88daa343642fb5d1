"""The fictional vendors of the demo, one module a family. No name is that of a real company."""

from scorecards.demo.families.antibodies import ANTIBODIES
from scorecards.demo.families.cell_therapy import CELL_THERAPY
from scorecards.demo.families.early_biologics import EARLY_BIOLOGICS
from scorecards.demo.families.integrated import INTEGRATED
from scorecards.demo.families.oral_solids import ORAL_SOLIDS
from scorecards.demo.families.rna import RNA
from scorecards.demo.families.second_line import SECOND_LINE
from scorecards.demo.families.sterile import STERILE
from scorecards.demo.families.viral_vectors import VIRAL_VECTORS
from scorecards.demo.spec import Maker

MAKERS: tuple[Maker, ...] = (
    *CELL_THERAPY,
    *VIRAL_VECTORS,
    *RNA,
    *ANTIBODIES,
    *EARLY_BIOLOGICS,
    *ORAL_SOLIDS,
    *STERILE,
    *INTEGRATED,
    *SECOND_LINE,
)
"""All of them, in the order in which they are made; the order decides their invented FEI numbers."""
