"""The directory's filters on its page: those of the API, and "unknown" as a value of its own."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from cdmo_eval.core.policies import Actor, Permission, allows
from vendors import vocabulary as words
from vendors.batch_bands import BAND_BY_CODE, BANDS, with_largest
from vendors.filters import VendorFilters
from vendors.forms.fields import country_choices
from vendors.models import Capability, Evidence, Qualification, ServiceOffering, Site
from vendors.must_haves import MustHaveState
from vendors.policies import sees_commercial
from vendors.querysets import EvidenceQuerySet, VendorQuerySet, any_of
from vendors.selectors.agreements import AgreementState
from vendors.selectors.directory import UNKNOWN, agreement_groups, joined_ids, split_ids
from vendors.selectors.matched import words_of
from vendors.vocabulary import Delivery, SiteStatus

TOGETHER = ("modality", "operation", "phase")
"""Met by one capability together."""
UNKNOWN_CHOICE = (UNKNOWN, "Unknown")


def _with_unknown(pairs: list[tuple[str, str]], method: str = "skip") -> filters.MultipleChoiceFilter:
    return filters.MultipleChoiceFilter(choices=[*pairs, UNKNOWN_CHOICE], method=method)


class DirectoryFilters(VendorFilters):
    """A facet takes several values, met by any; "unknown" is met by vendors of which nothing is known there."""

    modality = _with_unknown(words.Modality.choices())
    operation = _with_unknown(words.Operation.choices())
    phase = _with_unknown(words.Phase.choices())
    batch = _with_unknown([(band.code, band.label) for band in BANDS], "with_batch")
    region = _with_unknown(words.Region.choices(), "in_region")
    country = _with_unknown(list(country_choices()), "in_country")
    service = _with_unknown(words.ServiceCode.choices(), "with_service")
    freshness = _with_unknown(words.Freshness.choices(), "with_freshness")
    qualification = _with_unknown(words.QualificationStatus.choices(), "with_qualification")
    agreement = filters.MultipleChoiceFilter(
        choices=[(state.value, state.label) for state in AgreementState], method="with_agreement"
    )
    scorecard = filters.UUIDFilter(method="skip")
    must_haves = filters.MultipleChoiceFilter(choices=MustHaveState.choices(), method="with_must_haves")
    chosen = filters.BooleanFilter(method="with_chosen")

    def __init__(
        self, *args: Any, as_of: date, actor: Actor, must_haves: Mapping[str, set[int]] | None = None,
        chosen: Collection[str] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        """`must_haves` are the vendors by state on the scorecard of the address, None without one; `chosen` their ids."""
        self.actor, self.must_have_groups, self.chosen_ids = actor, must_haves, chosen
        super().__init__(*args, as_of=as_of, **kwargs)

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Every word appears somewhere, also in what the reader may see of the evidence."""
        assert isinstance(queryset, VendorQuerySet)  # noqa: S101 - django-filter keeps the class
        return queryset.search(" ".join(words_of(value)), evidence=evidence_seen_by(self.actor))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Conditions on one capability together; unknown modality or phase means that no capability says it."""
        asked = self.form.cleaned_data
        given = {name: list(asked[name]) for name in TOGETHER}
        for name, codes in given.items():  # the base class joins the known ones; the unknown are added below
            asked[name] = [code for code in codes if code != UNKNOWN]
        rows: QuerySet[Any] = queryset
        unknown = Q()
        for name, codes in given.items():
            if UNKNOWN in codes:
                unknown |= ~any_of(self._capabilities_stating(name), "site__vendor_id")
        if not unknown:
            return super().filter_queryset(rows)
        known_too = any(asked[name] for name in given)
        unknown_rows = self._without_capability_filters(rows).filter(unknown)
        if not known_too:
            return unknown_rows
        known_rows = super().filter_queryset(rows)
        return rows.filter(
            Q(pk__in=known_rows.order_by().values("pk")) | Q(pk__in=unknown_rows.order_by().values("pk"))
        )

    def _without_capability_filters(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.form.cleaned_data
        kept = {name: asked[name] for name in TOGETHER}
        asked.update(dict.fromkeys(TOGETHER, ()))
        found = super().filter_queryset(rows)
        asked.update(kept)
        return found

    def _capabilities_stating(self, name: str) -> QuerySet[Any]:
        rows = Capability.objects.filter(
            archived_at__isnull=True, site__archived_at__isnull=True, site__status=SiteStatus.ACTIVE.value
        )
        return rows.exclude(phases=[]) if name == "phase" else rows

    def in_region(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """An active site there, or none with a known region."""
        return self._place(queryset, "region", value)

    def in_country(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """An active site there, or none with a known country."""
        return self._place(queryset, "country", value)

    def _place(self, queryset: QuerySet[Any], column: str, value: list[str]) -> QuerySet[Any]:
        if not value:
            return queryset
        sites = Site.objects.filter(archived_at__isnull=True, status=SiteStatus.ACTIVE.value)
        condition = any_of(sites.filter(**{f"{column}__in": value}), "vendor_id")
        if UNKNOWN in value:
            condition |= ~any_of(sites.exclude(**{column: ""}), "vendor_id")
        return queryset.filter(condition)

    def with_batch(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """A largest batch in any of these classes, or no batch size known."""
        if not value:
            return queryset
        sized: Any = with_largest(
            Capability.objects.filter(
                archived_at__isnull=True, site__archived_at__isnull=True, site__status=SiteStatus.ACTIVE.value
            )
        )
        bands = Q(pk__in=[])
        for code in value:
            if code != UNKNOWN:
                bands |= BAND_BY_CODE[code].condition
        condition = any_of(sized.filter(bands), "site__vendor_id")
        if UNKNOWN in value:
            condition |= ~any_of(sized, "site__vendor_id")
        return queryset.filter(condition)

    def with_agreement(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """A confidentiality agreement in any of these states today."""
        if not value:
            return queryset
        groups = agreement_groups(self.actor.organization, as_of=self.as_of)
        condition = Q(pk__in=sorted({one for code in value for one in groups.get(code, ())}))
        if AgreementState.NONE.value in value:
            condition |= ~Q(pk__in=sorted({one for ids in groups.values() for one in ids}))
        return queryset.filter(condition)

    def with_must_haves(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """In any of these states on the scorecard asked for; without one there is nothing to ask."""
        groups = self.must_have_groups
        if not value or groups is None:
            return queryset
        condition = Q(pk__in=sorted({one for code in value for one in groups.get(code, ())}))
        if MustHaveState.ABSENT.value in value:
            condition |= ~Q(pk__in=sorted({one for ids in groups.values() for one in ids}))
        return queryset.filter(condition)

    def with_chosen(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Those that the reader has ticked."""
        return queryset.filter(public_id__in=self.chosen_ids) if value else queryset

    def with_service(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Offered in-house or by a partner, or no service known to be offered."""
        if not value:
            return queryset
        offered = ServiceOffering.objects.filter(
            archived_at__isnull=True, delivery__in=[Delivery.IN_HOUSE.value, Delivery.PARTNER.value]
        )
        condition = any_of(offered.filter(code__in=value), "vendor_id")
        if UNKNOWN in value:
            condition |= ~any_of(offered, "vendor_id")
        return queryset.filter(condition)

    def with_freshness(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """A live record of any of these ages today, or no record at all."""
        if not value:
            return queryset
        condition = Q()
        for age in value:
            if age == UNKNOWN:
                condition |= ~any_of(Evidence.objects.live(), "vendor_id")
            else:
                records = Evidence.objects.live().of_age(words.Freshness(age), self.as_of)
                condition |= any_of(records, "vendor_id")
        return queryset.filter(condition)

    def with_qualification(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """A site in any of these statuses, or no qualification recorded."""
        if not value:
            return queryset
        known = Qualification.objects.filter(site__archived_at__isnull=True)
        condition = any_of(known.filter(status__in=value), "site__vendor_id")
        if UNKNOWN in value:
            condition |= ~any_of(known, "site__vendor_id")
        return queryset.filter(condition)


def evidence_seen_by(actor: Actor) -> EvidenceQuerySet[Evidence] | None:
    """The live records a reader may search in; None for a program that may not read evidence."""
    if not allows(actor, Permission.VIEW, reading="evidence:read"):
        return None
    rows: EvidenceQuerySet[Evidence] = Evidence.objects.for_organization(actor.organization)
    return rows.live().visible(commercial=sees_commercial(actor))


def ids_of(rows: QuerySet[Any]) -> set[int]:
    """The keys of a filtered directory."""
    assert isinstance(rows, VendorQuerySet)  # noqa: S101 - django-filter keeps the class
    found = rows.order_by().prefetch_related(None).aggregate(ids=joined_ids())
    return set(split_ids(found["ids"]))
