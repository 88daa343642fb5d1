"""`questionnaires/` as a program uses it."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.exporting.questionnaire_sheet import SHEET
from tests.factories.core import Team
from tests.factories.questionnaires import make_questionnaire
from tests.integration.api.calls import Api, by_token
from tests.integration.questionnaires.conftest import Ground, clock, lay_out


@pytest.fixture
def laid(team: Team) -> Ground:
    """The ground, outside the organisation."""
    with organization_scope(team.organization.pk, team.actor()):
        return lay_out(team)


@pytest.fixture
def manager(team: Team) -> Api:
    """A program of the manager's."""
    return by_token(team)


def body(laid: Ground, **fields: Any) -> dict[str, Any]:
    standard = {
        "scorecard": str(laid.scorecard.public_id), "name": "Round one", "deadline": clock().date().isoformat(),
        "candidates": [str(laid.alder.public_id)], "criteria": ["SVC3"], "facts": ["site.single_use_pct", "COM1"],
    }  # fmt: skip
    return standard | fields


def sent(laid: Ground, manager: Api) -> str:
    """The address of the copy of a round that was sent."""
    made = manager.post("questionnaires/", body(laid)).json()
    manager.post(f"questionnaires/{made['id']}/send/")
    copy = manager.get(f"questionnaires/{made['id']}/copies/").json()["results"][0]
    return f"questionnaires/{made['id']}/copies/{copy['id']}/"


def test_a_draft_is_written_changed_and_sent(laid: Ground, manager: Api) -> None:
    made = manager.post("questionnaires/", body(laid))
    place = f"questionnaires/{made.json()['id']}/"
    changed = manager.patch(place, {"name": "Round two", "facts": ["QUA1"]}, if_match=made["ETag"])
    stale = manager.patch(place, {"name": "Round three"}, if_match=made["ETag"])
    started = manager.post(f"{place}send/")

    assert (made.status_code, [one["target"] for one in made.json()["questions"]]) == (
        201,
        ["SVC3", "site.single_use_pct", "COM1"],
    )
    assert (changed.json()["name"], [one["target"] for one in changed.json()["questions"]]) == (
        "Round two",
        ["QUA1"],
    )
    assert (stale.status_code, started.json()["state"], started.json()["progress"]["asked"]) == (
        412,
        "sent",
        1,
    )
    assert manager.get("questionnaires/?state=sent").json()["count"] == 1
    assert manager.get("questionnaires/?state=draft").json()["count"] == 0


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"criteria": ["XYZ"]}, "criteria"),
        ({"facts": ["nothing.known"]}, "facts"),
        ({"deadline": "1999-01-01"}, "deadline"),
        ({"candidates": ["x"]}, "candidates.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_asked_is_named(laid: Ground, manager: Api, fields: dict[str, Any], at: str) -> None:
    refused = manager.post("questionnaires/", body(laid, **fields))

    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, [at])


def test_answers_come_in_and_are_decided_about(laid: Ground, manager: Api, team: Team) -> None:
    place, quality = sent(laid, manager), by_token(team, Role.QUALITY)
    said = manager.post(f"{place}answers/", {"answers": [
        {"question": 1, "value": {"level": 3}, "source": "Deck"}, {"question": 2, "kind": "refused"}, {"question": 3, "value": {"number": 95}},
    ]})  # fmt: skip
    bad = manager.post(
        f"{place}answers/",
        {"answers": [{"question": 1, "value": {"level": 9}}, {"question": 2, "kind": "unknown"}]},
    )
    read = {row["question"]: row for row in quality.get(f"{place}answers/").json()["results"]}
    decided = quality.post(f"{place}review/", {"decisions": [
        {"question": 1, "revision": 1, "decision": "accepted"}, {"question": 3, "revision": 1, "decision": "again", "reason": "An audit says 20%"},
    ]})  # fmt: skip
    after = {row["question"]: row for row in manager.get(f"{place}answers/").json()["results"]}

    assert (said.status_code, said.json()["changed"], said.json()["copy"]["state"]) == (200, 3, "answered")
    assert (bad.status_code, [error["field"] for error in bad.json()["errors"]]) == (
        400,
        ["answers.0.value.level"],
    )
    assert (read[3]["known"]["value"], read[3]["verified"]["claim_type"], read[3]["contradicts"][-3:]) == (
        {"number": 20},
        "verified",
        "20%",
    )
    assert (decided.status_code, decided.json()["copy"]["progress"]["accepted"]) == (200, 1)
    assert manager.get(f"evidence/{after[1]['evidence']}/").json()["source_kind"] == "questionnaire"
    assert (after[3]["state"], after[3]["reason"], after[2]["state"]) == (
        "again",
        "An audit says 20%",
        "refused",
    )


def test_prices_are_withheld_from_a_token_without_the_commercial_scope(
    laid: Ground, manager: Api, team: Team
) -> None:
    place = sent(laid, manager)
    manager.post(
        f"{place}answers/", {"answers": [{"question": 2, "value": {"amount": 7, "currency": "EUR"}}]}
    )

    plain = by_token(team, scopes=("read",)).get(f"{place}answers/").json()["results"][1]

    assert (plain["withheld"], plain["value"], plain["kind"], plain["state"]) == (
        True,
        None,
        None,
        "answered",
    )


def test_a_workbook_goes_out_and_comes_back(laid: Ground, manager: Api) -> None:
    place = sent(laid, manager)
    download: Any = manager.get(f"{place}sheet/")
    book = load_workbook(io.BytesIO(b"".join(download.streaming_content)))
    book[SHEET]["F2"] = "2"
    wet = upload(manager, place, book)
    book[SHEET]["F2"] = "7"
    bad = upload(manager, place, book)

    assert (wet.status_code, wet.json()["changed"], wet.json()["copy"]["progress"]["to_review"]) == (
        200,
        1,
        1,
    )
    assert (bad.status_code, [(e["field"], e["code"]) for e in bad.json()["errors"]]) == (
        400,
        [(f"{SHEET}!F2", "not_allowed")],
    )


def upload(api: Api, place: str, book: Any) -> Any:
    target = io.BytesIO()
    book.save(target)
    headers = {"Authorization": f"Bearer {api.token}"}
    return api.client.post(
        f"/api/v1/{place}sheet/", {"file": SimpleUploadedFile("a.xlsx", target.getvalue())}, headers=headers
    )


def test_a_round_is_closed_followed_and_a_copy_taken_back(laid: Ground, manager: Api) -> None:
    place = sent(laid, manager)
    home = place.partition("copies/")[0]
    moved = manager.patch(place, {"deadline": "2027-01-31", "contact_email": "a@b.example"})
    follow = manager.post(f"{home}next-round/")
    off = manager.post(f"{place}withdraw/", {"reason": "Out"})
    closed = manager.post(f"{home}close/")
    late = manager.post(f"{place}answers/", {"answers": [{"question": 1, "kind": "unknown"}]})

    assert (moved.json()["deadline"], follow.status_code, follow.json()["round"]) == ("2027-01-31", 201, 2)
    assert (off.json()["state"], closed.json()["state"], late.status_code) == ("withdrawn", "closed", 409)


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_a_fixed_number_of_questions(laid: Ground, manager: Api, rows: int) -> None:
    with organization_scope(laid.team.organization.pk, laid.actor()):
        for _ in range(rows):
            made = make_questionnaire(laid.scorecard, ["SVC3"], [laid.alder, laid.birch][:rows], now=clock())
    counts = {}
    for name, path in {
        "rounds": "questionnaires/",
        "copies": f"questionnaires/{made.public_id}/copies/",
    }.items():
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(path).status_code == 200
        counts[name] = len([query for query in queries if "questionnaire" in query["sql"]])

    # rounds: count, page, questions, vendors, states · copies: round, count, page, states
    assert counts == {"rounds": 5, "copies": 4}
