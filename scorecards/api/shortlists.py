"""`shortlists/`: who is still in and why, the order, comments, declarations of interests, the funnel."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission, allows, require
from cdmo_eval.http.api import ApiViewSet, conditional
from cdmo_eval.http.fields import NoId, PublicId, RowField, count, text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.pagination import CursorPages
from cdmo_eval.http.serializers import Input, Output, ReasonIn
from scorecards.api.references import candidate_rows
from scorecards.models import ConflictDeclaration, Scorecard, Shortlist, ShortlistItem, ShortlistRemark
from scorecards.models.shortlist import LONGEST_REASON, LONGEST_TEXT
from scorecards.selectors.funnel import funnel_of
from scorecards.selectors.results import last_run
from scorecards.selectors.scorecards import scorecard_list
from scorecards.selectors.shortlists import (
    declaration_list,
    item_rows,
    lines_of,
    remark_list,
    shortlist_list,
)
from scorecards.services.shortlists import (
    MOST_ITEMS,
    add_to_shortlist,
    archive_shortlist,
    change_shortlist,
    create_shortlist,
    decide_item,
    declare_interests,
    move_item,
    remark,
    remove_item,
    talking_permission,
)


def _scorecards(actor: Actor) -> QuerySet[Scorecard]:
    return scorecard_list(actor.organization)


class ShortlistIn(Input):
    """A new shortlist. Candidates come in the order given; their ranks of this moment are kept."""

    scorecard = RowField(_scorecards)
    name = serializers.CharField(max_length=200)
    purpose = text(500)
    candidates = serializers.ListField(
        child=RowField(candidate_rows), max_length=MOST_ITEMS, required=False, default=list
    )


class ShortlistChange(Input):
    """Changes of an open shortlist. `primary` and `backup` are candidates that are kept, or null."""

    name = serializers.CharField(max_length=200, required=False)
    purpose = text(500)
    primary = RowField(candidate_rows, required=False, allow_null=True)
    backup = RowField(candidate_rows, required=False, allow_null=True)
    reason = text(LONGEST_TEXT)
    next_steps = text(LONGEST_TEXT)


class ShortlistOut(Output):
    """A shortlist. `signed_at` is when its present edition was frozen; from then on it is read only."""

    id = PublicId()
    name = serializers.CharField()
    purpose = serializers.CharField()
    scorecard = PublicId("scorecard.public_id")
    scorecard_name = serializers.CharField(source="scorecard.name")
    owner = serializers.CharField(source="owner_name")
    edition = serializers.IntegerField()
    size = serializers.IntegerField(help_text="How many candidates it holds.")
    primary = NoId("primary.public_id")
    primary_name = serializers.SerializerMethodField()
    backup = NoId("backup.public_id")
    backup_name = serializers.SerializerMethodField()
    reason = serializers.CharField()
    next_steps = serializers.CharField()
    signed_at = serializers.DateTimeField(source="frozen_at", allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()

    def get_primary_name(self, row: Shortlist) -> str:
        """ "" when nobody is chosen."""
        return str(row.primary) if row.primary is not None else ""

    def get_backup_name(self, row: Shortlist) -> str:
        """ "" without a backup."""
        return str(row.backup) if row.backup is not None else ""


class ShortlistViews(mixins.ListModelMixin, ApiViewSet):
    """Procurement and managers edit them; signing is below `signatures/`."""

    model = Shortlist
    serializer_class = ShortlistOut
    filter_backends: Any = []
    reading = "scores:read"
    write_permission: ClassVar[Permission | None] = Permission.EDIT_SHORTLISTS
    composite = True

    def queryset_for(self, actor: Actor) -> QuerySet[Shortlist]:
        """Newest first, without archived ones."""
        return shortlist_list(actor.organization)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One shortlist."""
        return self.answer(ShortlistOut, self.get_object())

    @extend_schema(request=ShortlistIn, responses={201: ShortlistOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin one. Its owner is the caller."""
        return self.show(create_shortlist(by=self.actor, now=self.now, **self.input(ShortlistIn)), status=201)

    @extend_schema(request=ShortlistChange, responses=ShortlistOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change an open one; 409 when it is signed."""
        row = self.get_object()
        version, fields = self.expected_version(row), self.input(ShortlistChange, partial=True)
        return self.show(
            change_shortlist(shortlist=row, expected_version=version, by=self.actor, now=self.now, **fields)
        )

    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive it. What was signed stays readable."""
        row = self.get_object()
        archive_shortlist(
            shortlist=row, expected_version=self.expected_version(row), by=self.actor, now=self.now
        )
        return Response(status=204)


class OfShortlist(ApiViewSet):
    """A resource below one shortlist."""

    reading = "scores:read"
    filter_backends: Any = []
    pagination_class: Any = None

    def shortlist(self) -> Shortlist:
        """The shortlist of the address; NotFound when it is not there."""
        rows = shortlist_list(self.actor.organization)
        row: Shortlist | None = rows.filter(public_id=self.kwargs["shortlist_id"]).first()
        if row is None:
            raise NotFound("There is no such thing here.")
        return row


class ItemsIn(Input):
    """Candidates to be added at the end. Those on the shortlist already stay where they are."""

    candidates = serializers.ListField(child=RowField(candidate_rows), min_length=1, max_length=MOST_ITEMS)


class ItemChange(Input):
    """A decision with its reason; dropping needs one. `position` moves the candidate, counted from 1."""

    decision = serializers.ChoiceField(choices=ShortlistItem.Decision.values, required=False)
    reason = text(LONGEST_REASON)
    position = count(1, MOST_ITEMS, allow_null=False)


class ItemOut(Output):
    """A candidate on a shortlist, with its rank when it was added and its rank now (null: none)."""

    id = PublicId("item.public_id")
    candidate = PublicId("item.candidate.public_id")
    vendor = PublicId("item.candidate.vendor.public_id")
    name = serializers.CharField(source="item.candidate")
    position = serializers.IntegerField(source="item.position")
    decision = serializers.ChoiceField(source="item.decision", choices=ShortlistItem.Decision.values)
    reason = serializers.CharField(source="item.reason")
    rank_when_added = serializers.IntegerField(source="item.added_rank", allow_null=True)
    rank_now = serializers.IntegerField(allow_null=True)
    state_when_added = serializers.CharField(source="item.added_state")
    state_now = serializers.CharField()
    score = serializers.CharField()
    low = serializers.CharField()
    high = serializers.CharField()
    coverage = serializers.CharField()
    added_by = serializers.CharField(source="item.added_by_name")
    added_at = serializers.DateTimeField(source="item.created_at")
    version = serializers.IntegerField(source="item.version")


class ItemViews(OfShortlist):
    """All of them at once, in their order."""

    model = ShortlistItem
    serializer_class = ItemOut
    write_permission = Permission.EDIT_SHORTLISTS

    def queryset_for(self, actor: Actor) -> QuerySet[ShortlistItem]:
        """In the order of the shortlist."""
        return item_rows(self.shortlist())

    @extend_schema(operation_id="shortlists_items_list", responses=ItemOut(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The candidates in their order."""
        return self._all()

    @extend_schema(operation_id="shortlists_items_add", request=ItemsIn, responses={201: ItemOut(many=True)})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add candidates; the answer has all of them."""
        row, fields = self.shortlist(), self.input(ItemsIn)
        add_to_shortlist(shortlist=row, candidates=fields["candidates"], by=self.actor, now=self.now)
        return self._all(status=201)

    @extend_schema(operation_id="shortlists_items_change", request=ItemChange, responses=ItemOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Decide on a candidate, or move it."""
        item = self.get_object()
        version, fields = self.expected_version(item), self.input(ItemChange, partial=True)
        if {"decision", "reason"} & set(fields):
            decide_item(
                item=item, expected_version=version, decision=fields.get("decision", item.decision),
                reason=fields.get("reason", item.reason), by=self.actor, now=self.now,
            )  # fmt: skip
        if "position" in fields:
            move_item(item=item, position=fields["position"], by=self.actor, now=self.now)
        return self._one(item)

    @extend_schema(operation_id="shortlists_items_remove", request=ReasonIn, responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take off a candidate that was added by mistake; to rule one out, drop it."""
        item, fields = self.get_object(), self.input(ReasonIn)
        remove_item(item=item, reason=fields["reason"], by=self.actor, now=self.now)
        return Response(status=204)

    def _all(self, *, status: int = 200) -> Response:
        row = self.shortlist()
        return Response(ItemOut(lines_of(row, list(item_rows(row)), []), many=True).data, status=status)

    def _one(self, item: ShortlistItem) -> Response:
        row = self.shortlist()
        line = lines_of(row, list(item_rows(row).filter(pk=item.pk)), [])[0]
        response = Response(ItemOut(line).data)
        response["ETag"] = f'"{line.item.version}"'
        return response


class CommentIn(Input):
    """What to say about the shortlist, or one of its candidates. Dissent is part of what is signed."""

    text = serializers.CharField(max_length=LONGEST_TEXT)
    candidate = RowField(candidate_rows, required=False, allow_null=True)
    kind = serializers.ChoiceField(
        choices=ShortlistRemark.Kind.values, required=False, default=ShortlistRemark.Kind.COMMENT.value
    )


class CommentOut(Output):
    """What somebody said; it never changes."""

    id = PublicId()
    kind = serializers.ChoiceField(choices=ShortlistRemark.Kind.values)
    candidate = NoId("candidate.public_id")
    edition = serializers.IntegerField()
    by = serializers.CharField(source="author_name")
    at = serializers.DateTimeField(source="written_at")
    text = serializers.CharField()


class CommentViews(mixins.ListModelMixin, OfShortlist):
    """Append-only, with names."""

    model = ShortlistRemark
    serializer_class = CommentOut
    pagination_class = CursorPages

    def check_rights(self, request: Request) -> None:
        """Who edits shortlists, and who signs decisions, may talk."""
        super().check_rights(request)
        if self.action == "create":
            require(self.actor, talking_permission(self.actor))

    def queryset_for(self, actor: Actor) -> QuerySet[ShortlistRemark]:
        """Newest first."""
        return remark_list(self.shortlist()).order_by("-id")

    @extend_schema(request=CommentIn, responses={201: CommentOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say something, under one's own name and for ever."""
        row, fields = self.shortlist(), self.input(CommentIn)
        said = remark(shortlist=row, by=self.actor, now=self.now, **fields)
        return Response(CommentOut(said).data, status=201)


class DeclarationIn(Input):
    """One's own interests. With `conflict`, `text` says which."""

    conflict = serializers.BooleanField()
    text = text(LONGEST_REASON)


class DeclarationOut(Output):
    """What somebody declared; the newest of each person counts."""

    id = PublicId()
    person = serializers.CharField(source="person_name")
    conflict = serializers.BooleanField()
    text = serializers.CharField()
    declared_at = serializers.DateTimeField()


class DeclarationViews(mixins.ListModelMixin, OfShortlist):
    """Conflicts of interest, declared by each person for themselves. Nobody signs without a declaration."""

    model = ConflictDeclaration
    serializer_class = DeclarationOut
    pagination_class = CursorPages

    def check_rights(self, request: Request) -> None:
        """Who edits shortlists, and who signs decisions, declares."""
        super().check_rights(request)
        if self.action == "create":
            require(self.actor, talking_permission(self.actor))

    def queryset_for(self, actor: Actor) -> QuerySet[ConflictDeclaration]:
        """Newest first."""
        return declaration_list(self.shortlist()).order_by("-id")

    @extend_schema(request=DeclarationIn, responses={201: DeclarationOut})
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Declare for oneself."""
        row, fields = self.shortlist(), self.input(DeclarationIn)
        said = declare_interests(shortlist=row, by=self.actor, now=self.now, **fields)
        return Response(DeclarationOut(said).data, status=201)


class ExcludedOut(Output):
    """Somebody who did not come further."""

    candidate = serializers.UUIDField()
    name = serializers.CharField()
    reason = serializers.CharField()


class FunnelStepOut(Output):
    """A step: how many are left after it, and who went out at it."""

    step = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField()
    excluded = ExcludedOut(many=True)


class FunnelViews(OfShortlist):
    """From the longlist to the choice, with every exclusion and its reason."""

    model = Shortlist
    serializer_class = FunnelStepOut

    def queryset_for(self, actor: Actor) -> QuerySet[Shortlist]:
        """Only the shortlist of the address."""
        return shortlist_list(actor.organization).filter(public_id=self.kwargs["shortlist_id"])

    @extend_schema(operation_id="shortlists_funnel_list", responses=FunnelStepOut(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The steps by the published calculation. Reasons that come from offers need the right to read these."""
        row = self.shortlist()
        run = None if row.scorecard.scores_hidden else last_run(row.scorecard)
        return Response(
            FunnelStepOut(
                funnel_of(row, run, commercial=allows(self.actor, Permission.VIEW_COMMERCIAL)), many=True
            ).data
        )
