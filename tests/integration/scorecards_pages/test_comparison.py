"""Compare, history and then-now as pages: without JavaScript, for everybody who may look, and back to the same place."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Result, Scorecard
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import Team
from tests.factories.vendors import make_evidence, make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock, fill
from tests.integration.scorecards_pages.test_ranking import HX, address, statements

pytestmark = pytest.mark.django_db(transaction=True)


def candidates(team: Team, scorecard: Scorecard) -> dict[str, str]:
    """Ids by vendor name, in the order of the table."""
    with organization_scope(team.organization.pk, team.actor()):
        rows = (
            Result.objects.filter(scorecard=scorecard)
            .select_related("candidate__vendor")
            .order_by("position")
        )
        return {row.candidate.vendor.name: str(row.candidate.public_id) for row in rows}


def later(team: Team, scorecard: Scorecard, *, level: int = 5) -> None:
    """New evidence on the second vendor and other weights, each calculated."""
    with organization_scope(team.organization.pk, team.actor()):
        row = Result.objects.filter(scorecard=scorecard, position=2).select_related("candidate__vendor").get()
        make_evidence(
            row.candidate.vendor,
            "SVC3",
            {"level": level},
            now=clock(),
            obtained_on=clock().date(),
            verified=True,
        )
    recompute.run(scorecard.pk, clock=clock)
    with organization_scope(team.organization.pk, team.actor()):
        update_scorecard(
            scorecard=Scorecard.objects.get(pk=scorecard.pk), expected_version=None, by=team.actor(), now=clock(), weights={"SVC": 40}
        )  # fmt: skip
    recompute.run(scorecard.pk, clock=clock)


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_ranking_sends_the_chosen_to_the_comparison_and_back_to_its_place(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    html = manager_client.get(f"{address(scorecard)}?layout=split&start=SVC").content.decode()
    ids = candidates(team, scorecard)
    boxes = re.findall(r'name="c" value="([^"]+)" form="compare"', html)

    compared = manager_client.get(
        address(scorecard, "compare"), {"c": list(ids.values()), "layout": "split", "start": "SVC"}
    ).content.decode()

    assert boxes == list(ids.values())
    assert f'action="{address(scorecard, "compare")}"' in html
    assert f'href="{address(scorecard)}?layout=split&amp;start=SVC#board"' in compared


def test_comparison_says_the_lead_and_links_every_value_to_its_evidence(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    ids = candidates(team, scorecard)

    html = manager_client.get(
        address(scorecard, "compare"), {"candidates": ",".join(ids.values())}
    ).content.decode()
    place = reverse("scorecards:candidate", args=[scorecard.public_id, ids["Vendor A"]])

    assert html.count("<h1>") == 1
    assert "Vendor A is " in text(html)
    assert "points ahead of Vendor B" in text(html)
    assert f'href="{place}#QUA1"' in html
    assert f'id="{"QUA1"}"' in manager_client.get(place).content.decode()


def test_drawings_of_the_comparison_run_from_0_and_name_what_is_unknown(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    """Trap: the compare view drops the scale's minimum."""
    later(team, scorecard, level=0)
    ids = candidates(team, scorecard)

    html = manager_client.get(
        address(scorecard, "compare"), {"candidates": ",".join(ids.values())}
    ).content.decode()
    drawings = re.findall(r'class="dumbbell"[^>]*aria-label="([^"]+)"', html)

    assert {each[:15] for each in drawings} == {"From 0 to 100: "}
    assert any(" 0.0" in each for each in drawings)
    assert any("unknown" in each for each in drawings)


def test_differences_only_hides_what_is_the_same(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    asked = {"candidates": ",".join(candidates(team, scorecard).values())}

    whole = manager_client.get(address(scorecard, "compare"), asked).content.decode()
    only = manager_client.get(address(scorecard, "compare"), asked | {"differences": "1"}).content.decode()

    assert only.count('class="dumbbell"') < whole.count('class="dumbbell"')
    assert "the same for all" in only
    assert "Show all criteria" in only


def test_layouts_of_the_comparison_keep_their_place_in_the_address(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    ids = ",".join(candidates(team, scorecard).values())

    def shown(**more: str) -> str:
        place = {"candidates": ids, "layout": "split", **more}
        return manager_client.get(address(scorecard, "compare"), place).content.decode()

    table, overview, nonsense = shown(view="table"), shown(view="radar", differences="1"), shown(view="x")

    assert re.findall(r'<a href="([^"]+)" aria-current="true">Table</a>', table)
    assert re.search(r"verified, |claimed, ", text(table))
    assert 'class="best"' in table
    assert 'class="radar"' in overview
    assert "Overview only." in text(overview)
    assert "layout=split" in table
    assert "differences=1" in overview
    assert 'class="dumbbell"' in nonsense


def test_two_of_three_are_chosen_one_by_one_and_a_narrow_screen_shows_these(
    team: Team, sign_in: SignIn
) -> None:
    scorecard = fill(team, vendors=3)
    client = sign_in(Role.MANAGER)
    ids = list(candidates(team, scorecard).values())
    asked = {"candidates": ",".join(ids), "first": ids[2], "second": ids[1]}

    html = client.get(address(scorecard, "compare"), asked).content.decode()
    same = client.get(address(scorecard, "compare"), asked | {"second": ids[2]}).content.decode()

    band = html[html.index('class="compare-band') : html.index("</section>", html.index("compare-band"))]
    assert [("off-phone" in part) for part in band.split("<li ")[1:]] == [True, False, False]
    assert f'value="{ids[2]}" selected' in html
    assert html.count("Compare without Vendor A") == 2
    assert f'value="{ids[0]}" selected' in same


@pytest.mark.parametrize("chosen", [0, 1])
def test_too_few_chosen_gives_the_list_to_choose_from(
    team: Team, scorecard: Scorecard, manager_client: Client, chosen: int
) -> None:
    ids = list(candidates(team, scorecard).values())[:chosen]

    answer = manager_client.get(address(scorecard, "compare"), {"c": ids})

    assert answer.status_code == 200
    assert ("Choose 2 to 5 candidates to compare." in answer.content.decode()) == bool(chosen)
    assert answer.content.decode().count('name="c"') == 2


def test_nonsense_in_the_address_is_no_fault_of_the_product(
    scorecard: Scorecard, manager_client: Client
) -> None:
    assert manager_client.get(address(scorecard, "compare"), {"c": ["x", "y"]}).status_code == 200
    assert manager_client.get(address(scorecard), {"as_of": "never"}).status_code == 400
    assert manager_client.get(address(scorecard), {"as_of": "99"}).status_code == 404
    assert manager_client.get(address(scorecard, "changes"), {"since": "x"}).status_code == 400
    assert (
        manager_client.get(address(scorecard, "history"), {"candidate": "x", "page": "y"}).status_code == 200
    )


def test_then_now_says_who_moved_and_why(team: Team, scorecard: Scorecard, manager_client: Client) -> None:
    later(team, scorecard)

    html = manager_client.get(address(scorecard, "changes"), {"since": "1"}).content.decode()

    assert "moved." in text(html)
    assert "First place" in text(html)
    assert "Vendor B" in html
    assert [
        cause for cause in ("Evidence", "Weights", "Scales") if f"<summary>{cause}</summary>" in html
    ] == ["Evidence", "Weights"]
    assert "new: <a" in html


def test_first_calculation_has_nothing_to_compare_with(scorecard: Scorecard, manager_client: Client) -> None:
    html = manager_client.get(address(scorecard, "changes")).content.decode()

    assert "There is no earlier calculation to compare with." in html


def test_past_ranking_shows_the_figures_of_then(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    before = manager_client.get(f"{address(scorecard)}?layout=numbers").content.decode()
    later(team, scorecard)

    past = manager_client.get(address(scorecard), {"as_of": "1"}).content.decode()
    today = manager_client.get(address(scorecard), {"as_of": clock().date().isoformat()}).content.decode()

    figures = r'<td class="num"><b[^>]*>([\d.]+)</b></td><td class="num"[^>]*>([\d.]+)</td><td class="num"[^>]*>([\d.]+)</td>'
    assert re.findall(figures, past) == re.findall(figures, before)
    assert re.findall(figures, today) != re.findall(figures, before)
    assert "These figures are those of then and do not change." in past
    assert 'name="c"' not in past


def test_history_draws_the_leader_and_a_vendor(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    later(team, scorecard)
    vendor = candidates(team, scorecard)["Vendor B"]

    html = manager_client.get(address(scorecard, "history"), {"candidate": vendor}).content.decode()

    assert html.count('class="curve-dot"') == 6
    assert "Scores over 3 calculations: First place from" in html
    assert html.count("?as_of=") == 3


def test_manager_copies_a_scorecard_as_annual_review(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    answer = manager_client.post(address(scorecard, "annual_review"), {"name": "A year later"})
    again = manager_client.post(address(scorecard, "annual_review"), {"name": "A year later"})

    with organization_scope(team.organization.pk, team.actor()):
        review = Scorecard.objects.get(name="A year later")
        source = review.copied_from
        recompute_id = review.pk
    recompute.run(recompute_id, clock=clock)
    html = manager_client.get(address(review, "changes"), {"since": "source"}).content.decode()

    assert source == scorecard
    assert answer["Location"] == address(review)
    assert again["Location"] == address(scorecard, "history")
    assert "Nobody moved between these two calculations." in html


def test_viewer_looks_but_does_not_copy(scorecard: Scorecard, sign_in: SignIn) -> None:
    viewer = sign_in(Role.VIEWER)

    assert "Copy as annual review" not in viewer.get(address(scorecard, "history")).content.decode()
    assert viewer.post(address(scorecard, "annual_review"), {}).status_code == 403


def test_vendor_in_all_programmes_is_a_page_and_a_part_of_the_vendors_page(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        vendor = (
            Result.objects.filter(scorecard=scorecard, position=1)
            .select_related("candidate__vendor")
            .get()
            .candidate.vendor
        )
    url = reverse("scorecards:vendor_scores", args=[vendor.public_id])

    page, part = (
        manager_client.get(url).content.decode(),
        manager_client.get(url, headers=HX).content.decode(),
    )
    profile = manager_client.get(reverse("vendors:scores", args=[vendor.public_id])).content.decode()

    assert "1 of 2" in text(page)
    assert "<html" not in part
    assert f'hx-get="{url}"' in profile


def test_other_organisation_finds_none_of_the_pages(
    team: Team, scorecard: Scorecard, outsiders: Team
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        vendor = Result.objects.filter(scorecard=scorecard).select_related("candidate__vendor").first()
        assert vendor is not None
        place = reverse("scorecards:vendor_scores", args=[vendor.candidate.vendor.public_id])
    client = Client()
    client.force_login(
        outsiders.members[Role.MANAGER], backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    places = [address(scorecard, name) for name in ("compare", "history", "changes")] + [
        f"{address(scorecard)}?as_of=1",
        place,
    ]

    assert [client.get(each).status_code for each in places] == [404] * 5
    assert client.post(address(scorecard, "annual_review")).status_code == 404


def test_pages_cost_the_same_with_two_and_four_vendors(team: Team, sign_in: SignIn) -> None:
    client = sign_in(Role.MANAGER)
    scorecard = fill(team, vendors=2)
    later(team, scorecard)

    def cost() -> dict[str, int]:
        ids = ",".join(candidates(team, scorecard).values())
        places = {
            "compare": f"{address(scorecard, 'compare')}?candidates={ids}", "history": address(scorecard, "history"),
            "changes": f"{address(scorecard, 'changes')}?since=1", "past": f"{address(scorecard)}?as_of=3",
        }  # fmt: skip
        return {name: statements(client, url) for name, url in places.items()}

    few = cost()
    with organization_scope(team.organization.pk, team.actor()):
        for name in ("Third", "Fourth"):
            make_vendor(team.organization, name=name, now=clock(), integration="CDMO")
    recompute.run(scorecard.pk, clock=clock)

    assert cost() | {"past": 0} == few | {"past": 0}
