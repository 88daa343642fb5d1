"""Compare, history, changes, as-of and a vendor's scores over REST."""

from datetime import timedelta

import pytest

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Scorecard
from scorecards.services.scorecards import update_scorecard
from tests.factories.core import Team
from tests.factories.vendors import make_evidence, make_vendor
from tests.integration.api.calls import Api
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked
from vendors.services import Subject, archive_vendor

pytestmark = pytest.mark.django_db(transaction=True)


def change_evidence(ranked: Ranked, name: str, level: int) -> str:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        made = make_evidence(
            ranked.candidates[name].vendor, "SVC3", {"level": level}, now=clock(), obtained_on=clock().date(), verified=True
        )  # fmt: skip
    ranked.calculate()
    return str(made.public_id)


def change_scorecard(ranked: Ranked, **changes: object) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        scorecard = Scorecard.objects.get(pk=ranked.scorecard.pk)
        update_scorecard(
            scorecard=scorecard, expected_version=None, by=ranked.team.actor(), now=clock(), **changes
        )
    ranked.calculate()


def compare_path(ranked: Ranked, *names: str) -> str:
    return f"{ranked.path}compare/?candidates={','.join(str(ranked.candidates[name].public_id) for name in names)}"


@pytest.mark.parametrize("policy", ["neutral", "conservative", "known_only"])
def test_terms_sum_to_the_difference_of_the_published_scores(
    team: Team, api: Api, transactional_db: None, policy: str
) -> None:
    ranked = make_ranked(team, "Alder", "Birch", "Cedar", policy=policy)

    body = api.get(compare_path(ranked, "Cedar", "Alder")).json()
    found = body["difference"]
    first, second = body["candidates"]

    whole = int(found["denominator_exact"])
    assert [row["vendor"]["name"] for row in body["candidates"]] == ["Alder", "Cedar"]
    assert (found["first"], found["second"]) == (first["id"], second["id"])
    left = int(first["score_exact"]) * int(second["denominator_exact"]) - int(second["score_exact"]) * int(
        first["denominator_exact"]
    )
    assert (
        int(found["difference_exact"]) * int(first["denominator_exact"]) * int(second["denominator_exact"])
        == left * whole
    )
    assert sum(int(term["amount_exact"]) for group in found["groups"] for term in group["terms"]) == int(
        found["difference_exact"]
    )
    assert sum(int(group["amount_exact"]) for group in found["groups"]) == int(found["difference_exact"])
    assert found["sentence"].startswith("Alder is ")


def test_pair_chooses_whose_difference_is_split(ranked: Ranked, api: Api) -> None:
    ids = {name: str(row.public_id) for name, row in ranked.candidates.items()}

    found = api.get(
        f"{compare_path(ranked, 'Alder', 'Birch', 'Cedar')}&pair={ids['Cedar']},{ids['Birch']}"
    ).json()["difference"]

    assert (found["first"], found["second"]) == (ids["Cedar"], ids["Birch"])
    assert found["difference"] < 0


def test_values_name_their_evidence_grade_and_age(ranked: Ranked, api: Api) -> None:
    record = change_evidence(ranked, "Cedar", 5)

    body = api.get(compare_path(ranked, "Alder", "Cedar")).json()
    lines = {line["criterion"]: line for group in body["groups"] for line in group["criteria"]}
    cells = dict(
        zip([row["vendor"]["name"] for row in body["candidates"]], lines["SVC3"]["values"], strict=True)
    )

    assert (cells["Cedar"]["evidence"], cells["Cedar"]["grade"], cells["Cedar"]["best"]) == (
        [record],
        "B",
        True,
    )
    assert cells["Cedar"]["obtained_on"] == clock().date().isoformat()
    assert cells["Alder"]["best"] is False


def test_compare_never_drops_the_minimum_of_the_scale(ranked: Ranked, api: Api) -> None:
    """Trap: the compare view drops the scale's minimum. A value of 0 is shown as 0, and not as unknown."""
    change_evidence(ranked, "Cedar", 0)

    body = api.get(compare_path(ranked, "Alder", "Cedar")).json()
    lines = {line["criterion"]: line for group in body["groups"] for line in group["criteria"]}
    values = [(value["value"], value["state"]) for value in lines["SVC3"]["values"]]

    assert values[1] == (0.0, "known")
    assert {v["value"] for line in lines.values() for v in line["values"] if v["state"] == "unknown"} == {
        None
    }


@pytest.mark.parametrize("names", [("Alder",), (), ("Alder", "Alder")])
def test_compare_of_too_few_is_refused(ranked: Ranked, api: Api, names: tuple[str, ...]) -> None:
    answer = api.get(compare_path(ranked, *names))

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["candidates"]


def test_compare_refuses_what_is_no_id_too_many_and_strange_pairs(ranked: Ranked, api: Api) -> None:
    one = str(ranked.candidates["Alder"].public_id)
    six = ",".join(f"{one[:-1]}{digit}" for digit in "012345")

    assert api.get(f"{ranked.path}compare/?candidates=a,b").status_code == 400
    assert api.get(f"{ranked.path}compare/?candidates={six}").status_code == 400
    assert api.get(f"{compare_path(ranked, 'Alder', 'Birch')}&pair={one}").status_code == 400
    assert api.get(f"{compare_path(ranked, 'Alder', 'Birch')}&pair=x,y").status_code == 400
    assert api.get(f"{compare_path(ranked, 'Alder', 'Birch')}&nonsense=1").status_code == 400
    assert api.get(f"{ranked.path}compare/?candidates={one},{one[:-12]}{'0' * 12}").status_code == 404


def test_compare_answers_304_while_nothing_was_published(ranked: Ranked, api: Api) -> None:
    first = api.get(compare_path(ranked, "Alder", "Birch"))

    again = api.get(compare_path(ranked, "Alder", "Birch"), If_None_Match=first["ETag"])

    assert again.status_code == 304


def test_results_as_of_a_day_are_those_published_then(ranked: Ranked, api: Api) -> None:
    """Trap: editing a live scorecard changes past results. Here all runs are of one day, so the last one counts."""
    change_evidence(ranked, "Cedar", 5)
    change_scorecard(ranked, weights={"SVC": 40})
    live = api.get(f"{ranked.path}results/").json()

    past = api.get(f"{ranked.path}results/?as_of={clock().date()}").json()

    assert past["count"] == live["count"]
    without = [{name: value for name, value in row.items() if name != "gates"} for row in live["results"]]
    assert [
        {name: value for name, value in row.items() if name != "gates"} for row in past["results"]
    ] == without
    assert [[gate["outcome"] for gate in row["gates"]] for row in past["results"]] == [
        [gate["outcome"] for gate in row["gates"]] for row in live["results"]
    ]


def test_results_as_of_filter_order_and_page_like_the_others(ranked: Ranked, api: Api) -> None:
    day = clock().date()

    ordered = api.get(f"{ranked.path}results/?as_of={day}&ordering=-position").json()["results"]
    second = api.get(f"{ranked.path}results/?as_of={day}&page_size=1&page=2").json()
    by_vendor = api.get(f"{ranked.path}results/?as_of={day}&ordering=-vendor&shape=long").json()["results"]

    assert [row["position"] for row in ordered] == [3, 2, 1]
    assert [row["position"] for row in second["results"]] == [2]
    assert "as_of=" in second["next"]
    assert by_vendor[0]["vendor"]["name"] == "Cedar"


def test_results_as_of_before_the_first_calculation_are_not_there(ranked: Ranked, api: Api) -> None:
    assert api.get(f"{ranked.path}results/?as_of={clock().date() - timedelta(days=1)}").status_code == 404
    assert api.get(f"{ranked.path}results/?as_of=yesterday").status_code == 400


def test_changes_say_who_moved_and_why(ranked: Ranked, api: Api) -> None:
    record = change_evidence(ranked, "Cedar", 5)
    change_scorecard(ranked, weights={"SVC": 40})

    body = api.get(f"{ranked.path}changes/?since=1").json()
    cedar = next(row for row in body["results"] if row["vendor"]["name"] == "Cedar")
    causes = {cause["cause"]: cause for cause in cedar["causes"]}

    assert (body["then"]["run_number"], body["now"]["run_number"]) == (1, 3)
    assert list(causes) == [
        "scales",
        "evidence",
        "evaluators",
        "policy",
        "weights",
        "must_haves",
        "competitors",
    ]
    assert sum(int(cause["amount_exact"]) for cause in causes.values()) == int(cedar["difference_exact"])
    assert [(leaf["criterion"], leaf["evidence_came"]) for leaf in causes["evidence"]["leaves"]] == [
        ("SVC3", [record])
    ]
    assert causes["weights"]["amount"] != 0
    assert cedar["sentence"].startswith("Cedar ")


def test_changes_without_since_are_those_of_the_last_calculation(ranked: Ranked, api: Api) -> None:
    change_evidence(ranked, "Cedar", 5)

    body = api.get(f"{ranked.path}changes/").json()

    assert (body["then"]["run_number"], body["now"]["run_number"]) == (1, 2)
    assert [row["vendor"]["name"] for row in body["results"] if row["difference"]] == ["Cedar"]


def test_changes_need_two_calculations_in_order(ranked: Ranked, api: Api) -> None:
    alone = api.get(f"{ranked.path}changes/")
    change_evidence(ranked, "Cedar", 5)

    assert (alone.status_code, alone.json()["type"].rpartition("#")[2]) == (409, "nothing_to_compare")
    assert api.get(f"{ranked.path}changes/?since=2&until=1").status_code == 400
    assert api.get(f"{ranked.path}changes/?since=7").status_code == 404
    assert api.get(f"{ranked.path}changes/?since=source").status_code == 409


def test_history_follows_the_leader_and_a_candidate(ranked: Ranked, api: Api) -> None:
    change_evidence(ranked, "Cedar", 5)
    cedar = ranked.candidates["Cedar"].public_id

    rows = api.get(f"{ranked.path}history/?candidate={cedar}").json()["results"]

    assert [row["run_number"] for row in rows] == [2, 1]
    assert [row["leader"]["vendor"]["name"] for row in rows] == ["Cedar", "Alder"]
    assert rows[0]["candidate"]["score"] > rows[1]["candidate"]["score"]
    assert [row["candidate"] for row in api.get(f"{ranked.path}history/").json()["results"]] == [None, None]
    assert api.get(f"{ranked.path}history/?candidate=x").status_code == 400


def test_history_of_a_candidate_that_left_stays(ranked: Ranked, api: Api) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        archive_vendor(
            vendor=ranked.candidates["Alder"].vendor,
            expected_version=None,
            by=ranked.team.actor(),
            now=clock(),
        )
    ranked.calculate()

    rows = api.get(f"{ranked.path}history/?candidate={ranked.candidates['Alder'].public_id}").json()[
        "results"
    ]

    assert [row["leader"]["vendor"]["name"] for row in rows] == ["Birch", "Alder"]
    assert [row["candidate"] is None for row in rows] == [True, False]


def test_annual_review_judges_alike_and_is_compared_with_its_source(ranked: Ranked, api: Api) -> None:
    change_scorecard(ranked, weights={"SVC": 40}, policy="conservative")
    before = api.get(ranked.path).json()
    made = api.post(f"{ranked.path}annual-review/", {})
    review = made.json()
    change_evidence(ranked, "Cedar", 5)
    later = Ranked(ranked.team, ranked.program, scorecard_of(ranked, review["id"]), ranked.candidates)
    later.calculate()

    changes = api.get(f"{later.path}changes/?since=source").json()

    assert made.status_code == 201
    assert review["copied_from"] == before["id"]
    assert {
        name: review[name] for name in ("weights", "policy", "stage", "framework", "program", "archetype")
    } == {name: before[name] for name in ("weights", "policy", "stage", "framework", "program", "archetype")}
    assert [gate["code"] for gate in review["gates"]] == [gate["code"] for gate in before["gates"]]
    assert changes["then"]["scorecard_id"] == before["id"]
    assert api.post(f"{ranked.path}annual-review/", {}).status_code == 400
    assert api.get(ranked.path).json()["version"] == before["version"]


def scorecard_of(ranked: Ranked, public_id: str) -> Scorecard:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        return Scorecard.objects.get(public_id=public_id)


def test_vendor_scores_list_every_scorecard_that_judges_it(team: Team, ranked: Ranked, api: Api) -> None:
    other = make_ranked(team, "Dogwood")
    other.calculate()
    alder = ranked.candidates["Alder"].vendor
    with organization_scope(team.organization.pk, team.actor()):
        newcomer = make_vendor(team.organization, name="Newcomer", now=clock())

    body = api.get(f"vendors/{alder.public_id}/scores/").json()

    assert body["vendor"] == {"id": str(alder.public_id), "name": "Alder"}
    assert {row["scorecard"]["name"] for row in body["results"]} == {
        ranked.scorecard.name,
        other.scorecard.name,
    }
    first = next(row for row in body["results"] if row["scorecard"]["name"] == ranked.scorecard.name)
    assert (first["rank"], first["ranked"], first["state"]) == (1, 3, "ranked")
    assert api.get(f"vendors/{newcomer.public_id}/scores/").json()["results"] == []


def test_front_of_price_and_score_is_for_those_who_may_see_offers(
    ranked: Ranked, api: Api, viewer: Api
) -> None:
    api.patch(f"programs/{ranked.program.public_id}/", {"budget_amount": 1000, "budget_currency": "EUR"})
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        for name, amount, currency in (("Alder", 900, "EUR"), ("Birch", 900, "EUR"), ("Cedar", 500, "USD")):
            row = ranked.candidates[name]
            subject = Subject.of_candidate(row.vendor, row.pk)
            make_evidence(
                subject,
                "COM1",
                {"amount": amount, "currency": currency},
                now=clock(),
                confidentiality="commercial",
            )
    ranked.calculate()
    path = compare_path(ranked, "Alder", "Birch", "Cedar")

    body = api.get(path).json()
    names = [row["vendor"]["name"] for row in body["candidates"]]
    costs = dict(zip(names, body["costs"], strict=True))

    assert [(costs[name]["price"], costs[name]["on_front"]) for name in ("Alder", "Birch", "Cedar")] == [
        (900.0, True), (900.0, False), (None, False),
    ]  # fmt: skip
    assert costs["Cedar"]["reason"] != ""
    assert viewer.get(path).json()["costs"] == []


def test_contradictions_of_a_vendor_name_both_records(ranked: Ranked, api: Api) -> None:
    alder = ranked.candidates["Alder"].vendor
    before = api.get(f"vendors/{alder.public_id}/contradictions/").json()
    record = change_evidence(ranked, "Alder", 1)

    (pair,) = api.get(f"vendors/{alder.public_id}/contradictions/").json()["results"]

    assert before == {"results": []}
    assert (pair["target"], [row["claim_type"] for row in pair["records"]]) == (
        "SVC3",
        ["claimed", "verified"],
    )
    assert pair["records"][1]["id"] == record


def test_other_organisation_sees_none_of_it(ranked: Ranked, stranger: Api) -> None:
    alder = ranked.candidates["Alder"].vendor

    answers = [
        stranger.get(place).status_code
        for place in (
            compare_path(ranked, "Alder", "Birch"), f"{ranked.path}history/", f"{ranked.path}changes/",
            f"{ranked.path}results/?as_of={clock().date()}", f"vendors/{alder.public_id}/scores/",
            f"vendors/{alder.public_id}/contradictions/",
        )
    ]  # fmt: skip

    assert answers == [404] * 6
    assert stranger.post(f"{ranked.path}annual-review/", {}).status_code == 404


def test_viewer_may_compare_but_not_copy(ranked: Ranked, viewer: Api) -> None:
    assert viewer.get(compare_path(ranked, "Alder", "Birch")).status_code == 200
    assert viewer.post(f"{ranked.path}annual-review/", {}).status_code == 403
