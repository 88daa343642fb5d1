"""What becomes of a vendor's answers: accepted as a claim on record, rejected with a reason, or asked again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.models import QuestionnaireAnswer, QuestionnaireCopy, QuestionnaireItem, QuestionnaireReview
from scorecards.selectors.questionnaires import is_commercial, item_list, present_answers
from scorecards.services.questionnaire_answers import WAITING, Kind, State, settle
from scorecards.services.questionnaires import check_deadline, locked_copy, require_open
from vendors.models import Evidence
from vendors.services import Draft, Provenance, Subject, record_many
from vendors.services.evidence import Scope
from vendors.services.writing import begin, change, clean, constraints_in_words
from vendors.vocabulary import ClaimType, Confidentiality, Grade, SourceKind, SubjectType

Verdict = QuestionnaireReview.Decision
STATE_OF = {Verdict.ACCEPTED: State.ACCEPTED, Verdict.REJECTED: State.REJECTED, Verdict.AGAIN: State.AGAIN}
LONGEST_REASON = 500


@dataclass(frozen=True)
class Decision:
    """What somebody decided about one revision of an answer; all but accepting has a reason."""

    item: QuestionnaireItem
    revision: int
    decision: str
    reason: str = ""


@transaction.atomic
def review_answers(
    *,
    copy: QuestionnaireCopy,
    decisions: Sequence[Decision],
    by: Actor,
    now: datetime,
    deadline: date | None = None,
) -> list[QuestionnaireReview]:
    """Decide about answers, all or nothing. An accepted one becomes evidence: claimed, grade D, dated by the answer.

    A refusal that is accepted becomes refused evidence. What is rejected or asked again is open as before; asking again
    after the deadline needs a new one. Raises Invalid that names each decision at fault ("decisions.3.reason"), Conflict
    when an answer was changed or decided about meanwhile, and when the round is closed.
    """
    organization = copy.organization
    begin(organization, by, Permission.EDIT_EVIDENCE)
    current = locked_copy(copy, None)
    require_open(current)
    items = {item.pk: item for item in item_list(current)}
    answers = present_answers(organization, items.values())
    errors = [
        error
        for number, one in enumerate(decisions)
        for error in _faults(f"decisions.{number}", one, items, answers)
    ]
    errors += _deadline_errors(current, decisions, deadline, now)
    if errors:
        raise Invalid(errors[0].message, errors=errors)
    for one in decisions:
        _require_present(one, items[one.item.pk], answers[one.item.pk])
    recorded = _record(current, decisions, items, answers, by=by, now=now)
    rows = [
        QuestionnaireReview(
            organization=organization, answer=answers[one.item.pk], decision=one.decision, reason=one.reason.strip(), evidence=recorded.get(one.item.pk),
            reviewed_by=by.user, reviewed_by_name=by.name, reviewed_at=now,
        )
        for one in decisions
    ]  # fmt: skip
    for row in rows:
        clean(row)
    with constraints_in_words():
        QuestionnaireReview.objects.bulk_create(rows)
    changed = [items[one.item.pk] for one in decisions]
    for item, one in zip(changed, decisions, strict=True):
        item.state = STATE_OF[Verdict(one.decision)]
    QuestionnaireItem.objects.bulk_update(changed, ["state"])
    if deadline is not None:
        change(current, {"deadline": deadline}, now=now)
    settle(current, now=now)
    return rows


def _record(
    copy: QuestionnaireCopy, decisions: Sequence[Decision], items: dict[int, QuestionnaireItem],
    answers: dict[int, QuestionnaireAnswer], *, by: Actor, now: datetime,
) -> dict[int, Evidence]:  # fmt: skip
    """The accepted answers as evidence, in a few statements, by item."""
    accepted = [items[one.item.pk] for one in decisions if one.decision == Verdict.ACCEPTED]
    drafts = [draft_of(copy, item, answers[item.pk]) for item in accepted]
    try:
        rows = record_many(organization=copy.organization, drafts=drafts, by=by, now=now)
    except Invalid as error:
        raise _at_decisions(error, accepted, decisions) from error
    return {item.pk: row for item, row in zip(accepted, rows, strict=True)}


def _at_decisions(
    error: Invalid, accepted: Sequence[QuestionnaireItem], decisions: Sequence[Decision]
) -> Invalid:
    """The refusal of a record at the decision that would have made it."""
    places = {one.item.pk: number for number, one in enumerate(decisions)}
    found = []
    for part in error.errors:
        first, _, rest = part.field.partition(".")
        at, field = (int(first), rest) if first.isdigit() else (0, part.field)
        found.append(replace(part, field=f"decisions.{places[accepted[at].pk]}.{field}"))
    return Invalid(error.message, code=error.code, errors=found)


def draft_of(copy: QuestionnaireCopy, item: QuestionnaireItem, answer: QuestionnaireAnswer) -> Draft:
    """An answer as the record it becomes: the vendor's own claim, with the questionnaire and its workbook as source."""
    candidate = copy.candidate
    subject = Subject(
        type=SubjectType(item.subject_type), vendor=candidate.vendor, site=item.site, capability=item.capability,
        candidate_id=candidate.pk if item.subject_type == SubjectType.CANDIDATE else None,
    )  # fmt: skip
    shown = f"Shown in: {answer.source}" if answer.source else ""
    confidentiality = Confidentiality.COMMERCIAL if is_commercial(item.target) else Confidentiality.PUBLIC
    provenance = Provenance(
        claim_type=ClaimType.CLAIMED.value, grade=Grade.D.value, obtained_on=answer.answered_on, source_kind=SourceKind.QUESTIONNAIRE.value,
        source=f"Questionnaire “{copy.questionnaire}”, question {item.number}"[:500], file=answer.file,
        note="\n".join(part for part in (answer.comment, shown) if part), confidentiality=confidentiality.value,
    )  # fmt: skip
    refused = answer.kind == Kind.REFUSED
    return Draft(
        subject=subject, target=item.target, value=None if refused else answer.value, refused=refused,
        scope=Scope(modality=item.question.modality), provenance=provenance,
    )  # fmt: skip


def _faults(
    path: str, one: Decision, items: dict[int, QuestionnaireItem], answers: dict[int, QuestionnaireAnswer]
) -> list[FieldError]:
    """What is wrong with one decision."""
    if one.item.pk not in items:
        return [FieldError(f"{path}.question", "not_asked", "This is not asked here.")]
    if one.item.pk not in answers:
        return [FieldError(f"{path}.question", "open", "This question has no answer yet.")]
    found = []
    if one.decision not in set(Verdict):
        found.append(
            FieldError(f"{path}.decision", "unknown", "An answer is accepted, rejected or asked again.")
        )
    elif one.decision != Verdict.ACCEPTED and not one.reason.strip():
        found.append(FieldError(f"{path}.reason", "required", "Rejecting and asking again have a reason."))
    elif one.decision == Verdict.ACCEPTED and answers[one.item.pk].kind == Kind.UNKNOWN:
        found.append(
            FieldError(
                f"{path}.decision",
                "nothing_to_accept",
                "“Don't know” is no answer to accept: ask again, or leave it.",
            )
        )
    if len(one.reason) > LONGEST_REASON:
        found.append(FieldError(f"{path}.reason", "too_long", f"At most {LONGEST_REASON} characters."))
    return found


def _deadline_errors(
    copy: QuestionnaireCopy, decisions: Sequence[Decision], deadline: date | None, now: datetime
) -> list[FieldError]:
    if deadline is not None:
        try:
            check_deadline(deadline, now)
        except Invalid as error:
            return list(error.errors)
    again = any(one.decision == Verdict.AGAIN for one in decisions)
    if again and deadline is None and copy.deadline is not None and copy.deadline < now.date():
        return [FieldError("deadline", "required", "The deadline has passed: say until when you ask again.")]
    return []


def _require_present(one: Decision, item: QuestionnaireItem, answer: QuestionnaireAnswer) -> None:
    """Raise Conflict unless the decision is about the answer that stands and still waits."""
    if one.revision != answer.revision:
        raise Conflict(f"Question {item.number} was answered anew meanwhile.", code="changed_since")
    waiting = {*WAITING, State.UNKNOWN} if one.decision == Verdict.AGAIN else set(WAITING)
    if item.state not in waiting:
        raise Conflict(f"Question {item.number} was decided about already.", code="decided")
