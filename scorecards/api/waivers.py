"""`scorecards/{id}/waivers/`: must-haves set aside for one candidate, by two people."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.http.fields import PublicId, RowField
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, NothingIn, Output
from scorecards.api.references import OfScorecard, candidate_rows
from scorecards.models import GateWaiver, ScorecardGate
from scorecards.selectors.scorecards import waiver_list, waiver_state
from scorecards.services.waivers import (
    LONGEST_REASON,
    approve_waiver,
    asking_permission,
    request_waiver,
    revoke_waiver,
)

STATES = ("requested", "approved", "expired", "revoked")


class WaiverIn(Input):
    """A request. It counts once somebody of quality, other than who asks, approves it."""

    gate = RowField(
        lambda actor: ScorecardGate.objects.for_organization(actor.organization).select_related("scorecard")
    )
    candidate = RowField(candidate_rows)
    text = serializers.CharField(max_length=LONGEST_REASON, help_text="Why.")
    expires_on = serializers.DateField(help_text="The last day on which it counts.")


class WaiverOut(Output):
    """A waiver; only an `approved` one counts."""

    id = PublicId()
    gate = PublicId("gate.public_id")
    gate_code = serializers.CharField(source="gate.code")
    candidate = PublicId("candidate.public_id")
    vendor = PublicId("candidate.vendor.public_id")
    vendor_name = serializers.CharField(source="candidate.vendor.name")
    text = serializers.CharField()
    expires_on = serializers.DateField()
    state = serializers.SerializerMethodField()
    requested_by = serializers.CharField(source="requested_by.name")
    requested_at = serializers.DateTimeField()
    approved_by = serializers.CharField(source="approved_by.name", allow_null=True, default=None)
    approved_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def get_state(self, row: GateWaiver) -> str:
        """On the day of the call."""
        return waiver_state(row, today=self.context["view"].today)


class WaiverViews(mixins.ListModelMixin, OfScorecard):
    """Requests, approvals and withdrawals. No token may approve."""

    model = GateWaiver
    serializer_class = WaiverOut
    write_permissions: ClassVar[dict[str, Permission]] = {"approve": Permission.APPROVE_WAIVERS}

    def check_rights(self, request: Request) -> None:
        """Who may not ask for a waiver learns nothing from how a request for one is refused."""
        super().check_rights(request)
        if self.action in {"create", "revoke"}:
            require(self.actor, asking_permission(self.actor))

    def queryset_for(self, actor: Actor) -> QuerySet[GateWaiver]:
        """Newest request first."""
        return waiver_list(actor.organization, self.scorecard())

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One waiver."""
        return self.answer(WaiverOut, self.get_object())

    @extend_schema(request=WaiverIn, responses={201: WaiverOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a waiver. Only what may be waived: a must-have marked so, or a conditional outcome."""
        scorecard, fields = self.scorecard(), self.input(WaiverIn)
        if fields["gate"].scorecard_id != scorecard.pk:
            raise serializers.ValidationError({"gate": "This must-have belongs to another scorecard."})
        return self.show(request_waiver(by=self.actor, now=self.now, **fields), status=201)

    @extend_schema(request=NothingIn, responses=WaiverOut)
    def approve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let it count. Quality only, signed in, and never who asked for it."""
        self.input(NothingIn)
        return self.show(approve_waiver(waiver=self.get_object(), by=self.actor, now=self.now))

    @extend_schema(request=NothingIn, responses=WaiverOut)
    def revoke(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it back, for good."""
        self.input(NothingIn)
        return self.show(revoke_waiver(waiver=self.get_object(), by=self.actor, now=self.now))
