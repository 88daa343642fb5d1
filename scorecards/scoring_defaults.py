"""What an organisation decides about scoring, kept in its settings: validated, in whole units, never a float.

Half-widths by grade, the evidence each stage asks for, the band within which scores count as practically equal, what a
new scorecard starts with, how many cases are simulated, and what a pair of vendors loses for what both depend on. What is not set is the product's default.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from scorecards.engine.aggregate import STAGE_THRESHOLDS, Stage, Thresholds
from scorecards.engine.cells import MissingPolicy
from scorecards.engine.display import percent_text
from scorecards.engine.exact import PPM, EngineError
from scorecards.engine.pairs import PairSettings, Shared, settings_of
from scorecards.engine.robustness import DRAWS, MOST_DRAWS
from scorecards.fit.inputs import FitSettings
from vendors.vocabulary import Grade

FEWEST_DRAWS = 1_000
INDIFFERENCE = 10_000
"""1.0 point, in ppm of the value scale."""
WIDEST_BAND = 100_000
PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScoringDefaults:
    """All decisions, in ppm. `version` counts the changes, so that two people do not overwrite each other."""

    half_widths: Mapping[str, int]
    thresholds: Mapping[Stage, Thresholds]
    indifference: int
    policy: str
    draws: int
    pairs: PairSettings
    version: int


def product_defaults() -> ScoringDefaults:
    """What holds unless an organisation decides otherwise."""
    widths = {grade.value: width for grade, width in FitSettings().half_widths.items()}
    return ScoringDefaults(
        widths, dict(STAGE_THRESHOLDS), INDIFFERENCE, MissingPolicy.NEUTRAL.value, DRAWS, PairSettings(), 0
    )


def scoring_defaults(settings: Mapping[str, Any]) -> ScoringDefaults:
    """An organisation's decisions over the product's defaults, as its settings keep them."""
    own, base = settings.get("scoring", {}), product_defaults()
    widths = {
        grade: int(settings.get("half_widths", {}).get(grade, width))
        for grade, width in base.half_widths.items()
    }
    kept = own.get("stage_thresholds", {})
    limits = {
        stage: Thresholds(*(int(part) for part in kept[stage.value])) if stage.value in kept else limit
        for stage, limit in base.thresholds.items()
    }
    return replace(
        base, half_widths=widths, thresholds=limits, indifference=int(own.get("indifference", base.indifference)),
        policy=str(own.get("policy", base.policy)), draws=int(own.get("draws", base.draws)), version=int(own.get("version", 0)),
        pairs=settings_of(own.get("pairs", {})),
    )  # fmt: skip


def thresholds_of(settings: Mapping[str, Any], stage: Stage) -> Thresholds:
    """How much must be answered and verified for a rank at a stage."""
    return scoring_defaults(settings).thresholds[stage]


def thresholds_of_run(criteria: Mapping[str, Any], stage: Stage) -> Thresholds:
    """Those a calculation was ranked by; the product's for one from before they could be set."""
    kept = criteria.get("thresholds")
    return Thresholds(int(kept["coverage"]), int(kept["verified"])) if kept else STAGE_THRESHOLDS[stage]


def as_settings(found: ScoringDefaults) -> dict[str, Any]:
    """As they are kept: `half_widths` where the rating reads it, the rest under `scoring`."""
    return {
        "half_widths": dict(found.half_widths),
        "scoring": {
            "stage_thresholds": {stage.value: [limit.coverage, limit.verified] for stage, limit in found.thresholds.items()},
            "indifference": found.indifference, "policy": found.policy, "draws": found.draws, "version": found.version,
            "pairs": found.pairs.document(),
        },
    }  # fmt: skip


def changed_defaults(
    present: ScoringDefaults, given: Mapping[str, Any]
) -> tuple[ScoringDefaults, dict[str, str]]:
    """The decisions after a change, and what is wrong with it by field: percentages and points come as text or numbers.

    Fields: `half_widths.A` … `half_widths.E`, `stage_thresholds.shortlist.coverage` and the like, `indifference`
    (points), `policy`, `draws`, `pairs.primary_share` (percent), `pairs.country`, `.owner`, `.supplier` (points). What is left out stays.
    """
    wrong: dict[str, str] = {}
    widths = {**present.half_widths}
    limits = {stage: [limit.coverage, limit.verified] for stage, limit in present.thresholds.items()}
    found = present
    for field, raw in given.items():
        head, _, rest = field.partition(".")
        try:
            if head == "half_widths" and rest in {grade.value for grade in Grade}:
                widths[rest] = ppm_of(raw, 100)
            elif head == "stage_thresholds" and rest in _LIMITS:
                stage, part = _LIMITS[rest]
                limits[stage][part] = ppm_of(raw, 100)
            elif field == "indifference":
                found = replace(found, indifference=ppm_of(raw, 100))
            elif field == "policy":
                found = replace(found, policy=MissingPolicy(str(raw)).value)
            elif head == "pairs" and rest in PAIR_FIELDS:
                found = replace(found, pairs=replace(found.pairs, **{rest: ppm_of(raw, 100)}))
            elif field == "draws":
                found = replace(found, draws=_draws(raw))
            else:
                wrong[field] = "There is no such setting."
        except EngineError as error:
            wrong[field] = f"{error.message[:1].upper()}{error.message[1:]}."
        except ValueError:
            wrong[field] = f"One of {', '.join(MissingPolicy)}."
    thresholds = {stage: Thresholds(*pair) for stage, pair in limits.items()}
    found = replace(found, half_widths=widths, thresholds=thresholds)
    return found, wrong or _together(found)


PAIR_FIELDS = ("primary_share", *(shared.value for shared in Shared))
_LIMITS = {
    f"{stage.value}.{name}": (stage, part)
    for stage in Stage
    for part, name in enumerate(("coverage", "verified"))
}


def _together(found: ScoringDefaults) -> dict[str, str]:
    """What is wrong with decisions that are each fine by themselves."""
    wrong = {}
    grades = [grade.value for grade in Grade]
    for better, worse in pairwise(grades):
        if found.half_widths[worse] < found.half_widths[better]:
            wrong[f"half_widths.{worse}"] = (
                f"Weaker evidence cannot be surer: at least that of grade {better}."
            )
    order = list(Stage)
    for earlier, later in pairwise(order):
        before, after = found.thresholds[earlier], found.thresholds[later]
        if after.coverage < before.coverage or after.verified < before.verified:
            wrong[f"stage_thresholds.{later.value}.coverage"] = (
                f"A later stage asks for at least as much as the stage {earlier.value}."
            )
    for stage, limit in found.thresholds.items():
        if limit.verified > limit.coverage:
            wrong[f"stage_thresholds.{stage.value}.verified"] = (
                "What is verified is part of what is answered: at most that share."
            )
    if found.indifference > WIDEST_BAND:
        wrong["indifference"] = (
            f"At most {percent_text(WIDEST_BAND, PPM, decimals=0)} points: a wider band says nothing."
        )
    return wrong


def ppm_of(raw: object, most: int) -> int:
    """A percentage or points with at most two decimals, as ppm. Raises EngineError for anything else."""
    text = (
        str(raw).strip() if isinstance(raw, int | float | Decimal | str) and not isinstance(raw, bool) else ""
    )
    if not PERCENT.fullmatch(text) or Decimal(text) > most:
        raise EngineError("number", f"a number from 0 to {most} with at most two decimals")
    return int(Decimal(text) * 10_000)


def _draws(raw: object) -> int:
    text = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) or not FEWEST_DRAWS <= int(text) <= MOST_DRAWS:
        raise EngineError("draws", f"a whole number from {FEWEST_DRAWS:,} to {MOST_DRAWS:,}")
    return int(text)
