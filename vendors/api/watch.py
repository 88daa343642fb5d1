"""`regulatory-watch/`: what stands against the organisation's sites today, and what ends soon."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.http.api import ApiViewSet, check_filters
from cdmo_eval.http.serializers import Output
from vendors.filters import WatchFilters
from vendors.models import Site, Vendor
from vendors.selectors.watch import Sign, watch_list


class WatchedOut(Output):
    """One line: the sign, since when (until when for a certificate), in words, and what would lift it."""

    sign = serializers.ChoiceField(choices=[sign.value for sign in Sign])
    vendor = serializers.UUIDField(source="vendor.public_id")
    site = serializers.UUIDField(source="site.public_id", allow_null=True, default=None)
    on = serializers.DateField(allow_null=True)
    detail = serializers.CharField()
    would_lift = serializers.CharField()


class WatchViews(ApiViewSet):
    """The watch list, the gravest first. A site that is not listed is not a clean one."""

    model = Site
    serializer_class = WatchedOut
    filterset_class = WatchFilters

    @extend_schema(responses=WatchedOut(many=True))
    def list(self, request: Request) -> Response:
        """What is on the list today."""
        asked = self._asked()
        organization = self.actor.organization
        vendor = None
        if asked["vendor"] is not None:
            vendor = Vendor.objects.for_organization(organization).filter(public_id=asked["vendor"]).first()
            if vendor is None:
                raise NotFound("There is no such thing here.")
        signs = frozenset(Sign(code) for code in asked["sign"] or ())
        return self.answer_page(watch_list(organization, as_of=self.today, signs=signs, vendor=vendor))

    def _asked(self) -> dict[str, Any]:
        """The valid filters; raises ValidationError."""
        filters = WatchFilters(self.request.query_params, queryset=Site.objects.none(), request=self.request)
        check_filters(filters)
        return dict(filters.form.cleaned_data)
