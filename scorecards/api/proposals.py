"""`proposals/` and the comparison of a programme's proposals. Commercial scopes."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ApiViewSet, ListRetrieve, conditional
from cdmo_eval.http.fields import FIRST_YEAR, LAST_YEAR, Code, NoId, PublicId, RowField, day, number, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, Output
from scorecards.api.references import NamedOut, Quantity, candidate_rows
from scorecards.filters import ProposalFilters
from scorecards.models import Program, Proposal
from scorecards.models.proposal import LONGEST_ITEM, LONGEST_TEXT, STAGES
from scorecards.selectors.proposal_comparison import STATES, Offer, compare_proposals
from scorecards.selectors.proposals import proposal_list, state_of
from scorecards.services.proposal_terms import FLAGS
from scorecards.services.proposals import MOST_LINES, record_proposal, revise_proposal, withdraw_proposal
from vendors.api.references import file_field
from vendors.vocabulary import LineInclusion, MustHaveTerm


class ProposalLineIn(Input):
    """One line: an item of the common scope, or something beside it. Without a price it has none."""

    scope_item = serializers.CharField(max_length=LONGEST_ITEM)
    inclusion = Code(LineInclusion, required=False)
    price = number(
        16, 2, min_value=0, help_text="A unit. Null: not stated, which leaves the whole price open."
    )
    unit = text(50)
    quantity = number(14, 4, min_value=0, help_text="1 unless given.")
    assumption = text(LONGEST_TEXT)


class TermsField(serializers.DictField):
    """Flags of an offer by code: 0, 0.5 or 1; one left out or null is not stated. The service says which is wrong."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=Quantity(allow_null=True), required=False, help_text=f"Codes: {', '.join(FLAGS)}.", **kwargs
        )


class ProposalChange(Input):
    """What a version says; in a change, what is not sent stays as in the version before. Lines are sent as a whole."""

    received_on = day(allow_null=False)
    valid_until = day()
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="A code of three letters.")
    lines = ProposalLineIn(many=True, required=False, max_length=MOST_LINES)  # type: ignore[call-arg]  # of its list
    pass_throughs = number(16, 2, min_value=0, help_text="Null: not stated, which leaves the price open.")
    minimum_commitment = number(16, 2, min_value=0)
    capex = number(16, 2, min_value=0, help_text="Null: not stated, which leaves the price open.")
    payment_terms = text(LONGEST_TEXT)
    cancellation_fees = text(LONGEST_TEXT)
    slot_week = day(help_text="The Monday of the week of the first free slot.")
    weeks_to_milestone = number(6, 2, min_value=0)
    stand_alone_stages = serializers.ListField(
        child=Code(STAGES), required=False, allow_null=True, max_length=len(STAGES),
        help_text="Phases or operations accepted on their own; null: not stated; empty: none.",
    )  # fmt: skip
    terms = TermsField()
    must_have_terms = serializers.DictField(
        child=serializers.JSONField(allow_null=True), required=False, help_text=f"Codes: {', '.join(MustHaveTerm)}."
    )  # fmt: skip
    signed_offer = file_field(
        required=False, allow_null=True, help_text="A commercial file; with it the figures count as verified."
    )


class ProposalIn(ProposalChange):
    """An offer of a candidate: the first version, or the next one."""

    candidate = RowField(candidate_rows)
    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text="A code of three letters.")


class WithdrawIn(Input):
    """Why a version should not count."""

    reason = serializers.CharField(max_length=500)
    whole = serializers.BooleanField(
        required=False, help_text="Every version of the offer, not this one alone."
    )


class ProposalLineOut(Output):
    """A line."""

    position = serializers.IntegerField()
    scope_item = serializers.CharField()
    inclusion = serializers.CharField()
    price = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    quantity = serializers.FloatField()
    assumption = serializers.CharField()


class ProposalOut(Output):
    """One version of an offer."""

    id = PublicId()
    candidate = PublicId("candidate.public_id")
    label = serializers.CharField(source="candidate.label")  # type: ignore[assignment]
    vendor = PublicId("candidate.vendor.public_id")
    vendor_name = serializers.CharField(source="candidate.vendor.name")
    program = PublicId("candidate.program.public_id")
    version = serializers.IntegerField()
    state = serializers.SerializerMethodField()
    received_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    lines = ProposalLineOut(many=True, source="lines.all")
    pass_throughs = serializers.FloatField(allow_null=True)
    minimum_commitment = serializers.FloatField(allow_null=True)
    capex = serializers.FloatField(allow_null=True)
    payment_terms = serializers.CharField()
    cancellation_fees = serializers.CharField()
    slot_week = serializers.DateField(allow_null=True)
    weeks_to_milestone = serializers.FloatField(allow_null=True)
    stand_alone_stages = serializers.ListField(child=serializers.CharField(), allow_null=True)
    terms = serializers.DictField(child=serializers.FloatField())
    must_have_terms = serializers.DictField(child=serializers.JSONField())
    signed_offer = NoId("signed_offer.public_id")
    withdrawn_at = serializers.SerializerMethodField()
    withdrawal_reason = serializers.SerializerMethodField()
    recorded_by = serializers.CharField(source="recorded_by_name")
    recorded_at = serializers.DateTimeField()

    def get_state(self, row: Proposal) -> str:
        """`counts`, `superseded` or `withdrawn`."""
        return state_of(row)

    def get_withdrawn_at(self, row: Proposal) -> str | None:
        """When it was withdrawn; null while it is not."""
        found = row.withdrawals.all()
        return found[0].recorded_at.isoformat() if found else None

    def get_withdrawal_reason(self, row: Proposal) -> str:
        """Why; "" while it is not."""
        found = row.withdrawals.all()
        return found[0].reason if found else ""


class ProposalViews(ListRetrieve):
    """Versions of proposals: POST adds one, PATCH adds the next, DELETE withdraws. None is ever changed."""

    model = Proposal
    serializer_class = ProposalOut
    filterset_class = ProposalFilters
    read_permission = Permission.VIEW_COMMERCIAL
    write_permission = Permission.EDIT_COMMERCIAL
    composite: ClassVar[bool] = True

    def queryset_for(self, actor: Actor) -> QuerySet[Proposal]:
        """Newest received first."""
        return proposal_list(actor.organization)

    @extend_schema(request=ProposalIn, responses={201: ProposalOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add an offer: a candidate's first version, or its next one."""
        return self.show(record_proposal(by=self.actor, now=self.now, **self.input(ProposalIn)), status=201)

    @extend_schema(request=ProposalChange, responses=ProposalOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add the next version, with an id of its own: what is not sent is as in this one. 409 for an older version."""
        row = self.get_object()
        self.expected_version(row)
        changes = self.input(ProposalChange, partial=True)
        return self.show(revise_proposal(proposal=row, by=self.actor, now=self.now, **changes))

    @extend_schema(
        parameters=[
            OpenApiParameter("reason", str, description="Why it is withdrawn."),
            OpenApiParameter("whole", bool, description="Every version of the offer, not this one alone."),
        ],
        responses={204: None},
    )
    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Withdraw, with the reason as parameter or in the body; the version before counts again."""
        row = self.get_object()
        self.expected_version(row)
        body = request.data if isinstance(request.data, dict) else {}
        asked = WithdrawIn(data={**request.query_params.dict(), **body}, context={"from_query": True})
        asked.is_valid(raise_exception=True)
        sent = asked.validated_data
        withdraw_proposal(
            proposal=row, reason=sent["reason"], whole=sent.get("whole", False), by=self.actor, now=self.now
        )
        return Response(status=204)

    def described_parameters(self) -> dict[str, str]:
        """Beside the filters."""
        return {"reason": "Why.", "whole": "Every version."} if self.action == "destroy" else {}


class ComparedItemOut(Output):
    """One item of the common scope in an offer."""

    scope_item = serializers.CharField()
    state = serializers.ChoiceField(choices=list(STATES))
    optional = serializers.BooleanField()
    amount = serializers.FloatField(allow_null=True, help_text="Price × quantity in the offer's currency.")
    converted = serializers.FloatField(allow_null=True, help_text="In the programme's currency.")
    assumptions = serializers.ListField(child=serializers.CharField())


class ComparedOfferOut(Output):
    """An offer on the common scope. With `open_parts` the total is the least it can be; null: no exchange rate."""

    proposal = serializers.UUIDField()
    version = serializers.IntegerField()
    candidate = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    vendor = NamedOut()
    received_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    expired = serializers.BooleanField()
    signed = serializers.BooleanField()
    currency = serializers.CharField()
    total = serializers.FloatField(help_text="The sum of what has a price, in the offer's currency.")
    program_currency = serializers.CharField()
    total_converted = serializers.FloatField(allow_null=True)
    rate_note = serializers.CharField(help_text="Rate, day and publisher of the conversion.")
    reason = serializers.CharField(help_text="Why there is no converted total.")
    open_parts = serializers.ListField(child=serializers.CharField())
    filled_low = serializers.FloatField(
        allow_null=True,
        help_text="The total with each open part at the least that another offer asks for it.",
    )
    filled_high = serializers.FloatField(allow_null=True, help_text="The same at the most.")
    items = ComparedItemOut(many=True)


class ProposalComparisonViews(ApiViewSet):
    """The offers of a programme that count, normalised."""

    model = Program
    serializer_class = ComparedOfferOut
    filter_backends: Any = []
    read_permission = Permission.VIEW_COMMERCIAL
    parameters = {"as_of": "As of which day; today unless given."}

    def queryset_for(self, actor: Actor) -> QuerySet[Program]:
        """Programmes."""
        rows: QuerySet[Program] = Program.objects.for_organization(actor.organization)
        return rows.select_related("organization")

    @extend_schema(operation_id="programs_proposal_comparison", responses=ComparedOfferOut(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """By vendor name: every offer on the programme's common scope, in its currency."""
        program = self.get_queryset().filter(public_id=self.kwargs["program_id"]).first()
        if program is None:
            raise NotFound("There is no such thing here.")
        found = compare_proposals(program, as_of=self._day())
        page: Sequence[Offer] | None = self.paginate_queryset(found.offers)
        shown = ComparedOfferOut([offer_json(offer) for offer in page or ()], many=True)
        return self.get_paginated_response(shown.data)

    def _day(self) -> date:
        given = self.request.query_params.get("as_of", "")
        try:
            asked = date.fromisoformat(given) if given else self.today
        except ValueError:
            asked = date.max
        if not FIRST_YEAR <= asked.year <= LAST_YEAR:
            raise ValidationError({"as_of": [ErrorDetail("A date such as 2026-01-31.", "invalid")]})
        return asked


def offer_json(offer: Offer) -> dict[str, Any]:
    """A normalised offer as it is answered."""
    row = offer.proposal
    low, high = offer.filled or (None, None)
    return {
        "proposal": row.public_id, "version": row.version, "candidate": row.candidate.public_id, "label": row.candidate.label,
        "vendor": {"id": row.candidate.vendor.public_id, "name": row.candidate.vendor.name},
        "received_on": row.received_on, "valid_until": row.valid_until, "expired": offer.expired,
        "signed": row.signed_offer_id is not None, "currency": row.currency, "total": _number(offer.total),
        "program_currency": offer.currency, "total_converted": _number(offer.converted), "rate_note": offer.rate_note,
        "reason": offer.reason, "open_parts": offer.open_parts, "filled_low": _number(low), "filled_high": _number(high),
        "items": [
            {
                "scope_item": item.scope_item, "state": item.state, "optional": item.optional, "amount": _number(item.amount),
                "converted": _number(item.converted), "assumptions": item.assumptions,
            }
            for item in offer.items
        ],
    }  # fmt: skip


def _number(amount: Any) -> float | None:
    """With two decimals, half to even."""
    return None if amount is None else round(amount * 100) / 100
