"""What is not answered counts from the day after the deadline, and freshness rolls there by itself."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.engine.cells import CellState
from scorecards.models import Questionnaire, ScorecardState
from scorecards.scheduling import due_scorecards
from scorecards.selectors.board import current_board
from scorecards.selectors.questionnaire_choices import suggested
from scorecards.services.questionnaires import (
    change_copy,
    change_questionnaire,
    next_round,
    send_questionnaire,
    withdraw_copy,
)
from scorecards.unanswered import unanswered_of
from tests.factories.core import Team
from tests.factories.questionnaires import answer, copy_of, make_questionnaire
from tests.integration.questionnaires.conftest import Ground, clock, lay_out


@pytest.fixture
def asked(transactional_db: None, team: Team) -> tuple[Ground, Questionnaire]:
    """Both vendors are asked about clinical research within ten days; committed."""
    with organization_scope(team.organization.pk, team.actor()):
        ground = lay_out(team)
        row = make_questionnaire(
            ground.scorecard, ["SVC3", "MOD4"], [ground.alder, ground.birch], now=clock()
        )
    recompute.run(ground.scorecard.pk, clock=clock)
    return ground, row


def states(ground: Ground, code: str) -> dict[str, str]:
    """The state of one criterion by vendor, as published."""
    with organization_scope(ground.team.organization.pk, "test"):
        board = current_board(ground.scorecard)
        column = board.codes.index(code)
        return {
            standing.vendor: CellState(int(board.cells.state[row, column])).name.lower()
            for row, standing in enumerate(board.standings)
        }


def at(ground: Ground, moment: datetime) -> dict[str, str]:
    """The same after a calculation at another time."""
    recompute.run(ground.scorecard.pk, clock=lambda: moment)
    return states(ground, "SVC3")


def due(ground: Ground, moment: datetime) -> bool:
    return ground.scorecard.pk in due_scorecards(now=moment)


def test_silence_counts_from_the_day_after_the_deadline(asked: tuple[Ground, Questionnaire]) -> None:
    ground, row = asked
    last = clock() + timedelta(days=10)
    before = states(ground, "SVC3")
    with organization_scope(ground.team.organization.pk, ground.actor()):
        answer(copy_of(row, ground.alder), "SVC3", {"level": 2}, now=clock())

    assert due(ground, clock())  # an answer is a change
    on_the_day, after = at(ground, last), at(ground, last + timedelta(days=1))

    assert before == {"Alder": "unknown", "Birch": "unknown"}
    assert on_the_day == {"Alder": "unknown", "Birch": "unknown"}
    assert after == {"Alder": "unknown", "Birch": "overdue"}
    assert states(ground, "MOD4") == {"Alder": "overdue", "Birch": "overdue"}


def test_the_calculation_expires_on_the_day_after_the_deadline(asked: tuple[Ground, Questionnaire]) -> None:
    ground, row = asked

    state = ScorecardState.objects.get(pk=ground.scorecard.pk)

    assert state.next_expiry is not None
    assert row.deadline is not None
    assert state.next_expiry <= row.deadline + timedelta(days=1)
    assert due(ground, clock() + timedelta(days=11))


def test_more_time_letting_off_and_a_new_round_lift_the_silence(asked: tuple[Ground, Questionnaire]) -> None:
    ground, row = asked
    late = clock() + timedelta(days=12)
    assert at(ground, late) == {"Alder": "overdue", "Birch": "overdue"}

    with organization_scope(ground.team.organization.pk, ground.actor()):
        until = late.date() + timedelta(days=5)
        change_copy(
            copy=copy_of(row, ground.alder),
            expected_version=None,
            by=ground.actor(),
            now=late,
            deadline=until,
        )
        withdraw_copy(
            copy=copy_of(row, ground.birch),
            reason="A slip",
            expected_version=None,
            by=ground.actor(),
            now=late,
        )
    assert due(ground, clock())
    assert at(ground, late) == {"Alder": "unknown", "Birch": "unknown"}

    later = late + timedelta(days=20)
    assert at(ground, later) == {"Alder": "overdue", "Birch": "unknown"}
    with organization_scope(ground.team.organization.pk, ground.actor()):
        again = next_round(questionnaire=row, by=ground.actor(), now=later)
        until = later.date() + timedelta(days=5)
        again = change_questionnaire(
            questionnaire=again, expected_version=None, by=ground.actor(), now=later, deadline=until
        )
        send_questionnaire(questionnaire=again, expected_version=None, by=ground.actor(), now=later)
    assert at(ground, later) == {"Alder": "unknown", "Birch": "unknown"}


def test_what_is_unanswered_is_read_with_one_statement(asked: tuple[Ground, Questionnaire]) -> None:
    ground, _ = asked
    with organization_scope(ground.team.organization.pk, "test"):
        with CaptureQueriesContext(connection) as one:
            unanswered_of(ground.team.organization, [ground.alder.pk])
        with CaptureQueriesContext(connection) as two:
            found = unanswered_of(ground.team.organization, [ground.alder.pk, ground.birch.pk])

    assert (len(one), len(two)) == (1, 1)
    assert {candidate: len(records) for candidate, records in found.items()} == {
        ground.alder.pk: 2,
        ground.birch.pk: 2,
    }


def test_the_next_best_questions_are_suggested_with_their_reason(asked: tuple[Ground, Questionnaire]) -> None:
    ground, _ = asked
    with organization_scope(ground.team.organization.pk, "test"):
        found = suggested(ground.scorecard, most=5)

    assert len(found) == 5
    assert all(ask.why and ask.criterion for ask in found)
