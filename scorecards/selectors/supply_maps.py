"""Which site would do which step: a candidate's own supply map, or the one that is assumed for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cdmo_eval.core.models import Organization
from scorecards import loading
from scorecards.fit import default_supply_map
from scorecards.fit.inputs import SupplyLine as PureLine
from scorecards.frameworks import load_framework
from scorecards.models import Candidate
from vendors.models import Capability, Site


@dataclass(frozen=True)
class Named:
    """Something referred to, by its public id and name."""

    id: str
    name: str


@dataclass(frozen=True)
class Step:
    """One line of a supply map. Without a site it is not known who would do it."""

    seq: int
    operation: str
    phase: str
    site: Named | None
    capability: str | None
    delivery: str
    partner_vendor: Named | None
    role: str


@dataclass(frozen=True)
class SupplyMap:
    """A candidate's steps; `assumed` when nobody has described them and the best-fitting sites stand in."""

    assumed: bool
    steps: tuple[Step, ...]


def supply_maps(candidates: Sequence[Candidate], *, as_of: date) -> dict[int, SupplyMap]:
    """The maps of some candidates of one organisation (of `candidate_list`) by candidate.

    Stated ones cost nothing; assumed ones are worked out as the rating does, with a fixed number of queries for each
    programme among the candidates.
    """
    maps = {
        c.pk: SupplyMap(assumed=False, steps=tuple(_stated(c))) for c in candidates if c.supply_lines.all()
    }
    waiting: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.pk not in maps:
            waiting[candidate.program_id].append(candidate)
    for group in waiting.values():
        maps |= _assumed(group, as_of=as_of)
    return maps


def _stated(candidate: Candidate) -> Iterable[Step]:
    for line in candidate.supply_lines.all():
        partner = line.partner_vendor
        yield Step(
            line.seq, line.operation, line.phase, Named(str(line.site.public_id), line.site.name) if line.site else None,
            str(line.capability.public_id) if line.capability else None, line.delivery,
            Named(str(partner.public_id), partner.name) if partner else None, line.role,
        )  # fmt: skip


def _assumed(candidates: Sequence[Candidate], *, as_of: date) -> dict[int, SupplyMap]:
    program, organization = candidates[0].program, candidates[0].organization
    framework, needs = load_framework(), loading.program_needs(program)
    loaded = loading.load_candidates(organization, program, [c.pk for c in candidates], as_of=as_of)
    lines = {one.facts.id: default_supply_map(framework, needs, one.facts, as_of) for one in loaded}
    sites, capabilities = _names(organization, [line for steps in lines.values() for line in steps])
    return {
        candidate: SupplyMap(
            assumed=True,
            steps=tuple(
                Step(
                    line.seq, line.operation, line.phase, sites.get(line.site_id or 0),
                    capabilities.get(line.capability_id or 0), line.delivery.value, None, line.role.value,
                )
                for line in steps
            ),
        )
        for candidate, steps in lines.items()
    }  # fmt: skip


def _names(organization: Organization, lines: Iterable[PureLine]) -> tuple[dict[int, Named], dict[int, str]]:
    used = list(lines)
    sites = Site.objects.for_organization(organization).filter(
        pk__in={line.site_id for line in used if line.site_id}
    )
    capabilities = Capability.objects.for_organization(organization).filter(
        pk__in={line.capability_id for line in used if line.capability_id}
    )
    return (
        {
            pk: Named(str(public_id), name)
            for pk, public_id, name in sites.values_list("pk", "public_id", "name")
        },
        {pk: str(public_id) for pk, public_id in capabilities.values_list("pk", "public_id")},
    )
