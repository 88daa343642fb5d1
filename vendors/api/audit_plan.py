"""`audit-plan/`: what an audit of each site has to look at."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.http.api import ApiViewSet, check_filters
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.serializers import Output
from vendors.filters import AuditPlanFilters
from vendors.models import Site, Vendor
from vendors.policies import sees_commercial
from vendors.selectors.audit_plan import INSPECTION_MONTHS, Matter, audit_plan


class AuditedOut(Output):
    """A vendor or a site."""

    id = PublicId()
    name = serializers.CharField()


class PlanLineOut(Output):
    """One matter at one site. `target` is the fact it is about, empty for others; `on` the day it counts from."""

    vendor = AuditedOut()
    site = AuditedOut()
    matter = serializers.ChoiceField(choices=[matter.value for matter in Matter])
    about = serializers.CharField()
    detail = serializers.CharField()
    target = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    question = serializers.CharField()


class AuditPlanViews(ApiViewSet):
    """By vendor and site, the gravest matter first, as of today."""

    model = Site
    serializer_class = PlanLineOut
    filterset_class = AuditPlanFilters
    reading = "evidence:read"

    @extend_schema(responses=PlanLineOut(many=True))
    def list(self, request: Request) -> Response:
        """What is on the plan today."""
        asked = self._asked()
        organization = self.actor.organization
        vendor = None
        if asked["vendor"] is not None:
            vendor = Vendor.objects.for_organization(organization).filter(public_id=asked["vendor"]).first()
            if vendor is None:
                raise NotFound("There is no such thing here.")
        lines = audit_plan(
            organization, as_of=self.today, commercial=sees_commercial(self.actor), vendor=vendor,
            matters=[Matter(code) for code in asked["matter"] or ()],
            inspection_months=int(asked["inspection_months"] or INSPECTION_MONTHS),
        )  # fmt: skip
        return self.answer_page(lines)

    def _asked(self) -> dict[str, Any]:
        """The valid filters; raises ValidationError."""
        filters = AuditPlanFilters(
            self.request.query_params, queryset=Site.objects.none(), request=self.request
        )
        check_filters(filters)
        return dict(filters.form.cleaned_data)
