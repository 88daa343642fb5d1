"""Rounds: drafts, sending, what each vendor is asked about, closing, and going on."""

from datetime import timedelta

import pytest

from cdmo_eval.core.errors import Conflict, Invalid, PermissionDenied
from cdmo_eval.core.models import Event
from cdmo_eval.core.roles import Role
from scorecards.models import QuestionnaireItem
from scorecards.selectors.questionnaire_choices import Ask, asks_for, offered_choices, suggested
from scorecards.selectors.questionnaires import item_list, progress_of
from scorecards.services.questionnaire_deadlines import note_deadlines
from scorecards.services.questionnaires import (
    change_copy,
    change_questionnaire,
    close_questionnaire,
    create_questionnaire,
    discard_questionnaire,
    next_round,
    send_questionnaire,
    withdraw_copy,
)
from tests.factories.questionnaires import answer, copy_of, make_questionnaire
from tests.integration.questionnaires.conftest import Ground, clock

TARGETS = ("SVC3", "site.single_use_pct", "capability.scale_max", "MOD4", "COM1")


def test_sending_writes_down_what_each_vendor_is_asked_about(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, TARGETS, [ground.alder, ground.birch], now=clock())

    asked = [
        (copy.candidate.vendor.name, item.number, item.about, item.target, item.subject_type)
        for copy in row.copies.order_by("candidate__vendor__name")
        for item in item_list(copy)
    ]
    assert asked == [
        ("Alder", 1, "Alder", "SVC3", "vendor"),
        ("Alder", 2, "Alder: the offer for Antibody", "COM1", "candidate"),
        ("Alder", 3, "Ulm", "site.single_use_pct", "site"),
        ("Alder", 4, "Ulm (Monoclonal antibody)", "MOD4", "site"),
        ("Alder", 5, "Ulm: Monoclonal antibody, upstream", "capability.scale_max", "capability"),
        ("Birch", 1, "Birch", "SVC3", "vendor"),
        ("Birch", 2, "Birch: the offer for Antibody", "COM1", "candidate"),
        ("Birch", 3, "Basel", "site.single_use_pct", "site"),
        ("Birch", 4, "Basel", "capability.scale_max", "site"),
        ("Birch", 5, "Basel (Monoclonal antibody)", "MOD4", "site"),
    ]


def test_a_draft_is_reworded_until_it_is_sent_and_not_after(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock(), sent=False)
    by, now = ground.actor(Role.PROCUREMENT), clock()

    changed = change_questionnaire(
        questionnaire=row, expected_version=1, by=by, now=now, name="Second thoughts", asks=[Ask("QUA1", wording="How good?"), Ask("SVC3")],
        candidates=[ground.birch],
    )  # fmt: skip
    send_questionnaire(questionnaire=changed, expected_version=None, by=by, now=now)

    assert changed.questions.order_by("position").values_list("target", "wording").first() == (
        "QUA1",
        "How good?",
    )
    assert [copy.candidate for copy in changed.copies.all()] == [ground.birch]
    with pytest.raises(Conflict) as error:
        change_questionnaire(questionnaire=row, expected_version=None, by=by, now=now, name="Third")
    assert error.value.code == "sent"


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"deadline": None}, "deadline"),
        ({"targets": ()}, "questions"),
        ({"candidates": ()}, "candidates"),
    ],
)
def test_only_a_complete_draft_is_sent(ground: Ground, fields: dict[str, object], at: str) -> None:
    standard = {"targets": ["SVC3"], "candidates": [ground.alder]} | fields
    row = make_questionnaire(ground.scorecard, now=clock(), sent=False, **standard)  # type: ignore[arg-type]

    with pytest.raises(Invalid) as error:
        send_questionnaire(questionnaire=row, expected_version=None, by=ground.actor(), now=clock())

    assert [part.field for part in error.value.errors] == [at]


def test_what_makes_no_draft_is_named(ground: Ground) -> None:
    now, by = clock(), ground.actor()
    past = now.date() - timedelta(days=1)
    for asks, deadline, at in (([Ask("XYZ")], None, "questions.0"), ([], past, "deadline")):
        with pytest.raises(Invalid) as error:
            create_questionnaire(
                scorecard=ground.scorecard,
                name="N",
                asks=asks,
                candidates=[],
                deadline=deadline,
                by=by,
                now=now,
            )
        assert [part.field for part in error.value.errors] == [at]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EVALUATOR, Role.QUALITY, Role.AUDITOR, Role.ADMIN])
def test_only_procurement_and_managers_send(ground: Ground, role: Role) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock(), sent=False)

    with pytest.raises(PermissionDenied):
        send_questionnaire(questionnaire=row, expected_version=None, by=ground.actor(role), now=clock())


def test_a_draft_is_thrown_away_and_stays_on_record(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock(), sent=False)

    gone = discard_questionnaire(questionnaire=row, expected_version=1, by=ground.actor(), now=clock())

    assert (gone.state, gone.questions.count()) == ("discarded", 1)


def test_a_round_is_closed_once_every_answer_is_decided_about(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock())
    answer(copy_of(row), "SVC3", {"level": 2}, now=clock())

    with pytest.raises(Conflict) as error:
        close_questionnaire(questionnaire=row, expected_version=None, by=ground.actor(), now=clock())

    assert (error.value.code, error.value.message) == ("to_review", "1 answer waits for a decision.")
    answer(copy_of(row), "SVC3", None, kind="unknown", now=clock())
    close_questionnaire(questionnaire=row, expected_version=None, by=ground.actor(), now=clock())
    with pytest.raises(Conflict):
        answer(copy_of(row), "SVC3", {"level": 2}, now=clock())


def test_the_next_round_asks_what_was_left_open_of_those_who_left_it(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3", "SVC6"], [ground.alder, ground.birch], now=clock())
    for target in ("SVC3", "SVC6"):
        answer(copy_of(row, ground.alder), target, {"level": 2}, now=clock())
    answer(copy_of(row, ground.birch), "SVC3", {"level": 1}, now=clock())

    made = next_round(questionnaire=row, by=ground.actor(), now=clock())

    assert (made.round, made.follows, str(made)) == (2, row, "First round (round 2)")
    assert list(made.questions.values_list("target", flat=True)) == ["SVC6"]
    assert [copy.candidate for copy in made.copies.all()] == [ground.birch]


def test_a_vendor_gets_more_time_or_is_let_off(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock())
    later = clock().date() + timedelta(days=30)

    given = change_copy(copy=copy_of(row), expected_version=None, by=ground.actor(), now=clock(), deadline=later, contact_email="a@b.example")  # fmt: skip
    off = withdraw_copy(
        copy=given, reason="Out of the race", expected_version=None, by=ground.actor(), now=clock()
    )

    assert (given.deadline, off.state, off.withdrawal_reason) == (later, "withdrawn", "Out of the race")
    with pytest.raises(Conflict):
        change_copy(copy=off, expected_version=None, by=ground.actor(), now=clock(), deadline=None)


def test_progress_counts_questions_by_state(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, TARGETS, [ground.alder], now=clock())
    copy = copy_of(row)
    answer(copy, "SVC3", {"level": 2}, now=clock())
    answer(copy, "MOD4", None, now=clock())
    answer(copy, "COM1", None, kind="unknown", now=clock())

    found = progress_of(ground.team.organization, [copy])[copy.pk]

    assert (found.asked, found.open, found.answered, found.unknown, found.refused, found.to_review) == (
        5,
        2,
        1,
        1,
        1,
        2,
    )


def test_every_offered_question_is_asked_once_and_of_the_catalogue(ground: Ground) -> None:
    asks = [
        ask.target
        for group in offered_choices(ground.scorecard)
        for choice in group.choices
        for ask in choice.asks
    ]

    assert len(asks) == len(set(asks))
    assert [code for code in ("REG1", "SVC2", "COM2") if code in asks] == []
    assert {"MOD4", "site.dpmm_level", "capability.scale_max", "service.FORM_DEV.delivery", "COM1"} <= set(
        asks
    )


def test_criteria_and_facts_become_questions_and_nothing_is_suggested_before_a_calculation(
    ground: Ground,
) -> None:
    asks = asks_for(ground.scorecard, criteria=["SCL1"], facts=["capability.gmp", "SVC3"], suggest=5)

    assert suggested(ground.scorecard) == []
    assert [(ask.target, ask.criterion) for ask in asks] == [
        ("capability.scale_min", "SCL1"),
        ("capability.scale_max", "SCL1"),
        ("capability.gmp", "SCL1"),
        ("SVC3", "SVC3"),
    ]


def test_questions_that_were_sent_cannot_be_changed_in_the_database(ground: Ground) -> None:
    row = make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock())

    assert QuestionnaireItem.objects.filter(copy__questionnaire=row).count() == 1
    assert len(copy_of(row).digest) == 64


def test_deadlines_are_told_once_when_near_and_once_when_passed(ground: Ground) -> None:
    organization, now = ground.team.organization, clock()
    row = make_questionnaire(ground.scorecard, ["SVC3", "SVC6"], [ground.alder, ground.birch], now=now)
    for target in ("SVC3", "SVC6"):
        answer(copy_of(row, ground.birch), target, {"level": 2}, now=now)

    near = [
        note_deadlines(organization=organization, now=now + timedelta(days=days))
        for days in (1, 7, 8, 11, 12)
    ]

    told = Event.objects.filter(organization_id=organization.pk, type="questionnaire.deadline").order_by("id")
    assert near == [0, 1, 1, 1, 1]
    assert [
        (event.subject_id, event.data["passed"], event.data["open"], event.data["days_left"])
        for event in told
    ] == [
        (copy_of(row, ground.alder).public_id, False, 2, 3),
        (copy_of(row, ground.alder).public_id, True, 2, -1),
    ]
