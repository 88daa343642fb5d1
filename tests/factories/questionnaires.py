"""Questionnaires for tests: rounds, answers and filled-in workbooks; inside an open organization_scope."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from openpyxl import load_workbook

from cdmo_eval.core.policies import Actor
from scorecards.exporting.questionnaire_sheet import SHEET, write_questionnaire
from scorecards.models import Candidate, Questionnaire, QuestionnaireCopy, QuestionnaireItem, Scorecard
from scorecards.selectors.questionnaire_choices import Ask
from scorecards.selectors.questionnaires import copy_list, item_list
from scorecards.services.questionnaire_answers import Entry, record_answers
from scorecards.services.questionnaire_sheets import sheet_of_copy
from scorecards.services.questionnaires import create_questionnaire, send_questionnaire
from tests.factories.core import NOW
from tests.factories.vendors import somebody

Change = Callable[[Any], None]


def make_questionnaire(
    scorecard: Scorecard,
    targets: Sequence[str],
    candidates: Sequence[Candidate],
    *,
    now: datetime = NOW,
    sent: bool = True,
    days: int = 10,
    **fields: Any,
) -> Questionnaire:
    """A round of these questions, sent unless told otherwise, to be answered within ten days."""
    by = somebody(scorecard.organization)
    standard: dict[str, Any] = {"name": "First round", "deadline": now.date() + timedelta(days=days)}
    row = create_questionnaire(
        scorecard=scorecard, asks=[Ask(target) for target in targets], candidates=candidates, by=by, now=now, **(standard | fields)
    )  # fmt: skip
    if sent:
        row = send_questionnaire(questionnaire=row, expected_version=None, by=by, now=now)
    return row


def copy_of(questionnaire: Questionnaire, candidate: Candidate | None = None) -> QuestionnaireCopy:
    """The copy of a candidate, of the only one unless named."""
    rows = copy_list(questionnaire.organization, questionnaire)
    return rows.get(candidate=candidate) if candidate else rows.get()


def item_of(copy: QuestionnaireCopy, target: str) -> QuestionnaireItem:
    """The first question about a fact."""
    found: QuestionnaireItem | None = item_list(copy).filter(target=target).first()
    assert found is not None
    return found


def answer(
    copy: QuestionnaireCopy, target: str, value: dict[str, Any] | None, *, now: datetime = NOW, **rest: Any
) -> None:
    """Say something to one question; without a value it is refused unless `kind` says otherwise."""
    kind = rest.pop("kind", "refused" if value is None else "value")
    entry = Entry(item_of(copy, target), kind, value, rest.pop("comment", ""), rest.pop("source", ""))
    by = rest.pop("by", None) or somebody(copy.organization)
    record_answers(copy=copy, entries=[entry], channel="page", by=by, now=now, **rest)


def workbook(
    copy: QuestionnaireCopy, by: Actor, change: Change | None = None, *, now: datetime = NOW
) -> io.BytesIO:
    """The workbook of a copy as the vendor would send it back after `change` of its sheet of questions."""
    target = io.BytesIO()
    write_questionnaire(copy, sheet_of_copy(copy, by=by), target, now=now)
    if change is not None:
        book = load_workbook(target)
        change(book[SHEET])
        target = io.BytesIO()
        book.save(target)
    target.seek(0)
    return target
