"""Reads of evidence: the ledger of a vendor, its contradictions, and records as plain facts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.models import Organization
from vendors.facts import FACTS
from vendors.models import Evidence, EvidenceRevision, Vendor
from vendors.querysets import EvidenceQuerySet, EvidenceRevisionQuerySet
from vendors.resolution import AgeLimits, Contradiction, EvidenceFact, contradictions
from vendors.vocabulary import ClaimType, Grade, SubjectType

PPM = 1_000_000
_HIGHEST_LEVEL = 5


@dataclass(frozen=True)
class ContradictionPair:
    """Two records that cannot both be right, and by how much they differ."""

    first: Evidence
    second: Evidence
    found: Contradiction

    @property
    def label(self) -> str:
        """What the records are about."""
        return FACTS[self.found.target].label


def evidence_fact(row: Evidence) -> EvidenceFact:
    """The record as the pure rules read it."""
    return EvidenceFact(
        id=row.pk,
        target=row.target,
        subject_type=SubjectType(row.subject_type),
        value=row.value,
        obtained_on=row.obtained_on,
        vendor_id=row.vendor_id,
        site_id=row.site_id,
        capability_id=row.capability_id,
        candidate_id=row.candidate_id,
        proposal_id=row.proposal_id,
        modality=row.modality,
        operation=row.operation,
        phase=row.phase,
        market=row.market,
        program_id=row.program_id,
        refused=row.refused,
        claim_type=ClaimType(row.claim_type),
        grade=Grade(row.grade),
        valid_until=row.valid_until,
        reviewed=row.reviewed_on is not None,
    )


_FACT_COLUMNS = (
    "id",
    "target",
    "subject_type",
    "value",
    "obtained_on",
    "vendor_id",
    "site_id",
    "capability_id",
    "candidate_id",
    "proposal_id",
    "modality",
    "operation",
    "phase",
    "market",
    "program_id",
    "refused",
    "claim_type",
    "grade",
    "valid_until",
    "reviewed_on",
)
_SUBJECT_TYPES = {kind.value: kind for kind in SubjectType}
_CLAIM_TYPES = {kind.value: kind for kind in ClaimType}
_GRADES = {grade.value: grade for grade in Grade}


def evidence_facts(
    organization: Organization, vendor_ids: Iterable[int] | None = None
) -> dict[int, list[EvidenceFact]]:
    """All live records by vendor, for a calculation over many vendors: one query, no model instances."""
    rows = Evidence.objects.for_organization(organization).live()
    if vendor_ids is not None:
        rows = rows.filter(vendor_id__in=list(vendor_ids))
    found: dict[int, list[EvidenceFact]] = defaultdict(list)
    for fact in facts_of(rows):
        if fact.vendor_id is not None:
            found[fact.vendor_id].append(fact)
    return dict(found)


def facts_of(rows: EvidenceQuerySet[Evidence]) -> Iterator[EvidenceFact]:
    """Many records as the pure rules read them, in order of their ids, without model instances."""
    for values in rows.order_by("id").values_list(*_FACT_COLUMNS).iterator(chunk_size=5000):
        columns = dict(zip(_FACT_COLUMNS, values, strict=True))
        columns["subject_type"] = _SUBJECT_TYPES[columns["subject_type"]]
        columns["claim_type"] = _CLAIM_TYPES[columns["claim_type"]]
        columns["grade"] = _GRADES[columns["grade"]]
        columns["reviewed"] = columns.pop("reviewed_on") is not None
        yield EvidenceFact(**columns)


def evidence_of_vendor(
    organization: Organization, vendor: Vendor, *, commercial: bool, retracted: bool = False
) -> EvidenceQuerySet[Evidence]:
    """The ledger of a vendor, newest first: everything about it, its sites, capabilities and offers.

    `commercial`: whether the reader may see commercial records. Retracted records on request.
    """
    rows = Evidence.objects.for_organization(organization).of_vendor(vendor).visible(commercial=commercial)
    if not retracted:
        rows = rows.active()
    return rows.select_related("vendor", "site", "capability", "file", "supersedes").newest_first()


def evidence_record(organization: Organization, public_id: UUID | str, *, commercial: bool) -> Evidence:
    """One record with what its page shows; NotFound also when the reader may not see it."""
    rows = Evidence.objects.for_organization(organization).visible(commercial=commercial)
    row = (
        rows.filter(public_id=public_id)
        .select_related("vendor", "site", "capability", "file", "supersedes")
        .first()
    )
    if row is None:
        raise NotFound("There is no such evidence.")
    return row


def revisions_of(
    organization: Organization, evidence: Evidence
) -> EvidenceRevisionQuerySet[EvidenceRevision]:
    """Every version of a record, oldest first."""
    return (
        EvidenceRevision.objects.for_organization(organization)
        .filter(evidence=evidence)
        .select_related("file")
        .in_order()
    )


def natural_value(fact: EvidenceFact) -> int | None:
    """A record's value in ppm of its own scale, before any criteria set is looked at.

    A level of 5, a percentage of 100, a share of successes, yes or no, the mean of the flags; None where the
    scale depends on the program (sizes, times, counts). Criteria sets bring their own function.
    """
    value = fact.value
    if fact.refused or value is None:
        return None
    schema = FACTS[fact.target].schema
    if schema.kind == "rubric":
        return int(value["level"]) * PPM // _HIGHEST_LEVEL
    if schema.kind == "yes_no":
        return PPM if value["yes"] else 0
    if schema.kind == "rate":
        attempts = int(value["attempts"])
        return round(PPM * (int(value["successes"]) + 1) / (attempts + 2)) if attempts else None
    if schema.kind == "flags":
        flags = value["flags"].values()
        return round(PPM * float(sum(flags)) / len(flags)) if flags else None
    if schema.kind == "number" and getattr(schema, "high", None) == 100:
        return round(float(value["number"]) * PPM / 100)
    return None


def contradictions_of_vendor(
    organization: Organization,
    vendor: Vendor,
    *,
    as_of: date,
    commercial: bool,
    value_of: Callable[[EvidenceFact], int | None] = natural_value,
) -> list[ContradictionPair]:
    """The live records of a vendor that contradict each other, in the order of the ledger.

    `value_of` gives a record's value in ppm; a criteria set's own value function is the strict reading.
    """
    rows = {
        row.pk: row
        for row in Evidence.objects.for_organization(organization)
        .of_vendor(vendor)
        .live()
        .visible(commercial=commercial)
        .select_related("site", "capability")
        .order_by("id")
    }
    by_target: dict[str, list[EvidenceFact]] = defaultdict(list)
    for row in rows.values():
        by_target[row.target].append(evidence_fact(row))
    pairs: list[ContradictionPair] = []
    for target, facts in sorted(by_target.items()):
        known = FACTS[target]
        limits = AgeLimits(known.fresh_months, known.expire_months)
        pairs += [
            ContradictionPair(rows[found.first_id], rows[found.second_id], found)
            for found in contradictions(facts, limits=limits, as_of=as_of, value_of=value_of)
        ]
    return pairs
