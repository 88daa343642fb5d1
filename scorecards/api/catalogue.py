"""`criteria/`, `archetypes/`, `must-haves/`: what scorecards are made of. Read only."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cdmo_eval.core.errors import NotFound
from cdmo_eval.http.api import PAGING, ScopedView
from cdmo_eval.http.fields import PublicId
from cdmo_eval.http.pagination import NumberedPages
from cdmo_eval.http.parameters import ID, YES_NO, told
from cdmo_eval.http.serializers import Output
from scorecards.api.references import PointsField
from scorecards.frameworks import Archetype, load_archetypes, load_framework, load_gates
from scorecards.models import Framework
from scorecards.selectors.scorecards import framework_list, newest_framework


class ConditionOut(Output):
    """A condition on the programme that decides whether a criterion applies."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    false_because = serializers.CharField()


class CriterionOut(Output):
    """One criterion with its scale, texts and ageing limits."""

    code = serializers.CharField(help_text="Stable: a changed meaning is a new code with `replaces`.")
    name = serializers.CharField()
    group = serializers.CharField()
    question = serializers.CharField()
    indicator = serializers.CharField()
    kind = serializers.CharField(
        help_text="ORD (levels), NUM, BOOL, SET or CALC (computed from the profile)."
    )
    direction = serializers.CharField()
    value_function = serializers.JSONField(source="value")
    variants = serializers.JSONField(
        help_text="Other value functions, each with the condition under which it holds."
    )
    rubric = serializers.ListField(
        child=serializers.CharField(), help_text="The levels in words, from `first_level` on."
    )
    first_level = serializers.IntegerField()
    items = serializers.JSONField()
    item_variants = serializers.JSONField()
    asks = serializers.CharField()
    inputs = serializers.ListField(child=serializers.CharField())
    applies_when = serializers.CharField(help_text="A condition of the criteria set; blank: always.")
    source = serializers.CharField(help_text="Where the answer comes from, in words.")  # type: ignore[assignment]
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    subjects = serializers.ListField(child=serializers.CharField())
    modality_scoped = serializers.BooleanField()
    minimum_grade = serializers.CharField()
    aggregation = serializers.CharField()
    fresh_months = serializers.IntegerField(source="fresh", allow_null=True)
    expire_months = serializers.IntegerField(source="expire", allow_null=True)
    age_rule = serializers.CharField()
    core = serializers.BooleanField()
    quick = serializers.BooleanField(help_text="One of those asked first.")
    unit = serializers.CharField()
    note = serializers.CharField()
    references = serializers.JSONField()
    replaces = serializers.CharField()


class GroupOut(Output):
    """A group of criteria."""

    code = serializers.CharField()
    name = serializers.CharField()
    criteria = CriterionOut(many=True)


class FrameworkOut(Output):
    """A version of a criteria set. A published one never changes."""

    id = PublicId()
    code = serializers.CharField()
    number = serializers.IntegerField(
        help_text="The version of the criteria set; `framework_version` of results."
    )
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Framework.State.choices)
    digest = serializers.CharField(help_text="SHA-256 of the definition.")
    published_at = serializers.DateTimeField(allow_null=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class FrameworkTreeOut(FrameworkOut):
    """A criteria set with its whole tree."""

    conditions = ConditionOut(many=True)
    groups = GroupOut(many=True)

    def to_representation(self, instance: Framework) -> Any:
        """The row with its definition laid out."""
        return {
            **FrameworkOut(instance).data,
            "conditions": ConditionOut(instance.definition["condition"], many=True).data,
            "groups": GroupOut(groups_of(instance), many=True).data,
        }


def groups_of(framework: Framework) -> list[dict[str, Any]]:
    """The groups of a stored definition with their criteria, each knowing its group."""
    return [
        {
            "code": group["code"],
            "name": group["name"],
            "criteria": [{**leaf, "group": group["code"]} for leaf in group["leaf"]],
        }
        for group in framework.definition["group"]
    ]


class Catalogue(ScopedView, viewsets.ViewSet):
    """A list that ships with the product, in numbered pages like every other list."""

    pagination_class: ClassVar[type[NumberedPages]] = NumberedPages
    reading = "scores:read"

    def known_parameters(self) -> frozenset[str]:
        """Those of the view and, in lists, of its pages."""
        return super().known_parameters() | (PAGING if self.action == "list" else frozenset())

    def paged(self, rows: list[Any], serializer: type[Output]) -> Response:
        """One page of the rows."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response(serializer(page, many=True).data)


class CriterionViews(Catalogue):
    """The criteria of one criteria set, flat."""

    parameters: ClassVar[dict[str, str]] = {
        "framework": told("A criteria set; without it the newest published one.", ID),
        "group": "Only this group, such as `REG`.",
        "quick": told("`true`: only those asked first.", YES_NO),
    }

    @extend_schema(operation_id="criteria_list", responses=CriterionOut(many=True))
    def list(self, request: Request) -> Response:
        """Criteria in the order of the tree."""
        asked = request.query_params
        rows = [leaf for group in groups_of(self._framework()) for leaf in group["criteria"]]
        if group := asked.get("group"):
            rows = [leaf for leaf in rows if leaf["group"] == group]
        if "quick" in asked:
            if asked["quick"] not in {"true", "false"}:
                raise ValidationError({"quick": [ErrorDetail("Give true or false.", "invalid")]})
            rows = [leaf for leaf in rows if leaf["quick"] == (asked["quick"] == "true")]
        return self.paged(rows, CriterionOut)

    def _framework(self) -> Framework:
        given = self.request.query_params.get("framework")
        if given is None:
            return newest_framework(self.actor.organization)
        id_field = serializers.UUIDField()
        try:
            public_id = id_field.run_validation(given)
        except ValidationError as error:
            raise ValidationError({"framework": error.detail}) from None
        found = framework_list(self.actor.organization).filter(public_id=public_id).first()
        if found is None:
            raise NotFound("There is no such criteria set.")
        return found


class MustHaveOut(Output):
    """A named must-have of the catalogue."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    fails_when = serializers.CharField()
    unknown_when = serializers.CharField()
    everywhere = serializers.BooleanField(help_text="On every new scorecard.")
    stages = serializers.ListField(
        child=serializers.CharField(), help_text="On new scorecards of these stages."
    )
    waivable = serializers.BooleanField(help_text="Whatever it says, a conditional outcome can be waived.")
    note = serializers.CharField()


class MustHaveViews(Catalogue):
    """Named must-haves; a scorecard may also have own ones, which compare a criterion or a field with a value."""

    @extend_schema(operation_id="must_haves_list", responses=MustHaveOut(many=True))
    def list(self, request: Request) -> Response:
        """The catalogue in its order."""
        return self.paged(list(load_gates()), MustHaveOut)


class ArchetypeOut(Output):
    """A template of weights."""

    code = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField()
    note = serializers.CharField()
    framework = serializers.CharField(help_text="Code of the criteria set it weighs.")
    points = serializers.DictField(
        child=PointsField(), help_text="Points of every group and criterion by code."
    )
    gates = serializers.ListField(
        child=serializers.CharField(), help_text="Must-haves beside those on every scorecard."
    )
    building_block_needs = serializers.DictField(child=serializers.IntegerField())


def laid_out(archetype: Archetype) -> dict[str, Any]:
    """An archetype with the points of every criterion."""
    framework = load_framework()
    return {
        "code": archetype.code, "name": archetype.name, "about": archetype.about, "note": archetype.note,
        "framework": framework.code, "points": archetype.points(framework), "gates": archetype.gates,
        "building_block_needs": dict(archetype.building_block_needs),
    }  # fmt: skip


class ArchetypeViews(Catalogue):
    """Templates of weights for kinds of programmes."""

    @extend_schema(operation_id="archetypes_list", responses=ArchetypeOut(many=True))
    def list(self, request: Request) -> Response:
        """All, in the order in which they are offered."""
        return self.paged([laid_out(archetype) for archetype in load_archetypes()], ArchetypeOut)

    @extend_schema(
        operation_id="archetypes_retrieve",
        parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)],
        responses=ArchetypeOut,
    )
    def retrieve(self, request: Request, code: str) -> Response:
        """One template."""
        found = next((archetype for archetype in load_archetypes() if archetype.code == code), None)
        if found is None:
            raise NotFound("There is no such archetype.")
        return Response(ArchetypeOut(laid_out(found)).data)
