"""Official records and what they say, as they are shown. Scores are points 0-100 with two decimals."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cdmo_eval.http.serializers import Output
from vendors.models import RegulatoryState
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


class SiteRegulatoryOut(Output):
    """A site on a day. `cap` is the limit in points, `cap_reason` what set it; null without enforcement."""

    as_of = serializers.DateField(source="history.as_of")
    base_score = serializers.SerializerMethodField()
    cap = serializers.SerializerMethodField()
    cap_reason = CapOut(source="history.cap", allow_null=True)
    score = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=RegulatoryState.values)
    confidence = serializers.SerializerMethodField(help_text="0-100, by the age of the records.")
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
