"""New versions of a criteria set: copy, edit, publish, and move a scorecard to one."""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.engine.exact import EngineError
from scorecards.engine.weights import WeightError
from scorecards.fit.rater import UnknownCriterionError
from scorecards.frameworks import Framework as CriteriaSet
from scorecards.frameworks import framework_digest, from_json, to_json
from scorecards.frameworks.editing import carried_points, changed_leaf, changes_between
from scorecards.models import Framework, Scorecard
from scorecards.selectors.criteria import criteria_of
from scorecards.selectors.framework_drafts import base_of
from scorecards.services.scorecards import merged_points
from scorecards.triggers import lock_organization
from vendors.services.writing import begin, change, insert, living, locked, own

LONGEST_NAME = 200


@transaction.atomic
def copy_framework(*, framework: Framework, by: Actor, now: datetime, name: str = "") -> Framework:
    """Begin the next version of a published criteria set as a draft. One draft of a set at a time."""
    organization = framework.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    living(framework)
    if framework.state != Framework.State.PUBLISHED:
        raise Conflict("Only a published criteria set is copied; a draft is edited.", code="not_published")
    rows = Framework.objects.for_organization(organization).filter(code=framework.code)
    if rows.filter(state=Framework.State.DRAFT, archived_at__isnull=True).exists():
        raise Conflict(
            "There is a draft of this criteria set already. Publish or discard it first.", code="draft_exists"
        )
    number = rows.aggregate(n=Max("number"))["n"] + 1
    definition = (
        copy.deepcopy(framework.definition)
        | {"version": number}
        | ({"name": name.strip()} if name.strip() else {})
    )
    criteria = _read(definition)
    return insert(
        Framework(
            organization=organization, code=framework.code, number=number, name=criteria.name, definition=to_json(criteria),
            digest=framework_digest(criteria), updated_at=now,
        )
    )  # fmt: skip


@transaction.atomic
def edit_draft(
    *, framework: Framework, expected_version: int | None, by: Actor, now: datetime, name: str | None = None,
    groups: Mapping[str, Mapping[str, Any]] | None = None, criteria: Mapping[str, Mapping[str, Any]] | None = None,
) -> Framework:  # fmt: skip
    """Change a draft: its name, names of groups, and the parts of criteria that are judgement, by code.

    Raises Invalid naming the criterion: an unknown code, a scale that is not well defined, a change of its meaning.
    """
    begin(framework.organization, by, Permission.EDIT_SCORECARDS)
    current = _draft(framework, expected_version)
    definition = copy.deepcopy(current.definition)
    if name is not None:
        definition["name"] = name.strip()
    try:
        _edit_groups(definition, groups or {})
        _edit_criteria(definition, criteria or {})
    except EngineError as error:
        raise refused(error) from error
    read = _read(definition)
    change(
        current, {"name": read.name, "definition": to_json(read), "digest": framework_digest(read)}, now=now
    )
    return current


@transaction.atomic
def publish_framework(
    *, framework: Framework, expected_version: int | None, by: Actor, now: datetime
) -> Framework:
    """Publish a draft as the next version; from then on it never changes. Scorecards stay on theirs until moved.

    Raises Conflict when it says nothing else than the version before it.
    """
    begin(framework.organization, by, Permission.EDIT_SCORECARDS)
    current = _draft(framework, expected_version)
    read = _read(current.definition)
    if not changes_between(base_of(current).definition, current.definition):
        raise Conflict("Nothing differs from the version before.", code="unchanged")
    change(
        current,
        {"state": Framework.State.PUBLISHED, "published_at": now, "digest": framework_digest(read)},
        now=now,
    )
    return current


@transaction.atomic
def discard_draft(
    *, framework: Framework, expected_version: int | None, by: Actor, now: datetime
) -> Framework:
    """Put a draft away. Its number is not used again."""
    begin(framework.organization, by, Permission.EDIT_SCORECARDS)
    current = _draft(framework, expected_version)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def move_scorecard(
    *, scorecard: Scorecard, framework: Framework, expected_version: int | None, by: Actor, now: datetime
) -> Scorecard:
    """Judge a scorecard by another published version of its criteria set.

    Points stay, except of criteria that the version turns on or off. What was published before stays as it was.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.EDIT_SCORECARDS)
    own(organization, framework)
    living(framework)
    lock_organization(organization.pk)
    current = locked(scorecard, expected_version)
    living(current)
    if framework.state != Framework.State.PUBLISHED:
        message = "This criteria set is not published yet."
        raise Invalid(message, errors=[FieldError("framework", "not_published", message)])
    if framework.code != current.framework.code:
        message = (
            f"This scorecard is judged by {current.framework.code}, and moves between its versions only."
        )
        raise Invalid(message, errors=[FieldError("framework", "other_set", message)])
    change(current, {"framework": framework, "weights": moved_points(current, framework)}, now=now)
    return current


def moved_points(scorecard: Scorecard, framework: Framework) -> dict[str, str]:
    """The points of a scorecard on another version. Raises Invalid when they leave nothing to weigh."""
    after = criteria_of(framework)
    carried = carried_points(criteria_of(scorecard.framework), after, scorecard.weights)
    return merged_points(after, carried, {})


def refused(error: EngineError) -> Invalid:
    """The error as people and programs read it: it names the criterion and the part of it."""
    code, _, part = error.name.partition(".")
    place = f"criteria.{code}.{part}" if part else f"criteria.{code}"
    message = f"{error.name}: {error.message}."
    return Invalid(message, errors=[FieldError(place, "illegal_criterion", message)])


def _draft(framework: Framework, expected_version: int | None) -> Framework:
    current = locked(framework, expected_version)
    living(current)
    if current.state != Framework.State.DRAFT:
        raise Conflict("A published criteria set never changes. Copy it to a new version.", code="published")
    return current


def _read(definition: Mapping[str, Any]) -> CriteriaSet:
    """The definition as a criteria set that can be rated by."""
    try:
        return from_json(definition)
    except (EngineError, WeightError, UnknownCriterionError) as error:
        raise refused(
            error if isinstance(error, EngineError) else EngineError(error.name, str(error))
        ) from error


def _edit_groups(definition: dict[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> None:
    known = {group["code"]: group for group in definition["group"]}
    for code, changes in groups.items():
        if code not in known:
            raise EngineError(code[:40], "is not a group of this criteria set")
        given = changes.get("name")
        if (
            set(changes) != {"name"}
            or not isinstance(given, str)
            or not given.strip()
            or len(given) > LONGEST_NAME
        ):
            raise EngineError(
                code, f"of a group only the name changes: a text of at most {LONGEST_NAME} characters"
            )
        known[code]["name"] = given.strip()


def _edit_criteria(definition: dict[str, Any], criteria: Mapping[str, Mapping[str, Any]]) -> None:
    places = {
        leaf["code"]: (group, at) for group in definition["group"] for at, leaf in enumerate(group["leaf"])
    }
    for code, changes in criteria.items():
        if code not in places:
            raise EngineError(code[:40], "is not a criterion of this criteria set")
        group, at = places[code]
        group["leaf"][at] = changed_leaf(group["leaf"][at], changes)
