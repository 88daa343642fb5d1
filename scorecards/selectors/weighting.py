"""Weights of a scorecard as people read them: shares, locks, and which were set on another scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scorecards.engine.weights import LeafWeights, display_percentages, leaf_weights
from scorecards.frameworks import Framework as CriteriaSet
from scorecards.frameworks import weight_tree
from scorecards.frameworks.scales import node_of, scale_digests, sibling_sets
from scorecards.models import Framework, Scorecard
from scorecards.selectors.criteria import criteria_of

KEEP = 32
_digests: dict[str, dict[str, str]] = {}


@dataclass(frozen=True)
class WeightLine:
    """A group or criterion with its weight: points as entered, percent of its siblings and of the whole."""

    code: str
    name: str
    group: str
    points: str
    percent: str
    overall: str
    locked: bool
    stale: bool


def scales_of(scorecard: Scorecard) -> dict[str, str]:
    """The scales of the scorecard's criteria set, read once per process and digest."""
    framework = scorecard.framework
    if framework.state != Framework.State.PUBLISHED:
        return scale_digests(criteria_of(framework))
    if framework.digest not in _digests:
        if len(_digests) >= KEEP:
            _digests.clear()
        _digests[framework.digest] = scale_digests(criteria_of(framework))
    return _digests[framework.digest]


def stale_codes(scorecard: Scorecard, scales: Mapping[str, str]) -> list[str]:
    """Criteria whose scale has changed since their weight was set, in the order of the tree."""
    return [code for code, digest in scales_of(scorecard).items() if scales.get(code, digest) != digest]


def shares_of(criteria: CriteriaSet, points: Mapping[str, str]) -> LeafWeights:
    """Points added up over the whole tree, nothing left out."""
    return leaf_weights(weight_tree(criteria, {code: Fraction(text) for code, text in points.items()}))


def aligned(criteria: CriteriaSet, points: Mapping[str, str]) -> dict[str, str]:
    """Points for exactly the criteria of a criteria set, which may have changed since they were set.

    What is gone is left out, what is new weighs nothing; siblings that would then all weigh nothing weigh the same.
    """
    found = {code: points.get(code, "0") for code in node_of(criteria)}
    for codes in sibling_sets(criteria).values():
        if not any(Fraction(found[code]) for code in codes):
            found |= dict.fromkeys(codes, "1")
    return found


def weight_lines(
    scorecard: Scorecard, points: Mapping[str, str], *, locks: Sequence[str], scales: Mapping[str, str]
) -> list[WeightLine]:
    """Every group and criterion in the order of the tree; the percentages of siblings sum to 100.0."""
    criteria = criteria_of(scorecard.framework)
    shares, stale = shares_of(criteria, points), set(stale_codes(scorecard, scales))
    shown: dict[str, str] = {}
    for codes in sibling_sets(criteria).values():
        whole = sum((Fraction(points[code]) for code in codes), Fraction(0))
        local = [Fraction(points[code]) / whole for code in codes]
        shown |= dict(zip(codes, display_percentages(local), strict=True))
    overall = dict(
        zip(shares.codes, display_percentages([shares.overall[code] for code in shares.codes]), strict=True)
    )
    groups = sibling_sets(criteria)[""]
    overall |= {code: shown[code] for code in groups}
    above = node_of(criteria)
    return [
        WeightLine(
            code, name, above[code], points[code], shown[code], overall[code], code in locks, code in stale
        )
        for code, name in tree_names(criteria)
    ]


def tree_names(criteria: CriteriaSet) -> Iterator[tuple[str, str]]:
    """Groups and criteria with their names in the order of the tree."""
    for group in criteria.groups:
        yield group.code, group.name
        for leaf in group.leaves:
            yield leaf.code, leaf.name
