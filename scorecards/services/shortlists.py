"""Shortlists: make one, add and order candidates, decide on each, talk about them, declare interests."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from cdmo_eval.core.errors import Conflict, FieldError, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Actor, Permission, allows
from scorecards.models import (
    Candidate,
    ConflictDeclaration,
    Result,
    Scorecard,
    Shortlist,
    ShortlistItem,
    ShortlistRemark,
)
from scorecards.selectors.results import last_run
from vendors.services.writing import begin, change, insert, known_fields, living, locked, own

MOST_ITEMS = 100
DETAILS = ("name", "purpose", "primary", "backup", "reason", "next_steps")
SIGNED = "This shortlist is signed. Begin a new edition to change it."


@transaction.atomic
def create_shortlist(
    *,
    scorecard: Scorecard,
    name: str,
    candidates: Sequence[Candidate] = (),
    purpose: str = "",
    by: Actor,
    now: datetime,
) -> Shortlist:
    """Begin a shortlist of a scorecard with some of its candidates, in the order given. Its owner is who begins it."""
    organization = scorecard.organization
    begin(organization, by, Permission.EDIT_SHORTLISTS)
    own(organization, *candidates)
    living(scorecard, *candidates)
    row = insert(
        Shortlist(
            organization=organization, scorecard=scorecard, name=name.strip(), purpose=purpose.strip(), owner=by.user, owner_name=by.name,
            updated_at=now,
        )
    )  # fmt: skip
    _add(row, candidates, by=by, now=now)
    return row


@transaction.atomic
def change_shortlist(
    *, shortlist: Shortlist, expected_version: int | None, by: Actor, now: datetime, **fields: Any
) -> Shortlist:
    """Change name, purpose, the choice (`primary`, `backup`: candidates on the shortlist, or None), `reason`, `next_steps`."""
    begin(shortlist.organization, by, Permission.EDIT_SHORTLISTS)
    known_fields(fields, DETAILS)
    current = open_shortlist(shortlist, expected_version)
    for field in ("primary", "backup"):
        if fields.get(field) is not None:
            own(current.organization, fields[field])
            _check_kept(current, fields[field], field)
    change(
        current,
        {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()},
        now=now,
    )
    return current


@transaction.atomic
def archive_shortlist(
    *, shortlist: Shortlist, expected_version: int | None, by: Actor, now: datetime
) -> Shortlist:
    """Put a shortlist away. What was signed stays readable."""
    begin(shortlist.organization, by, Permission.EDIT_SHORTLISTS)
    current = locked(shortlist, expected_version)
    living(current)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def add_to_shortlist(
    *, shortlist: Shortlist, candidates: Sequence[Candidate], by: Actor, now: datetime
) -> list[ShortlistItem]:
    """Add candidates at the end; those that are on it already stay where they are."""
    begin(shortlist.organization, by, Permission.EDIT_SHORTLISTS)
    own(shortlist.organization, *candidates)
    living(*candidates)
    current = open_shortlist(shortlist, None)
    return _add(current, candidates, by=by, now=now)


@transaction.atomic
def decide_item(
    *, item: ShortlistItem, expected_version: int | None, decision: str, reason: str, by: Actor, now: datetime
) -> ShortlistItem:
    """Keep, hold or drop a candidate, with a reason; dropping needs one. Who is chosen cannot be dropped."""
    current = _item(item, expected_version, by)
    values = {"decision": decision, "reason": reason.strip()}
    if decision != ShortlistItem.Decision.KEEP:
        _check_not_chosen(current)
    if decision == ShortlistItem.Decision.DROP and not values["reason"]:
        message = "Dropping a candidate needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    change(current, values, now=now)
    return current


@transaction.atomic
def move_item(*, item: ShortlistItem, position: int, by: Actor, now: datetime) -> list[ShortlistItem]:
    """Put a candidate at a place of the order, counted from 1; the others make room. Returns all in their order."""
    current = _item(item, None, by)
    rows = list(_items(current.shortlist))
    rows = [row for row in rows if row.pk != current.pk]
    if not 1 <= position <= len(rows) + 1:
        message = f"A place from 1 to {len(rows) + 1}."
        raise Invalid(message, errors=[FieldError("position", "out_of_range", message)])
    rows.insert(position - 1, current)
    _renumber(rows, now=now)
    return rows


@transaction.atomic
def remove_item(*, item: ShortlistItem, reason: str, by: Actor, now: datetime) -> ShortlistItem:
    """Take a candidate off that was added by mistake, for a reason; the row and what was said stay. To rule it out, drop it."""
    current = _item(item, None, by)
    _check_not_chosen(current)
    if not reason.strip():
        message = "Taking a candidate off needs a reason."
        raise Invalid(message, errors=[FieldError("reason", "required", message)])
    change(current, {"archived_at": now, "reason": reason.strip()}, now=now)
    _renumber(list(_items(current.shortlist)), now=now)
    return current


@transaction.atomic
def remark(
    *,
    shortlist: Shortlist,
    text: str,
    candidate: Candidate | None = None,
    kind: str = ShortlistRemark.Kind.COMMENT.value,
    by: Actor,
    now: datetime,
) -> ShortlistRemark:
    """Say something about a shortlist or one of its candidates, for ever. Dissent is part of what is signed, so it comes before."""
    _begin_talking(shortlist.organization, by)
    current = _taken(shortlist)
    if kind == ShortlistRemark.Kind.DISSENT and current.frozen_at is not None:
        raise Conflict(
            "This decision is signed already. Begin a new edition to record dissent.", code="signed"
        )
    if candidate is not None:
        own(current.organization, candidate)
        if not _items(current).filter(candidate=candidate).exists():
            raise _not_on(field="candidate")
    return insert(
        ShortlistRemark(
            organization=current.organization, shortlist=current, candidate=candidate, edition=current.edition, kind=kind, author=by.user,
            author_name=by.name, text=text.strip(), written_at=now,
        )
    )  # fmt: skip


@transaction.atomic
def declare_interests(
    *, shortlist: Shortlist, conflict: bool, text: str = "", by: Actor, now: datetime
) -> ConflictDeclaration:
    """Declare for oneself whether one has an interest in any of the vendors, and which. A later declaration replaces it."""
    _begin_talking(shortlist.organization, by)
    if by.user is None:
        raise PermissionDenied("A person declares their own interests.")
    current = _taken(shortlist)
    if conflict and not text.strip():
        message = "State the conflict of interest."
        raise Invalid(message, errors=[FieldError("text", "required", message)])
    return insert(
        ConflictDeclaration(
            organization=current.organization, shortlist=current, person=by.user, person_name=by.user.name, conflict=conflict,
            text=text.strip(), declared_at=now,
        )
    )  # fmt: skip


def talking_permission(by: Actor) -> Permission:
    """Who edits shortlists, and who signs decisions, may talk about them and declare interests."""
    return Permission.SIGN_DECISIONS if allows(by, Permission.SIGN_DECISIONS) else Permission.EDIT_SHORTLISTS


def open_shortlist(shortlist: Shortlist, expected_version: int | None) -> Shortlist:
    """The shortlist, locked, to be changed. Raises Conflict for a signed or archived one."""
    current = locked(shortlist, expected_version)
    living(current)
    if current.frozen_at is not None:
        raise Conflict(SIGNED, code="signed")
    return current


def _begin_talking(organization: Organization, by: Actor) -> None:
    begin(organization, by, talking_permission(by))


def _taken(shortlist: Shortlist) -> Shortlist:
    """The shortlist, locked, signed or not."""
    current = locked(shortlist, None)
    living(current)
    return current


def _items(shortlist: Shortlist) -> Any:
    rows = ShortlistItem.objects.for_organization(shortlist.organization).active().filter(shortlist=shortlist)
    return rows.select_related("candidate__vendor", "shortlist").order_by("position", "id")


def _item(item: ShortlistItem, expected_version: int | None, by: Actor) -> ShortlistItem:
    """The item, locked after its shortlist, to be changed."""
    begin(item.organization, by, Permission.EDIT_SHORTLISTS)
    shortlist = open_shortlist(item.shortlist, None)
    current = locked(item, expected_version)
    if current.archived_at is not None:
        raise NotFound("There is no such candidate on this shortlist.")
    current.shortlist = shortlist
    return current


def _add(
    shortlist: Shortlist, candidates: Iterable[Candidate], *, by: Actor, now: datetime
) -> list[ShortlistItem]:
    scorecard, organization = shortlist.scorecard, shortlist.organization
    wanted = list(dict.fromkeys(candidates))
    on_scorecard = set(Candidate.objects.for_organization(organization).on_scorecard(scorecard).values_list("pk", flat=True)) if wanted else set()  # fmt: skip
    if any(candidate.pk not in on_scorecard for candidate in wanted):
        message = "A candidate of another programme, or that the scorecard does not judge."
        raise Invalid(message, errors=[FieldError("candidates", "not_on_scorecard", message)])
    present = set(_items(shortlist).values_list("candidate_id", flat=True))
    wanted = [candidate for candidate in wanted if candidate.pk not in present]
    if len(present) + len(wanted) > MOST_ITEMS:
        message = f"A shortlist holds at most {MOST_ITEMS} candidates."
        raise Invalid(message, errors=[FieldError("candidates", "too_many", message)])
    run = None if scorecard.scores_hidden else last_run(scorecard)
    results = Result.objects.for_organization(organization).filter(scorecard=scorecard, candidate__in=wanted)
    standing = {row.candidate_id: row for row in results} if run else {}
    last = _items(shortlist).aggregate(last=Max("position"))["last"] or 0
    added = []
    for position, candidate in enumerate(wanted, start=last + 1):
        row = standing.get(candidate.pk)
        added.append(
            insert(
                ShortlistItem(
                    organization=organization, shortlist=shortlist, candidate=candidate, position=position, added_rank=row.rank if row else None,
                    added_state=row.state if row else "", added_run=run.number if run and row else None, added_by=by.user,
                    added_by_name=by.name, updated_at=now,
                )
            )
        )  # fmt: skip
    return added


def _renumber(rows: Sequence[ShortlistItem], *, now: datetime) -> None:
    for position, row in enumerate(rows, start=1):
        change(row, {"position": position}, now=now)


def _check_kept(shortlist: Shortlist, candidate: Candidate, field: str) -> None:
    row = _items(shortlist).filter(candidate=candidate).first()
    if row is None:
        raise _not_on(field=field)
    if row.decision != ShortlistItem.Decision.KEEP:
        message = "Only a candidate that is kept can be chosen."
        raise Invalid(message, errors=[FieldError(field, "not_kept", message)])


def _check_not_chosen(item: ShortlistItem) -> None:
    if item.candidate_id in {item.shortlist.primary_id, item.shortlist.backup_id}:
        raise Conflict("This candidate is chosen. Choose another one first.", code="chosen")


def _not_on(*, field: str) -> Invalid:
    message = "This candidate is not on the shortlist."
    return Invalid(message, errors=[FieldError(field, "not_on_shortlist", message)])
