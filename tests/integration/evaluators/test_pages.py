"""The pages of evaluators: inviting, rating, submitting, differing, agreeing. All work by plain forms."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Consensus, Invitation, Rating
from tests.factories.evaluators import judge, make_invitation
from tests.factories.vendors import make_vendor
from tests.integration.evaluators.conftest import Panel, SignIn, clock


def invited(panel: Panel, name: str = "eva", *, leaves: tuple[str, ...] = ("SVC3", "QUA1")) -> Invitation:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        candidates = [panel.alder, panel.birch]
        deadline = clock().date() + timedelta(days=9)
        return make_invitation(
            panel.scorecard, panel.people[name], leaves, candidates, deadline=deadline, now=clock()
        )


def text_of(answer: Any) -> str:
    """What a page says, without tags and in single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def own_page(panel: Panel) -> str:
    return f"/scorecards/{panel.scorecard.public_id}/evaluators/"


def test_manager_invites_somebody(panel: Panel, sign_in: SignIn) -> None:
    client = sign_in(panel.people["max"])
    form = client.get(f"{own_page(panel)}invite/")
    answer = client.post(
        f"{own_page(panel)}invite/",
        {
            "evaluator": str(panel.people["eva"].public_id), "candidates": [str(panel.alder.public_id)],
            "leaves": ["SVC3", "QUA1"], "deadline": "2099-01-31", "message": "By Friday, please",
        },
    )  # fmt: skip

    with organization_scope(panel.team.organization.pk, "test"):
        row = Invitation.objects.get()
        asked = [each.candidate_id for each in row.candidates.all()]
    assert (form.status_code, answer.status_code, answer["Location"]) == (200, 303, own_page(panel))
    assert (row.evaluator_id, row.leaves, str(row.deadline), asked, row.message) == (
        panel.people["eva"].pk, ["SVC3", "QUA1"], "2099-01-31", [panel.alder.pk], "By Friday, please",
    )  # fmt: skip


def test_invitation_of_the_same_person_twice_is_told_at_the_form(panel: Panel, sign_in: SignIn) -> None:
    invited(panel)
    answer = sign_in(panel.people["max"]).post(
        f"{own_page(panel)}invite/",
        {"evaluator": str(panel.people["eva"].public_id), "candidates": [str(panel.alder.public_id)], "leaves": ["SVC3"]},
    )  # fmt: skip

    assert (answer.status_code, "This person is invited to the scorecard already." in text_of(answer)) == (
        400,
        True,
    )


def test_evaluator_rates_a_vendor_after_another_and_submits(panel: Panel, sign_in: SignIn) -> None:
    row = invited(panel)
    client = sign_in(panel.people["eva"])
    sheet = f"/ratings/{row.public_id}/"
    first, second = (f"{sheet}vendors/{c.public_id}/" for c in (panel.alder, panel.birch))
    listed = text_of(client.get("/ratings/"))
    shown = text_of(client.get(first))
    said = {
        "level-SVC3": "4",
        "comment-SVC3": "Seen in the audit",
        "level-QUA1": "abstain",
        "comment-QUA1": "",
    }
    steps = [client.post(first, said), client.post(f"{sheet}submit/"), client.post(second, said)]
    middle = text_of(client.get(sheet))
    steps.append(client.post(f"{sheet}submit/"))

    with organization_scope(panel.team.organization.pk, "test"):
        row.refresh_from_db()
        kept = sorted(
            Rating.objects.values_list("candidate__vendor__name", "leaf", "level", "abstained", "comment")
        )
    assert ("Panel" in listed, "0 of 4" in listed) == (True, True)
    assert "5: One governance and one data platform from CMC to clinical" in shown
    assert [(step.status_code, step["Location"]) for step in steps] == [
        (303, second), (303, sheet), (303, sheet), (303, own_page(panel)),
    ]  # fmt: skip
    assert "Everything is rated." in middle
    assert row.state == "counted"
    assert kept == [
        ("Alder", "QUA1", None, True, ""), ("Alder", "SVC3", 4, False, "Seen in the audit"),
        ("Birch", "QUA1", None, True, ""), ("Birch", "SVC3", 4, False, "Seen in the audit"),
    ]  # fmt: skip


def test_what_is_missing_is_named_at_submission(panel: Panel, sign_in: SignIn) -> None:
    row = invited(panel, leaves=("SVC3",))
    client = sign_in(panel.people["eva"])
    client.post(f"/ratings/{row.public_id}/submit/")

    assert (
        "Not rated yet: Alder: Integration with clinical research; Birch: Integration with clinical research."
        in text_of(client.get(f"/ratings/{row.public_id}/"))
    )


def test_saving_again_keeps_a_revision_only_of_what_changed(panel: Panel, sign_in: SignIn) -> None:
    row = invited(panel)
    client = sign_in(panel.people["eva"])
    address = f"/ratings/{row.public_id}/vendors/{panel.alder.public_id}/"
    client.post(address, {"level-SVC3": "4", "level-QUA1": "2"})
    client.post(address, {"level-SVC3": "4", "level-QUA1": ""})

    with organization_scope(panel.team.organization.pk, "test"):
        kept = set(Rating.objects.values_list("leaf", "revision", "level"))
    assert kept == {("SVC3", 1, 4), ("QUA1", 1, 2), ("QUA1", 2, None)}


def test_level_that_is_not_on_the_scale_is_refused_at_the_form(panel: Panel, sign_in: SignIn) -> None:
    row = invited(panel)
    answer = sign_in(panel.people["eva"]).post(
        f"/ratings/{row.public_id}/vendors/{panel.alder.public_id}/", {"level-SVC3": "9"}
    )

    with organization_scope(panel.team.organization.pk, "test"):
        assert (answer.status_code, Rating.objects.count()) == (400, 0)


def test_page_shows_differences_agreement_and_own_rankings(panel: Panel, sign_in: SignIn) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        for name, levels in (("eva", (1, 3)), ("ira", (4, 3)), ("joe", (5, 4))):
            said = {(panel.alder, "SVC3"): levels[0], (panel.birch, "SVC3"): levels[1]}
            judge(panel.scorecard, panel.people[name], said, comment=f"as {name} sees it", now=clock())
    panel.calculate()
    shown = text_of(sign_in(panel.people["max"]).get(own_page(panel)))

    assert "1 rating lies two levels or more apart and calls for a talk." in shown
    assert "Alder Integration with clinical research 4 median 3 1 to 5 talk 2.08" in shown
    assert "Krippendorff's alpha, ordinal: 1 is full agreement, 0 is chance" in shown
    assert "as eva sees it" in shown
    assert "Everybody's own ranking" in shown


def test_manager_records_an_agreement_and_takes_it_back(panel: Panel, sign_in: SignIn) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        for name, level in (("eva", 1), ("ira", 5)):
            judge(panel.scorecard, panel.people[name], {(panel.alder, "SVC3"): level}, now=clock())
    client = sign_in(panel.people["max"])
    address = f"{own_page(panel)}{panel.alder.public_id}/SVC3/"
    before = text_of(client.get(address))
    steps = [
        client.post(address, {"level": "4", "reason": ""}),
        client.post(address, {"level": "4", "reason": "The audit report settles it."}),
        client.post(address, {"take_back": "1", "reason": "Another plant's report."}),
    ]

    with organization_scope(panel.team.organization.pk, "test"):
        kept = list(Consensus.objects.order_by("id").values_list("level", "reason"))
    assert "2 people rate this 1 to 5; the median is 3. That is far enough apart to talk about." in before
    assert [step.status_code for step in steps] == [400, 303, 303]
    assert kept == [(4, "The audit report settles it."), (None, "Another plant's report.")]


def test_agreement_waits_for_those_still_to_rate_the_cell(panel: Panel, sign_in: SignIn) -> None:
    invited(panel, "ira")
    answer = sign_in(panel.people["max"]).post(
        f"{own_page(panel)}{panel.alder.public_id}/SVC3/", {"level": "4", "reason": "Early"}
    )

    assert (answer.status_code, "has not submitted a rating of this yet" in text_of(answer)) == (409, True)


def test_deadline_changes_and_withdrawal(panel: Panel, sign_in: SignIn) -> None:
    row = invited(panel)
    client = sign_in(panel.people["max"])
    address = f"{own_page(panel)}invitations/{row.public_id}/"
    steps = [
        client.post(f"{address}deadline/", {"deadline": "2099-05-05"}),
        client.post(f"{address}deadline/", {"deadline": "1999-05-05"}),
        client.post(f"{address}deadline/", {"deadline": "soon"}),
        client.post(f"{address}withdraw/"),
    ]

    with organization_scope(panel.team.organization.pk, "test"):
        row.refresh_from_db()
    assert [step.status_code for step in steps] == [303, 303, 303, 303]
    assert (str(row.deadline), row.state) == ("2099-05-05", "withdrawn")
    assert sign_in(panel.people["eva"]).get(f"/ratings/{row.public_id}/").status_code == 404


# Statements ----------------------------------------------------------------------------------------------------------

FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT
COSTS = {
    "/ratings/": 3,  # invitations, their vendors, progress
    "/ratings/{invitation}/": 3,  # invitation, its vendors, ratings
    "/ratings/{invitation}/vendors/{candidate}/": 3,
    # scorecard, invitations, their vendors, progress, own invitation, ratings, agreements; published run, run, rows,
    # cells, published run again
    "/scorecards/{scorecard}/evaluators/": 12,
    # scorecard, own invitation, candidate, agreements, ratings
    "/scorecards/{scorecard}/evaluators/{candidate}/SVC3/": 5,
    # scorecard, published run, people, candidates, whether anything counts
    "/scorecards/{scorecard}/evaluators/invite/": 5,
}


def cost(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("raters", [1, 3])
def test_pages_cost_the_same_with_one_and_three_evaluators(
    panel: Panel, sign_in: SignIn, raters: int
) -> None:
    own = invited(panel, "max")
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        for name in ("eva", "ira", "joe")[:raters]:
            judge(
                panel.scorecard,
                panel.people[name],
                {(panel.alder, "SVC3"): 3, (panel.birch, "SVC3"): 4},
                now=clock(),
            )
        if raters == 3:
            make_vendor(panel.team.organization, name="Cedar", now=clock())
    panel.calculate()
    names = {
        "invitation": own.public_id,
        "candidate": panel.alder.public_id,
        "scorecard": panel.scorecard.public_id,
    }
    auditor, manager = sign_in(panel.people["quy"]), sign_in(panel.people["max"])
    found = {}
    for address in COSTS:
        client = manager if "ratings" in address or "invite/" in address else auditor
        client.get("/method/")  # the first call touches the session
        found[address] = cost(client, address.format(**names)) - FRAME

    assert found == COSTS
