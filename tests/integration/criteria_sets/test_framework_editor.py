"""New versions of criteria sets: copied, edited, looked at, published; scorecards move to them one by one."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Framework, Result, Run, Scorecard
from scorecards.selectors.framework_drafts import versions
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, code, problem
from tests.integration.scorecards_api.conftest import Ranked, make_ranked

pytestmark = pytest.mark.django_db(transaction=True)
STEEP = {"kind": "rubric", "first_level": 0, "levels": [0, 0, 0, 10, 50, 100]}


def published(ranked: Ranked) -> Framework:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        return Framework.objects.get(state="published", number=1)


def begin(ranked: Ranked, api: Api) -> str:
    """The id of a new draft."""
    made = api.post("frameworks/", {"base": str(published(ranked).public_id)})
    assert made.status_code == 201, made.content
    found: str = made.json()["id"]
    return found


def change(api: Api, draft: str, **criteria: dict[str, Any]) -> Any:
    return api.patch(f"frameworks/{draft}/", {"criteria": criteria})


def criterion(body: dict[str, Any], wanted: str) -> dict[str, Any]:
    return next(leaf for group in body["groups"] for leaf in group["criteria"] if leaf["code"] == wanted)


def test_draft_is_the_next_version_with_the_same_content(ranked: Ranked, api: Api) -> None:
    body = api.get(f"frameworks/{begin(ranked, api)}/").json()
    base = api.get(f"frameworks/{published(ranked).public_id}/").json()

    assert (body["number"], body["state"], body["published_at"]) == (2, "draft", None)
    assert body["groups"] == base["groups"]
    assert body["digest"] != base["digest"]


def test_one_draft_at_a_time(ranked: Ranked, api: Api) -> None:
    begin(ranked, api)

    again = api.post("frameworks/", {"base": str(published(ranked).public_id)})

    assert code(again) == (409, "draft_exists")


def test_edits_change_names_texts_scales_ages_and_what_counts(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    rubric = [f"Level {level}" for level in range(6)]

    body = change(
        api,
        draft,
        SVC3={"name": "CRO", "rubric": rubric, "value": STEEP, "fresh": 6, "expire": 9},
        MOD6={"core": True},
    ).json()

    leaf = criterion(body, "SVC3")
    assert (leaf["name"], leaf["rubric"], leaf["fresh_months"], leaf["expire_months"]) == (
        "CRO",
        rubric,
        6,
        9,
    )
    assert (leaf["value_function"], criterion(body, "MOD6")["core"]) == (STEEP, True)


def test_group_and_set_are_renamed(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)

    body = api.patch(f"frameworks/{draft}/", {"name": "Ours", "groups": {"MOD": {"name": "Science"}}}).json()

    assert (body["name"], body["groups"][0]["name"]) == ("Ours", "Science")


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"SVC3": {"question": "Something else?"}}, "criteria.SVC3"),
        ({"SVC3": {"unit": "kg"}}, "criteria.SVC3"),
        ({"SVC3": {"rubric": ["one", "two"]}}, "criteria.SVC3"),
        ({"SVC3": {"rubric": ["", "b", "c", "d", "e", "f"]}}, "criteria.SVC3.rubric"),
        ({"SVC3": {"value": {"kind": "linear", "worst": 0, "best": 5}}}, "criteria.SVC3"),
        ({"SVC3": {"value": {**STEEP, "levels": [0, 50, 40, 60, 80, 100]}}}, "criteria.SVC3.value"),
        ({"SVC3": {"value": {**STEEP, "levels": [0, 20, 40, 60, 80, 101]}}}, "criteria.SVC3.value"),
        ({"SVC3": {"value": "steep"}}, "criteria.SVC3.value"),
        ({"SVC3": {"fresh": 12, "expire": 6}}, "criteria.SVC3"),
        ({"SVC3": {"core": "yes"}}, "criteria.SVC3.core"),
        ({"SUS2": {"value": {"kind": "piecewise", "points": [["30", "100"], ["85", "0"]]}}}, "criteria.SUS2"),
        ({"SUS2": {"value": {"kind": "piecewise", "points": [["30", "1e999999999"], ["85", "100"]]}}}, "criteria.SUS2"),
        ({"SUS2": {"value": {"kind": "piecewise", "points": [["30"]]}}}, "criteria.SUS2.value"),
        ({"MOD1": {"item_weights": {"NONE": 1}}}, "criteria.MOD1.item_weights"),
        ({"NEW1": {"name": "New"}}, "criteria.NEW1"),
    ],
)  # fmt: skip
def test_refused_edit_names_the_criterion(
    ranked: Ranked, api: Api, criteria: dict[str, Any], field: str
) -> None:
    draft = begin(ranked, api)
    before = api.get(f"frameworks/{draft}/").json()

    answer = change(api, draft, **criteria)

    status, errors = problem(answer)
    assert status == 400
    assert [name[: len(field)] for name, _ in errors] == [field]
    assert api.get(f"frameworks/{draft}/").json() == before


def test_group_without_a_criterion_that_counts_is_refused(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    group = api.get(f"frameworks/{draft}/").json()["groups"][0]

    answer = change(api, draft, **{leaf["code"]: {"core": False} for leaf in group["criteria"]})

    assert problem(answer) == (400, [("criteria.MOD", "illegal_criterion")])


def test_published_version_cannot_be_edited_by_service_or_sql(ranked: Ranked, api: Api) -> None:
    framework = published(ranked)

    assert code(api.patch(f"frameworks/{framework.public_id}/", {"name": "Other"})) == (409, "published")
    with (
        pytest.raises(DatabaseError, match="cannot be changed"),
        organization_scope(ranked.team.organization.pk, ranked.team.actor()),
        transaction.atomic(),
    ):
        Framework.objects.filter(pk=framework.pk).update(name="Other")


def test_publishing_needs_a_difference_and_makes_it_immutable(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    assert code(api.post(f"frameworks/{draft}/publish/")) == (409, "unchanged")
    change(api, draft, SVC3={"name": "CRO"})

    body = api.post(f"frameworks/{draft}/publish/").json()

    assert (body["state"], body["number"], len(body["digest"])) == ("published", 2, 64)
    assert code(change(api, draft, SVC3={"name": "Again"})) == (409, "published")


def test_stale_version_is_refused(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    etag = api.get(f"frameworks/{draft}/")["ETag"]
    change(api, draft, SVC3={"name": "CRO"})

    answer = api.call("PATCH", f"frameworks/{draft}/", {"name": "Late"}, If_Match=etag)

    assert answer.status_code == 412


def test_discarded_draft_makes_room_for_another(ranked: Ranked, api: Api) -> None:
    assert api.delete(f"frameworks/{begin(ranked, api)}/").status_code == 204

    draft = begin(ranked, api)

    assert api.get(f"frameworks/{draft}/").json()["number"] == 3


def test_preview_says_what_would_change_and_stores_nothing(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    change(api, draft, SVC3={"value": STEEP})
    before = api.get(f"{ranked.path}results/").json()

    body = api.get(f"frameworks/{draft}/preview/?scorecard={ranked.scorecard.public_id}").json()

    assert [(one["code"], one["what"]) for one in body["changes"]] == [("SVC3", "value")]
    shifts = body["previews"][0]["candidates"]
    assert [shift["before"]["score"] for shift in shifts] == [row["score"] for row in before["results"]]
    assert [shift["after"]["score"] < shift["before"]["score"] for shift in shifts] == [True] * 3
    assert api.get(f"{ranked.path}results/").json() == before


def test_preview_is_what_moving_then_gives(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    change(api, draft, SVC3={"value": STEEP}, MOD6={"core": True}, QUA1={"core": False})
    foreseen = api.get(f"frameworks/{draft}/preview/?scorecard={ranked.scorecard.public_id}").json()[
        "previews"
    ][0]["candidates"]
    api.post(f"frameworks/{draft}/publish/")

    moved = api.post(f"{ranked.path}framework/", {"framework": draft})
    ranked.calculate()
    results = api.get(f"{ranked.path}results/").json()["results"]

    assert (moved.status_code, moved.json()["framework_version"]) == (200, 2)
    assert {row["candidate"]["id"]: (row["rank"], row["score"]) for row in results} == {
        shift["candidate_id"]: (shift["after"]["rank"], shift["after"]["score"]) for shift in foreseen
    }
    assert moved.json()["weights"]["QUA1"] == 0
    assert moved.json()["weights"]["MOD6"] > 0


def test_moving_leaves_what_was_published_before_as_it_was(ranked: Ranked, api: Api) -> None:
    draft = begin(ranked, api)
    change(api, draft, SVC3={"value": STEEP})
    api.post(f"frameworks/{draft}/publish/")
    organization = ranked.team.organization
    with organization_scope(organization.pk, ranked.team.actor()):
        first = list(Run.objects.values_list("number", "framework_version", "output_digest"))

    unmoved = api.get(ranked.path).json()["framework_version"]
    api.post(f"{ranked.path}framework/", {"framework": draft})
    ranked.calculate()

    with organization_scope(organization.pk, ranked.team.actor()):
        runs = list(
            Run.objects.order_by("number").values_list("number", "framework_version", "output_digest")
        )
        assert Result.objects.count() == 3
    assert unmoved == 1
    assert runs[0] == first[0]
    assert [version for _, version, _ in runs] == [1, 2]


def test_scorecard_does_not_move_to_a_draft(ranked: Ranked, api: Api) -> None:
    answer = api.post(f"{ranked.path}framework/", {"framework": begin(ranked, api)})

    assert problem(answer) == (400, [("framework", "not_published")])


def test_only_managers_edit_and_nobody_from_outside_sees(
    ranked: Ranked, api: Api, viewer: Api, stranger: Api
) -> None:
    draft = begin(ranked, api)

    assert viewer.patch(f"frameworks/{draft}/", {"name": "X"}).status_code == 403
    assert viewer.get(f"frameworks/{draft}/preview/").status_code == 200
    assert [
        stranger.get(f"frameworks/{draft}/").status_code,
        stranger.get(f"frameworks/{draft}/preview/").status_code,
    ] == [404, 404]
    assert stranger.post("frameworks/", {"base": str(published(ranked).public_id)}).status_code == 400


# --- pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(ranked: Ranked) -> Client:
    return by_session(ranked.team, Role.MANAGER).client


def fields_of(html: str) -> dict[str, str]:
    """What a browser would send of a page's form."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            found[unescape(name[1])] = unescape(value[1]) if value else ("on" if "checkbox" in tag else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL):
        found[name] = unescape(text)
    return found


def test_pages_copy_edit_preview_publish_and_move(ranked: Ranked, browser: Client) -> None:
    base = published(ranked)
    listed = browser.get(reverse("criteria:list")).content.decode()
    one = browser.post(reverse("criteria:copy", args=[base.public_id]))["Location"]
    edit = f"{one}criteria/SVC3/"
    form = fields_of(browser.get(edit).content.decode())
    saved = browser.post(edit, {**form, "name": "CRO together", "value-levels-5": "90"})
    shown = browser.get(f"{one}preview/", {"scorecard": str(ranked.scorecard.public_id)}).content.decode()
    gone = browser.post(f"{one}publish/")

    assert "Copy to a new version" in listed
    assert (saved.status_code, saved["Location"]) == (302, one)
    assert "CRO together" in shown
    assert gone.status_code == 303
    draft = one.strip("/").split("/")[-1]
    browser.post(reverse("scorecards:move", args=[ranked.scorecard.public_id, draft]))
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        assert Scorecard.objects.get(pk=ranked.scorecard.pk).framework.number == 2


def test_page_that_changes_nothing_changes_nothing(ranked: Ranked, browser: Client) -> None:
    one = browser.post(reverse("criteria:copy", args=[published(ranked).public_id]))["Location"]
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        before = Framework.objects.get(number=2)
        codes = [leaf["code"] for group in before.definition["group"] for leaf in group["leaf"]]

    for each in codes:
        form = fields_of(browser.get(f"{one}criteria/{each}/").content.decode())
        assert browser.post(f"{one}criteria/{each}/", form).status_code == 302, each

    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        after = Framework.objects.get(number=2)
    assert (after.digest, after.version) == (before.digest, before.version)


def test_page_keeps_what_was_typed_when_it_is_refused(ranked: Ranked, browser: Client) -> None:
    one = browser.post(reverse("criteria:copy", args=[published(ranked).public_id]))["Location"]
    form = fields_of(browser.get(f"{one}criteria/SUS2/").content.decode())

    answer = browser.post(f"{one}criteria/SUS2/", {**form, "value-points": "30: 0\nforty and two"})

    assert answer.status_code == 400
    assert "forty and two" in answer.content.decode()
    assert "is not a measured value, a colon and points" in answer.content.decode()


def test_group_page_turns_criteria_on_and_off(ranked: Ranked, browser: Client, api: Api) -> None:
    one = browser.post(reverse("criteria:copy", args=[published(ranked).public_id]))["Location"]
    form = fields_of(browser.get(f"{one}groups/MOD/").content.decode())

    saved = browser.post(
        f"{one}groups/MOD/", {"name": "Science", "version": form["version"], "core": ["MOD1", "MOD6"]}
    )

    body = api.get(f"frameworks/{one.strip('/').split('/')[-1]}/").json()
    assert saved.status_code == 302
    assert [leaf["code"] for leaf in body["groups"][0]["criteria"] if leaf["core"]] == ["MOD1", "MOD6"]
    assert body["groups"][0]["name"] == "Science"


FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT


def test_list_costs_the_same_with_one_and_three(transactional_db: None, team: Team) -> None:
    ranked, viewer = make_ranked(team, "Alder"), by_session(team)
    manager = by_session(team)
    viewer.get("must-haves/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert viewer.client.get(reverse("criteria:list")).status_code == 200
        return len(captured) - FRAME

    first = cost()
    for name in ("Two", "Three"):
        draft = begin(ranked, manager)
        change(manager, draft, SVC3={"name": name})
        manager.post(f"frameworks/{draft}/publish/")
    with organization_scope(team.organization.pk, team.actor()):
        assert len(versions(team.organization)) == 3
    assert (first, cost()) == (1, 1)  # versions with their scorecards counted
