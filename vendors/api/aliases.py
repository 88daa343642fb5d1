"""`vendors/{id}/aliases/`: other names of a vendor, by which searches, imports and official records find it."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve
from cdmo_eval.http.fields import PublicId, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output
from vendors import services
from vendors.filters import AliasFilters
from vendors.models import Vendor, VendorAlias


class AliasIn(Input):
    """A former name, a brand, the spelling of an official file."""

    name = serializers.CharField(max_length=200)
    note = text(500)


class AliasOut(Output):
    """Another name of a vendor."""

    id = PublicId()
    vendor = PublicId("vendor.public_id")
    name = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)


class AliasViews(ListRetrieve):
    """A name is added or archived; a misspelt one is archived and added anew."""

    model = VendorAlias
    serializer_class = AliasOut
    filterset_class = AliasFilters
    write_permission = Permission.EDIT_VENDORS

    def queryset_for(self, actor: Actor) -> QuerySet[VendorAlias]:
        """Of one vendor, by name."""
        rows: QuerySet[VendorAlias] = VendorAlias.objects.for_organization(actor.organization)
        return (
            rows.filter(vendor=self.vendor()).select_related("vendor", "organization").order_by("name", "id")
        )

    def vendor(self) -> Vendor:
        """The vendor of the address. Raises NotFound."""
        rows: QuerySet[Vendor] = Vendor.objects.for_organization(self.actor.organization)
        found = rows.select_related("organization").filter(public_id=self.kwargs["vendor_id"]).first()
        if found is None:
            raise NotFound("There is no such thing here.")
        return found

    @extend_schema(request=AliasIn, responses={201: AliasOut})
    @idempotent
    def create(self, request: Request, vendor_id: str) -> Response:
        """Add a name."""
        vendor = self.vendor()
        alias = services.add_alias(vendor=vendor, by=self.actor, **self.input(AliasIn))
        return self.show(alias, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, vendor_id: str, id: str) -> Response:  # noqa: A002 - the URL's own word
        """Archive a name: it is no longer looked for."""
        services.archive_alias(alias=self.get_object(), by=self.actor, now=self.now)
        return Response(status=204)
