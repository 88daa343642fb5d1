"""Evidence of the fictional vendors: every value with a grade, a source and an age, every gap and refusal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scorecards.demo import facts
from scorecards.demo.proof import SCALE, Proof, dice, drawn, obtained, provenance, years_before
from scorecards.demo.spec import Can, Disputed, Maker, Plant, Refused
from vendors.facts import FACTS
from vendors.models import Capability, Site, Vendor
from vendors.services import Draft, Scope, Subject
from vendors.vocabulary import Freshness, Grade, SubjectType

ASKED = Proof(Grade.D, Freshness.FRESH)
AUDITED = Proof(Grade.B, Freshness.FRESH)
ON_FILE = Proof(Grade.C, Freshness.FRESH)
PUBLIC = Proof(Grade.A, Freshness.FRESH)
_SINGLY = {"capability.lead_time_weeks", "capability.annual_capacity", "capability.annual_committed_pct"}
"""What of a capability is asked again and again, apart from the rest."""
_ALWAYS = {
    "vendor.integration",
    "vendor.focus",
    "vendor.niche_modalities",
    "vendor.owner_country",
    "vendor.ownership_complete",
}


@dataclass
class Rows:
    """The rows of one vendor, by the names of its description."""

    vendor: Vendor
    sites: dict[str, Site] = field(default_factory=dict)
    capabilities: dict[tuple[str, str, str], Capability] = field(default_factory=dict)

    def capability(self, plant: Plant, can: Can) -> Capability:
        """The row of a capability."""
        return self.capabilities[plant.name, can.modality, can.operation]


@dataclass(frozen=True)
class Scribe:
    """Writes drafts of evidence as of a day, reviewed by a person."""

    today: date
    reviewer: str

    def drafts(self, maker: Maker, rows: Rows) -> Iterator[Draft]:
        """Everything known about a vendor, its sites and its capabilities."""
        own = Subject.of(rows.vendor)
        for target, value in facts.of_vendor(maker, self.today).items():
            yield from self._said(maker, own, target, value, always=target in _ALWAYS)
        for modality, share in maker.shares.items():
            yield from self._said(maker, own, "MOD5", {"number": share}, scope=Scope(modality=modality))
        yield from self._group(maker, own, facts.services(maker), "services")
        for plant in maker.sites:
            place = Subject.of(rows.sites[plant.name])
            yield self.record(place, "site.country", {"choice": plant.country}, ON_FILE)
            if plant.markets:
                yield self.record(place, "site.authorities_inspected", self._authorities(plant), PUBLIC)
            for target, value in facts.of_site(maker, plant).items():
                yield from self._said(maker, place, target, value)
            for can in plant.can:
                subject = Subject.of(rows.capability(plant, can))
                values = facts.of_capability(can)
                yield from self._group(
                    maker,
                    subject,
                    {t: v for t, v in values.items() if t not in _SINGLY},
                    plant.name,
                    can.modality,
                )
                for target in _SINGLY & set(values):
                    yield from self._said(maker, subject, target, values[target])

    def record(
        self,
        subject: Subject,
        target: str,
        value: Mapping[str, Any] | None,
        proof: Proof,
        *,
        scope: Scope | None = None,
        commercial: bool = False,
    ) -> Draft:
        """One record known in this way; None as the value is a refusal."""
        what = (_name(subject), target)
        on = obtained(FACTS[target], proof.age, self.today, *what)
        known = provenance(proof, on, self.today, reviewer=self.reviewer, commercial=commercial)
        return Draft(
            subject=subject,
            target=target,
            value=value,
            refused=value is None,
            scope=scope or Scope(),
            provenance=known,
        )

    def _said(
        self,
        maker: Maker,
        subject: Subject,
        target: str,
        value: Any,
        *,
        scope: Scope | None = None,
        always: bool = False,
    ) -> Iterator[Draft]:
        """A value as well as the vendor is known; perhaps a gap, a refusal, or an older claim that was too rosy."""
        if isinstance(value, Refused):
            yield self.record(subject, target, None, ASKED, scope=scope)
            return
        if isinstance(value, Disputed):
            yield self.record(subject, target, value.claimed, ASKED, scope=scope)
            yield self.record(subject, target, value.seen, AUDITED, scope=scope)
            return
        parts = (_name(subject), target, scope.modality if scope else "")
        proof = drawn(maker.known, *parts)
        if isinstance(proof, str):
            if always:
                yield self.record(subject, target, value, ASKED, scope=scope)
            elif proof == "refused":
                yield self.record(subject, target, None, ASKED, scope=scope)
            return
        yield self.record(subject, target, value, proof, scope=scope)
        if _rosy(target, value, proof, *parts):
            yield self.record(subject, target, {"level": min(5, value["level"] + 2)}, ASKED, scope=scope)

    def _group(
        self, maker: Maker, subject: Subject, values: Mapping[str, Any], *parts: str
    ) -> Iterator[Draft]:
        """Values that came with one document: all are known equally well, and none is missing."""
        proof = drawn(maker.known, maker.name, *parts)
        for target, value in values.items():
            yield self.record(subject, target, value, ASKED if isinstance(proof, str) else proof)

    def _authorities(self, plant: Plant) -> dict[str, Any]:
        return {
            "authorities": [
                {
                    "authority": authority,
                    "market": market,
                    "date": years_before(self.today, 0.5 + dice(plant.name, market) * 2 / SCALE).isoformat(),
                    "outcome": "positive",
                }
                for market, authority in plant.markets.items()
            ]
        }


def _name(subject: Subject) -> str:
    """The same name for the same subject on every machine."""
    vendor = subject.vendor.name
    if subject.type is SubjectType.VENDOR:
        return vendor
    if subject.site is None:
        return f"{vendor}, candidate"
    capability = subject.capability
    return f"{vendor}, {subject.site.name}" + (
        f", {capability.modality} {capability.operation}" if capability else ""
    )


def _rosy(target: str, value: Mapping[str, Any], proof: Proof, *parts: str) -> bool:
    """Whether the vendor had claimed two levels more than was then verified."""
    verified = proof.grade <= Grade.C and proof.age in {Freshness.FRESH, Freshness.AGEING}
    return (
        verified
        and set(value) == {"level"}
        and value["level"] < 4
        and dice("rosy", target, *parts) < SCALE // 7
    )
