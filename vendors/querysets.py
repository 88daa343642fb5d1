"""Chainable reads of vendors' tables. Each starts at `for_organization`; selectors complete them.

Conditions on a vendor's sites, capabilities and services never join, so a vendor appears once however many
of its rows match. Text search is a plain scan of the organisation's own rows: pattern operators are
not leakproof, so PostgreSQL uses no text index under row-level security.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from cdmo_eval.core.querysets import TenantQuerySet
from vendors.facts import FACTS
from vendors.resolution import AgeLimits, age_boundaries
from vendors.vocabulary import (
    CdaStatus,
    ClaimType,
    Confidentiality,
    Delivery,
    Freshness,
    Modality,
    ModalityClass,
    ModalityTag,
    SiteStatus,
    SubjectType,
    modality_class,
)

if TYPE_CHECKING:
    from vendors.models import Evidence, Site, Vendor

M = TypeVar("M", bound=models.Model)
MOST_WORDS = 10
"""Words of a text search that are looked for; more only cost time."""


def modalities_of_class(*families: ModalityClass) -> list[str]:
    """The modalities of some families, as stored."""
    return [modality.value for modality in Modality if modality_class(modality) in families]


def rows_of(model: str) -> models.QuerySet[Any]:
    """All rows of a model of this app, for a condition on related rows (row-level security bounds them)."""
    rows: models.QuerySet[Any] = apps.get_model("vendors", model).objects.all()
    return rows


class _IsAnyOf(Func):
    """`key = ANY (ARRAY (SELECT ...))`."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("


def any_of(rows: models.QuerySet[Any], column: str) -> Q:
    """The row's key is one of the column: worked out once, before the rows it is compared with.

    A join or IN under row-level security is planned for one row, and became a nested loop over the whole
    organisation: 12 s for 1 000 vendors whose statistics were not gathered yet.
    """
    keys = ArraySubquery(rows.order_by().values(column))
    return Q(_IsAnyOf(F("pk"), keys, output_field=models.BooleanField()))


def first_days(as_of: date, limits: AgeLimits) -> tuple[date, date, date]:
    """The earliest days of obtaining that are still fresh, ageing and stale on a day: the ages turned round."""
    found = []
    for boundary in range(3):
        day = as_of
        while (ends := age_boundaries(day, limits)) is not None and ends[boundary] >= as_of:
            # leaps stop five days short, because months differ in length
            day -= timedelta(days=max(1, (ends[boundary] - as_of).days - 5))
        found.append(day + timedelta(days=1))
    return found[0], found[1], found[2]


class VendorOwnedQuerySet(TenantQuerySet[M]):
    """Rows that hang on a vendor."""

    def of_vendor(self, vendor: Vendor) -> Self:
        """Only this vendor's rows."""
        return self.filter(vendor=vendor)

    def active(self) -> Self:
        """Without archived rows."""
        return self.filter(archived_at__isnull=True)


class VendorQuerySet(TenantQuerySet[M]):
    """Vendors by what is known of them."""

    def active(self) -> Self:
        """Without archived and merged vendors."""
        return self.filter(archived_at__isnull=True)

    def by_name(self) -> Self:
        """In the directory's order."""
        return self.order_by(Lower("name"), "id")

    def search(self, text: str, *, evidence: EvidenceQuerySet[Any] | None = None) -> Self:
        """Every word of the text appears in a name, alias, city or official number of the vendor.

        With `evidence` (what the reader may see of it), also in a record's source or verbatim text.
        """
        found = self
        for word in text.split():
            of_site = Q(name__icontains=word) | Q(city__icontains=word)
            of_site |= Q(mia_number__icontains=word) | Q(mhra_licence__icontains=word)
            if word.isdigit():
                of_site |= Q(fei__contains=word) | Q(duns=word)
            told = Q(pk__in=[])
            if evidence is not None:
                told = any_of(evidence.saying(word), "vendor_id")
            aliases = rows_of("VendorAlias").filter(name__icontains=word, archived_at__isnull=True)
            sites = rows_of("Site").filter(of_site, archived_at__isnull=True)
            found = found.filter(
                Q(name__icontains=word)
                | Q(legal_name__icontains=word)
                | Q(parent__icontains=word)
                | any_of(sites, "vendor_id")
                | any_of(aliases, "vendor_id")
                | told
            )
        return found

    def with_site(self, *conditions: Q, working: bool = True, **lookups: Any) -> Self:
        """Vendors with one living site, active unless `working` is off, that fulfils all of the conditions."""
        sites = rows_of("Site").filter(*conditions, archived_at__isnull=True, **lookups)
        if working:
            sites = sites.filter(status=SiteStatus.ACTIVE.value)
        return self.filter(any_of(sites, "vendor_id"))

    def with_capability(
        self,
        *conditions: Q,
        modalities: Iterable[str] = (),
        operations: Iterable[str] = (),
        phases: Iterable[str] = (),
        gmp: bool | None = None,
    ) -> Self:
        """Vendors with one living capability at an active site that fulfils every given condition."""
        capabilities = rows_of("Capability").filter(*conditions, archived_at__isnull=True)
        if wanted := list(modalities):
            capabilities = capabilities.filter(modality__in=wanted)
        if wanted := list(operations):
            capabilities = capabilities.filter(operation__in=wanted)
        if wanted := list(phases):
            capabilities = capabilities.filter(phases__overlap=wanted)
        if gmp is not None:
            capabilities = capabilities.filter(gmp=gmp)
        return self.with_site(any_of(capabilities, "site_id"))

    def with_modality(self, *modalities: str) -> Self:
        """Vendors with a capability in any of the modalities."""
        return self.with_capability(modalities=modalities)

    def with_phase(self, *phases: str) -> Self:
        """Vendors with a capability in any of the phases."""
        return self.with_capability(phases=phases)

    def in_gene_therapy(self) -> Self:
        """Viral vectors or anything gene edited."""
        return self.with_capability(
            Q(modality__in=modalities_of_class(ModalityClass.VIRAL))
            | Q(tags__contains=[ModalityTag.GENE_EDITED.value])
        )

    def in_cell_therapy(self) -> Self:
        """CAR-T and other cells."""
        return self.with_capability(modalities=modalities_of_class(ModalityClass.CELL))

    def in_region(self, *regions: str) -> Self:
        """Vendors with an active site in any of the regions."""
        return self.with_site(region__in=regions)

    def in_country(self, *countries: str) -> Self:
        """Vendors with an active site in any of the countries (two-letter codes)."""
        return self.with_site(country__in=countries)

    def with_service(self, *codes: str) -> Self:
        """Vendors that offer any of the services, in-house or by a partner."""
        services = rows_of("ServiceOffering").filter(
            code__in=codes,
            delivery__in=[Delivery.IN_HOUSE.value, Delivery.PARTNER.value],
            archived_at__isnull=True,
        )
        return self.filter(any_of(services, "vendor_id"))

    def in_regulatory_state(self, *states: str) -> Self:
        """Vendors with an active site in any of these states, as last worked out."""
        return self.with_site(any_of(rows_of("SiteStanding").filter(state__in=states), "site_id"))

    def with_freshness(self, freshness: Freshness, as_of: date) -> Self:
        """Vendors with a live record of that age."""
        evidence: type[Evidence] = apps.get_model("vendors", "Evidence")
        records = evidence.objects.live().of_age(freshness, as_of)
        return self.filter(any_of(records, "vendor_id"))

    def with_qualification(self, *statuses: str) -> Self:
        """Vendors with a site in any of the qualification statuses."""
        qualified = rows_of("Qualification").filter(status__in=statuses)
        return self.with_site(any_of(qualified, "site_id"), working=False)

    def with_external_id(self, system: str, value: str) -> Self:
        """The vendor that another system calls so."""
        ids = rows_of("ExternalId").filter(system=system, value=value, vendor__isnull=False)
        return self.filter(any_of(ids, "vendor_id"))

    def with_fei(self, *fei_keys: str) -> Self:
        """Vendors of the sites with these FEI numbers (without leading zeros)."""
        return self.with_site(working=False, fei_key__in=fei_keys)

    def named(self, name: str) -> Self:
        """By name, legal name or living alias, whatever the case."""
        aliases = rows_of("VendorAlias").filter(name__iexact=name, archived_at__isnull=True)
        return self.filter(Q(name__iexact=name) | Q(legal_name__iexact=name) | any_of(aliases, "vendor_id"))


class SiteQuerySet(VendorOwnedQuerySet[M]):
    """Sites."""

    def working(self) -> Self:
        """Active sites: neither closed, sold nor archived."""
        return self.active().filter(status=SiteStatus.ACTIVE.value)

    def with_fei(self, *fei_keys: str) -> Self:
        """Sites with one of these FEI numbers (without leading zeros)."""
        return self.filter(fei_key__in=fei_keys)

    def with_matches(self) -> Self:
        """Sites that have records by a match that counts, and not by their FEI alone."""
        return self.filter(
            record_matches__rejected_on__isnull=True,
            record_matches__proposed=False,
            record_matches__isnull=False,
        ).distinct()

    def by_place(self) -> Self:
        """Ordered for lists."""
        return self.order_by("vendor_id", "country", Lower("name"), "id")


class CapabilityQuerySet(TenantQuerySet[M]):
    """Capabilities."""

    def active(self) -> Self:
        """Without archived capabilities and those of archived sites."""
        return self.filter(archived_at__isnull=True, site__archived_at__isnull=True)

    def of_vendor(self, vendor: Vendor) -> Self:
        """Only this vendor's."""
        return self.filter(site__vendor=vendor)

    def of_site(self, site: Site) -> Self:
        """Only this site's."""
        return self.filter(site=site)


def age_condition(freshness: Freshness, as_of: date) -> Q:
    """Evidence of one age on a day, by the months of its targets."""
    by_months: dict[tuple[int, int], list[str]] = defaultdict(list)
    for fact in FACTS.values():
        by_months[fact.fresh_months, fact.expire_months].append(fact.code)
    condition = Q(pk__in=[])
    for (fresh_months, expire_months), targets in by_months.items():
        fresh, ageing, stale = first_days(as_of, AgeLimits(fresh_months, expire_months))
        ended = Q(valid_until__lt=as_of)
        spans = {
            Freshness.FRESH: Q(obtained_on__gte=fresh) & ~ended,
            Freshness.AGEING: Q(obtained_on__gte=ageing, obtained_on__lt=fresh) & ~ended,
            Freshness.STALE: Q(obtained_on__gte=stale, obtained_on__lt=ageing) & ~ended,
            Freshness.EXPIRED: Q(obtained_on__lt=stale) | ended,
        }
        condition |= Q(target__in=targets) & spans[freshness]
    return condition


class EvidenceQuerySet(VendorOwnedQuerySet[M]):
    """Evidence records in their current version."""

    def live(self) -> Self:
        """Neither retracted nor superseded by another record."""
        superseding = self.model._default_manager.filter(
            supersedes__isnull=False, retracted_on__isnull=True
        ).values("supersedes_id")
        return self.filter(retracted_on__isnull=True).exclude(pk__in=superseding)

    def active(self) -> Self:
        """What is not retracted."""
        return self.filter(retracted_on__isnull=True)

    def of_age(self, freshness: Freshness, as_of: date) -> Self:
        """Records that are fresh, getting old, stale or expired on a day, by the months of their targets."""
        return self.filter(age_condition(freshness, as_of))

    def saying(self, word: str) -> Self:
        """Records whose source or verbatim text holds the word."""
        return self.filter(Q(note__icontains=word) | Q(source__icontains=word))

    def about(self, *targets: str) -> Self:
        """Records of these targets."""
        return self.filter(target__in=targets)

    def of_site(self, site: Site) -> Self:
        """Records about the site or one of its capabilities."""
        return self.filter(site=site)

    def of_candidate(self, candidate_id: int) -> Self:
        """Records about a candidate or one of its proposals."""
        return self.filter(candidate_id=candidate_id)

    def of_profile(self) -> Self:
        """Records about the vendor itself, its sites and capabilities: not about a candidate's offer."""
        return self.exclude(subject_type__in=[SubjectType.CANDIDATE.value, SubjectType.PROPOSAL.value])

    def verified(self) -> Self:
        """Checked records."""
        return self.filter(claim_type=ClaimType.VERIFIED.value)

    def claimed(self) -> Self:
        """The vendor's own statements and estimates."""
        return self.filter(claim_type=ClaimType.CLAIMED.value)

    def visible(self, *, commercial: bool) -> Self:
        """What a reader may see: commercial records only with the permission."""
        return self if commercial else self.exclude(confidentiality=Confidentiality.COMMERCIAL.value)

    def newest_first(self) -> Self:
        """The ledger's order."""
        return self.order_by("-recorded_at", "-id")


class EvidenceRevisionQuerySet(VendorOwnedQuerySet[M]):
    """Versions of evidence records."""

    def in_order(self) -> Self:
        """Oldest version first."""
        return self.order_by("evidence_id", "number", "id")


class NoteQuerySet(VendorOwnedQuerySet[M]):
    """Dated notes."""

    def visible(self, *, commercial: bool) -> Self:
        """What a reader may see: commercial notes only with the permission."""
        return self if commercial else self.exclude(confidentiality=Confidentiality.COMMERCIAL.value)

    def newest_first(self) -> Self:
        """Latest day first."""
        return self.order_by("-on", "-id")


class CdaQuerySet(VendorOwnedQuerySet[M]):
    """Confidentiality agreements."""

    def valid_on(self, day: date) -> Self:
        """Signed by then and not expired."""
        return self.active().filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=day),
            status=CdaStatus.SIGNED.value,
            signed_on__lte=day,
        )


class QualificationQuerySet(TenantQuerySet[M]):
    """Qualifications of sites for operations."""

    def of_vendor(self, vendor: Vendor) -> Self:
        """Only this vendor's sites."""
        return self.filter(site__vendor=vendor)

    def current(self) -> Self:
        """Of sites that are not archived."""
        return self.filter(site__archived_at__isnull=True)


class ExternalIdQuerySet(TenantQuerySet[M]):
    """Ids of other systems."""

    def called(self, object_type: str, system: str, value: str) -> Self:
        """The object of a type with this id; one row at most."""
        return self.filter(object_type=object_type, system=system, value=value)


class StoredFileQuerySet(VendorOwnedQuerySet[M]):
    """Attachments."""

    def visible(self, *, commercial: bool) -> Self:
        """What a reader may see: commercial files only with the permission."""
        return self if commercial else self.exclude(confidentiality=Confidentiality.COMMERCIAL.value)


class SavedViewQuerySet(TenantQuerySet[M]):
    """Named looks at the directory."""

    def of_reader(self, user_id: int | None) -> Self:
        """A member's own and what others share."""
        return self.filter(Q(shared=True) | Q(owner_id=user_id))


class PublicRecordQuerySet(models.QuerySet[M]):
    """Records that belong to nobody."""

    def active(self) -> Self:
        """What no undone load took back: the only records that count."""
        return self.filter(withdrawn_on__isnull=True)

    def of_fei(self, *fei_keys: str) -> Self:
        """Records that carry one of these FEI numbers (without leading zeros)."""
        return self.filter(fei_key__in=[key for key in fei_keys if key])

    def of_kind(self, *kinds: str) -> Self:
        """Records of these kinds."""
        return self.filter(kind__in=kinds)

    def between(self, first: date | None, last: date | None) -> Self:
        """Records whose event lies in the days given; an open end is None."""
        found = self
        if first is not None:
            found = found.filter(event_on__gte=first)
        if last is not None:
            found = found.filter(event_on__lte=last)
        return found

    def in_order(self) -> Self:
        """Oldest event first."""
        return self.order_by(F("event_on").asc(nulls_first=True), "id")


class UploadedRecordQuerySet(TenantQuerySet[M], PublicRecordQuerySet[M]):  # type: ignore[override]  # the plugin's as_manager
    """Records an organisation uploaded."""

    def active(self) -> Self:
        """What is neither retracted nor taken back by undoing its load."""
        return self.filter(retracted_on__isnull=True, withdrawn_on__isnull=True)


class PublicLoadQuerySet(models.QuerySet[M]):
    """Files that were taken in."""

    def standing(self) -> Self:
        """What is loaded and not undone."""
        return self.filter(state="loaded")

    def newest_first(self) -> Self:
        """For lists; without the long columns that only a load's own page and an undo read."""
        return self.defer("header", "rejected", "added", "met").order_by("-id")


class UploadedLoadQuerySet(TenantQuerySet[M], PublicLoadQuerySet[M]):  # type: ignore[override]  # the plugin's as_manager
    """Files an organisation's members took in."""

    def newest_first(self) -> Self:
        """For lists; also without what the check found."""
        return super().newest_first().defer("header", "rejected", "added", "met", "findings")


class RecordMatchQuerySet(TenantQuerySet[M]):
    """Which record is of which site."""

    def accepted(self) -> Self:
        """What counts: neither rejected nor only proposed."""
        return self.filter(rejected_on__isnull=True, proposed=False)

    def decided(self) -> Self:
        """Accepted or rejected: without what waits for a person."""
        return self.filter(proposed=False)

    def waiting(self) -> Self:
        """Proposals of living sites, whose record still stands."""
        return self.filter(
            proposed=True, site__archived_at__isnull=True, site__vendor__archived_at__isnull=True
        ).filter(
            Q(public_record__withdrawn_on__isnull=True, public_record__isnull=False)
            | Q(
                uploaded_record__isnull=False,
                uploaded_record__withdrawn_on__isnull=True,
                uploaded_record__retracted_on__isnull=True,
            )
        )

    def of_site(self, *sites: Site) -> Self:
        """Of these sites."""
        return self.filter(site__in=sites)


class StandingChangeQuerySet(TenantQuerySet[M]):
    """Events of sites' regulatory states."""

    def with_vendor(self) -> Self:
        """With the site and vendor that each is about, the newest first."""
        return self.select_related("site__vendor").order_by("-id")


class SiteStandingQuerySet(TenantQuerySet[M]):
    """What the records say about sites, as last worked out."""

    def of_site(self, *sites: Site) -> Self:
        """Of these sites."""
        return self.filter(site__in=sites)
