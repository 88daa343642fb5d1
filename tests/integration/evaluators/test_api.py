"""The interface of evaluators: ratings, invitations, agreements, figures, own rankings."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.events import EventType
from cdmo_eval.core.models import Event
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Invitation, Rating
from scorecards.selectors.evaluators import reminders
from scorecards.services.reminders import remind_evaluators
from tests.factories.evaluators import judge, make_invitation
from tests.integration.api.calls import Api, by_token, problem
from tests.integration.evaluators.conftest import Panel, SignIn, clock


@pytest.fixture
def manager(panel: Panel) -> Api:
    """A program of the manager's."""
    return by_token(panel.team)


@pytest.fixture
def eva(panel: Panel) -> Api:
    """A program of an evaluator's."""
    return by_token(panel.team, Role.EVALUATOR)


def path(panel: Panel, rest: str = "") -> str:
    return f"scorecards/{panel.scorecard.public_id}/{rest}"


def invitation_in(panel: Panel, **fields: Any) -> dict[str, Any]:
    standard = {
        "evaluator": panel.people["eva"].email, "criteria": ["SVC3"], "candidates": [str(panel.alder.public_id)],
        "deadline": "2099-01-31",
    }  # fmt: skip
    return standard | fields


def test_invite_rate_submit_and_read(panel: Panel, manager: Api, eva: Api) -> None:
    made = manager.post(path(panel, "invitations/"), invitation_in(panel), idempotency_key="one")
    again = manager.post(path(panel, "invitations/"), invitation_in(panel), idempotency_key="one")
    row = made.json()
    rating = {
        "invitation": row["id"], "candidate": str(panel.alder.public_id), "criterion": "SVC3", "level": 4, "comment": "Seen",
    }  # fmt: skip
    rated = eva.post("ratings/", rating, idempotency_key="two")
    submitted = eva.post(path(panel, f"invitations/{row['id']}/submit/"))
    after = eva.post("ratings/", rating | {"level": 1})

    assert (made.status_code, again.json(), again["Idempotent-Replay"]) == (201, row, "true")
    assert (row["state"], row["given"], row["asked"], row["deadline"], row["own"]) == (
        "open", 0, 1, "2099-01-31", False,
    )  # fmt: skip
    assert (rated.status_code, rated.json()["level"], rated.json()["revision"], rated.json()["own"]) == (
        201,
        4,
        1,
        True,
    )
    assert (submitted.status_code, submitted.json()["state"], submitted.json()["given"]) == (
        200,
        "counted",
        1,
    )
    assert (after.status_code, after.json()["code"]) == (409, "submitted")
    assert manager.get("ratings/").json()["results"][0]["comment"] == "Seen"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"evaluator": "nobody@example.com"}, [("evaluator", "invalid")]),
        ({"criteria": ["SCL1"]}, [("leaves", "not_judged")]),
        ({"criteria": []}, [("criteria", "min_length")]),
        ({"candidates": []}, [("candidates", "min_length")]),
        ({"deadline": "1999-01-01"}, [("deadline", "past")]),
        ({"colour": "red"}, [("colour", "unknown_field")]),
    ],
)
def test_invitation_that_makes_no_sense_is_refused(
    panel: Panel, manager: Api, fields: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    found = problem(manager.post(path(panel, "invitations/"), invitation_in(panel, **fields)))

    assert (found[0], [field for field, _ in found[1]][:1]) == (400, [errors[0][0]])


def test_viewer_is_not_asked(panel: Panel, manager: Api) -> None:
    viewer = panel.team.members[Role.VIEWER]

    answer = manager.post(path(panel, "invitations/"), invitation_in(panel, evaluator=viewer.email))

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("rating", "field", "code"),
    [
        ({"level": 6}, "ratings.0.level", "off_scale"),
        ({"level": 3, "abstained": True}, "ratings.0.abstained", "both"),
        ({"criterion": "QUA1", "level": 3}, "ratings.0.leaf", "not_asked"),
        ({"level": "three"}, "level", "invalid"),
    ],
)
def test_rating_that_makes_no_sense_is_refused(
    panel: Panel, manager: Api, eva: Api, rating: dict[str, Any], field: str, code: str
) -> None:
    row = manager.post(path(panel, "invitations/"), invitation_in(panel)).json()
    body = {"invitation": row["id"], "candidate": str(panel.alder.public_id), "criterion": "SVC3"} | rating

    assert problem(eva.post("ratings/", body)) == (400, [(field, code)])


def test_rating_on_somebody_elses_invitation_is_not_found(panel: Panel, manager: Api) -> None:
    row = manager.post(path(panel, "invitations/"), invitation_in(panel)).json()
    body = {"invitation": row["id"], "candidate": str(panel.alder.public_id), "criterion": "SVC3", "level": 3}

    assert problem(manager.post("ratings/", body)) == (400, [("invitation", "does_not_exist")])
    assert manager.post(path(panel, f"invitations/{row['id']}/submit/")).status_code == 404


def test_unfinished_ratings_are_not_submitted(panel: Panel, manager: Api, eva: Api) -> None:
    row = manager.post(path(panel, "invitations/"), invitation_in(panel)).json()

    answer = eva.post(path(panel, f"invitations/{row['id']}/submit/"))

    assert (problem(answer), answer.json()["code"]) == ((400, [("ratings", "incomplete")]), "incomplete")


def test_deadline_changes_only_on_the_version_read(panel: Panel, manager: Api) -> None:
    made = manager.post(path(panel, "invitations/"), invitation_in(panel))
    place = path(panel, f"invitations/{made.json()['id']}/")
    changed = manager.patch(place, {"deadline": "2099-02-01"}, if_match=made["ETag"])
    stale = manager.patch(place, {"deadline": None}, if_match=made["ETag"])
    gone = manager.post(f"{place}withdraw/", if_match=changed["ETag"])

    assert (changed.status_code, changed.json()["deadline"], stale.status_code) == (200, "2099-02-01", 412)
    assert (gone.json()["state"], manager.post(f"{place}withdraw/").status_code) == ("withdrawn", 409)


def test_agreement_and_own_rankings(panel: Panel, manager: Api) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        for name, levels in (("eva", (1, 4)), ("ira", (4, 3)), ("joe", (5, 4))):
            said = {(panel.alder, "SVC3"): levels[0], (panel.birch, "SVC3"): levels[1]}
            judge(panel.scorecard, panel.people[name], said, now=clock())
    panel.calculate()
    found = manager.get(path(panel, "agreement/")).json()
    rankings = manager.get(path(panel, "evaluator-rankings/")).json()
    official = manager.get(path(panel, "results/")).json()["results"]

    cell = found["cells"][0]
    assert (found["evaluators"], found["to_talk_about"], cell["candidate"]["name"], cell["criterion"]) == (
        3,
        1,
        "Alder",
        "SVC3",
    )
    assert (cell["level"], cell["rule"], cell["ratings"], cell["lowest"], cell["highest"], cell["deviation"]) == (
        4, "median", 3, 1, 5, 2.08,
    )  # fmt: skip
    assert [row["level"] for row in cell["said"]] == [1, 4, 5]
    assert (found["alpha"]["raters"], found["alpha"]["items"], found["kendall_w"]["items"]) == (3, 2, 2)
    assert [row["official"]["score"] for row in rankings["rows"]] == [row["score"] for row in official]
    assert len({place["score"] for place in rankings["rows"][0]["evaluators"]}) == 3


def test_own_ranking_of_a_single_evaluator_is_the_official_one(panel: Panel, manager: Api) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        judge(
            panel.scorecard,
            panel.people["eva"],
            {(panel.alder, "SVC3"): 1, (panel.birch, "SVC3"): 5},
            now=clock(),
        )
    panel.calculate()
    rows = manager.get(path(panel, "evaluator-rankings/")).json()["rows"]

    assert [(row["official"]["rank"], row["official"]["score"]) for row in rows] == [
        (row["evaluators"][0]["rank"], row["evaluators"][0]["score"]) for row in rows
    ]


def test_consensus_is_recorded_once_and_shown(panel: Panel, manager: Api) -> None:
    body = {"candidate": str(panel.alder.public_id), "criterion": "SVC3", "level": 4, "reason": "Talked over"}
    made = manager.post(path(panel, "consensus/"), body, idempotency_key="c")
    again = manager.post(path(panel, "consensus/"), body, idempotency_key="c")
    listed = manager.get(path(panel, "consensus/")).json()
    bad = manager.post(path(panel, "consensus/"), body | {"level": 7})
    blank = manager.post(path(panel, "consensus/"), body | {"reason": " "})
    nothing = manager.post(
        path(panel, "consensus/"), body | {"candidate": str(panel.birch.public_id), "level": None}
    )

    assert (made.status_code, made.json(), listed["count"]) == (201, again.json(), 1)
    assert (problem(bad), problem(blank)[0]) == ((400, [("level", "off_scale")]), 400)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "no_consensus")


def test_reminders_are_of_open_invitations_near_their_deadline(panel: Panel) -> None:
    today = clock().date()
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        make_invitation(
            panel.scorecard, panel.people["eva"], ["SVC3"], [panel.alder], deadline=today, now=clock()
        )
        make_invitation(panel.scorecard, panel.people["ira"], ["SVC3"], [panel.alder], now=clock())
        far = make_invitation(panel.scorecard, panel.people["joe"], ["SVC3"], [panel.alder], now=clock())
        Invitation.objects.filter(pk=far.pk).update(deadline=today.replace(year=today.year + 2, day=1))
        found = reminders(panel.team.organization, today=today)

    assert [(row.invitation.evaluator, row.days_left) for row in found] == [(panel.people["eva"], 0)]


def test_evaluator_is_reminded_alone_and_once(panel: Panel) -> None:
    team, today = panel.team, clock().date()
    with organization_scope(team.organization.pk, team.actor()):
        for number, name in enumerate(("eva", "ira", "joe")):
            make_invitation(
                panel.scorecard,
                panel.people[name],
                ["SVC3"],
                [panel.alder],
                now=clock(),
                deadline=today + timedelta(days=2 + number * 3),
            )
        told = [remind_evaluators(organization=team.organization, now=clock()) for _ in range(2)]
        rows = Event.objects.filter(type=EventType.EVALUATOR_DEADLINE)

    assert told == [1, 1]
    assert [row.data["to"] for row in rows] == [[str(panel.people["eva"].public_id)]]


def test_two_who_submit_at_once_both_count(panel: Panel, beside: Any) -> None:
    from threading import Barrier

    from tests.factories.evaluators import rate, submit

    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        rows = [
            make_invitation(panel.scorecard, panel.people[n], ["SVC3"], [panel.alder], now=clock())
            for n in ("eva", "ira")
        ]
        for row in rows:
            rate(row, {(panel.alder, "SVC3"): 4}, now=clock())
    together = Barrier(2)

    def hand_in(row: Invitation) -> None:
        with organization_scope(panel.team.organization.pk, "test"):
            together.wait(5)
            submit(row, now=clock())

    for done in [beside.start(lambda row=row: hand_in(row)) for row in rows]:
        done.result(20)
    with organization_scope(panel.team.organization.pk, "test"):
        assert [row.state for row in Invitation.objects.order_by("id")] == ["counted", "counted"]


FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT
COSTS = {
    "ratings/?page_size={n}": 2,  # count, page
    "{path}invitations/?page_size={n}": 5,  # scorecard, count, page, vendors, progress
    "{path}consensus/?page_size={n}": 4,  # scorecard with its organisation, own invitation, count, page
    "{path}agreement/": 4,  # scorecard with its organisation, own invitation, ratings, agreements
    # scorecard with its organisation, own invitation, ratings; published run, run, rows, cells, published run again
    "{path}evaluator-rankings/": 8,
}


@pytest.mark.parametrize("size", [1, 3])
def test_answers_cost_the_same_with_one_and_three_evaluators(
    panel: Panel, sign_in: SignIn, size: int
) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        for name in ("eva", "ira", "joe"):
            judge(
                panel.scorecard,
                panel.people[name],
                {(panel.alder, "SVC3"): 3, (panel.birch, "SVC3"): 4},
                now=clock(),
            )
    panel.calculate()
    client: Client = sign_in(panel.people["max"])
    for leaf in ("SVC3", "SVC6", "QUA1"):
        body = {
            "candidate": str(panel.alder.public_id),
            "criterion": leaf,
            "level": 4,
            "reason": "Talked over",
        }
        answer = client.post(f"/api/v1/{path(panel, 'consensus/')}", body, content_type="application/json")
        assert answer.status_code == 201
    found = {}
    for place in COSTS:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/" + place.format(path=path(panel), n=size)).status_code == 200
        found[place] = len(captured) - FRAME

    with organization_scope(panel.team.organization.pk, "test"):
        assert (found, Rating.objects.count()) == (COSTS, 6)
