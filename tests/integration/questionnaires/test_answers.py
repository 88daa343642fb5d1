"""Answers and what becomes of them: kept as said, beside what is known, accepted into evidence, refused, asked again."""

from datetime import timedelta
from typing import Any

import pytest

from cdmo_eval.core.errors import Conflict, Invalid, PermissionDenied
from cdmo_eval.core.roles import Role
from scorecards.models import QuestionnaireAnswer, QuestionnaireCopy, QuestionnaireItem
from scorecards.selectors.questionnaire_review import answered_items
from scorecards.services.questionnaire_answers import Entry, record_answers
from scorecards.services.questionnaire_reviews import Decision, review_answers
from tests.factories.questionnaires import answer, copy_of, item_of, make_questionnaire
from tests.integration.questionnaires.conftest import Ground, clock
from vendors.models import Evidence

TARGETS = ("SVC3", "site.single_use_pct", "capability.scale_max", "MOD4", "COM1")


@pytest.fixture
def copy(ground: Ground) -> QuestionnaireCopy:
    """Alder is asked five questions."""
    return copy_of(make_questionnaire(ground.scorecard, TARGETS, [ground.alder], now=clock()))


def decide(copy: QuestionnaireCopy, ground: Ground, role: Role = Role.QUALITY, **decisions: Any) -> list[Any]:
    """Decide by target ("__" for a point): "accepted", or (decision, reason)."""
    made = []
    for name, said in decisions.items():
        item = item_of(copy, name.replace("__", "."))
        decision, reason = said if isinstance(said, tuple) else (said, "")
        revision = max(item.answers.values_list("revision", flat=True), default=0)
        made.append(Decision(item, revision, decision, reason))
    return review_answers(copy=copy, decisions=made, by=ground.actor(role), now=clock())


def test_an_accepted_answer_is_on_record_as_a_claim_of_its_day(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    today = clock().date()
    answer(copy, "MOD4", {"level": 4}, now=clock(), comment="Two products", source="Brochure, page 3")

    decide(copy, ground, MOD4="accepted")

    row = Evidence.objects.get(target="MOD4")
    assert (row.site, row.value, row.claim_type, row.grade, row.modality, row.obtained_on) == (
        ground.ulm,
        {"level": 4},
        "claimed",
        "D",
        "MAB",
        today,
    )
    assert (row.source_kind, row.source, row.confidentiality) == (
        "questionnaire",
        "Questionnaire “First round”, question 4",
        "public",
    )
    assert row.note == "Two products\nShown in: Brochure, page 3"


def test_several_accepted_answers_reach_their_subjects_and_columns(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    answer(copy, "capability.scale_max", {"number": 2000, "unit": "L"}, now=clock())
    answer(copy, "SVC3", {"level": 2}, now=clock())
    answer(copy, "COM1", {"amount": 5, "currency": "EUR"}, now=clock())

    decide(copy, ground, capability__scale_max="accepted", SVC3="accepted", COM1="accepted")

    ground.upstream.refresh_from_db()
    assert ground.upstream.scale_max == 2000
    assert Evidence.objects.get(target="SVC3").subject_type == "vendor"
    offer = Evidence.objects.get(target="COM1")
    assert (offer.subject_type, offer.candidate_id, offer.confidentiality) == (
        "candidate",
        ground.alder.pk,
        "commercial",
    )


def test_an_accepted_refusal_is_refused_evidence(ground: Ground, copy: QuestionnaireCopy) -> None:
    answer(copy, "SVC3", None, now=clock())

    decide(copy, ground, SVC3="accepted")

    row = Evidence.objects.get(target="SVC3")
    assert (row.refused, row.value, item_of(copy, "SVC3").state) == (True, None, "accepted")


def test_the_answer_stands_beside_what_is_known_and_contradictions_are_named(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    answer(copy, "site.single_use_pct", {"number": 100}, now=clock())
    answer(copy, "SVC3", {"level": 2}, now=clock())

    rows = {row.item.target: row for row in answered_items(copy, as_of=clock().date())}

    single_use = rows["site.single_use_pct"]
    assert (single_use.known_words, single_use.said) == ("20%", "100%")
    assert single_use.contradicts.endswith(": 20%")
    assert (rows["SVC3"].known, rows["SVC3"].contradicts, rows["SVC3"].said) == (None, "", "level 2 of 5")


def test_rejecting_and_asking_again_need_a_reason_and_record_nothing(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    answer(copy, "SVC3", {"level": 2}, now=clock())
    answer(copy, "MOD4", {"level": 2}, now=clock())
    with pytest.raises(Invalid) as error:
        decide(copy, ground, SVC3="rejected")
    assert [part.field for part in error.value.errors] == ["decisions.0.reason"]

    decide(copy, ground, SVC3=("rejected", "No document"), MOD4=("again", "Which programmes?"))

    assert (item_of(copy, "SVC3").state, item_of(copy, "MOD4").state) == ("rejected", "again")
    assert Evidence.objects.filter(target__in=["SVC3", "MOD4"]).count() == 0


def test_a_round_trip_of_questions_settles_the_copy(ground: Ground) -> None:
    copy = copy_of(make_questionnaire(ground.scorecard, ["SVC3"], [ground.alder], now=clock()))
    states = [copy.state]
    for step in (
        lambda: answer(copy, "SVC3", {"level": 2}, now=clock()),
        lambda: decide(copy, ground, SVC3=("again", "Since when?")),
        lambda: answer(copy, "SVC3", {"level": 2}, now=clock()),
        lambda: decide(copy, ground, SVC3="accepted"),
    ):
        step()
        states.append(copy_of(copy.questionnaire).state)

    assert states == ["sent", "answered", "sent", "answered", "reviewed"]


def test_the_same_answer_twice_is_one_revision_and_another_one_waits_anew(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    for level in (2, 2, 3):
        answer(copy, "SVC3", {"level": level}, now=clock())

    assert list(QuestionnaireAnswer.objects.order_by("revision").values_list("revision", "value")) == [
        (1, {"level": 2}),
        (2, {"level": 3}),
    ]


def test_a_decision_about_an_older_answer_is_refused(ground: Ground, copy: QuestionnaireCopy) -> None:
    answer(copy, "SVC3", {"level": 2}, now=clock())
    answer(copy, "SVC3", {"level": 3}, now=clock())
    stale = Decision(item_of(copy, "SVC3"), 1, "accepted")

    with pytest.raises(Conflict) as error:
        review_answers(copy=copy, decisions=[stale], by=ground.actor(), now=clock())

    assert error.value.code == "changed_since"
    decide(copy, ground, SVC3="accepted")
    with pytest.raises(Conflict) as error:
        decide(copy, ground, SVC3="accepted")
    assert error.value.code == "decided"


def test_asking_again_after_the_deadline_needs_a_new_one(ground: Ground, copy: QuestionnaireCopy) -> None:
    later = clock() + timedelta(days=20)
    answer(copy, "SVC3", None, kind="unknown", now=clock())
    again = [Decision(item_of(copy, "SVC3"), 1, "again", "Ask your partner")]

    with pytest.raises(Invalid) as error:
        review_answers(copy=copy, decisions=again, by=ground.actor(), now=later)
    assert [part.field for part in error.value.errors] == ["deadline"]
    until = later.date() + timedelta(days=5)
    review_answers(copy=copy, decisions=again, by=ground.actor(), now=later, deadline=until)

    assert copy_of(copy.questionnaire).deadline == until


def test_dont_know_is_nothing_to_accept(ground: Ground, copy: QuestionnaireCopy) -> None:
    answer(copy, "SVC3", None, kind="unknown", now=clock())

    with pytest.raises(Invalid) as error:
        decide(copy, ground, SVC3="accepted")

    assert [part.code for part in error.value.errors] == ["nothing_to_accept"]


@pytest.mark.parametrize(
    ("kind", "value", "rest", "at"),
    [
        ("value", {"level": 9}, {}, "answers.0.value.level"),
        ("value", None, {}, "answers.0.value"),
        ("refused", {"level": 1}, {}, "answers.0.value"),
        ("perhaps", None, {}, "answers.0.kind"),
        ("unknown", None, {"source": "x" * 501}, "answers.0.source"),
        ("unknown", None, {"comment": "x" * 4001}, "answers.0.comment"),
    ],
)
def test_a_fault_names_its_field_and_nothing_is_kept(
    ground: Ground, copy: QuestionnaireCopy, kind: str, value: Any, rest: dict[str, str], at: str
) -> None:
    entries = [
        Entry(item_of(copy, "SVC3"), kind, value, **rest),
        Entry(item_of(copy, "MOD4"), "value", {"level": 2}),
    ]

    with pytest.raises(Invalid) as error:
        record_answers(copy=copy, entries=entries, channel="api", by=ground.actor(), now=clock())

    assert [part.field for part in error.value.errors] == [at]
    assert QuestionnaireAnswer.objects.count() == 0


@pytest.mark.parametrize(("days", "code"), [(1, "in_future"), (-1, "before_sent")])
def test_an_answer_is_given_between_asking_and_today(
    ground: Ground, copy: QuestionnaireCopy, days: int, code: str
) -> None:
    with pytest.raises(Invalid) as error:
        answer(copy, "SVC3", {"level": 2}, now=clock(), answered_on=clock().date() + timedelta(days=days))

    assert [part.code for part in error.value.errors] == [code]


def test_only_who_may_edit_evidence_decides_and_only_who_sends_enters(
    ground: Ground, copy: QuestionnaireCopy
) -> None:
    answer(copy, "SVC3", {"level": 2}, by=ground.actor(Role.PROCUREMENT), now=clock())

    with pytest.raises(PermissionDenied):
        decide(copy, ground, Role.PROCUREMENT, SVC3="accepted")
    with pytest.raises(PermissionDenied):
        answer(copy, "SVC3", {"level": 3}, by=ground.actor(Role.QUALITY), now=clock())
    assert item_of(copy, "SVC3").state == QuestionnaireItem.State.ANSWERED
