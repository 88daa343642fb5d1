"""`scorecards/`: how the candidates of a programme are judged."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.core.policies import Actor, Permission
from cdmo_eval.http.api import conditional
from cdmo_eval.http.core_api.jobs import JobOut
from cdmo_eval.http.fields import Code, NoId, PublicId, RowField, text, texts
from cdmo_eval.http.idempotency import idempotent
from cdmo_eval.http.serializers import Input, NothingIn, Output
from scorecards.api.references import (
    BY_EXTERNAL_ID,
    IdentifiedViews,
    PointsField,
    candidate_rows,
    framework_field,
    program_field,
)
from scorecards.filters import ScorecardFilters
from scorecards.models import Scorecard, ScorecardGate
from scorecards.selectors.freshness import freshness_of
from scorecards.selectors.scorecards import chosen_ids, newest_framework, scorecard_list
from scorecards.selectors.weighting import stale_codes
from scorecards.services.annual_review import copy_as_review
from scorecards.services.recompute_jobs import request_recompute
from scorecards.services.scorecards import archive_scorecard, create_scorecard, update_scorecard
from vendors import vocabulary as words
from vendors.api.references import ExternalIdOut, external_ids_in

MOST_CANDIDATES = 5000
TODAY, ALL = "today", "all"


@extend_schema_field({"oneOf": [{"type": "string", "enum": [TODAY]}, {"type": "string", "format": "date"}]})
class AsOfField(serializers.DateField):
    """A date, or "today"."""

    def to_internal_value(self, value: Any) -> Any:
        """None stands for today."""
        return None if value == TODAY else super().to_internal_value(value)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": [ALL]},
            {"type": "array", "items": {"type": "string", "format": "uuid"}},
        ]
    }
)
class CandidatesField(serializers.ListField):
    """ "all", or the ids of the candidates that are judged."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=RowField(candidate_rows), allow_empty=False, max_length=MOST_CANDIDATES, **kwargs
        )

    def to_internal_value(self, data: Any) -> Any:
        """ "all" stays, ids become candidates."""
        return ALL if data == ALL else super().to_internal_value(data)


class GateIn(Input):
    """A must-have: `code` of the catalogue alone, or an own one that compares a criterion or field with a value."""

    code = serializers.CharField(max_length=32, required=False)
    subject = text(64)
    operator = Code(words.GateOperator, required=False)
    value = serializers.JSONField(required=False, allow_null=True)
    label = text(200)  # type: ignore[assignment]
    waivable = serializers.BooleanField(required=False)


class ScorecardChange(Input):
    """What of a scorecard can change. `weights` changes single points; `archetype` lays all of them down anew."""

    name = serializers.CharField(max_length=200)
    weights = serializers.DictField(child=PointsField(), required=False)
    gates = GateIn(many=True, required=False, max_length=50)  # type: ignore[call-arg]
    archetype = serializers.CharField(max_length=8, required=False)
    policy = Code(words.Policy, required=False)
    stage = Code(words.Stage, required=False)
    candidates = CandidatesField(required=False)
    as_of = AsOfField(required=False)
    external_ids = external_ids_in()
    locked_weights = texts(16, help_text="Groups and criteria whose share stays while their siblings change.")


class ScorecardIn(ScorecardChange):
    """A scorecard. Weights and must-haves come from the archetype, else the programme's, unless given."""

    program = program_field()
    framework = framework_field(required=False)
    hide_until_locked = serializers.BooleanField(
        required=False, help_text="Calculate and show nothing until the weights are locked."
    )


class AnnualReviewIn(Input):
    """The name of the new scorecard; without one: that of the earlier one with the year."""

    name = serializers.CharField(max_length=200, required=False)


class GateOut(Output):
    """A must-have of a scorecard."""

    id = PublicId()
    code = serializers.CharField()
    subject = serializers.CharField()
    operator = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]
    waivable = serializers.BooleanField()
    origin = serializers.ChoiceField(choices=ScorecardGate.Origin.choices)


class LastRunOut(Output):
    """The published calculation."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    computed_at = serializers.DateTimeField()
    as_of = serializers.DateField()
    framework_version = serializers.IntegerField()
    policy = serializers.CharField()
    stage = serializers.CharField()
    candidates = serializers.IntegerField()
    ranked = serializers.IntegerField()
    digest = serializers.CharField()


class PreregistrationBriefOut(Output):
    """What was settled before scores were seen. More at `preregistration/`."""

    hidden = serializers.BooleanField(
        help_text="Scores wait for the lock: none are calculated, none are shown."
    )
    locked_at = serializers.DateTimeField(allow_null=True)
    locked_by = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of the canonical JSON of what was locked.")
    leader_changed = serializers.BooleanField(
        help_text="A change made after the lock has changed who leads. Never taken back."
    )


class ScorecardOut(Output):
    """A scorecard. `fresh`: the published figures are those of everything known now."""

    id = PublicId()
    name = serializers.CharField()
    program = PublicId("program.public_id")
    program_name = serializers.CharField(source="program.name")
    framework = PublicId("framework.public_id")
    framework_code = serializers.CharField(source="framework.code")
    framework_version = serializers.IntegerField(source="framework.number")
    archetype = serializers.CharField()
    weights = serializers.DictField(child=PointsField())
    gates = GateOut(many=True)
    policy = serializers.CharField()
    stage = serializers.CharField()
    candidates = serializers.SerializerMethodField()
    as_of = serializers.SerializerMethodField()
    copied_from = NoId("copied_from.public_id", help_text="The scorecard that this annual review reviews.")
    fresh = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField(
        help_text="fresh, recomputing, failed, never (calculated) or hidden (until the weights are locked)."
    )
    error = serializers.SerializerMethodField(
        help_text="Why the last attempts failed; blank unless they did."
    )
    quarantined_until = serializers.SerializerMethodField(
        help_text="Set aside after three failures until then."
    )
    digest = serializers.SerializerMethodField(
        help_text="SHA-256 of the published figures; blank before the first."
    )
    last_run = LastRunOut(allow_null=True)
    locked_weights = serializers.ListField(child=serializers.CharField(), source="weight_locks")
    stale_weights = serializers.SerializerMethodField(
        help_text="Groups and criteria whose scale has changed since their weight was set."
    )
    preregistration = serializers.SerializerMethodField()
    external_ids = ExternalIdOut(many=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(CandidatesField)
    def get_candidates(self, row: Scorecard) -> Any:
        """ "all" or ids."""
        return ALL if row.selection == Scorecard.Selection.ALL else chosen_ids(row.choices.all())

    @extend_schema_field(AsOfField)
    def get_as_of(self, row: Scorecard) -> str:
        """ "today" or a date."""
        return row.as_of.isoformat() if row.as_of else TODAY

    def get_fresh(self, row: Scorecard) -> bool:
        """By the rule, read in the row's own statement."""
        return freshness_of(row, now=self.context["view"].now).fresh

    def get_state(self, row: Scorecard) -> str:
        """In one word."""
        if row.scores_hidden:
            return "hidden"
        return freshness_of(row, now=self.context["view"].now).state

    def get_error(self, row: Scorecard) -> str:
        """Of the last attempts."""
        return freshness_of(row, now=self.context["view"].now).error

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_quarantined_until(self, row: Scorecard) -> Any:
        """When it is tried again."""
        until = freshness_of(row, now=self.context["view"].now).quarantined_until
        return serializers.DateTimeField().to_representation(until) if until else None

    def get_stale_weights(self, row: Scorecard) -> list[str]:
        """By the scales that the weights were set on."""
        return stale_codes(row, row.weight_scales)

    @extend_schema_field(PreregistrationBriefOut)
    def get_preregistration(self, row: Scorecard) -> dict[str, Any]:
        """In the row's own statement."""
        found = row.registered or {"locked_at": None, "locked_by": "", "digest": ""}  # type: ignore[attr-defined]
        return {"hidden": row.scores_hidden, **found, "leader_changed": row.leader_changed}  # type: ignore[attr-defined]

    def get_digest(self, row: Scorecard) -> str:
        """Of the published figures."""
        return freshness_of(row, now=self.context["view"].now).digest


class ScorecardViews(IdentifiedViews):
    """Scorecards; managers write them. DELETE archives."""

    model = Scorecard
    serializer_class = ScorecardOut
    filterset_class = ScorecardFilters
    reading = "scores:read"
    write_permission = Permission.EDIT_SCORECARDS
    write_permissions: ClassVar[dict[str, Permission]] = {"recompute": Permission.RECOMPUTE}
    external_column = "scorecard_id"

    @property
    def throttle_kind(self) -> str:
        """Asking for a calculation is heavy work."""
        return "heavy" if self.action == "recompute" else ""

    def queryset_for(self, actor: Actor) -> QuerySet[Scorecard]:
        """By name."""
        return scorecard_list(actor.organization)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One scorecard."""
        return self.answer(ScorecardOut, self.get_object())

    @extend_schema(request=ScorecardIn, responses={201: ScorecardOut})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin a scorecard: an early screen over every vendor, unless told otherwise."""
        return self.show(self._create(self.input(ScorecardIn)), status=201)

    @extend_schema(request=ScorecardChange, responses=ScorecardOut)
    @conditional
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change some fields; `gates` and `candidates` replace the present ones."""
        row = self.get_object()
        version = self.expected_version(row)
        changes = self.input(ScorecardChange, partial=True)
        return self.show(
            update_scorecard(scorecard=row, expected_version=version, by=self.actor, now=self.now, **changes)
        )

    @extend_schema(responses={204: None})
    @conditional
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive; its calculations and history stay."""
        row = self.get_object()
        version = self.expected_version(row)
        archive_scorecard(scorecard=row, expected_version=version, by=self.actor, now=self.now)
        return Response(status=204)

    @extend_schema(operation_id="scorecards_by_external_id", responses=ScorecardOut)
    @action(detail=False, methods=["get"], url_path=BY_EXTERNAL_ID, url_name="by-external-id")
    def by_external_id(self, request: Request, system: str, value: str) -> Response:
        """The scorecard that another system calls so."""
        row = self.called(system, value)
        if row is None:
            raise NotFound("There is no such thing here.")
        return self.answer(ScorecardOut, row)

    @extend_schema(
        operation_id="scorecards_upsert",
        request=ScorecardIn,
        responses={200: ScorecardOut, 201: ScorecardOut},
    )
    @by_external_id.mapping.put
    @conditional
    def upsert(self, request: Request, system: str, value: str) -> Response:
        """Change the scorecard that another system calls so, or add it. Its programme and criteria set stay."""
        fields = self.input(ScorecardIn)
        row = self.called(system, value)
        ids = fields.pop("external_ids", None if row else [])
        if ids is not None:
            fields["external_ids"] = [*ids, {"system": system, "value": value}]
        if row is None:
            return self.added(self._create(fields))
        version = self.expected_version(row)
        settled = {name: fields.pop(name) for name in ("program", "framework") if name in fields}
        if fields.pop("hide_until_locked", row.hide_until_locked) != row.hide_until_locked:
            raise serializers.ValidationError(
                {"hide_until_locked": "Scores are hidden and shown at `preregistration/`."}
            )
        for name, given in settled.items():
            if given.pk != getattr(row, f"{name}_id"):
                raise serializers.ValidationError(
                    {name: "A scorecard keeps its programme and its criteria set."}
                )
        return self.show(
            update_scorecard(scorecard=row, expected_version=version, by=self.actor, now=self.now, **fields)
        )

    @extend_schema(request=NothingIn, responses={202: JobOut})
    @action(detail=True, methods=["post"])
    def recompute(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a calculation now. The job ends when one has run that saw everything written before this call."""
        self.input(NothingIn)
        job = request_recompute(scorecard=self.get_object(), by=self.actor, now=self.now)
        job.refresh_from_db()
        response = Response(JobOut(job).data, status=202)
        response["Location"] = reverse("api-jobs-detail", kwargs={"id": job.public_id})
        return response

    @extend_schema(
        operation_id="scorecards_annual_review", request=AnnualReviewIn, responses={201: ScorecardOut}
    )
    @action(detail=True, methods=["post"], url_path="annual-review", url_name="annual-review")
    @idempotent
    def annual_review(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Copy as annual review: a new scorecard that judges alike, as of today. Compare by `changes/?since=source`."""
        name = self.input(AnnualReviewIn).get("name", "")
        review = copy_as_review(scorecard=self.get_object(), by=self.actor, now=self.now, name=name)
        response = self.show(review, status=201)
        response["Location"] = reverse(f"{self.basename}-detail", kwargs={"id": review.public_id})
        return response

    def _create(self, fields: dict[str, Any]) -> Scorecard:
        """By the service, with the newest criteria set unless one is named."""
        framework = fields.pop("framework", None) or newest_framework(self.actor.organization)
        if fields.get("candidates") == ALL:
            del fields["candidates"]
        return create_scorecard(framework=framework, by=self.actor, now=self.now, **fields)
