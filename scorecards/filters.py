"""Filters of lists, the same on pages and in the API."""

from typing import Any, ClassVar

import django_filters
from django.db.models import DecimalField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Cast, NullIf
from django.forms import Form

from cdmo_eval.core.models import Organization
from scorecards.models import (
    Candidate,
    ExchangeRate,
    Framework,
    Program,
    Proposal,
    Questionnaire,
    Result,
    Run,
    Scorecard,
)
from scorecards.selectors.external_ids import carriers
from vendors import vocabulary as words

EXACT = DecimalField(max_digits=40, decimal_places=20)
INCLUDE = [("archived", "archived")]


class ArchivableFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Lists without what is archived, unless asked for."""

    include = django_filters.ChoiceFilter(
        choices=INCLUDE, method="keep", help_text="`archived`: archived ones too."
    )

    def keep(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Nothing to leave out."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply all filters."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        form: Form = self.form
        return found if form.cleaned_data.get("include") else found.filter(archived_at__isnull=True)


class ExternallyKnown(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Lists of rows that other systems have ids for. `external_column` names the row in the table of these ids."""

    external_column: ClassVar[str]

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization

    external_system = django_filters.CharFilter(method="of_system", max_length=64)
    external_id = django_filters.CharFilter(method="of_external_id", max_length=200)

    def of_system(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows that this system has an id for."""
        return queryset.filter(pk__in=carriers(self.organization, self.external_column, system=value))

    def of_external_id(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows that the named system, or any, calls so."""
        form: Form = self.form
        system = form.cleaned_data.get("external_system") or None
        found = carriers(self.organization, self.external_column, system=system, value=value)
        return queryset.filter(pk__in=found)


class FrameworkFilters(ArchivableFilters):
    """Of criteria sets."""

    code = django_filters.CharFilter(max_length=32)
    state = django_filters.ChoiceFilter(choices=Framework.State.choices)

    class Meta:
        model: ClassVar[type[Model]] = Framework
        fields: ClassVar[list[str]] = []


class ProgramFilters(ExternallyKnown, ArchivableFilters):
    """Of programmes."""

    external_column = "program_id"

    q = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=200, help_text="Part of the name."
    )
    modality = django_filters.MultipleChoiceFilter(choices=words.Modality.choices())
    phase = django_filters.MultipleChoiceFilter(field_name="phase_now", choices=words.Phase.choices())

    class Meta:
        model: ClassVar[type[Model]] = Program
        fields: ClassVar[list[str]] = []


class CandidateFilters(ArchivableFilters):
    """Of candidates."""

    program = django_filters.UUIDFilter(field_name="program__public_id")
    vendor = django_filters.UUIDFilter(field_name="vendor__public_id")
    incumbent = django_filters.BooleanFilter()

    class Meta:
        model: ClassVar[type[Model]] = Candidate
        fields: ClassVar[list[str]] = []


class ScorecardFilters(ExternallyKnown, ArchivableFilters):
    """Of scorecards."""

    external_column = "scorecard_id"

    q = django_filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=200, help_text="Part of the name."
    )
    program = django_filters.UUIDFilter(field_name="program__public_id")
    stage = django_filters.MultipleChoiceFilter(choices=words.Stage.choices())

    class Meta:
        model: ClassVar[type[Model]] = Scorecard
        fields: ClassVar[list[str]] = []


class ProposalFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of versions of proposals; those withdrawn only when asked for."""

    program = django_filters.UUIDFilter(field_name="candidate__program__public_id")
    candidate = django_filters.UUIDFilter(field_name="candidate__public_id")
    vendor = django_filters.UUIDFilter(field_name="candidate__vendor__public_id")
    state = django_filters.ChoiceFilter(
        choices=[("counts", "counts"), ("superseded", "superseded"), ("withdrawn", "withdrawn")],
        method="in_state", help_text="Without it: those that count and those superseded.",
    )  # fmt: skip

    class Meta:
        model: ClassVar[type[Model]] = Proposal
        fields: ClassVar[list[str]] = []

    def in_state(self, queryset: QuerySet[Proposal], name: str, value: str) -> QuerySet[Proposal]:
        """By what became of the version."""
        if value == "withdrawn":
            return queryset.filter(withdrawals__isnull=False)
        return queryset.filter(Q(superseded=value == "superseded"), withdrawals__isnull=True)

    def filter_queryset(self, queryset: QuerySet[Proposal]) -> QuerySet[Proposal]:
        """Apply all filters."""
        found: QuerySet[Proposal] = super().filter_queryset(queryset)
        form: Form = self.form
        return found if form.cleaned_data.get("state") else found.filter(withdrawals__isnull=True)


class ExchangeRateFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of exchange rates; replaced revisions only when asked for."""

    source = django_filters.CharFilter(max_length=3)
    target = django_filters.CharFilter(max_length=3)
    on_from = django_filters.DateFilter(field_name="on", lookup_expr="gte")
    on_to = django_filters.DateFilter(field_name="on", lookup_expr="lte")
    include = django_filters.ChoiceFilter(
        choices=[("replaced", "replaced")], method="keep", help_text="`replaced`: every revision."
    )

    class Meta:
        model: ClassVar[type[Model]] = ExchangeRate
        fields: ClassVar[list[str]] = []

    def keep(self, queryset: QuerySet[ExchangeRate], name: str, value: str) -> QuerySet[ExchangeRate]:
        """Nothing to leave out."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[ExchangeRate]) -> QuerySet[ExchangeRate]:
        """Apply all filters."""
        found: QuerySet[ExchangeRate] = super().filter_queryset(queryset)
        form: Form = self.form
        return (
            found if form.cleaned_data.get("include") else found.filter(Q(replaced=False), rate__isnull=False)
        )


class RunFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of calculations."""

    scorecard = django_filters.UUIDFilter(field_name="scorecard__public_id")

    class Meta:
        model: ClassVar[type[Model]] = Run
        fields: ClassVar[list[str]] = []


# Scores are compared and ordered as the exact fractions they are, never as the rounded figures that are shown.
QUOTIENT = Cast("score_exact", EXACT) / Cast(NullIf(F("denominator_exact"), Value(0)), EXACT)
ORDERINGS: dict[str, Any] = {
    "position": F("position"), "rank": F("rank"), "score": QUOTIENT, "low": F("low_exact"), "high": F("high_exact"),
    "coverage": F("coverage"), "verified_coverage": F("verified_coverage"), "confidence": F("strength"),
    "best_rank": F("best_rank"), "worst_rank": F("worst_rank"), "vendor": F("candidate__vendor__name"),
}  # fmt: skip


class ResultFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of a scorecard's results. Where the figure that orders is missing, a row comes last, either way round."""

    state = django_filters.MultipleChoiceFilter(choices=Result.State.choices)
    min_score = django_filters.NumberFilter(
        method="at_least", min_value=0, max_value=100, decimal_places=15, max_digits=18,
        help_text="Only rows with at least this score, 0 to 100. The exact score is compared, not the rounded one.",
    )  # fmt: skip
    ordering = django_filters.ChoiceFilter(
        method="in_order", choices=[(name, name) for key in ORDERINGS for name in (key, f"-{key}")],
        help_text="What to order by; with a minus, the largest first. Without it: as ranked.",
    )  # fmt: skip

    class Meta:
        model: ClassVar[type[Model]] = Result
        fields: ClassVar[list[str]] = []

    def at_least(self, queryset: QuerySet[Result], name: str, value: Any) -> QuerySet[Result]:
        """score_exact ÷ denominator_exact ≥ value ÷ 100, without dividing."""
        limit = Cast("denominator_exact", EXACT) * Value(value, output_field=EXACT)
        return queryset.alias(limit=limit, hundredfold=Cast("score_exact", EXACT) * Value(100)).filter(
            hundredfold__gte=F("limit")
        )

    def in_order(self, queryset: QuerySet[Result], name: str, value: str) -> QuerySet[Result]:
        """By one figure, then as ranked."""
        key = ORDERINGS[value.removeprefix("-")]
        by = key.desc(nulls_last=True) if value.startswith("-") else key.asc(nulls_last=True)
        return queryset.order_by(by, "position", "id")


class PastResultFilters(ResultFilters):
    """Of a ranking as it was: its rows come in the order of the table, which history does not keep as a column."""

    def in_order(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By one figure, then as ranked."""
        if value.removeprefix("-") == "position":
            return queryset.reverse() if value.startswith("-") else queryset
        key = ORDERINGS[value.removeprefix("-")]
        by = key.desc(nulls_last=True) if value.startswith("-") else key.asc(nulls_last=True)
        return queryset.order_by(by, *queryset.query.order_by)


class QuestionnaireFilters(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Of questionnaires; thrown-away drafts only when asked for."""

    STATES: ClassVar[dict[str, dict[str, bool]]] = {
        "draft": {"archived_at__isnull": True, "sent_at__isnull": True},
        "sent": {"sent_at__isnull": False, "closed_at__isnull": True},
        "closed": {"closed_at__isnull": False},
        "discarded": {"archived_at__isnull": False},
    }

    scorecard = django_filters.UUIDFilter(field_name="scorecard__public_id")
    state = django_filters.ChoiceFilter(choices=[(name, name) for name in STATES], method="of_state")

    class Meta:
        model: ClassVar[type[Model]] = Questionnaire
        fields: ClassVar[list[str]] = []

    def of_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those of this state."""
        return queryset.filter(**self.STATES[value])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply all filters."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        form: Form = self.form
        return found if form.cleaned_data.get("state") else found.filter(archived_at__isnull=True)
