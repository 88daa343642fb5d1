"""One filter set per list, for the page and the API alike. An unknown value is refused, an unknown name as well."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

import django_filters as filters
from django.db.models import Q, QuerySet

from vendors import vocabulary as words
from vendors.models import MatchMethod, RegulatoryState
from vendors.querysets import MOST_WORDS, EvidenceQuerySet, VendorQuerySet
from vendors.selectors.audit_plan import Matter
from vendors.selectors.watch import Sign


def code_filter(vocabulary: type[StrEnum], field: str = "", **kwargs: Any) -> filters.MultipleChoiceFilter:
    """One or several codes: `?phase=PH3&phase=COMM` means either."""
    choices = [(word.value, getattr(word, "label", word.value)) for word in vocabulary]
    return filters.MultipleChoiceFilter(choices=choices, field_name=field or None, distinct=False, **kwargs)


class ArchivedFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Leaves out what is archived, itself or what it belongs to, unless `include=archived` asks for it."""

    archive_columns: ClassVar[Sequence[str]] = ("archived_at", "vendor__archived_at")

    include = filters.ChoiceFilter(
        choices=[("archived", "Archived")],
        method="with_archived",
        help_text="`archived`: with archived ones.",
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply every filter, then leave out what is archived."""
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("include"):
            return rows
        return rows.filter(**{f"{column}__isnull": True for column in self.archive_columns})

    def with_archived(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Nothing to leave out."""
        return queryset


class ExternalIdFilters(ArchivedFilters):
    """Of what other systems have names for."""

    external_system = filters.CharFilter(field_name="external_ids__system", max_length=64, method="of_system")
    external_id = filters.CharFilter(max_length=200, method="with_external_id")

    def of_system(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows that this system has a name for."""
        matching = queryset.model._default_manager.filter(external_ids__system=value)
        return queryset.filter(pk__in=matching.values("pk"))

    def with_external_id(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows that the named system, or any, calls so."""
        found = {"external_ids__value": value}
        if system := self.form.cleaned_data.get("external_system"):
            found["external_ids__system"] = system
        matching = queryset.model._default_manager.filter(**found)
        return queryset.filter(pk__in=matching.values("pk"))


class AliasFilters(ArchivedFilters):
    """Of a vendor's other names."""

    archive_columns = ("archived_at",)


class VendorFilters(ExternalIdFilters):
    """Of the directory. Capability filters are met by one capability together."""

    archive_columns = ("archived_at",)

    q = filters.CharFilter(
        method="search", max_length=200, help_text="Words in names, aliases, cities and official numbers."
    )
    modality = code_filter(words.Modality, method="skip")
    operation = code_filter(words.Operation, method="skip")
    phase = code_filter(words.Phase, method="skip")
    gmp = filters.BooleanFilter(method="skip")
    region = code_filter(words.Region, method="in_region")
    country = filters.CharFilter(method="in_country", max_length=2, help_text="Two letters, such as DE.")
    service = code_filter(words.ServiceCode, method="with_service")
    integration = code_filter(words.Integration)
    focus = code_filter(words.Focus)
    freshness = code_filter(words.Freshness, method="with_freshness")
    regulatory_state = filters.MultipleChoiceFilter(choices=RegulatoryState.choices, method="in_state")
    qualification = code_filter(words.QualificationStatus, method="with_qualification")

    def __init__(self, *args: Any, as_of: date, **kwargs: Any) -> None:
        self.as_of = as_of
        super().__init__(*args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add the conditions on one capability together."""
        rows = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        found = {"modalities": asked["modality"], "operations": asked["operation"], "phases": asked["phase"]}
        if any(found.values()) or asked["gmp"] is not None:
            rows = _vendors(rows).with_capability(**found, gmp=asked["gmp"])
        return rows

    def skip(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Seen to together, above."""
        return queryset

    def search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Every word appears somewhere."""
        return _vendors(queryset).search(" ".join(value.split()[:MOST_WORDS]))

    def in_region(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """An active site there."""
        return _vendors(queryset).in_region(*value) if value else queryset

    def in_country(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """An active site there."""
        return _vendors(queryset).in_country(value.upper())

    def with_service(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Offered in-house or by a partner."""
        return _vendors(queryset).with_service(*value) if value else queryset

    def with_freshness(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """A live record of any of these ages today."""
        condition = Q()
        for freshness in value:
            matching = _vendors(queryset.model._default_manager.all()).with_freshness(
                words.Freshness(freshness), self.as_of
            )
            condition |= Q(pk__in=matching.values("pk"))
        return queryset.filter(condition)

    def in_state(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """An active site in any of these states."""
        return _vendors(queryset).in_regulatory_state(*value) if value else queryset

    def with_qualification(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """A site in any of these statuses."""
        return _vendors(queryset).with_qualification(*value) if value else queryset


def _vendors(rows: QuerySet[Any]) -> VendorQuerySet[Any]:
    assert isinstance(rows, VendorQuerySet)  # noqa: S101 - django-filter keeps the class
    return rows


class SiteFilters(ExternalIdFilters):
    """Of the sites' list."""

    vendor = filters.UUIDFilter(field_name="vendor__public_id")
    country = filters.CharFilter(max_length=2)
    region = code_filter(words.Region)
    status = code_filter(words.SiteStatus)
    fei = filters.CharFilter(method="with_fei", max_length=10, help_text="With or without leading zeros.")
    regulatory_state = filters.MultipleChoiceFilter(
        choices=RegulatoryState.choices, field_name="standings__state", distinct=False
    )

    def with_fei(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the matching key."""
        return queryset.filter(fei_key=value.lstrip("0"))


class CapabilityFilters(ArchivedFilters):
    """Of the capabilities' list."""

    archive_columns = ("archived_at", "site__archived_at", "site__vendor__archived_at")

    vendor = filters.UUIDFilter(field_name="site__vendor__public_id")
    site = filters.UUIDFilter(field_name="site__public_id")
    modality = code_filter(words.Modality)
    operation = code_filter(words.Operation)
    phase = code_filter(words.Phase, method="in_phase")
    gmp = filters.BooleanFilter()

    def in_phase(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Any of the phases."""
        return queryset.filter(phases__overlap=value) if value else queryset


class OfVendorFilters(ArchivedFilters):
    """Of lists of what hangs on a vendor."""

    vendor = filters.UUIDFilter(field_name="vendor__public_id")


class OfSiteFilters(OfVendorFilters):
    """Of lists of what hangs on a vendor or on one of its sites."""

    site = filters.UUIDFilter(field_name="site__public_id")


class ServiceFilters(OfSiteFilters):
    """Of the services' list."""

    code = code_filter(words.ServiceCode)
    delivery = code_filter(words.Delivery)


class CertificateFilters(OfSiteFilters):
    """Of the certificates' list."""

    kind = code_filter(words.CertificateKind)
    claim_type = code_filter(words.ClaimType)
    valid_before = filters.DateFilter(
        field_name="valid_until", lookup_expr="lt", help_text="Ends before that day."
    )


class NoteFilters(OfSiteFilters):
    """Of the notes' list."""

    kind = code_filter(words.NoteKind)
    since = filters.DateFilter(field_name="on", lookup_expr="gte")


class CdaFilters(OfVendorFilters):
    """Of the list of confidentiality agreements."""

    status = code_filter(words.CdaStatus)


class PartnershipFilters(OfVendorFilters):
    """Of the partnerships' list."""

    partner = filters.UUIDFilter(field_name="partner_vendor__public_id")
    region = code_filter(words.Region)


class QualificationFilters(ArchivedFilters):
    """Of the qualifications' list."""

    archive_columns = ("site__archived_at", "site__vendor__archived_at")

    vendor = filters.UUIDFilter(field_name="site__vendor__public_id")
    site = filters.UUIDFilter(field_name="site__public_id")
    operation = code_filter(words.Operation)
    status = code_filter(words.QualificationStatus)
    ends_before = filters.DateFilter(
        field_name="valid_until", lookup_expr="lte", help_text="Valid until this day or an earlier one."
    )
    open_capas = filters.BooleanFilter(
        method="with_capas", help_text="`true`: with open CAPAs; `false`: with none."
    )

    def with_capas(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:  # noqa: FBT001  # django-filter's signature
        """Where the number is known."""
        return queryset.filter(open_capas__gt=0) if value else queryset.filter(open_capas=0)


class WithdrawnFilters(ArchivedFilters):
    """Of lists whose rows are taken back, not archived: `include=retracted`."""

    include = filters.ChoiceFilter(
        choices=[("retracted", "Retracted")],
        method="with_archived",
        help_text="`retracted`: with what was taken back.",
    )
    vendor = filters.UUIDFilter(field_name="vendor__public_id")


class AttestationFilters(WithdrawnFilters):
    """Of the attestations' list."""

    archive_columns = ("withdrawn_on",)

    section = code_filter(words.AttestedSection)


class ListScreenFilters(WithdrawnFilters):
    """Of the list of screens."""

    archive_columns = ("retracted_on",)

    list_name = code_filter(words.ListCode)
    result = code_filter(words.ListResult)


class EvidenceFilters(WithdrawnFilters):
    """Of the ledger."""

    archive_columns = ("retracted_on",)

    site = filters.UUIDFilter(field_name="site__public_id")
    capability = filters.UUIDFilter(field_name="capability__public_id")
    subject_type = code_filter(words.SubjectType)
    target = filters.CharFilter(max_length=64, help_text="A fact code, such as MOD4 or site.single_use_pct.")
    modality = code_filter(words.Modality)
    claim_type = code_filter(words.ClaimType)
    grade = code_filter(words.Grade)
    confidentiality = code_filter(words.Confidentiality)
    refused = filters.BooleanFilter()
    freshness = filters.ChoiceFilter(choices=words.Freshness.choices(), method="of_age")
    recorded_since = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="gte")

    def __init__(self, *args: Any, as_of: date, **kwargs: Any) -> None:
        self.as_of = as_of
        super().__init__(*args, **kwargs)

    def of_age(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Of that age today."""
        assert isinstance(queryset, EvidenceQuerySet)  # noqa: S101 - django-filter keeps the class
        return queryset.of_age(words.Freshness(value), self.as_of)


class FileFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the attachments' list."""

    vendor = filters.UUIDFilter(field_name="vendor__public_id")
    confidentiality = code_filter(words.Confidentiality)
    sha256 = filters.CharFilter(max_length=64)


class RecordFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of official records, public and uploaded alike; vendor and site are seen to by their selector."""

    vendor = filters.UUIDFilter(method="skip")
    site = filters.UUIDFilter(method="skip")
    fei = filters.CharFilter(method="with_fei", max_length=10, help_text="With or without leading zeros.")
    kind = code_filter(words.RecordKind)

    def skip(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Seen to by the selector."""
        return queryset

    def with_fei(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By the matching key."""
        return queryset.filter(fei_key=value.lstrip("0"))


class WatchFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the watch list; seen to by its selector."""

    sign = filters.MultipleChoiceFilter(choices=[(sign.value, sign.label) for sign in Sign], method="skip")
    vendor = filters.UUIDFilter(method="skip")

    def skip(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Seen to by the selector."""
        return queryset


class AuditPlanFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of the audit plan; seen to by its selector."""

    matter = filters.MultipleChoiceFilter(
        choices=[(matter.value, matter.label) for matter in Matter], method="skip"
    )
    vendor = filters.UUIDFilter(method="skip")
    inspection_months = filters.NumberFilter(
        method="skip", min_value=1, max_value=240, decimal_places=0,
        help_text="A site without an inspection in so many months is on the plan; 36 without it.",
    )  # fmt: skip

    def skip(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Seen to by the selector."""
        return queryset


class MatchFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of matches of records with sites."""

    state = filters.ChoiceFilter(
        choices=[("proposed", "Proposed"), ("matched", "Matched"), ("rejected", "Rejected")],
        method="in_state",
    )
    vendor = filters.UUIDFilter(field_name="site__vendor__public_id")
    site = filters.UUIDFilter(field_name="site__public_id")
    method = filters.MultipleChoiceFilter(choices=MatchMethod.choices)

    def in_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What waits (of records that still stand), what counts, or what was turned down."""
        rows: Any = queryset
        if value == "proposed":
            found: QuerySet[Any] = rows.waiting()
        elif value == "matched":
            found = rows.accepted()
        else:
            found = rows.filter(rejected_on__isnull=False)
        return found


class StandingChangeFilters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of events of regulatory states."""

    vendor = filters.UUIDFilter(field_name="site__vendor__public_id")
    site = filters.UUIDFilter(field_name="site__public_id")
    new_state = filters.MultipleChoiceFilter(choices=RegulatoryState.choices)


# "from" is a word of the language, so that these two cannot be written as attributes
RecordFilters.base_filters["from"] = filters.DateFilter(field_name="event_on", lookup_expr="gte")
RecordFilters.base_filters["to"] = filters.DateFilter(field_name="event_on", lookup_expr="lte")
