"""Write the organisation's exchange rates: a rate is replaced by a later revision, never changed."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from cdmo_eval.core import wakeup
from cdmo_eval.core.errors import Conflict, FieldError, Invalid, from_validation
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import ExchangeRate
from scorecards.models.proposal import CURRENCY_PATTERN
from vendors.services.writing import begin, constraints_in_words, insert, known_fields, own

ROW_FIELDS = ("source", "target", "rate", "on", "published_by")
MOST_ROWS = 5000


@transaction.atomic
def record_rates(
    *, organization: Organization, rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime
) -> list[ExchangeRate]:
    """Add rates ("1 `source` is `rate` `target`, as published on a day"); one that is there already gets a revision.

    A row that says exactly what counts already adds nothing. Scorecards of programmes budgeted in the target currency
    recompute. Raises Invalid naming row and field ("2.rate"); nothing is written then. Returns the rates added.
    """
    begin(organization, by, Permission.EDIT_COMMERCIAL)
    if len(rows) > MOST_ROWS:
        raise Invalid(f"At most {MOST_ROWS} rates at once.", code="too_many")
    made: list[ExchangeRate] = []
    errors: list[FieldError] = []
    given = []
    for at, row in enumerate(rows):
        known_fields(row, ROW_FIELDS)
        rate = ExchangeRate(
            organization=organization, recorded_by=by.user, recorded_by_name=by.name, recorded_at=now, **row
        )
        found = _problems(rate, now)
        errors += [FieldError(f"{at}.{part.field}".rstrip("."), part.code, part.message) for part in found]
        given.append(rate)
    if errors:
        raise Invalid("; ".join(dict.fromkeys(e.message for e in errors)), errors=errors)
    present = _present(organization, given)
    for rate in given:
        key = (rate.source, rate.target, rate.on)
        before = present.get(key)
        if before is not None:
            if before.rate == rate.rate and before.published_by == rate.published_by:
                continue
            rate.revision = before.revision + 1
        present[key] = rate
        made.append(rate)
    if made:
        with constraints_in_words():
            ExchangeRate.objects.bulk_create(made)
        wakeup.after_commit(organization.pk)
    return made


@transaction.atomic
def record_rate(*, organization: Organization, by: Actor, now: datetime, **row: Any) -> ExchangeRate:
    """One rate, as `record_rates`; the one that is there already when it says the same. Errors name the plain field."""
    try:
        made = record_rates(organization=organization, rows=[row], by=by, now=now)
    except Invalid as error:
        error.errors = tuple(
            FieldError(part.field.removeprefix("0").lstrip("."), part.code, part.message)
            for part in error.errors
        )
        raise
    return (
        made[0]
        if made
        else ExchangeRate.objects.for_organization(organization)
        .present()
        .get(source=row["source"], target=row["target"], on=row["on"])
    )


@transaction.atomic
def withdraw_rate(*, rate: ExchangeRate, reason: str, by: Actor, now: datetime) -> ExchangeRate:
    """Take a rate back, for a reason: of its pair and day no rate counts then. Raises Conflict for a replaced one."""
    organization = rate.organization
    begin(organization, by, Permission.EDIT_COMMERCIAL)
    own(organization, rate)
    same = ExchangeRate.objects.for_organization(organization).filter(
        source=rate.source, target=rate.target, on=rate.on
    )
    if rate.rate is None or same.aggregate(highest=Max("revision"))["highest"] != rate.revision:
        raise Conflict("This rate does not count any more: it was replaced or taken back.", code="superseded")
    return insert(
        ExchangeRate(
            organization=organization, source=rate.source, target=rate.target, on=rate.on, revision=rate.revision + 1,
            reason=reason, recorded_by=by.user, recorded_by_name=by.name, recorded_at=now,
        )
    )  # fmt: skip


def _present(organization: Organization, given: Sequence[ExchangeRate]) -> dict[Any, ExchangeRate]:
    """The highest revision of each pair and day that rows name; one query."""
    rows = ExchangeRate.objects.for_organization(organization).filter(
        source__in={rate.source for rate in given}, target__in={rate.target for rate in given},
        on__in={rate.on for rate in given},
    )  # fmt: skip
    return {(row.source, row.target, row.on): row for row in rows.order_by("revision", "id")}


def _problems(rate: ExchangeRate, now: datetime) -> list[FieldError]:
    """What is wrong with a row; in Python, since a file may bring thousands (the constraints stand behind)."""
    if rate.rate is None:
        return [FieldError("rate", "required", "Give the rate.")]
    try:
        rate.clean_fields()
    except ValidationError as error:
        return list(from_validation(error).errors)
    found = [
        FieldError(name, "invalid", "A currency is a code of three letters, such as EUR.")
        for name in ("source", "target")
        if not re.fullmatch(CURRENCY_PATTERN, getattr(rate, name))
    ]
    if rate.source == rate.target:
        found.append(FieldError("target", "same", "A rate is between two currencies."))
    if rate.rate <= 0:
        found.append(FieldError("rate", "not_positive", "A rate is above 0."))
    if rate.on > now.date():
        found.append(FieldError("on", "in_future", "A rate cannot be published in the future."))
    return found
