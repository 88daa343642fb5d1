"""Official records and what they say, as they are shown. Scores are points 0-100 with two decimals."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cdmo_eval.http.serializers import Output
from vendors.models import RegulatoryState
from vendors.regulatory.explanation import explain
from vendors.regulatory.records import RegulatoryRecord
from vendors.selectors import SiteRegulatory


class RecordOut(Output):
    """An official record. `sites` are the organisation's sites of which it is."""

    id = serializers.UUIDField(source="public_id")
    origin = serializers.ChoiceField(choices=["public", "uploaded"])
    sites = serializers.ListField(child=serializers.UUIDField())
    kind = serializers.CharField()
    authority = serializers.CharField()
    native_id = serializers.CharField()
    fei = serializers.CharField()
    firm = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    event_on = serializers.DateField(allow_null=True)
    posted_on = serializers.DateField(allow_null=True)
    classification = serializers.CharField()
    product_area = serializers.CharField()
    project_area = serializers.CharField()
    cfr = serializers.CharField()
    scope = serializers.CharField()
    closed_on = serializers.DateField(allow_null=True)
    closed_by_document = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's attribute
    read_on = serializers.DateField()


class HistoryRecordOut(Output):
    """One record behind a site's score."""

    id = serializers.UUIDField(source="record_id")
    kind = serializers.CharField()
    authority = serializers.CharField()
    native_id = serializers.CharField()
    fei = serializers.CharField(help_text="Without leading zeros.")
    firm = serializers.CharField()
    event_on = serializers.DateField(allow_null=True)
    posted_on = serializers.DateField(allow_null=True)
    classification = serializers.CharField()
    product_area = serializers.CharField()
    project_area = serializers.CharField()
    cfr = serializers.CharField()
    scope = serializers.CharField()
    closed_on = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not the base's attribute


class CapOut(Output):
    """The enforcement that limits the score: what it is, since when, and what would lift it."""

    code = serializers.CharField()
    limit = serializers.IntegerField()
    since = serializers.DateField()
    statement = serializers.CharField()
    would_lift = serializers.CharField()


class ShareOut(Output):
    """An inspection in the score: its weight, and the points that it takes off 100."""

    inspection = serializers.CharField()
    fei = serializers.CharField()
    ended_on = serializers.DateField()
    classification = serializers.CharField()
    project_areas = serializers.ListField(child=serializers.CharField())
    age_years = serializers.FloatField(help_text="Before the latest inspection.")
    weight = serializers.FloatField()
    points = serializers.FloatField()
    records = serializers.ListField(child=serializers.UUIDField())


class EnforcementOut(CapOut):
    """A piece of enforcement, open or lifted. `market` only for a statement of GMP non-compliance and an import alert."""

    lifted_on = serializers.DateField(allow_null=True)
    lifted_by = serializers.CharField()
    subject_stated = serializers.BooleanField()
    market = serializers.CharField()
    records = serializers.ListField(child=serializers.UUIDField())


class RecordUncountedOut(Output):
    """A record that does not count, and why."""

    record = serializers.CharField()
    reason = serializers.CharField()
    records = serializers.ListField(child=serializers.UUIDField())


class ExplanationOut(Output):
    """How a site's score comes about: 100 less `prior_points` and the points of each inspection, then what is open."""

    half_width = serializers.FloatField(allow_null=True, help_text="On the scale from 0 to 1.")
    freshness = serializers.CharField(allow_null=True)
    pending_classification = serializers.BooleanField()
    prior_points = serializers.FloatField()
    inspections = ShareOut(many=True)
    cap_bites = serializers.BooleanField(
        help_text="Whether the cap, and not the inspections, decides the score."
    )
    open = EnforcementOut(many=True)
    lifted = EnforcementOut(many=True)
    left_out = RecordUncountedOut(many=True)


class SiteRegulatoryOut(Output):
    """A site on a day. `cap` is the limit in points, `cap_reason` what set it; null without enforcement."""

    as_of = serializers.DateField(source="history.as_of")
    base_score = serializers.SerializerMethodField()
    cap = serializers.SerializerMethodField()
    cap_reason = CapOut(source="history.cap", allow_null=True)
    score = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=RegulatoryState.values)
    confidence = serializers.SerializerMethodField(help_text="0-100, by the age of the records.")
    explanation = serializers.SerializerMethodField()
    records = serializers.SerializerMethodField()

    def get_base_score(self, standing: SiteRegulatory) -> float | None:
        """Before the cap."""
        return points(standing.history.base)

    def get_cap(self, standing: SiteRegulatory) -> int | None:
        """The lowest open limit."""
        return None if standing.history.cap is None else standing.history.cap.limit

    def get_score(self, standing: SiteRegulatory) -> float | None:
        """After the cap."""
        return points(standing.history.score)

    def get_confidence(self, standing: SiteRegulatory) -> float | None:
        """As a percentage."""
        share = standing.history.confidence
        return None if share is None else points(share * 100)

    @extend_schema_field(ExplanationOut)
    def get_explanation(self, standing: SiteRegulatory) -> Any:
        """Every record that counts with its weight, what is open, what was lifted and what does not count."""
        return ExplanationOut(explain(standing.history)).data

    @extend_schema_field(HistoryRecordOut(many=True))
    def get_records(self, standing: SiteRegulatory) -> Any:
        """Every record up to the day, newest first."""
        known = [record for record in standing.records if _known_on(record, standing.history.as_of)]
        ordered = sorted(known, key=lambda r: (r.happened_on or date.min, r.record_id), reverse=True)
        return HistoryRecordOut(ordered, many=True).data


def _known_on(record: RegulatoryRecord, day: date) -> bool:
    return record.happened_on is None or record.happened_on <= day


def points(exact: float | None) -> float | None:
    """With two decimals."""
    return None if exact is None else round(exact, 2)
