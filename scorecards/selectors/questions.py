"""What is known already of the things the Quick 12 ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from scorecards.models import Candidate, Result, Scorecard
from vendors.models import Capability, Evidence, ServiceOffering, Site
from vendors.models.regulatory import RegulatoryState
from vendors.selectors.regulatory import SiteRegulatory, site_regulatory

OWN_ANSWERS = ("QUA1", "RSK2", "COM1")


@dataclass(frozen=True)
class KnownAnswers:
    """The vendor's sites, the one asked about, and what is known of it."""

    sites: Sequence[Site]
    site: Site | None
    capabilities: Sequence[Capability]
    services: Sequence[ServiceOffering]
    leaves: dict[str, Any]
    regulatory: SiteRegulatory | None

    @property
    def official(self) -> str:
        """What the official records say of the site, in words."""
        if self.site is None:
            return "No site is named yet. With a site's FEI number, FDA's inspections are found."
        if self.regulatory is None or self.regulatory.state is RegulatoryState.NO_RECORD:
            return "No record found in the FDA data read so far. That is not the same as a good record."
        return str(self.regulatory.state.label)


def known_of(candidate: Candidate, *, site_id: str, commercial: bool, as_of: date) -> KnownAnswers:
    """What is known of a candidate's vendor and of one site: the named one, "new" for none, else the first.

    Nine statements, however many rows.
    """
    organization = candidate.organization
    rows = Site.objects.for_organization(organization).filter(
        vendor=candidate.vendor, archived_at__isnull=True
    )
    sites = list(rows.order_by("id"))
    named = next((site for site in sites if str(site.public_id) == site_id), None)
    site = named or (sites[0] if sites and site_id != "new" else None)
    capabilities = Capability.objects.for_organization(organization).filter(
        site=site, modality=candidate.program.modality, archived_at__isnull=True
    )
    services = ServiceOffering.objects.for_organization(organization).filter(
        vendor=candidate.vendor, site__isnull=True, archived_at__isnull=True
    )
    answers = (
        Evidence.objects.for_organization(organization).live().visible(commercial=commercial)
        .filter(vendor=candidate.vendor, target__in=OWN_ANSWERS, refused=False)
        .order_by("obtained_on", "id")
    )  # fmt: skip
    leaves = {
        row.target: row.value for row in answers
        if row.candidate_id == candidate.pk or (row.target == "QUA1" and site is not None and row.site_id == site.pk)
    }  # fmt: skip
    regulatory = site_regulatory(organization, site, as_of=as_of) if site else None
    return KnownAnswers(
        sites,
        site,
        list(capabilities.order_by("id")) if site else [],
        list(services.order_by("id")),
        leaves,
        regulatory,
    )


def answered_shares(scorecard: Scorecard) -> dict[int, int]:
    """The answered share of the weight in ppm by candidate, as last published."""
    rows = Result.objects.for_organization(scorecard.organization).filter(scorecard=scorecard)
    return {
        candidate: coverage // 10**9 for candidate, coverage in rows.values_list("candidate_id", "coverage")
    }
