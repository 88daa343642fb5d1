"""Change what an organisation decides about scoring."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import FieldError, Invalid, PreconditionFailed
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from scorecards.scoring_defaults import ScoringDefaults, as_settings, changed_defaults, scoring_defaults
from vendors.services.writing import begin


@transaction.atomic
def change_scoring_defaults(
    *, organization: Organization, given: Mapping[str, Any], expected_version: int | None, by: Actor
) -> ScoringDefaults:
    """Change some decisions; every scorecard is recalculated. Raises Invalid naming the fields, PreconditionFailed when somebody else was first."""
    begin(organization, by, Permission.MANAGE_SETTINGS)
    current = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    present = scoring_defaults(current.settings)
    if expected_version is not None and expected_version != present.version:
        raise PreconditionFailed(
            f"The scoring defaults were changed by somebody else: they are now version {present.version}."
        )
    found, wrong = changed_defaults(present, given)
    if wrong:
        errors = [FieldError(field, "illegal_setting", message) for field, message in wrong.items()]
        raise Invalid("; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)
    if found == present:
        return present
    found = replace(found, version=present.version + 1)
    current.settings = {**current.settings, **as_settings(found)}
    current.save(update_fields=["settings"])
    wakeup.after_commit(current.pk)
    return found
