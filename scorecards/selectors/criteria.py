"""Criteria sets as objects."""

from scorecards.frameworks import Framework as CriteriaSet
from scorecards.frameworks import from_json
from scorecards.models import Framework

KEEP = 32
_read: dict[str, CriteriaSet] = {}


def criteria_of(framework: Framework) -> CriteriaSet:
    """The criteria set of a row. A published one never changes, so it is read once per process and digest."""
    if framework.state != Framework.State.PUBLISHED:
        return from_json(framework.definition)
    if framework.digest not in _read:
        if len(_read) >= KEEP:
            _read.clear()
        _read[framework.digest] = from_json(framework.definition)
    return _read[framework.digest]
