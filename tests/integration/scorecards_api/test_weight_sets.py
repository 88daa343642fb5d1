"""Weights, weight sets and the lock through the REST interface."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import WeightSet
from tests.factories.core import Team
from tests.factories.scorecards import make_scorecard
from tests.integration.api.calls import Api, by_session, code, problem
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked

pytestmark = pytest.mark.django_db(transaction=True)

JUDGEMENTS = [["MOD", "SVC", 5], ["SVC", "SCL", 5], ["MOD", "SCL", "1/5"]]


@pytest.fixture
def blind(team: Team, ranked: Ranked) -> Ranked:
    """Another scorecard over the same vendors, hidden until its weights are locked."""
    with organization_scope(team.organization.pk, team.actor()):
        scorecard = make_scorecard(ranked.program, name="Blind", now=clock(), hide_until_locked=True)
    found = Ranked(team, ranked.program, scorecard, ranked.candidates)
    found.calculate()
    return found


def test_weights_are_listed_and_set_one_by_one(api: Api, ranked: Ranked) -> None:
    before = api.get(f"{ranked.path}weights/")
    assert api.patch(ranked.path, {"locked_weights": ["REG"]}).status_code == 200

    after = api.post(f"{ranked.path}weights/", {"criterion": "MOD", "percent": 50})

    lines = {line["criterion"]: line for line in after.json()["weights"]}
    groups = [line for line in lines.values() if not line["group"]]
    assert (len(lines), round(sum(line["percent"] for line in groups), 6)) == (73, 100)
    assert (lines["MOD"]["percent"], lines["REG"]["percent"], lines["REG"]["locked"]) == (50, 9.1, True)
    assert (before.json()["version"], after.json()["version"]) == (1, 3)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"criterion": "REG", "percent": 20}, [("weights.REG", "illegal_weight")]),
        ({"criterion": "MOD", "percent": 99}, [("weights.MOD", "illegal_weight")]),
        ({"criterion": "MOD", "percent": -1}, [("weights.MOD", "illegal_weight")]),
        ({"criterion": "MOD", "percent": "inf"}, [("weights.MOD", "illegal_weight")]),
        ({"criterion": "NOPE", "percent": 1}, [("weights.NOPE", "illegal_weight")]),
    ],
)
def test_illegal_weight_names_the_criterion(
    api: Api, ranked: Ranked, body: dict[str, object], errors: list[tuple[str, str]]
) -> None:
    api.patch(ranked.path, {"locked_weights": ["REG"]})

    assert problem(api.post(f"{ranked.path}weights/", body)) == (400, errors)


def test_weights_heed_if_match_and_confirm(api: Api, ranked: Ranked) -> None:
    etag = api.get(f"{ranked.path}weights/")["ETag"]

    first = api.post(f"{ranked.path}weights/", {"criterion": "MOD", "percent": 30}, if_match=etag)
    second = api.post(f"{ranked.path}weights/", {"criterion": "MOD", "percent": 40}, if_match=etag)

    assert (first.status_code, code(second)) == (200, (412, "version_mismatch"))
    assert api.post(f"{ranked.path}weights/confirm/", {"criteria": ["MOD"]}).status_code == 200
    assert api.post(f"{ranked.path}weights/confirm/", {"criteria": ["NOPE"]}).status_code == 400


def test_weight_set_from_beginning_to_end(api: Api, ranked: Ranked, viewer: Api) -> None:
    made = api.post(f"{ranked.path}weight-sets/", {"name": "Quality", "start": "equal"})
    path = made["Location"]
    weighed = api.patch(path, {"inputs": {"": {"method": "pairwise", "judgements": JUDGEMENTS}}})
    check = weighed.json()["pairwise"][0]
    assert (made.status_code, weighed.json()["method"]) == (201, "pairwise")
    assert (check["group"], check["consistent"], check["consistency_ratio"] > 1) == ("", False, True)
    assert {"first": "MOD", "second": "SCL", "given": "1/5", "consistent": "1"} in check["inconsistent"]

    forced = api.post(f"{path}put-in-force/")
    refused = api.delete(path)

    assert (forced.json()["in_force"], code(refused)) == (True, (409, "in_force"))
    shown = viewer.get(ranked.path).json()
    assert shown["weights"] == viewer.get(path).json()["weights"]
    other = api.post(f"{ranked.path}weight-sets/", {"name": "Supply"})["Location"]
    assert api.post(f"{other}put-in-force/").status_code == 200
    assert api.delete(path).status_code == 204
    assert viewer.get(path).status_code == 404


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"": {"method": "pairwise", "judgements": JUDGEMENTS[:2]}}, "inputs.MOD/SCL"),
        ({"": {"method": "swing", "swings": {"MOD": 90}}}, None),
        ({"": {"method": "magic"}}, "inputs.method"),
        ({"": {"method": "order", "order": [[["MOD"]]]}}, None),
        ({"NOPE": {"method": "order", "order": [["MOD"]]}}, "inputs"),
    ],
)
def test_illegal_inputs_are_refused(api: Api, ranked: Ranked, inputs: object, field: str | None) -> None:
    path = api.post(f"{ranked.path}weight-sets/", {"name": "Quality"})["Location"]

    status, errors = problem(api.patch(path, {"inputs": inputs}))

    assert status == 400
    assert field is None or [name for name, _ in errors] == [field]


def test_rankings_side_by_side_say_who_leads_and_where_they_agree(
    api: Api, ranked: Ranked, viewer: Api
) -> None:
    path = api.post(f"{ranked.path}weight-sets/", {"name": "Modality"})["Location"]
    api.patch(path, {"inputs": {"": {"method": "swing", "swings": {"MOD": 100}}}})

    found = viewer.get(f"{ranked.path}weight-sets/rankings/").json()

    published = viewer.get(f"{ranked.path}results/").json()["results"]
    assert [each["name"] for each in found["sets"]] == ["As calculated", "Modality"]
    assert [c["places"][0]["score"] for c in found["candidates"]] == [row["score"] for row in published]
    assert [c["places"][0]["rank"] for c in found["candidates"]] == [row["rank"] for row in published]
    alder = str(ranked.candidates["Alder"].public_id)
    assert (alder in found["leaders"], alder in found["agreed"]) == (
        True,
        alder in found["sets"][1]["leaders"],
    )


def test_rankings_do_not_touch_what_is_published(api: Api, ranked: Ranked) -> None:
    before = api.get(f"{ranked.path}results/").json()
    path = api.post(f"{ranked.path}weight-sets/", {"name": "Modality"})["Location"]
    api.patch(path, {"inputs": {"": {"method": "swing", "swings": {"SVC": 100}}}})

    api.get(f"{ranked.path}weight-sets/rankings/")

    assert api.get(f"{ranked.path}results/").json() == before


def test_another_organisation_finds_nothing(api: Api, ranked: Ranked, stranger: Api) -> None:
    path = api.post(f"{ranked.path}weight-sets/", {"name": "Quality"})["Location"]

    answers = [
        stranger.get(path), stranger.patch(path, {"name": "x"}), stranger.delete(path), stranger.post(f"{path}put-in-force/"),
        stranger.get(f"{ranked.path}weights/"), stranger.get(f"{ranked.path}weight-sets/rankings/"),
        stranger.get(f"{ranked.path}preregistration/"), stranger.post(f"{ranked.path}preregistration/hide/"),
    ]  # fmt: skip

    assert {answer.status_code for answer in answers} == {404}


def test_raters_keep_their_own_sets(team: Team, ranked: Ranked, api: Api) -> None:
    rater, viewer = by_session(team, Role.EVALUATOR), by_session(team, Role.VIEWER)
    own = rater.post(f"{ranked.path}weight-sets/", {"name": "Lab"})
    managers = api.post(f"{ranked.path}weight-sets/", {"name": "Boss"})

    codes = [
        rater.patch(own["Location"], {"weights": {"MOD": 40}}).status_code,
        rater.patch(managers["Location"], {"weights": {"MOD": 40}}).status_code,
        rater.post(f"{own['Location']}put-in-force/").status_code,
        viewer.post(f"{ranked.path}weight-sets/", {"name": "Reader"}).status_code,
    ]

    assert codes == [200, 403, 403, 403]


FRAME = 6  # session, user, memberships, BEGIN, organisation and actor, COMMIT
LISTS = {
    "weight-sets/": 3,  # scorecard with its organisation, count, page
    "weight-sets/rankings/": 7,  # scorecard with its organisation, sets, published run, run, rows, cells, published run again
    "weights/": 1,  # scorecard
    "preregistration/": 1,  # scorecard: neither hidden nor locked
}


@pytest.mark.parametrize("names", [("Alder",), ("Alder", "Birch", "Cedar")])
def test_reads_cost_the_same_with_one_and_three(
    team: Team, names: tuple[str, ...], transactional_db: None
) -> None:
    found, viewer = make_ranked(team, *names), by_session(team, Role.VIEWER)
    for name in names:
        by_session(team).post(f"{found.path}weight-sets/", {"name": name})
    viewer.get("must-haves/")
    costs = {}

    for place in LISTS:
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(f"{found.path}{place}").status_code == 200
        costs[place] = len(captured) - FRAME

    assert costs == LISTS


# Hidden until the weights are locked ----------------------------------------------------------------------------

EVERY_PATH = (
    "results/", "results/?shape=long", "results/{candidate}/", "leaves/", "leaves/?format=ndjson", "export/csv/", "export/xlsx/",
    "weight-sets/rankings/",
)  # fmt: skip


def test_hidden_scores_leak_on_no_path(api: Api, blind: Ranked) -> None:
    candidate = next(iter(blind.candidates.values())).public_id

    answers = {path: code(api.get(blind.path + path.format(candidate=candidate))) for path in EVERY_PATH}

    assert answers == dict.fromkeys(EVERY_PATH, (409, "scores_hidden"))


def test_hidden_scorecard_says_so_and_has_no_calculation(api: Api, blind: Ranked) -> None:
    shown = api.get(blind.path).json()

    assert (shown["state"], shown["last_run"], shown["digest"]) == ("hidden", None, "")
    assert shown["preregistration"]["hidden"] is True
    assert api.get(f"{blind.path}runs/").json()["results"] == []
    assert code(api.post(f"{blind.path}recompute/")) == (409, "scores_hidden")


def test_every_read_of_a_hidden_scorecard_shows_no_figure(
    team: Team, api: Api, blind: Ranked, ranked: Ranked
) -> None:
    """Whatever address of the interface names the hidden scorecard: none answers with a rank or score of it."""
    from tests.support.matrix import routes

    candidate, found = next(iter(blind.candidates.values())), []
    for route in routes():
        if "<uuid:scorecard_id>" not in route.pattern:
            continue
        address = "/" + route.pattern.replace("<uuid:scorecard_id>", str(blind.scorecard.public_id))
        for name in ("candidate_id", "id"):
            address = address.replace(f"<uuid:{name}>", str(candidate.public_id))
        for name, word in (("format", "csv"), ("kind", "csv"), ("leaf", "SVC3"), ("code", "SVC3")):
            address = address.replace(f"<str:{name}>", word)
        if "<" in address:
            continue
        client = api if route.is_api else by_session(team)
        answer = client.get(address)
        body = b"".join(answer).decode(errors="replace")
        if answer.status_code >= 500 or any(
            word in body for word in ('"score_exact"', "scorebar", 'class="score"')
        ):
            found.append((route.pattern, answer.status_code))

    assert found == []


def test_lock_by_the_interface_shows_scores_and_keeps_what_was_locked(
    api: Api, blind: Ranked, viewer: Api
) -> None:
    hidden = api.get(f"{blind.path}preregistration/").json()
    locked = api.post(f"{blind.path}preregistration/lock/").json()
    blind.calculate()

    assert (hidden["hidden"], hidden["locked_at"], hidden["content"]) == (True, None, None)
    assert (locked["hidden"], locked["locked_by"], len(locked["digest"])) == (
        False,
        "Manager of Alpha (token test)",
        64,
    )
    assert viewer.get(f"{blind.path}results/").json()["count"] == 3
    brief = viewer.get(blind.path).json()["preregistration"]
    assert (brief["digest"], brief["leader_changed"]) == (locked["digest"], False)
    assert code(api.post(f"{blind.path}preregistration/lock/")) == (409, "locked")
    assert code(api.post(f"{blind.path}preregistration/hide/")) == (409, "locked")


def test_changes_after_the_lock_are_told(api: Api, blind: Ranked, viewer: Api) -> None:
    api.post(f"{blind.path}preregistration/lock/")
    blind.calculate()
    etag = viewer.get(f"{blind.path}preregistration/")["ETag"]

    api.patch(blind.path, {"policy": "conservative"})
    blind.calculate()

    found = viewer.get(f"{blind.path}preregistration/", if_none_match=etag)
    (change,) = found.json()["changes"]
    assert (found.json()["differs"], change["changed"], change["edited_by"]) == (
        ["policy"],
        ["policy"],
        ["Manager of Alpha (token test)"],
    )


def test_show_gives_the_waiting_up(api: Api, blind: Ranked) -> None:
    shown = api.post(f"{blind.path}preregistration/show/")
    blind.calculate()

    assert (shown.status_code, api.get(f"{blind.path}results/").json()["count"]) == (200, 3)
    assert code(api.post(f"{blind.path}preregistration/hide/")) == (409, "scores_seen")


def test_scorecard_can_begin_hidden(team: Team, api: Api, ranked: Ranked) -> None:
    body = {"name": "New", "program": str(ranked.program.public_id), "hide_until_locked": True}

    made = api.post("scorecards/", body)

    assert (made.status_code, made.json()["preregistration"]["hidden"]) == (201, True)
    with organization_scope(team.organization.pk, team.actor()):
        assert WeightSet.objects.count() == 0
