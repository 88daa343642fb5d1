"""What vendors answer: kept as they said it, revision by revision, until somebody decides what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import QuestionnaireAnswer, QuestionnaireCopy, QuestionnaireItem
from scorecards.models.questionnaire import LONGEST_SOURCE, LONGEST_WORDS
from scorecards.selectors.questionnaires import item_list, present_answers, sees_answer
from scorecards.services.questionnaires import locked_copy, require_open
from vendors.facts import FactValueError, validate_value
from vendors.models import StoredFile
from vendors.services.writing import begin, change, clean, constraints_in_words

Kind, Channel, State = QuestionnaireAnswer.Kind, QuestionnaireAnswer.Channel, QuestionnaireItem.State
WAITING = (State.ANSWERED, State.REFUSED)
STATE_OF_KIND = {Kind.VALUE: State.ANSWERED, Kind.UNKNOWN: State.UNKNOWN, Kind.REFUSED: State.REFUSED}


@dataclass(frozen=True)
class Entry:
    """What a vendor says to one question: a value in the shape of its fact, that it does not know, or that it refuses.

    `source` names where the answer is shown: a document, a page, a person.
    """

    item: QuestionnaireItem
    kind: str
    value: dict[str, Any] | None = None
    comment: str = ""
    source: str = ""


@transaction.atomic
def record_answers(
    *,
    copy: QuestionnaireCopy,
    entries: Sequence[Entry],
    channel: str,
    by: Actor,
    now: datetime,
    answered_on: date | None = None,
    file: StoredFile | None = None,
) -> int:
    """Keep what a vendor answered, all or nothing; returns how many questions have another answer now.

    An answer that says the same as the present one changes nothing; another one waits for a decision anew. `answered_on`
    is the day the vendor gave it (today unless said). Late answers are taken until the round is closed.
    Raises Invalid that names each entry at fault ("answers.3.value.number"), Conflict when no answer is taken.
    """
    begin(copy.organization, by, Permission.EDIT_QUESTIONNAIRES)
    current = locked_copy(copy, None)
    require_open(current)
    day = answered_on or now.date()
    errors = _day_errors(current, day, now)
    items = {item.pk: item for item in item_list(current)}
    seen: set[int] = set()
    for number, entry in enumerate(entries):
        errors += _faults(f"answers.{number}", entry, items, seen, by)
        seen.add(entry.item.pk)
    if errors:
        raise Invalid(errors[0].message, errors=errors)
    before = present_answers(current.organization, [items[entry.item.pk] for entry in entries])
    rows = []
    for entry in entries:
        said = before.get(entry.item.pk)
        if said is None or _said(said) != _said(entry) or items[entry.item.pk].state == State.AGAIN:
            rows.append(_answer(current, items[entry.item.pk], entry, said, day, channel, file, by, now))
    for row in rows:
        clean(row)
    with constraints_in_words():
        QuestionnaireAnswer.objects.bulk_create(rows)
    changed = [_with_state(items[row.item_id], STATE_OF_KIND[Kind(row.kind)]) for row in rows]
    QuestionnaireItem.objects.bulk_update(changed, ["state"])
    settle(current, now=now)
    return len(rows)


def settle(copy: QuestionnaireCopy, *, now: datetime) -> None:
    """Note on a locked copy whether every question is answered, and whether every answer was decided about."""
    states = set(
        QuestionnaireItem.objects.for_organization(copy.organization)
        .filter(copy=copy)
        .values_list("state", flat=True)
    )
    answered = not states & {State.OPEN, State.AGAIN}
    reviewed = answered and not states & set(WAITING)
    change(
        copy,
        {
            "answered_at": (copy.answered_at or now) if answered else None,
            "reviewed_at": (copy.reviewed_at or now) if reviewed else None,
        },
        now=now,
    )


def _with_state(item: QuestionnaireItem, state: str) -> QuestionnaireItem:
    item.state = state
    return item


def _answer(
    copy: QuestionnaireCopy, item: QuestionnaireItem, entry: Entry, before: QuestionnaireAnswer | None, day: date,
    channel: str, file: StoredFile | None, by: Actor, now: datetime,
) -> QuestionnaireAnswer:  # fmt: skip
    return QuestionnaireAnswer(
        organization=copy.organization, item=item, revision=before.revision + 1 if before else 1, kind=entry.kind,
        value=entry.value if entry.kind == Kind.VALUE else None, comment=entry.comment.strip(), source=entry.source.strip(),
        answered_on=day, channel=channel, file=file, recorded_by=by.user, recorded_by_name=by.name, recorded_at=now,
    )  # fmt: skip


def _said(answer: Entry | QuestionnaireAnswer) -> tuple[str, Any, str, str]:
    value = answer.value if answer.kind == Kind.VALUE else None
    return str(answer.kind), value, answer.comment.strip(), answer.source.strip()


def _day_errors(copy: QuestionnaireCopy, day: date, now: datetime) -> list[FieldError]:
    if day > now.date():
        return [FieldError("answered_on", "in_future", "The day of the answer lies in the future.")]
    if copy.sent_at is not None and day < copy.sent_at.date():
        return [FieldError("answered_on", "before_sent", "Nothing is answered before it was asked.")]
    return []


def _faults(
    path: str, entry: Entry, items: dict[int, QuestionnaireItem], seen: set[int], by: Actor
) -> list[FieldError]:
    """What is wrong with one entry."""
    if entry.item.pk not in items:
        return [FieldError(f"{path}.question", "not_asked", "This is not asked here.")]
    if entry.item.pk in seen:
        return [FieldError(f"{path}.question", "twice", "This question is answered twice.")]
    if not sees_answer(by, entry.item.target):
        return [
            FieldError(
                f"{path}.question", "commercial", "Prices and terms are entered by those who may read them."
            )
        ]
    found = []
    if entry.kind not in set(Kind):
        found.append(
            FieldError(f"{path}.kind", "unknown", "Give an answer, “don't know” or “not disclosed”.")
        )
    elif entry.kind == Kind.VALUE and entry.value is None:
        found.append(FieldError(f"{path}.value", "required", "An answer states a value."))
    elif entry.kind == Kind.VALUE:
        try:
            validate_value(entry.item.target, entry.value)
        except FactValueError as error:
            found.append(FieldError(f"{path}.{error.field}", "invalid_value", error.message))
    elif entry.value is not None:
        found.append(FieldError(f"{path}.value", "value_and_none", "Without an answer there is no value."))
    for name, text, most in (
        ("comment", entry.comment, LONGEST_WORDS),
        ("source", entry.source, LONGEST_SOURCE),
    ):
        if len(text) > most:
            found.append(FieldError(f"{path}.{name}", "too_long", f"At most {most} characters."))
    return found
