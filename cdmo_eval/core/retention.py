"""How long what is derived is kept, what takes it away, and what stops that: settings, the purge, legal holds.

Nothing that was entered is ever purged: only copies and traces that can be made again or have served (generated exports,
remembered answers, delivery logs, notifications that were read, staged import files). Each app registers its own; every
purge asks for a standing legal hold first, in the same transaction and behind a lock that placing a hold takes too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed, from_validation
from cdmo_eval.core.models import IdempotencyKey, LegalHold, Notification, Organization, PeriodKey
from cdmo_eval.core.policies import Actor, Permission, require
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.webhooks.delivery import forget_old_deliveries

Purge = Callable[[Organization, datetime], int]
"""Takes away an organisation's rows from before a moment; returns how many."""
DUTY = "retention"
FEWEST_DAYS, MOST_DAYS = 1, 3650


@dataclass(frozen=True)
class Kind:
    """One kind of derived things: its words, how many days it is kept unless decided otherwise, and what takes it away."""

    code: str
    label: str
    help_text: str
    days: int
    purge: Purge


_kinds: dict[str, Kind] = {}


def register_retention(kind: Kind) -> None:
    """For AppConfig.ready. Registering a code again replaces it."""
    _kinds[kind.code] = kind


def kinds() -> list[Kind]:
    """All registered kinds, by their words."""
    return sorted(_kinds.values(), key=lambda kind: kind.label)


def _read_notifications(organization: Organization, before: datetime) -> int:
    rows = Notification.objects.for_organization(organization).filter(read_at__lt=before)
    return rows.delete()[0]


def _remembered_answers(organization: Organization, before: datetime) -> int:
    return IdempotencyKey.objects.for_organization(organization).filter(created_at__lt=before).delete()[0]


register_retention(
    Kind(
        "notifications", "Notifications that were read", "Counted from the reading.", 180, _read_notifications
    )
)
register_retention(
    Kind(
        "idempotency_keys", "Remembered answers of the REST interface",
        "A repeated Idempotency-Key is answered from memory this long.", 7, _remembered_answers,
    )
)  # fmt: skip


def _deliveries(organization: Organization, before: datetime) -> int:
    return forget_old_deliveries(organization_id=organization.pk, before=before)


register_retention(
    Kind("webhook_deliveries", "Delivery log of webhooks", "Counted from the event.", 90, _deliveries)
)
Programs = Callable[[Organization], list[tuple[str, str]]]
_programs: list[Programs] = []


def register_programs(programs: Programs) -> None:
    """For AppConfig.ready: the programmes on whose account a hold may be placed, as (public id, name)."""
    if programs not in _programs:
        _programs.append(programs)


def programs_of(organization: Organization) -> list[tuple[str, str]]:
    """The organisation's programmes, as registered."""
    return [pair for programs in _programs for pair in programs(organization)]


# Settings -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Retention:
    """An organisation's decisions: days by kind. `version` counts the changes."""

    days: Mapping[str, int]
    version: int


def retention_of(organization: Organization) -> Retention:
    """The decisions over the product's defaults, as the organisation's settings keep them."""
    kept: dict[str, Any] = organization.settings.get("retention", {})
    own = kept.get("days", {})
    return Retention(
        {kind.code: int(own.get(kind.code, kind.days)) for kind in kinds()}, int(kept.get("version", 0))
    )


@transaction.atomic
def change_retention(
    *, organization: Organization, given: Mapping[str, Any], expected_version: int | None, by: Actor
) -> Retention:
    """Decide how many days kinds are kept. Raises Invalid naming the kinds, PreconditionFailed when somebody was first."""
    _begin(organization, by)
    current = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    present = retention_of(current)
    if expected_version is not None and expected_version != present.version:
        raise PreconditionFailed(
            f"The retention was changed by somebody else: it is now version {present.version}."
        )
    errors = [FieldError(code, problem, message) for code, problem, message in _wrong(given)]
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)
    days = {**present.days, **given}
    if days == present.days:
        return present
    current.settings = {**current.settings, "retention": {"days": days, "version": present.version + 1}}
    current.save(update_fields=["settings"])
    return retention_of(current)


def _wrong(given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for code, days in given.items():
        if code not in _kinds:
            found.append((code, "unknown_kind", "There is no such kind."))
        elif not isinstance(days, int) or isinstance(days, bool) or not FEWEST_DAYS <= days <= MOST_DAYS:
            found.append((code, "out_of_range", f"From {FEWEST_DAYS} to {MOST_DAYS:,} days."))
    return found


# Legal holds --------------------------------------------------------------------------------------------------------
def holds_of(organization: Organization) -> QuerySet[LegalHold]:
    """All holds, those that stand first, then the newest."""
    return LegalHold.objects.for_organization(organization).order_by(
        F("lifted_at").desc(nulls_first=True), "-id"
    )


def standing_holds(organization: Organization) -> QuerySet[LegalHold]:
    """The holds that stop every purge now."""
    return LegalHold.objects.for_organization(organization).filter(lifted_at__isnull=True).order_by("id")


@transaction.atomic
def place_hold(
    *,
    organization: Organization,
    matter: str,
    reason: str,
    by: Actor,
    now: datetime,
    program_public_id: UUID | None = None,
) -> LegalHold:
    """Order that nothing is purged until the hold is lifted. A purge under way ends first."""
    _begin(organization, by)
    if program_public_id and str(program_public_id) not in dict(programs_of(organization)):
        message = "There is no such thing here."
        raise Invalid(message, errors=[FieldError("program", "does_not_exist", message)])
    _lock(organization)
    hold = LegalHold(
        organization=organization, matter=matter.strip(), reason=reason.strip(), program_public_id=program_public_id,
        placed_by=by.user, placed_by_name=by.name, placed_at=now, updated_at=now,
    )  # fmt: skip
    _clean(hold)
    hold.save(force_insert=True)
    return hold


@transaction.atomic
def lift_hold(
    *, hold: LegalHold, reason: str, expected_version: int | None, by: Actor, now: datetime
) -> LegalHold:
    """End a hold, with a reason; it stays on file. Raises Conflict when it is lifted already."""
    _begin(hold.organization, by)
    row = LegalHold.objects.filter(organization=hold.organization, pk=hold.pk).select_for_update().first()
    if row is None:
        raise NotFound("There is no such legal hold.")
    if expected_version is not None and row.version != expected_version:
        raise PreconditionFailed(
            f"This legal hold was changed by somebody else: it is now version {row.version}."
        )
    if row.lifted_at is not None:
        raise Conflict("This legal hold is lifted already.", code="lifted")
    if not reason.strip():
        message = "Lifting a legal hold needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    row.lifted_at, row.lifted_by_name, row.lifted_reason = now, by.name, reason.strip()
    row.version, row.updated_at = row.version + 1, now
    _clean(row)
    row.save(update_fields=["lifted_at", "lifted_by_name", "lifted_reason", "version", "updated_at"])
    return row


def _begin(organization: Organization, by: Actor) -> None:
    if by.organization.pk != organization.pk:
        raise NotFound("There is no such organisation.")
    require(by, Permission.MANAGE_SETTINGS)


def _clean(hold: LegalHold) -> None:
    try:
        hold.full_clean()
    except ValidationError as error:
        raise from_validation(error) from None


# The purge ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Purged:
    """What one purge took away, by kind; `held` are the matters of the holds that stopped it."""

    organization: Organization
    taken: Mapping[str, int]
    held: tuple[str, ...] = ()


def purge_expired(*, organization: Organization, now: datetime, rehearse: bool = False) -> Purged:
    """Take away what has outlived its days in one organisation, in one transaction; nothing while a hold stands.

    `rehearse` counts and takes everything back.
    """
    with organization_scope(organization.pk, DUTY, reason="retention"):
        _lock(organization)
        held = tuple(standing_holds(organization).values_list("matter", flat=True))
        if held:
            return Purged(organization, {}, held)
        days = retention_of(Organization.objects.get(pk=organization.pk)).days
        taken = {
            kind.code: kind.purge(organization, now - timedelta(days=days[kind.code])) for kind in kinds()
        }
        if rehearse:
            transaction.set_rollback(True)
    return Purged(organization, taken)


def purge_all(*, now: datetime) -> int:
    """The nightly purge of every organisation, each claimed once a day; returns how many organisations were looked at."""
    done = 0
    for organization in Organization.objects.order_by("id"):
        key = f"purge:{organization.public_id}:{now.date().isoformat()}"
        if PeriodKey.objects.get_or_create(key=key, defaults={"claimed_at": now})[1]:
            purge_expired(organization=organization, now=now)
            done += 1
    return done


def _lock(organization: Organization) -> None:
    """A purge and the placing of a hold wait for each other: no purge passes a hold that is being placed."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
