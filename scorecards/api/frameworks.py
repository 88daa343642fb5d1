"""`frameworks/`: criteria sets. Managers copy a published version to a draft, edit it, look at what it would change, publish it."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import ListRetrieve, conditional
from cdmo_eval.http.fields import text
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.parameters import ID, told
from cdmo_eval.http.serializers import Input, NothingIn, Output
from scorecards.api.catalogue import FrameworkOut, FrameworkTreeOut
from scorecards.api.references import NamedOut, framework_field
from scorecards.api.scorecards import ScorecardOut
from scorecards.api.shapes import number
from scorecards.filters import FrameworkFilters
from scorecards.frameworks.editing import changes_between
from scorecards.models import Framework
from scorecards.previews import Preview, Stand, preview_of
from scorecards.selectors.framework_drafts import base_of, scorecards_on
from scorecards.selectors.scorecards import framework_list, scorecard_list
from scorecards.services.framework_drafts import (
    LONGEST_NAME,
    copy_framework,
    discard_draft,
    edit_draft,
    move_scorecard,
    publish_framework,
)


class FrameworkIn(Input):
    """Begin the next version of a published criteria set as a draft."""

    base = framework_field()
    name = text(LONGEST_NAME)


class FrameworkChange(Input):
    """Changes of a draft by code. A criterion's meaning never changes: that needs a new code with `replaces`."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    groups = serializers.DictField(
        child=serializers.DictField(), required=False, help_text='Such as {"MOD": {"name": "…"}}.'
    )
    criteria = serializers.DictField(
        child=serializers.DictField(), required=False,
        help_text="Parts of criteria by code: name, note, rubric, value, variants, item_weights, fresh, expire, core, quick, references.",
    )  # fmt: skip


class FrameworkDifferenceOut(Output):
    """One thing in which a draft differs from the version before it."""

    code = serializers.CharField(help_text="Group or criterion; blank: the whole set.")
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class StandOut(Output):
    """Where a candidate stands."""

    rank = serializers.IntegerField(allow_null=True)
    rank_tied = serializers.BooleanField()
    score = serializers.FloatField(allow_null=True)
    state = serializers.CharField()


class ShiftOut(Output):
    """One candidate before and after."""

    candidate_id = serializers.UUIDField()
    vendor = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = StandOut()
    after = StandOut()
    moves = serializers.BooleanField()


class PreviewOut(Output):
    """What the version would change on one scorecard. Nothing is stored."""

    scorecard = NamedOut()
    as_of = serializers.DateField()
    moved = serializers.IntegerField()
    rescored = serializers.IntegerField()
    candidates = ShiftOut(many=True)


class FrameworkPreviewOut(Output):
    """What differs from the version before, and what that would change."""

    changes = FrameworkDifferenceOut(many=True)
    scorecards = NamedOut(
        many=True, help_text="All scorecards on this set; `?scorecard=` names one to look at."
    )
    previews = PreviewOut(many=True)


class MoveIn(Input):
    """The version of its criteria set that a scorecard is to be judged by."""

    framework = framework_field()


class FrameworkViews(ListRetrieve):
    """Criteria sets of the organisation, the newest version first. A published version never changes."""

    model = Framework
    serializer_class = FrameworkOut
    filterset_class = FrameworkFilters
    reading = "scores:read"
    write_permission = Permission.EDIT_SCORECARDS

    @property
    def throttle_kind(self) -> str:
        """A preview rates every candidate twice."""
        return "heavy" if self.action == "preview" else ""

    def described_parameters(self) -> dict[str, str]:
        """A preview may be asked for one scorecard."""
        return {"scorecard": told("A scorecard: look at this one.", ID)} if self.action == "preview" else {}

    def queryset_for(self, actor: Actor) -> QuerySet[Framework]:
        """All versions; the list shows archived ones only on demand."""
        rows = framework_list(actor.organization)
        return rows.defer("definition") if self.action == "list" else rows

    @extend_schema(responses=FrameworkTreeOut)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One version with its whole tree."""
        return self.answer(FrameworkTreeOut, self.get_object())

    @extend_schema(request=FrameworkIn, responses={201: FrameworkTreeOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin a draft."""
        fields = self.input(FrameworkIn)
        row = copy_framework(
            framework=fields["base"], name=fields.get("name", ""), by=self.actor, now=self.now
        )
        return self.answer(FrameworkTreeOut, self.get_queryset().get(pk=row.pk), status=201)

    @extend_schema(request=FrameworkChange, responses=FrameworkTreeOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a draft; errors name the criterion."""
        row = self.get_object()
        version = self.expected_version(row)
        fields = self.input(FrameworkChange, partial=True)
        edit_draft(framework=row, expected_version=version, by=self.actor, now=self.now, **fields)
        return self.answer(FrameworkTreeOut, self.get_queryset().get(pk=row.pk))

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Discard a draft."""
        row = self.get_object()
        version = self.expected_version(row)
        discard_draft(framework=row, expected_version=version, by=self.actor, now=self.now)
        return Response(status=204)

    @extend_schema(request=NothingIn, responses=FrameworkTreeOut)
    @conditional
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Publish a draft as the next version. Scorecards stay on theirs until they are moved."""
        self.input(NothingIn)
        row = self.get_object()
        version = self.expected_version(row)
        publish_framework(framework=row, expected_version=version, by=self.actor, now=self.now)
        return self.answer(FrameworkTreeOut, self.get_queryset().get(pk=row.pk))

    @extend_schema(responses=FrameworkPreviewOut)
    @action(detail=True, methods=["get"])
    def preview(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What differs from the version before, and with `?scorecard=` what that would change there, rated in memory."""
        row, wanted = self.get_object(), request.query_params.get("scorecard")
        rows = scorecards_on(self.actor.organization, row.code)
        chosen = [] if wanted is None else list(rows.filter(public_id=self._id(wanted)))
        if wanted is not None and not chosen:
            raise ValidationError(
                {"scorecard": [ErrorDetail("There is no such scorecard on this set.", "does_not_exist")]}
            )
        before = base_of(row).definition if row.number > 1 else row.definition
        body = {
            "changes": [vars_of(change) for change in changes_between(before, row.definition)],
            "scorecards": [{"id": each.public_id, "name": each.name} for each in rows],
            "previews": [preview_json(preview_of(each, row, today=self.today)) for each in chosen],
        }
        return Response(FrameworkPreviewOut(body).data)

    @staticmethod
    def _id(text: str) -> UUID:
        try:
            return UUID(text)
        except ValueError:
            raise ValidationError({"scorecard": [ErrorDetail("An id is a UUID.", "invalid")]}) from None


class ScorecardFrameworkViews(ListRetrieve):
    """`scorecards/{id}/framework/`: move a scorecard to another published version of its criteria set."""

    model = Framework
    serializer_class = ScorecardOut
    reading = "scores:read"
    lookup_url_kwarg = "scorecard_id"
    composite: ClassVar[bool] = True
    write_permission = Permission.EDIT_SCORECARDS

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        """Scorecards, as everywhere."""
        return scorecard_list(actor.organization)

    @extend_schema(operation_id="scorecards_move_framework", request=MoveIn, responses={200: ScorecardOut})
    @conditional
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Judge the scorecard by this version from now on. Points stay, except of criteria it turns on or off."""
        row = self.get_object()
        version = self.expected_version(row)
        fields = self.input(MoveIn)
        moved = move_scorecard(scorecard=row, expected_version=version, by=self.actor, now=self.now, **fields)
        return self.show(moved)


def vars_of(change: Any) -> dict[str, str]:
    """A change as plain values."""
    return {name: getattr(change, name) for name in ("code", "what", "before", "after")}


def preview_json(preview: Preview) -> dict[str, Any]:
    """A preview as plain values."""
    return {
        "scorecard": {"id": preview.scorecard.public_id, "name": preview.scorecard.name}, "as_of": preview.as_of, "moved": preview.moved,
        "rescored": preview.rescored,
        "candidates": [
            {
                "candidate_id": shift.candidate_id, "vendor": shift.vendor, "label": shift.label, "before": _stand(shift.before),
                "after": _stand(shift.after), "moves": shift.moves,
            }
            for shift in preview.shifts
        ],
    }  # fmt: skip


def _stand(stand: Stand) -> dict[str, Any]:
    return {
        "rank": stand.rank,
        "rank_tied": stand.rank_tied,
        "score": number(stand.score),
        "state": stand.state,
    }
