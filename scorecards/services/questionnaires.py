"""Rounds of questions: writing a draft, sending it, changing a vendor's deadline, taking it back, closing, going on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from cdmo_eval.core.errors import Conflict, FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.engine.digest import canonical_digest
from scorecards.exporting.questionnaire_lines import content_of
from scorecards.models import (
    Candidate,
    Questionnaire,
    QuestionnaireCopy,
    QuestionnaireItem,
    QuestionnaireQuestion,
    Scorecard,
)
from scorecards.selectors.questionnaire_choices import Ask, Things, things_of
from scorecards.selectors.questionnaires import copy_list, is_commercial
from vendors.facts import FACTS
from vendors.services.writing import (
    begin,
    change,
    clean,
    constraints_in_words,
    insert,
    known_fields,
    living,
    locked,
    own,
)
from vendors.vocabulary import Modality

MOST_QUESTIONS, MOST_VENDORS, MOST_ITEMS = 150, 200, 500
PLAIN = ("name", "message", "contact", "deadline")
"""What a draft says beside its questions and vendors."""


@transaction.atomic
def create_questionnaire(
    *,
    scorecard: Scorecard,
    name: str,
    asks: Sequence[Ask],
    candidates: Sequence[Candidate],
    by: Actor,
    now: datetime,
    deadline: date | None = None,
    message: str = "",
    contact: str = "",
    follows: Questionnaire | None = None,
) -> Questionnaire:
    """Write a draft: what to ask, of whom, until when. Questions are worded now and stay so.

    Raises Invalid for an unknown fact, a vendor that does not stand on the scorecard and a deadline in the past.
    """
    organization = scorecard.organization
    begin(organization, by, Permission.EDIT_QUESTIONNAIRES)
    living(scorecard)
    own(organization, follows, *candidates)
    check_deadline(deadline, now)
    row = Questionnaire(
        organization=organization, scorecard=scorecard, follows=follows, round=follows.round + 1 if follows else 1,
        name=name.strip(), message=message.strip(), contact=contact.strip(), deadline=deadline, updated_at=now,
    )  # fmt: skip
    insert(row)
    _write_questions(row, asks)
    _write_copies(row, candidates)
    return row


@transaction.atomic
def change_questionnaire(
    *, questionnaire: Questionnaire, expected_version: int | None, by: Actor, now: datetime,
    asks: Sequence[Ask] | None = None, candidates: Sequence[Candidate] | None = None, **changes: Any,
) -> Questionnaire:  # fmt: skip
    """Change a draft; questions and vendors given take the place of those before. Raises Conflict once it was sent."""
    begin(questionnaire.organization, by, Permission.EDIT_QUESTIONNAIRES)
    known_fields(changes, PLAIN)
    own(questionnaire.organization, *(candidates or ()))
    current = _draft(questionnaire, expected_version)
    check_deadline(changes.get("deadline"), now)
    texts = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    exchanged = False
    if asks is not None and [(ask.target, _wording(ask)) for ask in asks] != _questions(current):
        current.questions.all().delete()
        _write_questions(current, asks)
        exchanged = True
    if candidates is not None and {row.pk for row in candidates} != _asked(current):
        current.copies.all().delete()
        _write_copies(current, candidates)
        exchanged = True
    if not change(current, texts, now=now) and exchanged:
        change(current, {"updated_at": now}, now=now)
    return current


@transaction.atomic
def discard_questionnaire(
    *, questionnaire: Questionnaire, expected_version: int | None, by: Actor, now: datetime
) -> Questionnaire:
    """Throw a draft away; it stays on record. Raises Conflict once it was sent."""
    begin(questionnaire.organization, by, Permission.EDIT_QUESTIONNAIRES)
    current = _draft(questionnaire, expected_version)
    change(current, {"archived_at": now}, now=now)
    return current


@transaction.atomic
def send_questionnaire(
    *, questionnaire: Questionnaire, expected_version: int | None, by: Actor, now: datetime
) -> Questionnaire:
    """Send a draft: from now on its questions stand, and each vendor's workbook can be downloaded.

    What each vendor is asked about (its sites, what they do, the offer) is written down as it is today. Raises Invalid
    without a deadline, a question or a vendor that still stands.
    """
    begin(questionnaire.organization, by, Permission.EDIT_QUESTIONNAIRES)
    current = _draft(questionnaire, expected_version)
    living(current.scorecard)
    if current.deadline is None:
        raise _invalid("deadline", "required", "Say until which day answers are expected.")
    check_deadline(current.deadline, now)
    questions = list(current.questions.order_by("position", "id"))
    if not questions:
        raise _invalid("questions", "required", "Choose at least one question.")
    copies = list(copy_list(current.organization, current))
    _check_candidates(current.scorecard, [copy.candidate for copy in copies])
    things = things_of(current.scorecard.program, [copy.candidate for copy in copies])
    items: list[QuestionnaireItem] = []
    for copy in copies:
        asked = _items(copy, questions, things[copy.candidate_id])
        if len(asked) > MOST_ITEMS:
            raise _invalid(
                "questions",
                "too_many",
                f"{copy.candidate} would be asked {len(asked)} things; at most {MOST_ITEMS} fit a workbook.",
            )
        items += asked
        change(
            copy, {"sent_at": now, "deadline": current.deadline, "digest": digest_of(copy, asked)}, now=now
        )
    with constraints_in_words():
        QuestionnaireItem.objects.bulk_create(items)
    change(current, {"sent_at": now}, now=now)
    return current


@transaction.atomic
def change_copy(
    *, copy: QuestionnaireCopy, expected_version: int | None, by: Actor, now: datetime, **changes: Any
) -> QuestionnaireCopy:
    """Set a vendor's contact or, once it was sent, another deadline for it. Raises Conflict when no answer is taken."""
    begin(copy.organization, by, Permission.EDIT_QUESTIONNAIRES)
    known_fields(changes, ("deadline", "contact_name", "contact_email"))
    current = locked_copy(copy, expected_version)
    if "deadline" in changes and changes["deadline"] != current.deadline:
        require_open(current)
        if changes["deadline"] is None:
            raise _invalid("deadline", "required", "Say until which day answers are expected.")
        check_deadline(changes["deadline"], now)
    if changes.get("contact_email"):
        try:
            validate_email(changes["contact_email"])
        except ValidationError as error:
            raise _invalid("contact_email", "invalid", "This is not an e-mail address.") from error
    change(current, changes, now=now)
    return current


@transaction.atomic
def withdraw_copy(
    *, copy: QuestionnaireCopy, reason: str, expected_version: int | None, by: Actor, now: datetime
) -> QuestionnaireCopy:
    """Take a vendor's questionnaire back: its silence no longer counts, what it answered stays. Needs a reason."""
    begin(copy.organization, by, Permission.EDIT_QUESTIONNAIRES)
    current = locked_copy(copy, expected_version)
    require_open(current)
    if not reason.strip():
        raise _invalid("reason", "required", "Taking a questionnaire back has a reason.")
    change(current, {"withdrawn_at": now, "withdrawal_reason": reason.strip()}, now=now)
    return current


@transaction.atomic
def close_questionnaire(
    *, questionnaire: Questionnaire, expected_version: int | None, by: Actor, now: datetime
) -> Questionnaire:
    """End a round: no answer is taken or reviewed any more. What was left open goes on counting as not answered.

    Raises Conflict for a draft, a closed round, and while answers wait for a decision.
    """
    begin(questionnaire.organization, by, Permission.EDIT_QUESTIONNAIRES)
    current = locked(questionnaire, expected_version)
    if current.state != "sent":
        raise Conflict("Only a round that is running is closed.", code=current.state)
    waiting = QuestionnaireItem.objects.for_organization(current.organization).filter(
        copy__questionnaire=current, copy__withdrawn_at__isnull=True, state__in=["answered", "refused"]
    )
    if number := waiting.count():
        raise Conflict(
            f"{number} {'answer waits' if number == 1 else 'answers wait'} for a decision.", code="to_review"
        )
    change(current, {"closed_at": now}, now=now)
    return current


@transaction.atomic
def next_round(*, questionnaire: Questionnaire, by: Actor, now: datetime) -> Questionnaire:
    """Write the draft of a following round: the questions that stayed open anywhere, for the vendors that left some.

    Raises Conflict for a draft and when nothing was left open.
    """
    begin(questionnaire.organization, by, Permission.EDIT_QUESTIONNAIRES)
    current = locked(questionnaire, None)
    if current.sent_at is None:
        raise Conflict("This round was not sent yet.", code="draft")
    left = QuestionnaireItem.objects.for_organization(current.organization).filter(
        copy__questionnaire=current, copy__withdrawn_at__isnull=True, state__in=QuestionnaireItem.SILENT
    )
    questions = current.questions.filter(pk__in=left.values("question_id")).order_by("position", "id")
    standing = Candidate.objects.for_organization(current.organization).on_scorecard(current.scorecard)
    candidates = (
        standing.filter(pk__in=left.values("copy__candidate_id")).select_related("vendor").order_by("id")
    )
    asks = [
        Ask(row.target, row.criterion, row.wording, "Left open in the round before.") for row in questions
    ]
    if not asks or not candidates:
        raise Conflict("Every question of this round is answered.", code="nothing_open")
    return create_questionnaire(
        scorecard=current.scorecard, name=current.name, asks=asks, candidates=list(candidates), message=current.message,
        contact=current.contact, follows=current, by=by, now=now,
    )  # fmt: skip


# Shared with what follows a sent round ------------------------------------------------------------------------------------


def locked_copy(copy: QuestionnaireCopy, expected_version: int | None) -> QuestionnaireCopy:
    """The copy as it is now, locked, with its round and candidate."""
    current = locked(copy, expected_version)
    return copy_list(current.organization).get(pk=current.pk)


def require_open(copy: QuestionnaireCopy) -> None:
    """Raise Conflict, in words, unless answers are taken."""
    words = {
        "draft": "This questionnaire was not sent yet.",
        "closed": "This round is closed.",
        "withdrawn": "This questionnaire was taken back.",
    }
    if not copy.open:
        raise Conflict(words[copy.state], code=copy.state)


def check_deadline(deadline: date | None, now: datetime) -> None:
    """Raise Invalid for a day that is over, or beyond the calendar that ages are counted by."""
    if deadline is not None and deadline < now.date():
        raise _invalid("deadline", "past", "The deadline lies in the past.")
    if deadline is not None and deadline.year > now.year + 5:
        raise _invalid("deadline", "too_far", "The deadline lies more than five years ahead.")


def digest_of(copy: QuestionnaireCopy, items: Sequence[QuestionnaireItem]) -> str:
    """SHA-256 of what a vendor is asked: every question with its words, lines and the thing it is about."""
    return canonical_digest(
        {
            "copy": str(copy.public_id),
            "candidate": str(copy.candidate.public_id),
            "items": [
                {
                    "number": item.number, "about": item.about, "target": item.target, "subject": item.subject_type,
                    "site": str(item.site.public_id) if item.site else "", "capability": str(item.capability.public_id) if item.capability else "",
                    "wording": item.question.wording, "help": item.question.help_text, "content": item.question.content,
                }
                for item in items
            ],
        }
    )  # fmt: skip


def _items(
    copy: QuestionnaireCopy, questions: Sequence[QuestionnaireQuestion], things: Things
) -> list[QuestionnaireItem]:
    """What one vendor is asked: about the vendor and its offer first, then site by site."""
    asked = [(question, about) for question in questions for about in things.asked_of(FACTS[question.target])]
    order = {name: place for place, name in enumerate(dict.fromkeys(about.words for _, about in asked))}
    asked.sort(key=lambda pair: (pair[1].site is not None, order[pair[1].words], pair[0].position))
    return [
        QuestionnaireItem(
            organization=copy.organization, copy=copy, question=question, number=number, target=question.target,
            subject_type=about.type.value, site=about.site, capability=about.capability, about=_about(about.words, question),
        )
        for number, (question, about) in enumerate(asked, start=1)
    ]  # fmt: skip


def _about(words: str, question: QuestionnaireQuestion) -> str:
    """The thing asked about, with the modality where the answer holds for one only."""
    scope = f" ({Modality(question.modality).label})" if question.modality else ""
    return f"{words}{scope}"[:500]


def _write_questions(row: Questionnaire, asks: Sequence[Ask]) -> None:
    errors = [
        FieldError(f"questions.{place}", "unknown_target", f"Nothing is known under the code {ask.target!r}.")
        for place, ask in enumerate(asks) if ask.target not in FACTS
    ]  # fmt: skip
    if errors:
        raise Invalid(errors[0].message, errors=errors)
    if len(asks) > MOST_QUESTIONS:
        raise _invalid("questions", "too_many", f"A questionnaire has at most {MOST_QUESTIONS} questions.")
    rows = [_question(row, place, ask) for place, ask in enumerate(asks, start=1)]
    for question in rows:
        clean(question)
    with constraints_in_words():
        QuestionnaireQuestion.objects.bulk_create(rows)


def _question(row: Questionnaire, place: int, ask: Ask) -> QuestionnaireQuestion:
    fact = FACTS[ask.target]
    modality = row.scorecard.program.modality if "modality" in fact.scope_parts else ""
    return QuestionnaireQuestion(
        organization=row.organization, questionnaire=row, position=place, target=ask.target, criterion=ask.criterion,
        wording=_wording(ask), help_text=fact.label if fact.label != fact.question else "",
        why=ask.why[:300], modality=modality, content=content_of(fact),
    )  # fmt: skip


def _write_copies(row: Questionnaire, candidates: Sequence[Candidate]) -> None:
    if candidates:
        _check_candidates(row.scorecard, candidates)
    if len(candidates) > MOST_VENDORS:
        raise _invalid("candidates", "too_many", f"A round asks at most {MOST_VENDORS} vendors.")
    with constraints_in_words():
        QuestionnaireCopy.objects.bulk_create(
            QuestionnaireCopy(organization=row.organization, questionnaire=row, candidate=candidate)
            for candidate in dict.fromkeys(candidates)
        )


def _check_candidates(scorecard: Scorecard, candidates: Sequence[Candidate]) -> None:
    if not candidates:
        raise _invalid("candidates", "required", "Choose at least one vendor.")
    standing = Candidate.objects.for_organization(scorecard.organization).on_scorecard(scorecard)
    known = set(standing.filter(pk__in=[row.pk for row in candidates]).values_list("pk", flat=True))
    if odd := [row for row in candidates if row.pk not in known]:
        raise _invalid("candidates", "not_on_scorecard", f"{odd[0]} does not stand on this scorecard.")


def _questions(row: Questionnaire) -> list[tuple[str, str]]:
    return list(row.questions.order_by("position", "id").values_list("target", "wording"))


def _wording(ask: Ask) -> str:
    """In whose words it is put: the asker's, else the catalogue's."""
    return ask.wording.strip() or (FACTS[ask.target].question if ask.target in FACTS else "")


def _asked(row: Questionnaire) -> set[int]:
    return set(row.copies.values_list("candidate_id", flat=True))


def _draft(questionnaire: Questionnaire, expected_version: int | None) -> Questionnaire:
    current = locked(questionnaire, expected_version)
    if current.state != "draft":
        raise Conflict(
            "This questionnaire was sent: its questions stand. Go on with a new round.", code=current.state
        )
    return current


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field, code, message)])


def is_any_commercial(items: Sequence[QuestionnaireItem]) -> bool:
    """Whether a workbook of these questions is for those alone who may read offers."""
    return any(is_commercial(item.target) for item in items)
