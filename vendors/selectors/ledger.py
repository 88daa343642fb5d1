"""The ledger of the whole organisation: what counts now, and which of it is at odds."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Count, Max, Q

from cdmo_eval.core.models import Organization
from vendors.facts import FACTS
from vendors.models import Evidence, Vendor
from vendors.querysets import EvidenceQuerySet
from vendors.resolution import AgeLimits, EvidenceFact, contradictions
from vendors.selectors.evidence import facts_of, natural_value
from vendors.vocabulary import ClaimType

GROUPS_LOOKED_AT = 2000
"""Facts of vendors with several records that are compared, the newest first."""


def ledger(
    organization: Organization, *, commercial: bool, retracted: bool = False
) -> EvidenceQuerySet[Evidence]:
    """Records of vendors that are not archived: those that count now, or also what was retracted or superseded.

    `commercial`: whether the reader may see commercial records. Without order and without joins.
    """
    rows = Evidence.objects.for_organization(organization).visible(commercial=commercial)
    archived = Vendor.objects.for_organization(organization).filter(archived_at__isnull=False).values("pk")
    return (rows if retracted else rows.live()).exclude(vendor_id__in=archived)


def about_words(
    organization: Organization, rows: EvidenceQuerySet[Evidence], words: Sequence[str]
) -> EvidenceQuerySet[Evidence]:
    """Records whose vendor or fact is called by every word; long texts are for the search."""
    for word in words:
        targets = [code for code, fact in FACTS.items() if word.casefold() in fact.label.casefold()]
        vendors = Vendor.objects.for_organization(organization).filter(name__icontains=word).values("pk")
        rows = rows.filter(Q(target__in=targets) | Q(vendor_id__in=vendors))
    return rows


def at_odds(organization: Organization, *, as_of: date, commercial: bool) -> set[int]:
    """The records that contradict another one of the same subject: two queries however many vendors there are."""
    rows = ledger(organization, commercial=commercial)
    groups = (
        rows.order_by()
        .values("vendor_id", "target")
        .annotate(
            records=Count("pk"),
            verified=Count("pk", filter=Q(claim_type=ClaimType.VERIFIED.value)),
            newest=Max("pk"),
        )
        .filter(records__gt=1, verified__gt=0)
        .order_by("-newest")
    )
    wanted = {(group["vendor_id"], group["target"]) for group in groups[:GROUPS_LOOKED_AT]}
    if not wanted:
        return set()
    several = rows.filter(
        vendor_id__in={vendor for vendor, _ in wanted}, target__in={target for _, target in wanted}
    )
    facts: dict[tuple[int | None, str], list[EvidenceFact]] = defaultdict(list)
    for fact in facts_of(several):
        if (fact.vendor_id, fact.target) in wanted:
            facts[fact.vendor_id, fact.target].append(fact)
    found: set[int] = set()
    for (_, target), group_facts in facts.items():
        limits = AgeLimits(FACTS[target].fresh_months, FACTS[target].expire_months)
        for pair in contradictions(group_facts, limits=limits, as_of=as_of, value_of=natural_value):
            found |= {pair.first_id, pair.second_id}
    return found
