"""A candidate prepared for rating: evidence by target, sites by id, the current proposal, the primary lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from scorecards.fit.inputs import (
    CandidateFacts,
    CapabilityFacts,
    ProgramNeeds,
    ProposalFacts,
    SiteFacts,
    SupplyLine,
    VendorFacts,
)
from scorecards.fit.reading import Basis, Missing, earliest
from vendors.facts import FACTS
from vendors.resolution import (
    AgeLimits,
    EvidenceFact,
    Place,
    Resolved,
    Standing,
    fits,
    resolve,
    standing,
)
from vendors.vocabulary import (
    ClaimType,
    GovernanceTerm,
    Grade,
    LineRole,
    SharingTerm,
    SiteStatus,
    SubjectType,
    TransparencyTerm,
)

_TERMS = {
    "RSK2": tuple(term.value for term in GovernanceTerm),
    "RSK3": tuple(term.value for term in TransparencyTerm),
    "RSK5": tuple(term.value for term in SharingTerm),
}


_ALL_TARGETS = frozenset(FACTS)


def fact_limits(code: str) -> AgeLimits:
    """The age limits of a fact in the catalogue."""
    fact = FACTS[code]
    return AgeLimits(fact.fresh_months, fact.expire_months)


@dataclass(frozen=True, slots=True)
class SiteUse:
    """A distinct site of the primary lines with those lines; ``site`` None is a line without a known site."""

    site: SiteFacts | None
    lines: tuple[SupplyLine, ...]
    label: str
    place: Place

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations done here, without unspecified ones."""
        return tuple(dict.fromkeys(line.operation for line in self.lines if line.operation))


class CandidateView:
    """Everything the criteria ask of one candidate, indexed once."""

    def __init__(self, candidate: CandidateFacts, program: ProgramNeeds, as_of: date) -> None:
        self.candidate = candidate
        self.program = program
        self.as_of = as_of
        self.vendor = candidate.vendor
        self.vendors: dict[int, VendorFacts] = {
            vendor.id: vendor for vendor in (*candidate.partners, candidate.vendor)
        }
        self.sites: dict[int, SiteFacts] = {
            site.id: site for vendor in self.vendors.values() for site in vendor.sites
        }
        self.capabilities: dict[int, CapabilityFacts] = {
            capability.id: capability for site in self.sites.values() for capability in site.capabilities
        }
        self.proposal = current_proposal(candidate.proposals, as_of)
        self._by_target, self._later = _indexed(self._all_evidence(), as_of)
        self._unanswered: dict[str, list[EvidenceFact]] = defaultdict(list)
        for asked in candidate.unanswered:
            self._unanswered[asked.target].append(asked)
        known = (self._by_target.keys(), self._later.keys(), self._unanswered.keys())
        self._nothing_about = _ALL_TARGETS.difference(*known)
        self.lines: tuple[SupplyLine, ...] = candidate.lines
        self.assumed = not candidate.lines
        self._places: dict[tuple[str, int | None], Place] = {}
        self._modalities = frozenset({program.modality})
        self._phases = frozenset(phase for phase in (program.phase_now, program.phase_target) if phase)
        self._markets = frozenset(program.target_markets)

    def _all_evidence(self) -> Iterable[EvidenceFact]:
        yield from self.candidate.evidence
        if self.proposal is not None:
            yield from _terms_of(self.proposal)

    # --- where answers are looked for ---

    def _place(
        self,
        vendor_id: int,
        *,
        sites: frozenset[int] = frozenset(),
        capabilities: frozenset[int] = frozenset(),
        operations: frozenset[str] = frozenset(),
        modalities: frozenset[str] | None = None,
    ) -> Place:
        return Place(
            vendor_ids=frozenset({vendor_id}),
            site_ids=sites,
            capability_ids=capabilities,
            candidate_id=self.candidate.id,
            proposal_id=None if self.proposal is None else self.proposal.id,
            modalities=self._modalities if modalities is None else modalities,
            operations=operations,
            phases=self._phases,
            markets=self._markets,
            program_id=self.program.id,
        )

    @cached_property
    def vendor_place(self) -> Place:
        """The vendor itself, and the offer."""
        return self._place(self.vendor.id)

    def partner_place(self, vendor_id: int) -> Place:
        """A partner of a primary line."""
        return self._place(vendor_id)

    @cached_property
    def service_places(self) -> tuple[Place, ...]:
        """Where a service may be offered: the vendor as a whole, and each of its active sites."""
        return (self.vendor_place, *(self.site_place(site) for site in self.network))

    def capability_place(self, capability: CapabilityFacts) -> Place:
        """A capability with its site and the site's vendor; its own modality and operation are the scope."""
        key = ("capability", capability.id)
        place = self._places.get(key)
        if place is None:
            place = self._place(
                self.sites[capability.site_id].vendor_id,
                sites=frozenset({capability.site_id}),
                capabilities=frozenset({capability.id}),
                operations=frozenset({capability.operation}),
                modalities=frozenset({capability.modality}),
            )
            self._places[key] = place
        return place

    def site_place(self, site: SiteFacts, operations: Iterable[str] = ()) -> Place:
        """A site and its vendor."""
        return self._place(site.vendor_id, sites=frozenset({site.id}), operations=frozenset(operations))

    # --- the supply map ---

    @cached_property
    def primary_lines(self) -> tuple[SupplyLine, ...]:
        """The primary lines in their order."""
        primary = (line for line in self.lines if line.role is LineRole.PRIMARY)
        return tuple(sorted(primary, key=lambda line: line.seq))

    @cached_property
    def site_uses(self) -> tuple[SiteUse, ...]:
        """The distinct sites of the primary lines, each line without a known site standing alone."""
        by_site: dict[int, list[SupplyLine]] = {}
        uses: list[SiteUse] = []
        for line in self.primary_lines:
            if line.site_id in self.sites and line.site_id is not None:
                by_site.setdefault(line.site_id, []).append(line)
        for line in self.primary_lines:
            site = None if line.site_id is None else self.sites.get(line.site_id)
            if site is None:
                uses.append(SiteUse(None, (line,), line_label(line), Place()))
            elif by_site[site.id][0] is line:
                lines = tuple(by_site[site.id])
                operations = [one.operation for one in lines if one.operation]
                uses.append(SiteUse(site, lines, site_label(site), self.site_place(site, operations)))
        return tuple(uses)

    def capability_of(self, line: SupplyLine) -> CapabilityFacts | None:
        """The capability a line names, else the one of its site for the modality and the operation."""
        if line.capability_id is not None:
            return self.capabilities.get(line.capability_id)
        site = None if line.site_id is None else self.sites.get(line.site_id)
        if site is None or not line.operation:
            return None
        return next(
            (
                capability
                for capability in site.capabilities
                if capability.modality == self.program.modality and capability.operation == line.operation
            ),
            None,
        )

    @cached_property
    def network(self) -> tuple[SiteFacts, ...]:
        """All active sites of the vendor, by id."""
        active = (site for site in self.vendor.sites if site.status is SiteStatus.ACTIVE)
        return tuple(sorted(active, key=lambda site: site.id))

    def network_capabilities(self, *, modality: str = "", operation: str = "") -> list[CapabilityFacts]:
        """Capabilities on the vendor's active sites, of a modality and an operation where given."""
        return [
            capability
            for site in self.network
            for capability in site.capabilities
            if (not modality or capability.modality == modality)
            and (not operation or capability.operation == operation)
        ]

    @cached_property
    def primary_partners(self) -> tuple[VendorFacts, ...]:
        """Other vendors on the primary lines."""
        found: dict[int, VendorFacts] = {}
        for line in self.primary_lines:
            site = None if line.site_id is None else self.sites.get(line.site_id)
            owner = line.partner_vendor_id if site is None else site.vendor_id
            if owner is not None and owner != self.vendor.id:
                found[owner] = self.vendors.get(owner, VendorFacts(owner))
        return tuple(found.values())

    # --- what is known ---

    def records(self, target: str) -> Sequence[EvidenceFact]:
        """The records of a target that were obtained by the as-of date."""
        return self._by_target.get(target, ())

    def find(self, target: str, place: Place, limits: AgeLimits) -> Resolved | None:
        """The record of a target that counts at a place."""
        records = self._by_target.get(target)
        if not records:
            return None
        return resolve(records, place, limits=limits, as_of=self.as_of)

    def answer(
        self, target: str | tuple[str, ...], place: Place, limits: AgeLimits, what: str
    ) -> Resolved | Missing:
        """The record that counts, or why there is no answer (``what`` names the thing asked, in words).

        Several targets that say the same thing (a criterion and a field of the profile) are weighed together.
        """
        targets = (target,) if isinstance(target, str) else target
        if self._nothing_about.issuperset(targets):
            return Missing(f"{what}: not known.")
        if len(targets) == 1:
            resolved = self.find(targets[0], place, limits)
        else:
            records = [record for one in targets for record in self._by_target.get(one, ())]
            resolved = resolve(records, place, limits=limits, as_of=self.as_of) if records else None
        if resolved is None:
            return self.missing(targets, what, place)
        if resolved.record.refused:
            basis = Basis.of(resolved)
            return Missing(
                f"{what}: refused.",
                refused=True,
                evidence_ids=basis.evidence_ids,
                next_change=resolved.standing.next_change,
            )
        return resolved

    def missing(self, targets: Iterable[str], what: str, place: Place | None = None) -> Missing:
        """Why nothing counts for the targets: expired, not answered in time, or simply unknown."""
        later: date | None = None
        last: date | None = None
        overdue = False
        for target in targets:
            silent, counts_from = self.silence((target,), place)
            later = earliest(later, self._later.get(target), counts_from)
            overdue = overdue or silent
            for record in self._by_target.get(target, ()):
                if place is not None and fits(record, place):
                    last = record.obtained_on if last is None else max(last, record.obtained_on)
        if overdue:
            reason = f"{what}: not answered by the deadline."
            return Missing(reason, refused=True, overdue=True, next_change=later)
        if last is not None:
            reason = f"{what}: expired, last record of {last.isoformat()}."
            return Missing(reason, next_change=later)
        return Missing(f"{what}: not known.", next_change=later)

    def silence(self, targets: Iterable[str], place: Place | None = None) -> tuple[bool, date | None]:
        """Whether a question about a target (at a place) stayed without an answer past its deadline.

        If not yet: the first day on which it would have, None when nothing of it is asked.
        """
        if not self._unanswered:
            return False, None
        days = [
            asked.obtained_on
            for target in targets
            for asked in self._unanswered.get(target, ())
            if place is None or fits(asked, place)
        ]
        ahead = [day for day in days if day > self.as_of]
        return len(ahead) < len(days), min(ahead, default=None)

    def attested(self, section: str, limits: AgeLimits) -> Basis | None:
        """What an absence rests on when the section is attested complete; None when it is not."""
        on = self.vendor.attestations.get(section)
        if on is None or on > self.as_of:
            return None
        worth = standing(grade=Grade.D, obtained_on=on, valid_until=None, limits=limits, as_of=self.as_of)
        if worth is None:
            return None
        return basis_of(worth, verified=False, reference=f"{section} attested complete {on.isoformat()}")


def basis_of(worth: Standing, *, verified: bool, reference: str) -> Basis:
    """The basis of a record that is not evidence (a certificate, a proposal, an official entry)."""
    return Basis(
        worth.grade,
        worth.freshness,
        verified and worth.grade <= Grade.C,
        (),
        (reference,),
        worth.next_change,
    )


def line_label(line: SupplyLine) -> str:
    """How a line without a known site is named."""
    return f"{line.operation or 'unspecified operation'} (no site known)"


def site_label(site: SiteFacts) -> str:
    """How a site is named."""
    return site.name or f"Site {site.id}"


def current_proposal(proposals: Sequence[ProposalFacts], as_of: date) -> ProposalFacts | None:
    """The highest version received by the as-of date."""
    received = [proposal for proposal in proposals if proposal.received_on <= as_of]
    return max(received, key=lambda proposal: (proposal.version, proposal.id), default=None)


def _indexed(
    records: Iterable[EvidenceFact], as_of: date
) -> tuple[Mapping[str, Sequence[EvidenceFact]], Mapping[str, date]]:
    by_target: dict[str, list[EvidenceFact]] = defaultdict(list)
    later: dict[str, date] = {}
    for record in records:
        if record.obtained_on <= as_of:
            by_target[record.target].append(record)
        else:
            later[record.target] = min(later.get(record.target, record.obtained_on), record.obtained_on)
    return by_target, later


def _terms_of(proposal: ProposalFacts) -> Iterable[EvidenceFact]:
    """A proposal's terms as records of the criteria they answer; their ids are not evidence's."""
    for number, (target, codes) in enumerate(_TERMS.items(), start=1):
        flags = {code: proposal.terms[code] for code in codes if code in proposal.terms}
        if flags:
            yield EvidenceFact(
                id=-number,
                target=target,
                subject_type=SubjectType.PROPOSAL,
                proposal_id=proposal.id,
                value={"flags": flags},
                obtained_on=proposal.received_on,
                valid_until=proposal.valid_until,
                grade=Grade.C if proposal.signed else Grade.D,
                claim_type=ClaimType.VERIFIED if proposal.signed else ClaimType.CLAIMED,
                reviewed=proposal.signed,
            )
