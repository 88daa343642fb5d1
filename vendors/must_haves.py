"""How vendors stand against the must-haves of a programme: asked of whoever judges vendors, for the directory's facet.

Vendors know nothing of scorecards. Whoever has must-haves registers where to ask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cdmo_eval.core.models import Organization
from vendors.vocabulary import Code


class MustHaveState(Code):
    """How a vendor stands; with several offers the best of them counts."""

    MET = "met", "All met"
    UNKNOWN = "unknown", "Unknown, none failed"
    FAILED = "failed", "One or more failed"
    ABSENT = "absent", "Not on this scorecard"


SCORECARD, STATE = "scorecard", "must_haves"
"""The parameters of an address: whose must-haves, and the states asked for."""


@dataclass(frozen=True)
class MustHaves:
    """Where to ask: which scorecards have must-haves that anybody may see, and the vendors in each state of one."""

    scorecards: Callable[[Organization], Sequence[tuple[UUID, str]]]
    standings: Callable[[Organization, UUID], Mapping[str, set[int]]]


_sources: list[MustHaves] = []


def register_must_haves(source: MustHaves) -> None:
    """Say where must-haves are judged."""
    _sources.append(source)


def scorecards_with_must_haves(organization: Organization) -> list[tuple[UUID, str]]:
    """The scorecards whose must-haves the directory can be narrowed by, by name."""
    return [row for source in _sources for row in source.scorecards(organization)]


def must_have_groups(organization: Organization, scorecard: UUID) -> dict[str, set[int]]:
    """Vendors by their state on a scorecard; those that are not on it are in no group."""
    groups: dict[str, set[int]] = {}
    for source in _sources:
        for state, vendors in source.standings(organization, scorecard).items():
            groups.setdefault(state, set()).update(vendors)
    return groups
