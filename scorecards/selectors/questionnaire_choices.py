"""What can be asked of vendors for a scorecard, what is best asked next, and about which of a vendor's things."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cdmo_eval.core.errors import Conflict
from scorecards.engine.exact import EngineError
from scorecards.frameworks import Leaf
from scorecards.models import Candidate, Program, Scorecard, SupplyLine
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.firmness import read_field
from scorecards.selectors.next_questions import next_questions
from vendors.facts import FACTS, Fact
from vendors.models import Capability, Site
from vendors.vocabulary import LineRole, Modality, Operation, ServiceCode, SubjectType

FURTHER = {
    "GEO2": ("capability.scale_max",),
    "GEO3": ("site.storage_classes", "site.lanes"),
    "COM4": ("vendor.control_changed_on",),
}
"""Fields that a criterion with an answer of its own needs beside it; the others only say the same again."""
WITH_MARKETS = (ServiceCode.REG_LIAISON, ServiceCode.GLOBAL_REG)
MOST_SUGGESTED = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to put: what about, for which criterion, in whose words ("": the catalogue's), and why."""

    target: str
    criterion: str = ""
    wording: str = ""
    why: str = ""

    @property
    def fact(self) -> Fact:
        """The fact asked about."""
        return FACTS[self.target]


@dataclass(frozen=True, slots=True)
class Choice:
    """A criterion with the questions that would answer it."""

    leaf: Leaf
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """The criteria of a group that vendors can be asked about."""

    code: str
    name: str
    choices: tuple[Choice, ...]


def offered_choices(scorecard: Scorecard) -> list[ChoiceGroup]:
    """The criteria tree with what can be asked; a question that serves several criteria stands with the first.

    Criteria that rest on official records or the supply map alone are left out: nobody is asked about those.
    """
    seen: set[str] = set()
    groups = []
    for group in criteria_of(scorecard.framework).groups:
        choices = []
        for leaf in group.leaves:
            asks = tuple(
                Ask(target, leaf.code) for target in targets_of(leaf, scorecard.program) if target not in seen
            )
            seen |= {ask.target for ask in asks}
            if asks:
                choices.append(Choice(leaf, asks))
        if choices:
            groups.append(ChoiceGroup(group.code, group.name, tuple(choices)))
    return groups


def targets_of(leaf: Leaf, program: Program) -> list[str]:
    """The facts that vendors are asked for a criterion, in a programme."""
    if leaf.code in FACTS:
        return [leaf.code, *FURTHER.get(leaf.code, ())]
    found: list[str] = []
    for field in leaf.fields:
        if field in FACTS:
            found.append(field)
        elif field == "service.delivery":
            found += [f"service.{code}.delivery" for code in _services(leaf, program)]
        elif field == "service.markets":
            found += [f"service.{code.value}.markets" for code in WITH_MARKETS]
    return list(dict.fromkeys(found))


def _services(leaf: Leaf, program: Program) -> Iterator[str]:
    """Services asked about: those of the criterion's own list, else those the programme needs."""
    own = [item.code for item in leaf.items if item.code in set(ServiceCode)]
    yield from own or [code for code in program.required_services if code in set(ServiceCode)]


def suggested(scorecard: Scorecard, *, most: int = 10) -> list[Ask]:
    """Questions in the order of the next best questions of all ranked candidates, each with its reason.

    Empty before the first calculation, while scores are hidden, and when fewer than two candidates are ranked.
    """
    try:
        found = next_questions(read_field(scorecard)).questions
    except (Conflict, EngineError):
        return []
    leaves = {leaf.code: leaf for leaf in criteria_of(scorecard.framework).leaves}
    open_for: dict[str, set[str]] = defaultdict(set)
    for question in found:
        open_for[question.criterion.code].add(question.standing.public_id)
    asks: dict[str, Ask] = {}
    for question in found:
        code = question.criterion.code
        for target in targets_of(leaves[code], scorecard.program):
            if target not in asks and len(asks) < most:
                why = _why(question.leader_ppm, question.top_ppm, question.standing.name, len(open_for[code]))
                asks[target] = Ask(target, code, why=why)
    return list(asks.values())


def _why(leader_ppm: int, top_ppm: int, name: str, vendors: int) -> str:
    about = f"open or only claimed for {vendors} {'vendor' if vendors == 1 else 'vendors'}"
    if leader_ppm:
        return f"Can change first place: {about}, {name} first."
    if top_ppm:
        return f"Can change the top three: {about}, {name} first."
    return f"{about[0].upper()}{about[1:]}."


def asks_for(
    scorecard: Scorecard, *, criteria: Sequence[str] = (), facts: Sequence[str] = (), suggest: int = 0
) -> list[Ask]:
    """Questions by criterion codes, by facts and by suggestion, each once. Raises KeyError for an unknown code."""
    leaves = {leaf.code: leaf for leaf in criteria_of(scorecard.framework).leaves}
    criterion_of = {
        ask.target: choice.leaf.code for group in offered_choices(scorecard) for choice in group.choices for ask in choice.asks
    }  # fmt: skip
    wanted = suggested(scorecard, most=suggest) if suggest else []
    for code in criteria:
        wanted += [Ask(target, code) for target in targets_of(leaves[code], scorecard.program)]
    for target in facts:
        wanted.append(Ask(FACTS[target].code, criterion_of.get(target, "")))
    found: dict[str, Ask] = {}
    for ask in wanted:
        before = found.setdefault(ask.target, ask)
        if ask.wording and not before.wording:
            found[ask.target] = replace(before, wording=ask.wording)
    return list(found.values())


# What of a vendor a question is about ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """One thing of a candidate that is asked about."""

    type: SubjectType
    words: str
    site: Site | None = None
    capability: Capability | None = None


@dataclass(frozen=True)
class Things:
    """The sites and capabilities of a candidate that matter to the programme."""

    candidate: Candidate
    sites: tuple[Site, ...]
    capabilities: tuple[Capability, ...]

    def asked_of(self, fact: Fact) -> list[About]:
        """What a fact is asked about: the offer, each capability, each site, or the vendor where none is on file."""
        subjects, name = set(fact.subjects), self.candidate.vendor.name
        if SubjectType.CANDIDATE in subjects:
            return [About(SubjectType.CANDIDATE, f"{name}: the offer for {self.candidate.program.name}")]
        if fact.code.startswith("service."):
            return [About(SubjectType.VENDOR, name)]
        if SubjectType.CAPABILITY in subjects and self.capabilities:
            return [
                About(SubjectType.CAPABILITY, _capability_words(row), row.site, row)
                for row in self.capabilities
            ]
        if SubjectType.SITE in subjects and self.sites:
            return [About(SubjectType.SITE, row.name, row) for row in self.sites]
        return [About(SubjectType.VENDOR, name)]


def _capability_words(row: Capability) -> str:
    return f"{row.site.name}: {Modality(row.modality).label}, {Operation(row.operation).label.lower()}"


def things_of(program: Program, candidates: Iterable[Candidate]) -> Mapping[int, Things]:
    """By candidate, in three queries: the primary sites of its supply map and what they do there.

    Without a supply map: the vendor's active sites that work in the programme's modality, else all of its active sites.
    """
    rows = list(candidates)
    vendors = {row.vendor_id for row in rows}
    organization = program.organization
    sites: dict[int, list[Site]] = defaultdict(list)
    for site in (
        Site.objects.for_organization(organization)
        .active()
        .filter(vendor_id__in=vendors)
        .order_by("name", "id")
    ):
        sites[site.vendor_id].append(site)
    capabilities: dict[int, list[Capability]] = defaultdict(list)
    can = (
        Capability.objects.for_organization(organization)
        .active()
        .filter(site__vendor_id__in=vendors, modality=program.modality)
    )
    for capability in can.select_related("site").order_by("site__name", "operation", "id"):
        capabilities[capability.site.vendor_id].append(capability)
    lines: dict[int, list[SupplyLine]] = defaultdict(list)
    mapped = SupplyLine.objects.for_organization(organization).filter(
        candidate__in=rows, role=LineRole.PRIMARY.value, site__isnull=False
    )
    for line in mapped.order_by("seq", "id"):
        lines[line.candidate_id].append(line)
    return {
        row.pk: _things(row, sites[row.vendor_id], capabilities[row.vendor_id], lines[row.pk]) for row in rows
    }


def _things(
    candidate: Candidate,
    sites: Sequence[Site],
    capabilities: Sequence[Capability],
    lines: Sequence[SupplyLine],
) -> Things:
    used = {line.site_id for line in lines} or {row.site_id for row in capabilities}
    chosen = tuple(site for site in sites if site.pk in used) or tuple(sites)
    steps = {(line.site_id, line.operation) for line in lines if line.operation}
    named = {line.capability_id for line in lines if line.capability_id}
    here = [row for row in capabilities if row.site_id in {site.pk for site in chosen}]
    done = [row for row in here if row.pk in named or (row.site_id, row.operation) in steps]
    return Things(candidate, chosen, tuple(done or here))
