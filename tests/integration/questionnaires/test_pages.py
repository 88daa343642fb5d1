"""Pages of questionnaires: writing, sending, downloading, sending back, typing in, reviewing; prices stay hidden."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.exporting.questionnaire_sheet import SHEET
from scorecards.exporting.rating_sheet import XLSX
from scorecards.models import Questionnaire, QuestionnaireItem, QuestionnaireQuestion
from tests.factories.core import Team
from tests.factories.questionnaires import answer, copy_of, item_of, make_questionnaire
from tests.integration.questionnaires.conftest import Ground, SignIn, clock, lay_out
from vendors.models import Evidence


@pytest.fixture
def laid(team: Team) -> Ground:
    """The ground, outside the organisation: pages open their own."""
    with organization_scope(team.organization.pk, team.actor()):
        return lay_out(team)


def sent(laid: Ground, *targets: str) -> Questionnaire:
    with organization_scope(laid.team.organization.pk, laid.actor()):
        return make_questionnaire(laid.scorecard, targets or ["SVC3", "COM1"], [laid.alder], now=clock())


def say(laid: Ground, row: Questionnaire, target: str, value: dict[str, Any] | None) -> None:
    with organization_scope(laid.team.organization.pk, laid.actor()):
        answer(copy_of(row), target, value, now=clock())


def address(laid: Ground, row: Questionnaire, rest: str = "") -> str:
    with organization_scope(laid.team.organization.pk, laid.actor()):
        return f"/questionnaires/{row.public_id}/vendors/{copy_of(row).public_id}/{rest}"


def test_a_round_from_draft_to_evidence(laid: Ground, browser: SignIn) -> None:
    buyer, quality = browser(Role.PROCUREMENT), browser(Role.QUALITY)
    chosen = buyer.post("/questionnaires/new/", {"scorecard": laid.scorecard.public_id})
    draft = {
        "name": "Round one", "deadline": "2099-01-31", "contact": "Petra", "message": "Please", "candidates": [laid.alder.public_id],
        "questions": ["SVC3", "site.single_use_pct"],
    }  # fmt: skip
    too_far = buyer.post(chosen["Location"], draft)
    draft["deadline"] = clock().date().isoformat()
    written = buyer.post(chosen["Location"], draft)
    home = written["Location"]
    steps = [buyer.get(home), buyer.post(f"{home}send/", follow=True)]
    copy = steps[-1].context["rows"][0][0]
    place = f"{home}vendors/{copy.public_id}/"
    book = load_workbook(io.BytesIO(b"".join(buyer.get(f"{place}sheet.xlsx").streaming_content)))  # type: ignore[attr-defined]
    book[SHEET]["F2"], book[SHEET]["F3"] = "4", "101"
    wrong = buyer.post(f"{place}upload/", {"file": filled(book)})
    book[SHEET]["F3"] = "90"
    steps += [
        buyer.post(f"{place}upload/", {"file": filled(book)}, follow=True),
        quality.get(f"{place}review/"),
    ]
    decided = quality.post(f"{place}review/", {"decision-1": "accepted", "revision-1": "1", "decision-2": "rejected", "reason-2": "An audit says 20%", "revision-2": "1"})  # fmt: skip

    assert (chosen.status_code, too_far.status_code, written.status_code) == (303, 400, 303)
    assert [step.status_code for step in steps] == [200] * 4
    assert (wrong.status_code, [fault.field for fault in wrong.context["faults"]]) == (400, [f"{SHEET}!F3"])
    assert steps[-1].content.decode().count("Contradicts what is verified") == 1
    assert decided["Location"] == place
    with organization_scope(laid.team.organization.pk, laid.actor()):
        found = Evidence.objects.get(target="SVC3")
        assert (found.value, found.source_kind, found.file.name) == (
            {"level": 4},
            "questionnaire",
            "answers.xlsx",
        )
        states = QuestionnaireItem.objects.order_by("number").values_list("state", flat=True)
        assert list(states) == ["accepted", "rejected"]


def filled(book: Any) -> SimpleUploadedFile:
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile("answers.xlsx", target.getvalue(), content_type=XLSX)


def test_an_answer_is_typed_in_and_the_next_question_follows(laid: Ground, browser: SignIn) -> None:
    row, client = sent(laid, "SVC3", "capability.scale_max"), browser(Role.PROCUREMENT)
    with organization_scope(laid.team.organization.pk, laid.actor()):
        first, second = item_of(copy_of(row), "SVC3"), item_of(copy_of(row), "capability.scale_max")
    one, two = (address(laid, row, f"questions/{item.public_id}/") for item in (first, second))
    shown = client.get(one)
    kept = client.post(one, {"kind": "value", "value__level": "3", "source": "Call"})
    bad = client.post(two, {"kind": "value", "value__number": "5"})
    unknown = client.post(two, {"kind": "unknown"})

    assert (shown.status_code, kept["Location"], unknown["Location"]) == (200, two, address(laid, row))
    assert (bad.status_code, list(bad.context["form"].errors)) == (400, ["value__unit"])


def test_prices_are_hidden_from_who_may_not_read_offers(laid: Ground, browser: SignIn) -> None:
    row = sent(laid)
    say(laid, row, "COM1", {"amount": 123456, "currency": "EUR"})
    pages = {
        role: browser(role).get(address(laid, row)).content.decode() for role in (Role.VIEWER, Role.AUDITOR)
    }
    sheet = browser(Role.VIEWER).get(address(laid, row, "sheet.xlsx"))
    cells = load_workbook(io.BytesIO(b"".join(sheet.streaming_content)))[SHEET]  # type: ignore[attr-defined]

    assert {role: "123,456" in text for role, text in pages.items()} == {
        Role.VIEWER: False,
        Role.AUDITOR: True,
    }
    assert "Commercial: needs the right to read offers." in pages[Role.VIEWER]
    assert [cell.value for cell in cells["F"]][1:] == [None] * (cells.max_row - 1)


def test_the_next_best_questions_are_ticked_with_their_reason(
    transactional_db: None, team: Team, browser: SignIn
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        laid = lay_out(team)
    recompute.run(laid.scorecard.pk, clock=clock)

    shown = browser(Role.MANAGER).get(f"/questionnaires/new/?scorecard={laid.scorecard.public_id}")

    asks = shown.context["suggested"]
    ticked = [
        one.ask.target
        for group in shown.context["form"].asked_groups()
        for one in group.questions
        if one.box.data["selected"]
    ]
    assert (len(asks), sorted(ticked)) == (10, sorted(ask.target for ask in asks))
    assert all(ask.why in shown.content.decode().replace("&#x27;", "'") for ask in asks)


def test_a_question_of_a_draft_is_put_in_ones_own_words_and_keeps_them(laid: Ground, browser: SignIn) -> None:
    client, new = browser(Role.MANAGER), f"/questionnaires/new/?scorecard={laid.scorecard.public_id}"
    said = {
        "name": "Own",
        "questions": ["SVC6", "SVC3"],
        "wording-SVC6": "Who runs your trials?",
        "wording-SVC3": "",
        "wording-QUA1": "not asked",
    }

    made = client.post(new, said)
    edit = f"{made['Location']}edit/"
    shown = client.get(edit).content.decode()
    client.post(edit, said | {"name": "Renamed", "version": 1, "questions": ["SVC6"]})
    too_long = client.post(new, said | {"wording-SVC6": "x" * 5000})

    assert made.status_code == 303, made.content.decode()
    assert 'value="Who runs your trials?"' in shown
    with organization_scope(laid.scorecard.organization_id, "test"):
        assert list(QuestionnaireQuestion.objects.values_list("target", "wording")) == [
            ("SVC6", "Who runs your trials?")
        ]
    assert too_long.status_code == 400


def test_steps_that_cannot_be_taken_say_why(laid: Ground, browser: SignIn) -> None:
    row, client = sent(laid, "SVC3"), browser(Role.MANAGER)
    home = f"/questionnaires/{row.public_id}/"
    say(laid, row, "SVC3", {"level": 2})
    answers = {
        step: client.post(f"{home}{step}/", follow=True).content.decode()
        for step in ("send", "discard", "close", "next-round")
    }

    assert [text in answers[step] for step, text in (
        ("send", "Go on with a new round."), ("discard", "Go on with a new round."), ("close", "1 answer waits for a decision."),
        ("next-round", "Every question of this round is answered."),
    )] == [True] * 4  # fmt: skip


def test_accepting_the_rest_leaves_contradictions_for_later(laid: Ground, browser: SignIn) -> None:
    row = sent(laid, "SVC3", "site.single_use_pct")
    say(laid, row, "SVC3", {"level": 2})
    say(laid, row, "site.single_use_pct", {"number": 100})
    client, place = browser(Role.QUALITY), address(laid, row, "review/")

    client.post(place, {"accept": "rest", "revision-1": "1", "revision-2": "1"})

    with organization_scope(laid.team.organization.pk, laid.actor()):
        assert list(QuestionnaireItem.objects.order_by("number").values_list("state", flat=True)) == [
            "accepted",
            "answered",
        ]


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_a_fixed_number_of_questions(laid: Ground, browser: SignIn, rows: int) -> None:
    client = browser(Role.MANAGER)
    targets = ["SVC3", "SVC6", "QUA6"][:rows]
    made = [sent(laid, *targets) for _ in range(rows)]
    for target in targets:
        say(laid, made[0], target, {"level": 2} if target != "QUA6" else None)
    counts = {}
    for name, path in {
        "list": "/questionnaires/", "one": f"/questionnaires/{made[0].public_id}/", "copy": address(laid, made[0]), "review": address(laid, made[0], "review/"),
        "sheet": address(laid, made[0], "sheet.xlsx"),
    }.items():  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts[name] = len(
            [
                query
                for query in queries
                if "questionnaire" in query["sql"] or "vendors_evidence" in query["sql"]
            ]
        )

    # list: count, page, vendors, states · one: round, questions, copies, states · copy: round, questions, copy, items, answers,
    # reviews, states · review: round, questions, copy, items, answers, reviews, evidence · sheet: the same without evidence
    assert counts == {"list": 4, "one": 4, "copy": 7, "review": 7, "sheet": 6}
