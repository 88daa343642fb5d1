"""`vendors/{id}/contradictions/`: records of a vendor that cannot both be right. They change no value."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.http.api import ApiViewSet
from cdmo_eval.http.serializers import Output
from vendors.models import Evidence, Vendor
from vendors.selectors import contradictions_of_vendor

PPM_PER_POINT = 10_000


class ContradictingRecordOut(Output):
    """One of two records."""

    id = serializers.UUIDField()
    claim_type = serializers.CharField()
    grade = serializers.CharField()
    obtained_on = serializers.DateField()
    value = serializers.JSONField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]


class ContradictionOut(Output):
    """Two live records of the same target, subject and scope: a claim against a verified record, or two verified ones."""

    target = serializers.CharField()
    name = serializers.CharField()
    difference = serializers.FloatField(help_text="In points of the value scale, 0 to 100.")
    flags = serializers.ListField(
        child=serializers.CharField(), help_text="Claimed as met and verified as not met."
    )
    records = ContradictingRecordOut(many=True)


class ContradictionsOut(Output):
    """What is to be cleared up; the verified record counts meanwhile."""

    results = ContradictionOut(many=True)


class ContradictionViews(ApiViewSet):
    """Of one vendor, in the order of the ledger."""

    model = Vendor
    reading = "evidence:read"
    pagination_class = None
    filter_backends: Any = []

    def queryset_for(self, actor: Actor) -> QuerySet[Vendor]:
        """Vendors."""
        rows: QuerySet[Vendor] = Vendor.objects.for_organization(actor.organization)
        return rows

    @extend_schema(operation_id="vendors_contradictions", responses=ContradictionsOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Pairs of records, without those this reader may not see."""
        vendor, commercial = self.get_object(), allows(self.actor, Permission.VIEW_COMMERCIAL)
        pairs = contradictions_of_vendor(
            self.actor.organization, vendor, as_of=self.today, commercial=commercial
        )
        found = [
            {
                "target": pair.found.target, "name": pair.label, "difference": pair.found.difference / PPM_PER_POINT,
                "flags": list(pair.found.flags), "records": [_record(pair.first), _record(pair.second)],
            }
            for pair in pairs
        ]  # fmt: skip
        return Response(ContradictionsOut({"results": found}).data)


def _record(row: Evidence) -> dict[str, Any]:
    return {
        "id": row.public_id, "claim_type": row.claim_type, "grade": row.grade, "obtained_on": row.obtained_on, "value": row.value,
        "source": row.source,
    }  # fmt: skip
