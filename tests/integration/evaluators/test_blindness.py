"""Nobody who still has to rate learns what others said: not by a page, the interface, or a file."""

import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Invitation, Result, ResultCells
from tests.factories.evaluators import judge, make_invitation, rate, submit
from tests.integration.evaluators.conftest import Panel, SignIn, clock

SECRET = "ZEBRA-only-ira-writes-this"


@pytest.fixture
def waiting(panel: Panel) -> Invitation:
    """Eva still has to rate; Ira has submitted what must not reach her."""
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        candidates = [panel.alder, panel.birch]
        own = make_invitation(panel.scorecard, panel.people["eva"], ["SVC3"], candidates, now=clock())
        said = {(panel.alder, "SVC3"): 5, (panel.birch, "SVC3"): 0}
        judge(panel.scorecard, panel.people["ira"], said, comment=SECRET, now=clock())
    panel.calculate()
    return own


def everything(panel: Panel, own: Invitation, client: Client) -> dict[str, bytes]:
    """Every page, answer and file in which ratings could show."""
    scorecard, api = (
        f"/scorecards/{panel.scorecard.public_id}",
        f"/api/v1/scorecards/{panel.scorecard.public_id}",
    )
    places = [
        f"{scorecard}/", f"{scorecard}/evaluators/", f"{scorecard}/candidates/{panel.alder.public_id}/",
        f"{scorecard}/evaluators/{panel.alder.public_id}/SVC3/", "/ratings/", f"/ratings/{own.public_id}/",
        f"/ratings/{own.public_id}/vendors/{panel.alder.public_id}/", f"/ratings/{own.public_id}/sheet.xlsx",
        f"{api}/invitations/", f"{api}/consensus/", f"{api}/agreement/", f"{api}/evaluator-rankings/", "/api/v1/ratings/",
        f"/api/v1/ratings/?scorecard={panel.scorecard.public_id}", f"{api}/results/", f"{api}/leaves/?page_size=500",
        f"{api}/results/{panel.alder.public_id}/", f"{api}/runs/", f"{api}/invitations/{own.public_id}/sheet/", "/",
    ]  # fmt: skip
    found = {}
    for place in places:
        answer: Any = client.get(place)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[place] = cells_of(content) if content[:2] == b"PK" else content
    return found


def cells_of(workbook: bytes) -> bytes:
    """Every cell of a workbook as text."""
    book = load_workbook(io.BytesIO(workbook))
    return repr([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]).encode()


def figures(panel: Panel) -> list[Any]:
    with organization_scope(panel.team.organization.pk, "test"):
        rows = Result.objects.filter(scorecard=panel.scorecard).order_by("candidate_id")
        cells = ResultCells.objects.filter(scorecard=panel.scorecard).order_by("candidate_id")
        return [*rows.values_list("score_exact", "low_exact"), *(bytes(row.packed) for row in cells)]


def test_nothing_of_others_reaches_who_still_has_to_rate(
    panel: Panel, waiting: Invitation, sign_in: SignIn
) -> None:
    found = everything(panel, waiting, sign_in(panel.people["eva"]))

    assert [place for place, content in found.items() if SECRET.encode() in content] == []
    assert [place for place, content in found.items() if b"Evaluators (1)" in content] == []


def test_figures_do_not_move_while_somebody_rates_blind(panel: Panel) -> None:
    before = figures(panel)
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        make_invitation(panel.scorecard, panel.people["eva"], ["SVC3"], [panel.alder], now=clock())
        judge(panel.scorecard, panel.people["ira"], {(panel.alder, "SVC3"): 5}, now=clock())
    panel.calculate()

    assert figures(panel) == before


def test_others_ratings_show_once_the_own_are_submitted(
    panel: Panel, waiting: Invitation, sign_in: SignIn
) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        rate(waiting, {(panel.alder, "SVC3"): 2, (panel.birch, "SVC3"): 2}, now=clock())
        submit(waiting, now=clock())
    panel.calculate()
    found = everything(panel, waiting, sign_in(panel.people["eva"]))

    scorecard, alder = panel.scorecard.public_id, panel.alder.public_id
    assert {place for place, content in found.items() if SECRET.encode() in content} == {
        "/api/v1/ratings/", f"/api/v1/ratings/?scorecard={scorecard}", f"/api/v1/scorecards/{scorecard}/agreement/",
        f"/scorecards/{scorecard}/evaluators/", f"/scorecards/{scorecard}/evaluators/{alder}/SVC3/",
    }  # fmt: skip


def drafts(panel: Panel) -> Invitation:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        own = make_invitation(panel.scorecard, panel.people["ira"], ["SVC3"], [panel.alder], now=clock())
        rate(own, {(panel.alder, "SVC3"): 5}, comment=SECRET, now=clock())
    return own


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QUALITY, Role.AUDITOR, Role.EVALUATOR, Role.VIEWER])
def test_drafts_show_to_nobody_else(panel: Panel, sign_in: SignIn, role: Role) -> None:
    own = drafts(panel)
    found = everything(panel, own, sign_in(panel.team.members[role]))

    assert [place for place, content in found.items() if SECRET.encode() in content] == []


def test_manager_sees_progress_of_drafts_and_values_only_once_submitted(
    panel: Panel, sign_in: SignIn
) -> None:
    own = drafts(panel)
    client = sign_in(panel.people["max"])
    address = f"/scorecards/{panel.scorecard.public_id}/evaluators/"
    before = client.get(address).content
    with organization_scope(panel.team.organization.pk, "test"):
        submit(own, now=clock())
    after = client.get(address).content

    assert (b"1 of 1" in before, SECRET.encode() in before, SECRET.encode() in after) == (True, False, True)


def test_viewer_reads_figures_but_not_who_said_what(panel: Panel, sign_in: SignIn) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        for name, level in (("ira", 5), ("joe", 1)):
            judge(
                panel.scorecard,
                panel.people[name],
                {(panel.alder, "SVC3"): level},
                comment=SECRET,
                now=clock(),
            )
    client = sign_in(panel.team.members[Role.VIEWER])
    answer = client.get(f"/api/v1/scorecards/{panel.scorecard.public_id}/agreement/").json()
    shown = client.get(f"/scorecards/{panel.scorecard.public_id}/evaluators/").content

    assert (answer["evaluators"], answer["cells"], answer["alpha"]["items"]) == (2, None, 1)
    assert (SECRET.encode() in shown, client.get("/api/v1/ratings/").json()["count"]) == (False, 0)


def test_manager_who_rates_is_blind_too(panel: Panel, waiting: Invitation, sign_in: SignIn) -> None:
    with organization_scope(panel.team.organization.pk, panel.team.actor()):
        own = make_invitation(panel.scorecard, panel.people["max"], ["SVC3"], [panel.alder], now=clock())
    found = everything(panel, own, sign_in(panel.people["max"]))

    assert [place for place, content in found.items() if SECRET.encode() in content] == []
