"""How firm is this, over the API: flip points, what-if, simulated cases, what to ask next."""

from fractions import Fraction
from typing import Any

import pytest

from cdmo_eval.core.models import Job
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Simulation
from scorecards.services import simulations
from tests.factories.vendors import make_evidence
from tests.integration.api.calls import Api, by_session, problem
from tests.integration.scorecards_api.conftest import Ranked, clock
from vendors.models import Site, Vendor

LINEAGE = {"run_id", "run_number", "computed_at", "digest", "fresh"}


def get(api: Api, path: str) -> dict[str, Any]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def post(api: Api, path: str, body: Any, status: int = 200) -> dict[str, Any]:
    answer = api.post(path, body)
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without where they come from."""
    return [{name: value for name, value in row.items() if name not in LINEAGE} for row in rows]


def count(ranked: Ranked) -> None:
    """Do what a worker does."""
    organization = ranked.team.organization
    with organization_scope(organization.pk, "test"):
        jobs = list(
            Job.objects.filter(kind="robustness", state__in=("queued", "running")).values_list(
                "pk", flat=True
            )
        )
    for job in jobs:
        assert simulations.count_slice(organization_id=organization.pk, job_id=job, clock=clock)


def test_what_if_without_a_change_is_the_ranking(api: Api, ranked: Ranked) -> None:
    published = get(api, f"{ranked.path}results/")

    found = post(api, f"{ranked.path}what-if/", {})

    assert found["results"] == published["results"]
    assert found["count"] == 3


@pytest.mark.parametrize(
    "weights",
    [
        {"REG": 40, "MOD": "1/3"},
        {"REG": 0},
        {"SVC3": 90, "SVC1": 0},
    ],
)
def test_what_if_weights_equal_the_ranking_after_saving_them(
    api: Api, ranked: Ranked, weights: dict[str, Any]
) -> None:
    before = get(api, f"{ranked.path}results/")["results"]

    found = post(api, f"{ranked.path}what-if/", {"weights": weights})["results"]

    assert get(api, f"{ranked.path}results/")["results"] == before
    assert api.patch(ranked.path, {"weights": weights}).status_code == 200
    ranked.calculate()
    after = get(api, f"{ranked.path}results/")["results"]
    assert plain(found) == plain(after)
    assert plain(found) != plain(before)


def test_what_if_leaves_out_a_must_have_and_changes_an_outcome(api: Api, ranked: Ranked) -> None:
    rows = get(api, f"{ranked.path}results/")["results"]
    first, gate = rows[0], rows[0]["gates"][0]["gate"]
    outcome = {"candidate": first["candidate"]["id"], "gate": gate, "outcome": "fail"}

    failed = post(api, f"{ranked.path}what-if/", {"outcomes": [outcome]})["results"]
    left_out = post(api, f"{ranked.path}what-if/", {"outcomes": [outcome], "gates": {gate: False}})["results"]

    assert [row["candidate"]["id"] for row in failed][-1] == first["candidate"]["id"]
    assert (failed[-1]["state"], failed[-1]["rank"], failed[-1]["gates_failed"]) == ("gated", None, 1)
    assert failed[-1]["score"] == first["score"]
    assert left_out[0]["candidate"]["id"] == first["candidate"]["id"]
    assert gate not in [each["gate"] for each in left_out[0]["gates"]]


def test_what_if_values_move_the_score_by_their_weight(api: Api, ranked: Ranked) -> None:
    rows = get(api, f"{ranked.path}results/")["results"]
    last = rows[-1]["candidate"]["id"]
    leaves = get(api, f"{ranked.path}results/{last}/")["leaves"]
    leaf = next(leaf for leaf in leaves if leaf["state"] == "unknown" and leaf["weight_ppb"])

    body = {"cells": [{"candidate": last, "criterion": leaf["criterion"], "value": 100}]}
    known = {row["candidate"]["id"]: row for row in post(api, f"{ranked.path}what-if/", body)["results"]}
    body["cells"][0]["value"] = None
    unknown = post(api, f"{ranked.path}what-if/", body)["results"]

    gained = int(known[last]["score_exact"]) - int(rows[-1]["score_exact"])
    assert gained == leaf["weight_ppb"] * 500_000
    assert plain(unknown) == plain(rows)


def test_what_if_at_a_later_stage_ranks_by_its_evidence(api: Api, ranked: Ranked) -> None:
    found = post(api, f"{ranked.path}what-if/", {"stage": "award"})["results"]

    assert {row["state"] for row in found} <= {"gated", "insufficient_evidence"}
    assert {row["stage"] for row in found} == {"award"}


NOBODY = "01990000-0000-7000-8000-000000000000"
WRONG_CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"weights": {"NOPE": 1}}, ["weights.NOPE"]),
    ({"weights": {"REG": -1}}, ["weights.REG"]),
    ({"weights": {"REG": "x"}}, ["weights.REG"]),
    ({"gates": {"G_NOPE": False}}, ["gates.G_NOPE"]),
    ({"wrong": 1}, ["wrong"]),
    ({"stage": "later"}, ["stage"]),
    (
        {"cells": [{"candidate": NOBODY, "criterion": "NOPE", "value": 1}]},
        ["cells.0.candidate", "cells.0.criterion"],
    ),
    (
        {"cells": [{"candidate": "x", "criterion": "REG1", "value": 101}]},
        ["cells.0.candidate", "cells.0.value"],
    ),
    ({"outcomes": [{"candidate": NOBODY, "gate": "G_NOPE", "outcome": "pass"}]}, ["outcomes.0.candidate"]),
]


def test_what_if_names_every_field_at_fault(api: Api, ranked: Ranked) -> None:
    found = [problem(api.post(f"{ranked.path}what-if/", body)) for body, _ in WRONG_CHANGES]

    assert [(status, [field for field, _ in errors]) for status, errors in found] == [
        (400, fields) for _, fields in WRONG_CHANGES
    ]


def test_what_if_before_the_first_calculation_is_a_conflict(api: Api, ranked: Ranked) -> None:
    program = str(ranked.program.public_id)
    made = api.post("scorecards/", {"name": "New", "program": program}).json()

    for path, call in (
        ("what-if/", api.post),
        ("sensitivity/", api.get),
        ("robustness/", api.get),
        ("next-questions/", api.get),
    ):
        assert call(f"scorecards/{made['id']}/{path}").status_code == 409, path


def test_weight_moved_past_a_flip_point_flips_first_place_there(api: Api, ranked: Ranked) -> None:
    """The stated point, reached by really saving weights: just before the leader stays, just after it does not."""
    raise_last(api, ranked)
    firm = get(api, f"{ranked.path}sensitivity/")
    before = get(api, ranked.path)["weights"]
    groups = [one["group"] for one in firm["criteria"] if one["criterion"] == one["group"]]
    flipping = [
        one
        for one in firm["criteria"]
        if one["criterion"] in groups and (one["flip_below"] or one["flip_above"])
    ]

    assert flipping
    for one in flipping:
        for flip, outward in ((one["flip_below"], -1), (one["flip_above"], 1)):
            if flip is None:
                continue
            shares = {each["criterion"]: Fraction(each["weight_ppb"], 10**9) for each in firm["criteria"]}
            for step, leads in ((-1, firm["leader"]), (1, flip["passing"][0])):
                weight = Fraction(flip["exact"]) + step * outward * Fraction(1, 10**6)
                if not 0 < weight < 1:
                    continue
                points = moved(groups, shares, one["criterion"], weight)
                assert api.patch(ranked.path, {"weights": points}).status_code == 200
                ranked.calculate()
                first = get(api, f"{ranked.path}results/")["results"][0]
                assert first["candidate"]["id"] == leads["candidate"], (one["sentence"], weight)
    assert api.patch(ranked.path, {"weights": {code: before[code] for code in groups}}).status_code == 200


def moved(groups: list[str], shares: dict[str, Fraction], code: str, weight: Fraction) -> dict[str, str]:
    """Points of the groups with one at a weight and the others in proportion, to a part in 1e10."""
    rest = 1 - shares[code]
    exact = {group: weight if group == code else (1 - weight) * shares[group] / rest for group in groups}
    return {group: f"{float(share):.10f}" for group, share in exact.items()}


def raise_last(api: Api, ranked: Ranked) -> None:
    """Make the last vendor excel at some things, so that weights can decide."""
    for target in ("QUA1", "QUA5", "DIG2"):
        edit(ranked, "Cedar", target, 5)
    edit(ranked, "Birch", "SVC6", 5)
    ranked.calculate()


def edit(ranked: Ranked, name: str, target: str, level: int) -> None:
    with organization_scope(ranked.team.organization.pk, ranked.team.actor()):
        vendor = Vendor.objects.get(name=name)
        subject = vendor if target.startswith("SVC") else Site.objects.get(vendor=vendor)
        make_evidence(
            subject, target, {"level": level}, verified=True, now=clock(), obtained_on=clock().date()
        )


def test_sensitivity_adds_what_is_asked_for(api: Api, ranked: Ranked) -> None:
    raise_last(api, ranked)
    ids = [row["candidate"]["id"] for row in get(api, f"{ranked.path}results/")["results"]]

    plain_answer = get(api, f"{ranked.path}sensitivity/")
    found = get(api, f"{ranked.path}sensitivity/?criterion=SVC6&candidate={ids[1]}&rival={ids[0]}")

    assert (plain_answer["crossings"], plain_answer["break_even"], plain_answer["swaps"]) == (
        None,
        None,
        None,
    )
    assert plain_answer["leader"]["candidate"] == ids[0]
    assert plain_answer["nearest"]["sentence"] == next(
        one["sentence"]
        for one in found["criteria"]
        if one["criterion"] == plain_answer["nearest"]["criterion"]
    )
    assert found["break_even"]["candidate"] == ids[1]
    swaps = {one["criterion"]: one["weights"] for one in found["swaps"]}
    pair = [
        flip
        for flip in found["crossings"]
        if {flip["passing"][0]["candidate"], flip["passed"][0]["candidate"]} == set(ids[:2])
    ]
    assert [flip["weight"] for flip in pair] == swaps["SVC6"]


def test_break_even_value_makes_the_candidate_win(api: Api, ranked: Ranked) -> None:
    rows = get(api, f"{ranked.path}results/")["results"]
    second = rows[1]["candidate"]["id"]
    leaf = max(
        (leaf for leaf in get(api, f"{ranked.path}results/{second}/")["leaves"] if leaf["weight_ppb"]),
        key=lambda leaf: leaf["weight_ppb"],
    )["criterion"]

    found = get(api, f"{ranked.path}sensitivity/?criterion={leaf}&candidate={second}")["break_even"]

    assert found["reachable"]
    for step, first in ((-0.02, rows[0]["candidate"]["id"]), (0.02, second)):
        cell = {"candidate": second, "criterion": leaf, "value": found["value"] + step}
        after = post(api, f"{ranked.path}what-if/", {"cells": [cell]})["results"]
        assert after[0]["candidate"]["id"] == first


def test_sensitivity_refuses_what_it_does_not_know(api: Api, ranked: Ranked) -> None:
    asked = ("criterion", "candidate", "rival", "what")

    found = [problem(api.get(f"{ranked.path}sensitivity/?{name}=NOPE")) for name in asked]

    assert [(status, [field for field, _ in errors]) for status, errors in found] == [
        (400, [name]) for name in asked
    ]


def test_break_even_of_a_group_is_refused(api: Api, ranked: Ranked) -> None:
    first = get(api, f"{ranked.path}results/")["results"][0]["candidate"]["id"]

    status, errors = problem(api.get(f"{ranked.path}sensitivity/?criterion=REG&candidate={first}"))
    same = problem(api.get(f"{ranked.path}sensitivity/?candidate={first}&rival={first}"))

    assert (status, errors) == (400, [("criterion", "is_group")])
    assert same == (400, [("rival", "same")])


def test_robustness_is_a_job_then_an_answer_kept_by_its_input(api: Api, viewer: Api, ranked: Ranked) -> None:
    waiting = post(viewer, f"{ranked.path}robustness/", {"draws": 1_000}, status=202)
    again = post(api, f"{ranked.path}robustness/", {"draws": 1_000}, status=202)
    count(ranked)
    found = get(api, f"{ranked.path}robustness/?draws=1000")

    assert waiting["result"] is None
    assert (waiting["job"]["kind"], waiting["job"]["state"], waiting["job"]["total"]) == (
        "robustness",
        "queued",
        2_000,
    )
    assert again["job"]["id"] == waiting["job"]["id"]
    assert found["job"] is None
    result = found["result"]
    assert (result["current"], result["draws"], result["seed"]) == (True, 1_000, "20260101")
    assert result["assumptions"] == {"weights": "dirichlet", "cells": "interval", "concentration": 50}
    shown = get(api, f"{ranked.path}results/")["results"]
    assert [row["candidate"] for row in result["results"]] == [row["candidate"]["id"] for row in shown]
    assert [round(sum(row["ranks"]), 1) for row in result["results"]] == [100.0] * 3
    assert round(sum(row["first"] for row in result["results"]), 1) == 100.0
    assert all(row["all_weights_first"] <= 100 for row in result["results"])
    job = api.get(f"jobs/{waiting['job']['id']}/").json()
    assert (job["state"], job["done"], job["total"]) == ("succeeded", 2_000, 2_000)


def test_robustness_of_a_changed_ranking_is_counted_anew_and_the_old_one_labelled(
    api: Api, ranked: Ranked
) -> None:
    post(api, f"{ranked.path}robustness/", {"draws": 500}, status=202)
    count(ranked)
    raise_last(api, ranked)

    stale = post(api, f"{ranked.path}robustness/", {"draws": 500}, status=202)
    count(ranked)
    fresh = post(api, f"{ranked.path}robustness/", {"draws": 500})

    assert (stale["result"]["current"], fresh["result"]["current"]) == (False, True)
    assert stale["result"]["run_id"] != fresh["result"]["run_id"]


def test_robustness_stops_between_blocks_and_goes_on(api: Api, ranked: Ranked) -> None:
    post(api, f"{ranked.path}robustness/", {"draws": 500}, status=202)

    stopped = api.delete(f"{ranked.path}robustness/")
    count(ranked)
    again = post(api, f"{ranked.path}robustness/", {"draws": 500}, status=202)
    count(ranked)

    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    assert again["job"]["id"] != stopped.json()["id"]
    assert get(api, f"{ranked.path}robustness/?draws=500")["result"]["current"]
    assert api.delete(f"{ranked.path}robustness/").status_code == 409


def test_robustness_in_many_slices_counts_the_same(api: Api, ranked: Ranked) -> None:
    post(api, f"{ranked.path}robustness/", {"draws": 3_000}, status=202)
    organization = ranked.team.organization.pk
    with organization_scope(organization, "test"):
        job = Job.objects.get(kind="robustness")
    slices = 0
    while not simulations.count_slice(organization_id=organization, job_id=job.pk, clock=clock, seconds=0):
        slices += 1
        assert slices < 40
    sliced = get(api, f"{ranked.path}robustness/?draws=3000")["result"]
    with organization_scope(organization, "test"):
        Simulation.objects.all().delete()
    post(api, f"{ranked.path}robustness/", {"draws": 3_000}, status=202)
    count(ranked)

    assert slices > 2
    assert get(api, f"{ranked.path}robustness/?draws=3000")["result"]["results"] == sliced["results"]


def test_robustness_counts_two_at_a_time(api: Api, ranked: Ranked) -> None:
    for seed in (1, 2):
        post(api, f"{ranked.path}robustness/", {"draws": 500, "seed": seed}, status=202)

    status, _ = problem(api.post(f"{ranked.path}robustness/", {"draws": 500, "seed": 3}))

    assert status == 409


def test_forgotten_jobs_are_resumed(api: Api, ranked: Ranked) -> None:
    post(api, f"{ranked.path}robustness/", {"draws": 500}, status=202)

    at_once = simulations.count_forgotten(clock=clock)
    later = simulations.count_forgotten(clock=lambda: clock() + simulations.FORGOTTEN_AFTER * 2)

    assert (at_once, later) == (0, 1)
    assert get(api, f"{ranked.path}robustness/?draws=500")["result"]["current"]


WRONG_SIMULATIONS: list[tuple[dict[str, Any], str]] = [
    ({"draws": 20_001}, "draws"),
    ({"draws": 99}, "draws"),
    ({"weights": "any"}, "weights"),
    ({"weights": "fixed", "cells": "fixed"}, "models"),
    ({"seed": -1}, "seed"),
    ({"band": 0}, "band"),
    ({"nope": 1}, "nope"),
]


def test_robustness_refuses_what_cannot_be_simulated(api: Api, ranked: Ranked) -> None:
    found = [problem(api.post(f"{ranked.path}robustness/", body)) for body, _ in WRONG_SIMULATIONS]

    assert [(status, [name for name, _ in errors]) for status, errors in found] == [
        (400, [field]) for _, field in WRONG_SIMULATIONS
    ]


def test_next_questions_are_ordered_by_their_chance(api: Api, ranked: Ranked) -> None:
    found = get(api, f"{ranked.path}next-questions/?limit=200")

    chances = [(row["chance_leader"], row["chance_top3"]) for row in found["results"]]
    assert chances == sorted(chances, reverse=True)
    assert found["count"] == len(found["results"]) > 0
    assert {row["why"] for row in found["results"]} <= {
        "unknown",
        "refused",
        "stale",
        "partly_unknown",
        "claimed",
    }
    first = found["results"][0]
    assert first["chance_leader"] > 0
    assert get(api, f"{ranked.path}next-questions/?limit=1")["results"] == [first]
    assert problem(api.get(f"{ranked.path}next-questions/?limit=0"))[0] == 400


def test_next_question_changes_the_leader_in_its_share_of_answers(api: Api, ranked: Ranked) -> None:
    """The stated chance, found again by trying answers."""
    leader = get(api, f"{ranked.path}results/")["results"][0]["candidate"]["id"]
    asked = next(
        row for row in get(api, f"{ranked.path}next-questions/")["results"] if row["why"] == "unknown"
    )

    changed = 0
    for value in range(20):
        cell = {"candidate": asked["candidate"], "criterion": asked["criterion"], "value": 2.5 + 5 * value}
        after = post(api, f"{ranked.path}what-if/", {"cells": [cell]})["results"]
        changed += after[0]["candidate"]["id"] != leader

    assert abs(changed * 5 - asked["chance_leader"]) <= 5


def test_viewers_may_ask_and_narrow_tokens_may_not(ranked: Ranked) -> None:
    auditor = by_session(ranked.team, Role.AUDITOR)

    assert auditor.post(f"{ranked.path}what-if/", {}).status_code == 200
    assert auditor.get(f"{ranked.path}sensitivity/").status_code == 200
