"""`vendor-duplicates/`, `vendors/{id}/merge/` and `…/keep-apart/`: vendors that were entered twice."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, conditional
from cdmo_eval.http.serializers import Input, Output
from vendors import services
from vendors.api.profile_fields import VendorOut
from vendors.api.references import vendor_field
from vendors.models import Vendor
from vendors.selectors import resources
from vendors.selectors.duplicates import possible_duplicates


class NamedVendorOut(Output):
    """A vendor by name."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()


class DuplicateOut(Output):
    """Two vendors, the older first, and the name in which they agree."""

    vendor = NamedVendorOut()
    other = NamedVendorOut()
    name = serializers.CharField()


class MergeIn(Input):
    """The vendor that stays."""

    into = vendor_field()


class ApartIn(Input):
    """The other company."""

    other = vendor_field()


class DuplicateViews(ApiViewSet):
    """Pairs of living vendors of one name that nobody has called two companies."""

    model = Vendor
    serializer_class = DuplicateOut
    filter_backends: Any = []

    @extend_schema(operation_id="vendor_duplicates_list", responses=DuplicateOut(many=True))
    def list(self, request: Request) -> Response:
        """A page of pairs, by name."""
        return self.answer_page(possible_duplicates(self.actor.organization))


class MergeViews(ApiViewSet):
    """What becomes of a vendor that may be another one."""

    model = Vendor
    serializer_class = VendorOut
    composite = True
    write_permission = Permission.EDIT_VENDORS

    def queryset_for(self, actor: Actor) -> QuerySet[Vendor]:
        """All vendors."""
        return resources.vendor_resources(actor.organization)

    @extend_schema(operation_id="vendors_merge", request=MergeIn, responses=VendorOut)
    @conditional
    def merge(self, request: Request, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Move what is known of this vendor to another one and archive it; the answer is the vendor that stays."""
        vendor = self.get_object()
        sent = self.input(MergeIn)
        kept = services.merge_vendor(
            vendor=vendor, expected_version=self.expected_version(vendor), by=self.actor, now=self.now, **sent
        )
        return self.show(kept)

    @extend_schema(operation_id="vendors_keep_apart", request=ApartIn, responses={204: None})
    def keep_apart(self, request: Request, id: str) -> Response:  # noqa: A002
        """Say that two vendors of like names are two companies: they are not proposed for merging again."""
        services.keep_apart(vendor=self.get_object(), by=self.actor, **self.input(ApartIn))
        return Response(status=204)
