"""From a program's needs and a vendor's facts to the value of every criterion: pure, exact, explained.

`Rater` rates candidates for one scorecard; `scorecards.fit.gates` decides its must-haves; the dataclasses that
the database fills are in `scorecards.fit.inputs`.
"""

from scorecards.fit.conditions import Applicability, applicability
from scorecards.fit.rater import Cell, Rater, default_supply_map, rate

__all__ = ["Applicability", "Cell", "Rater", "applicability", "default_supply_map", "rate"]
